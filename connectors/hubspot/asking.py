"""The questions we ask HubSpot, each one call of its client that gives the answer's bytes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from canonical.ids import AttemptId
from canonical.problems import Where
from connectors.hubspot import client
from connectors.hubspot.bridge import Carry
from connectors.hubspot.bridge import client as hubspot_client
from connectors.hubspot.paths import in_version
from connectors.hubspot.wire import Unsubscribed
from connectors.kit.access import Access
from connectors.kit.exchange import Answer, Request, get, post_json

SEARCH_PAGE: Final = 200
LIST_PAGE: Final = 100
BATCH: Final = 100


@dataclass(frozen=True)
class Reading:
    """What is asked to learn something. Repeated while that can help; a search is a POST and reads all the same."""

    access: Access
    capability: str
    reference: str = ""
    """The attempt it helps, if any."""

    @property
    def where(self) -> Where:
        """The place of a problem with what came back."""
        return self.access.where(self.capability, reference=self.reference)

    def search(self, object_type: str, query: Mapping[str, object]) -> Answer:
        """One page of a search."""
        return _bytes(self._crm().objects.search_api.do_search, object_type, query)

    def archived(self, object_type: str, properties: Sequence[str], after: str) -> Answer:
        """One page of what lies in the recycling bin, by id: the only way to see it."""
        more = {"after": after} if after else {}
        return _bytes(
            self._crm().objects.basic_api.get_page,
            object_type,
            limit=LIST_PAGE,
            properties=[",".join(properties)],
            archived=True,
            **more,
        )

    def first(self, object_type: str) -> Answer:
        """One record of that type: whether it may be read at all."""
        return _bytes(self._crm().objects.basic_api.get_page, object_type, limit=1)

    def by_ids(self, object_type: str, ids: Sequence[str], properties: Sequence[str], name: str = "") -> Answer:
        """At most 100 records by id, or by a unique property; those that are not there are missing."""
        wanted: dict[str, object] = {
            "properties": list(properties),
            "propertiesWithHistory": [],
            "inputs": [{"id": each} for each in ids],
        }
        if name:
            wanted["idProperty"] = name
        return _bytes(self._crm().objects.batch_api.read, object_type, wanted)

    def contacts_of(self, object_type: str, ids: Sequence[str]) -> Answer:
        """Which contacts at most 1,000 records are associated with."""
        wanted = {"inputs": [{"id": each} for each in ids]}
        return _bytes(self._crm().associations.v4.batch_api.get_page, object_type, "contacts", wanted)

    def property(self, object_type: str, name: str) -> Answer:
        """A property's definition."""
        return _bytes(self._crm().properties.core_api.get_by_name, object_type, name)

    def plain(self, path: str, body: bytes = b"") -> Answer:
        """A path the client does not know; with a body, a POST."""
        url = _address(self.access, path)
        return self._read(post_json(url, body) if body else get(url))

    def _crm(self) -> Any:  # noqa: ANN401 - the client has no types
        return _client(self.access, self._read)

    def _read(self, request: Request) -> Answer:
        return client.line(self.access).read(request, self.capability, self.reference)


@dataclass(frozen=True)
class Writing:
    """What is asked to change something, once per attempt."""

    access: Access
    command: str
    attempt: AttemptId

    @property
    def where(self) -> Where:
        """The place of a problem with it."""
        return self.access.where(f"push.{self.command}", reference=self.attempt)

    def looking(self) -> Reading:
        """What this attempt has to know."""
        return Reading(self.access, f"push.{self.command}.look_up", self.attempt)

    def upsert(self, object_type: str, item: Mapping[str, object]) -> Answer:
        """One record by a unique property: changed where it is, else made."""
        return _bytes(self._batch().upsert, object_type, self._inputs(item))

    def update(self, object_type: str, *items: Mapping[str, object]) -> Answer:
        """At most 100 records by id; those that are refused do not keep the others from it."""
        return _bytes(self._batch().update, object_type, self._inputs(*items))

    def create(self, object_type: str, item: Mapping[str, object]) -> Answer:
        """One new record with its associations."""
        return _bytes(self._batch().create, object_type, self._inputs(item))

    def unsubscribe(self, path: str) -> Unsubscribed:
        """A path the client does not know, and no body: the path says all."""
        request = post_json(_address(self.access, path), b"")
        return client.line(self.access).write_as(Unsubscribed, request, self.command, self.attempt)

    def _inputs(self, *items: Mapping[str, object]) -> dict[str, object]:
        """With our attempt's id, which HubSpot gives back in its answer."""
        return {"inputs": [{**item, "objectWriteTraceId": self.attempt} for item in items]}

    def _batch(self) -> Any:  # noqa: ANN401 - the client has no types
        line = client.line(self.access)
        crm = _client(self.access, lambda request: line.write(request, self.command, self.attempt))
        return crm.objects.batch_api


def _bytes(ask: Callable[..., Any], *arguments: object, **options: object) -> Answer:
    """The answer as it came. Without `_preload_content` the client would build 72 µs of objects a record."""
    answer: Answer = ask(*arguments, _preload_content=False, **options)
    return answer


def _address(access: Access, path: str) -> str:
    """Of a path that the client does not know, as this connection's version writes it."""
    return client.base_url(access) + in_version(path, client.version(access))


def _client(access: Access, carry: Carry) -> Any:  # noqa: ANN401 - the client has no types
    return hubspot_client(client.base_url(access), client.version(access), carry).crm
