"""Bulk API 2.0: jobs that run a query, and their rows as CSV."""

import csv
import io
from dataclasses import dataclass, field

from emulators.kit.exchange import Answer, Call, Json
from emulators.salesforce import querying
from emulators.salesforce.org import Org
from emulators.salesforce.problems import Refusal, not_found
from emulators.salesforce.sobjects import body_of

TYPES = {"query": "V2Query", "queryAll": "V2Query"}


@dataclass(slots=True)
class Job:
    """A job and its rows, which are those of the moment it was given out."""

    id: str
    operation: str
    object_type: str
    names: list[str]
    rows: list[list[str]]
    left: int
    """How often somebody looks before it is done."""
    state: str = "UploadComplete"

    def told(self) -> dict[str, Json]:
        """What the job says of itself."""
        return {
            "id": self.id,
            "operation": self.operation,
            "object": self.object_type,
            "state": self.state,
            "contentType": "CSV",
            "apiVersion": 67.0,
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        }


@dataclass(slots=True)
class Jobs:
    """The org's jobs by id."""

    held: dict[str, Job] = field(default_factory=dict)
    fails: int = 0
    """How many of the next jobs end as failed."""

    def start(self, org: Org, call: Call) -> Answer:
        """POST: a new job."""
        given = body_of(call)
        operation = str(given.get("operation"))
        if operation not in TYPES:
            raise Refusal(400, "INVALIDOPERATION", "operation must be query or queryAll")
        query, kind, records = querying.found_by(org, str(given.get("query")), deleted=operation == "queryAll")
        rows = [[_text(querying.value(org, each, name)) for name in query.fields] for each in records]
        job_id = f"750R0000{len(self.held) + 1:07d}IAQ"
        self.held[job_id] = Job(job_id, operation, kind.name, query.fields, rows, org.polls_until_done)
        return Answer(200, self.held[job_id].told())

    def look(self, call: Call) -> Answer:
        """GET: how far it is."""
        job = self._job(call)
        if job.state == "UploadComplete" and self.fails:
            self.fails -= 1
            job.state = "Failed"
        elif job.left > 0:
            job.left -= 1
            job.state = "InProgress"
        elif job.state != "Failed":
            job.state = "JobComplete"
        return Answer(200, job.told() | {"numberRecordsProcessed": len(job.rows)})

    def results(self, call: Call) -> Answer:
        """GET: a page of its rows."""
        job = self._job(call)
        if job.state != "JobComplete":
            raise Refusal(400, "INVALIDJOBSTATE", "the job is not complete")
        start = int(call.arguments.get("locator") or 0)
        size = int(call.arguments.get("maxRecords") or 50_000)
        rows = job.rows[start : start + size]
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(job.names)
        writer.writerows(rows)
        further = str(start + size) if start + size < len(job.rows) else "null"
        headers = {"Sforce-Locator": further, "Sforce-NumberOfRecords": str(len(rows))}
        return Answer(200, raw=out.getvalue().encode(), headers=headers, content_type="text/csv")

    def drop(self, call: Call) -> Answer:
        """DELETE: away with it."""
        del self.held[self._job(call).id]
        return Answer(204)

    def _job(self, call: Call) -> Job:
        if call.fields["job"] not in self.held:
            raise not_found()
        return self.held[call.fields["job"]]


def _text(value: Json) -> str:
    """Everything is text here; an instant is written with Z."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).removesuffix("+0000") + "Z" if str(value).endswith("+0000") else str(value)
