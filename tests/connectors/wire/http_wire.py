"""The other side of a vendor that speaks HTTP: fixtures on a real socket, with every misbehaviour of the contract."""

import contextlib
import json
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from canonical.practice import Connection
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport, Timeouts
from connectors.kit.problem_table import Intent
from connectors.kit.secrets import Secrets, SecretStore
from tests.connectors.contract.subject import CLOCK, HTTP_PROMISES, Problem
from tests.connectors.wire.exchanges import answering, exchanges
from tests.connectors.wire.server import READS, FakeWire, Seen

PATIENT = Timeouts(connect=10, read=20, whole=30)
IMPATIENT = Timeouts(connect=10, read=0.25, whole=1)


class HttpWire:
    """See `Wire`."""

    unheard = frozenset({"refused"})
    bad_key, missing_scope, without_id = "401", "403", "no_id"

    def __init__(
        self,
        server: FakeWire,
        connection: Callable[[str], Connection],
        environ: Mapping[str, str],
        promises: Mapping[str, Mapping[Intent, Problem]],
        store: SecretStore | None = None,
    ) -> None:
        self.server = server
        self.store = store
        self.promises: Mapping[str, Mapping[Intent, Problem]] = {**HTTP_PROMISES, **promises}
        self._connection = connection
        self._environ = environ
        self._transports: list[RequestsTransport] = []
        # Bound and not listening: whoever connects is refused, and nobody else can be given the port meanwhile.
        self._nobody = socket.socket()
        self._nobody.bind(("127.0.0.1", 0))

    @property
    def connection(self) -> Connection:
        port = self._nobody.getsockname()[1]
        return self._connection(f"http://127.0.0.1:{port}" if self.server.fault == "refused" else self.server.url)

    def tools(self, *, impatient: bool = False) -> Tools:
        transport = RequestsTransport(IMPATIENT if impatient else PATIENT)
        self._transports.append(transport)
        return Tools(CLOCK, Secrets(self._environ, self.store), transport, None, lambda _: None)

    def fail(self, fault: str | None) -> None:
        self.server.fault = fault

    def served(self) -> bytes:
        return b"\n".join(self.server.served)

    def asked(self) -> tuple[str, ...]:
        return tuple(seen.text for seen in self.server.writes)

    def close(self) -> None:
        self._nobody.close()
        for transport in self._transports:
            transport.close()


@contextlib.contextmanager
def http_wire(
    fixtures: Path,
    connection: Callable[[str], Connection],
    environ: Mapping[str, str],
    error_body: Callable[[int], bytes],
    promises: Mapping[str, Mapping[Intent, Problem]],
    only_reads: Callable[[Seen], bool] = lambda seen: seen.method in READS,
    store: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[HttpWire]:
    """A vendor that answers from its fixtures. `promises` are what its own error codes make different.

    `store`: the tokens of accounts that somebody connected, by entry.
    """
    known = exchanges(fixtures)
    with (
        FakeWire(lambda seen: answering(known, seen), error_body, only_reads).running() as server,
        _sealed(store or {}) as sealed,
    ):
        wire = HttpWire(server, connection, environ, promises, sealed)
        try:
            yield wire
        finally:
            wire.close()


@contextlib.contextmanager
def _sealed(entries: Mapping[str, Mapping[str, Any]]) -> Iterator[SecretStore]:
    with tempfile.TemporaryDirectory() as folder:
        store = SecretStore(Path(folder), b"an installation key of 32 bytes.")
        for name, kept in entries.items():
            store.write(name, SecretStr(json.dumps(kept)))
        yield store
