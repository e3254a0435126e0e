"""A query whose answer is too large for pages: a bulk job, resumable at any of its pages."""

from typing import Final

from canonical.problems import NeedsOperator, RefusalReason, Refused, TryLater
from connectors.kit.calls import broken_page
from connectors.kit.shapes import Misshapen, shaped
from connectors.salesforce.asking import Reading
from connectors.salesforce.passes import Cursor
from connectors.salesforce.rows import Rows, csv_rows_of
from connectors.salesforce.wire import Job

BULK_ABOVE: Final = 50_000
"""From how many rows on a job is cheaper than pages of 2,000 (facts: crm.md, 1.2)."""
_POLLS: Final = 40
_PAUSE: Final = 3.0
"""Two minutes of looking after a job in one pass; a longer one is looked after by the next."""
_DONE: Final = "JobComplete"
_OVER: Final = frozenset({"Failed", "Aborted"})
_NOTHING: Final = Rows((), ())


def started(reading: Reading, soql: str, at: Cursor) -> Cursor:
    """The cursor with a job that was just given out. It is stored before the job is waited for.

    An org that gives out no jobs is read on page by page, where its query told the next page.
    """
    try:
        answer = reading.start_job(soql, deleted=not at.first)
    except (Refused, NeedsOperator):
        if not at.next:
            raise
        return at.model_copy(update={"bulk": False})
    return at.model_copy(update={"job": _job(reading, answer.body).id, "next": ""})


def page(reading: Reading, at: Cursor, origin: str) -> tuple[Rows, Cursor]:
    """One page of the job's rows. A job that failed, or that Salesforce has dropped, is given out anew.

    Raises:
        TryLater: the job is not ready yet; the next pass goes on with it.
    """
    if not at.locator and not _ready(reading, at.job):
        return _NOTHING, at.model_copy(update={"job": ""})
    try:
        answer = reading.results(at.job, at.locator)
    except Refused as refused:
        if refused.reason is not RefusalReason.NOT_FOUND:
            raise
        return _NOTHING, at.model_copy(update={"job": "", "locator": ""})
    rows = csv_rows_of(answer.body, reading.where, origin) if answer.body.strip() else _NOTHING
    counted = answer.headers.get("sforce-numberofrecords", "")
    if counted.isdecimal() and int(counted) != len(rows.rows) + len(rows.suspects):
        raise TryLater(reading.where, "the page has another number of rows than its header says.")
    following = answer.headers.get("sforce-locator", "null")
    if following in {"", "null"}:
        return rows, at.model_copy(update={"read": True, "bulk": False, "job": "", "locator": ""})
    if following == at.locator:
        raise broken_page(reading.where, Misshapen("comes twice: its locator leads to itself"))
    return rows, at.model_copy(update={"locator": following})


def _ready(reading: Reading, job_id: str) -> bool:
    """Whether the job's rows may be read; False where it failed or is gone."""
    for _ in range(_POLLS):
        try:
            state = _job(reading, reading.job(job_id).body).state
        except Refused as refused:
            if refused.reason is not RefusalReason.NOT_FOUND:
                raise
            return False
        if state == _DONE:
            return True
        if state in _OVER:
            return False
        reading.access.tools.pause(_PAUSE)
    raise TryLater(reading.where, "the bulk job is not ready yet.")


def _job(reading: Reading, body: bytes) -> Job:
    try:
        return shaped(body, Job)
    except Misshapen as wrong:
        problem = broken_page(reading.where, wrong)
    raise problem
