"""HubSpot's own client, with its network layer replaced by ours.

The client knows the requests; kit knows what a silence means, waits for the account's budget, and notes that bytes have
left. `Client.create` takes an `api_factory`, so nothing of the client is patched.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import msgspec
from hubspot import Client

from connectors.hubspot.paths import in_version
from connectors.kit.exchange import Answer, Request, get, post_json

Carry = Callable[[Request], Answer]
"""Takes a request to its answer, or raises one of the six problems."""
_encode: Final = msgspec.json.Encoder().encode


class Bridge:
    """Stands where the client's `RESTClientObject` stood. It gives answers as they came: bytes."""

    def __init__(self, carry: Carry, version: str) -> None:
        """`version` decides how paths are written."""
        self._carry = carry
        self._version = version

    def GET(  # noqa: N802 - the client calls it so
        self, url: str, query_params: Sequence[tuple[str, object]] | None = None, **_: object
    ) -> Answer:
        """A request without a body. Headers are ours: the client's carry nothing but its own name."""
        query = [(name, _written(value)) for name, value in query_params or ()]
        return self._carry(get(self._in_version(url), query))

    def POST(self, url: str, body: object = None, **_: object) -> Answer:  # noqa: N802 - as above
        """A request with a JSON body, whatever it does."""
        return self._carry(post_json(self._in_version(url), _encode(body)))

    def _in_version(self, url: str) -> str:
        parts = urlsplit(url)
        return urlunsplit(parts._replace(path=in_version(parts.path, self._version)))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def client(host: str, version: str, carry: Carry) -> Client:
    """HubSpot's client for that address. Always ask it with `_preload_content=False`: typed objects cost 72 µs a record."""
    return Client.create(host=host, api_factory=partial(_api, Bridge(carry, version)))


def _api(bridge: Bridge, package: ModuleType, name: str, config: Mapping[str, str]) -> Any:  # noqa: ANN401 - the client has no types
    configuration = package.Configuration()
    configuration.host = config["host"]
    plain = package.ApiClient(configuration=configuration)
    plain.rest_client = bridge
    return getattr(package, name)(api_client=plain)
