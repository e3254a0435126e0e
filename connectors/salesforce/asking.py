"""The questions we ask Salesforce, each one request."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from canonical.ids import AttemptId
from canonical.problems import Where
from connectors.kit.access import Access
from connectors.kit.exchange import Answer, get, post_json
from connectors.salesforce import client

BY_IDS: Final = 200
"""Ids in one query: an address may be 16,384 bytes long."""
BULK_PAGE: Final = 10_000
LONGEST: Final = 12_000
"""Characters a query may have in an address."""


@dataclass(frozen=True)
class Reading:
    """What is asked to learn something. Repeated while that can help."""

    access: Access
    capability: str
    reference: str = ""
    """The attempt it helps, if any."""

    @property
    def where(self) -> Where:
        """The place of a problem with what came back."""
        return self.access.where(self.capability, reference=self.reference)

    def query(self, soql: str, *, deleted: bool = False) -> Answer:
        """The first page of a query; `deleted`: what lies in the recycling bin as well."""
        return self._got(f"{client.api_url(self.access)}/{'queryAll' if deleted else 'query'}", [("q", soql)])

    def following(self, address: str) -> Answer:
        """A further page, by the address the one before it named (without its host)."""
        return self._got(client.base_url(self.access) + address)

    def plain(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Answer:
        """Anything else below the API's address."""
        return self._got(f"{client.api_url(self.access)}/{path}", query)

    def deleted(self, object_type: str, start: datetime, end: datetime) -> Answer:
        """Which records were deleted between two instants, those that left the recycling bin included."""
        between = [("start", f"{start:%Y-%m-%dT%H:%M:%SZ}"), ("end", f"{end:%Y-%m-%dT%H:%M:%SZ}")]
        return self.plain(f"sobjects/{object_type}/deleted/", between)

    def start_job(self, soql: str, *, deleted: bool) -> Answer:
        """A bulk job that runs a query; it changes nothing, and one that nobody reads is dropped after a week."""
        wanted = {
            "operation": "queryAll" if deleted else "query",
            "query": soql,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        request = post_json(f"{client.api_url(self.access)}/jobs/query", json.dumps(wanted).encode())
        return client.line(self.access).read(request, self.capability, self.reference)

    def job(self, job_id: str) -> Answer:
        """How far a bulk job is."""
        return self.plain(f"jobs/query/{job_id}")

    def results(self, job_id: str, locator: str) -> Answer:
        """A page of a bulk job's rows."""
        at = [("locator", locator)] if locator else []
        return self.plain(f"jobs/query/{job_id}/results", [("maxRecords", str(BULK_PAGE)), *at])

    def _got(self, url: str, query: Sequence[tuple[str, str]] = ()) -> Answer:
        return client.line(self.access).read(get(url, query), self.capability, self.reference)


@dataclass(frozen=True)
class Writing:
    """What is asked to change something."""

    access: Access
    command: str
    attempt: AttemptId

    @property
    def where(self) -> Where:
        """The place of a problem with what came back."""
        return self.access.where(f"push.{self.command}", reference=self.attempt)

    def upsert(self, object_type: str, key: str, record: Mapping[str, object]) -> Answer:
        """One record by an external id: changed where it is, else made. A collection of one: its answer always has an id."""
        path = f"composite/sobjects/{object_type}/{key}"
        return self._sent("PATCH", path, _collection([(object_type, record)]))

    def update(self, object_type: str, record: Mapping[str, object]) -> Answer:
        """One record by its id."""
        return self.update_all([(object_type, record)])

    def update_all(self, records: Sequence[tuple[str, Mapping[str, object]]]) -> Answer:
        """At most 200 records of any objects, by their ids; each is written or refused for itself."""
        return self._sent("PATCH", "composite/sobjects", _collection(records))

    def conditional(
        self, object_type: str, record_id: str, fields: Mapping[str, object], unchanged: datetime
    ) -> Answer:
        """One record by its id, unless it was changed after that instant."""
        asked = {
            "method": "PATCH",
            "url": client.api_url(self.access).removeprefix(client.base_url(self.access))
            + f"/sobjects/{object_type}/{record_id}",
            "referenceId": "written",
            "httpHeaders": {"If-Unmodified-Since": f"{unchanged:%a, %d %b %Y %H:%M:%S GMT}"},
            "body": dict(fields),
        }
        return self._sent("POST", "composite", {"allOrNone": True, "compositeRequest": [asked]})

    def _sent(self, method: str, path: str, body: Mapping[str, object]) -> Answer:
        request = post_json(f"{client.api_url(self.access)}/{path}", json.dumps(body).encode(), method=method)
        return client.line(self.access).write(request, self.command, self.attempt)


def _collection(records: Sequence[tuple[str, Mapping[str, object]]]) -> dict[str, object]:
    made = [{"attributes": {"type": object_type}, **record} for object_type, record in records]
    return {"allOrNone": False, "records": made}
