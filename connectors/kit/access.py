"""What a connector is given to work with: one connection, its secrets, and a line to the vendor."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from pydantic import SecretStr

from canonical.clock import Clock
from canonical.ids import AttemptId
from canonical.practice import Connection
from canonical.problems import NeedsOperator, Where
from connectors.kit.exchange import Transport
from connectors.kit.http import RequestsTransport
from connectors.kit.limits import Budget, Budgets, Pause, Unlimited
from connectors.kit.manifest import Manifest
from connectors.kit.secrets import SecretMissing, Secrets, SecretStore, StoreUnreadable, fields_of

_REFERENCES = ("env:", "file:", "store:")


@dataclass(frozen=True)
class Tools:
    """What one process hands to all its connectors. Swap any of them in a test."""

    clock: Clock
    secrets: Secrets
    transport: Transport
    budgets: Budgets | None
    """None: nothing is limited (a vendor on loopback in a test)."""
    pause: Pause
    """Waits that many seconds of machine time between tries of a read."""
    awaited: Callable[[str], Sequence[str]] = lambda _: ()
    """By connection, the vendor's ids of our messages whose end it has not told yet: for vendors that tell only whoever
    asks by id. Must not leave the ledger open."""


def standard_tools(data: Path, clock: Clock, installation_key: bytes, *, stopping: Event | None = None) -> Tools:
    """The tools of a running installation. `data` is its folder; setting `stopping` cuts every wait short."""
    pause = (stopping or Event()).wait
    store = SecretStore(data / "secrets", installation_key)
    return Tools(
        clock=clock,
        secrets=Secrets(os.environ, store),
        transport=RequestsTransport(),
        budgets=Budgets(data / "budgets", clock.machine_now, pause),
        pause=pause,
    )


@dataclass
class Trace:
    """What an operation did to the world. `written`: bytes of a write may have left this machine."""

    written: bool = False


@dataclass(frozen=True)
class Access:
    """One connection's use of one vendor, for one operation."""

    connection: Connection
    manifest: Manifest
    tools: Tools
    trace: Trace = field(default_factory=Trace)
    spoken_for: Callable[[str], bool] = lambda _: False
    """Whether a vendor's message id already belongs to another attempt of ours (look-ups)."""

    def where(self, capability: str, *, reference: AttemptId | str = "", code: str = "") -> Where:
        """The place of a problem, in words that are safe to log."""
        return Where(self.manifest.vendor, capability, reference, code)

    def credential(self, name: str) -> SecretStr:
        """A field of the connection's secret that must be there.

        Raises:
            NeedsOperator: the reference leads nowhere or the field is missing; names both, shows neither.
        """
        found = self.optional_credential(name)
        if found is None:
            raise NeedsOperator(
                self.where("secret"),
                f"the secret of connection {self.connection.connection_id} has no {name}.",
                next_step=f"Put {name} into {self.connection.secret}; connectors/{self.manifest.vendor}/README.md shows how.",
            )
        return found

    def optional_credential(self, name: str) -> SecretStr | None:
        """A field of the connection's secret, or None. Raises `NeedsOperator` when the whole secret is missing."""
        bare = next(iter(self.manifest.auth.secret), "secret")
        return fields_of(self._secret(), bare).get(name)

    def setting(self, name: str, default: str = "") -> str:
        """A setting of the connection; one written as a reference (`env:NAME`) is followed."""
        written = self.connection.settings.get(name, default)
        if not written.startswith(_REFERENCES):
            return written
        return self._read(written).get_secret_value()

    def budget(self) -> Budget:
        """The vendor account's rate budget."""
        if self.tools.budgets is None:
            return Unlimited()
        return self.tools.budgets.of(self.manifest.vendor, self.connection.account, self.manifest.limits)

    def narrower(self, path: str) -> tuple[Budget, ...]:
        """The further budgets of a request to that path, where the vendor counts some paths apart."""
        apart = tuple(limit for limit in self.manifest.limits if limit.paths)
        if self.tools.budgets is None or not apart:
            return ()
        return self.tools.budgets.narrower(self.manifest.vendor, self.connection.account, apart, path)

    def _secret(self) -> SecretStr:
        if not self.connection.secret:
            raise NeedsOperator(
                self.where("secret"),
                f"connection {self.connection.connection_id} names no secret.",
                next_step="Add a reference:  secret: env:NAME",
            )
        return self._read(self.connection.secret)

    def _read(self, reference: str) -> SecretStr:
        try:
            return self.tools.secrets.read(reference)
        except (SecretMissing, StoreUnreadable) as closed:
            problem = NeedsOperator(
                self.where("secret"),
                f"connection {self.connection.connection_id}: {closed}",
                next_step=closed.next_step,
            )
        raise problem
