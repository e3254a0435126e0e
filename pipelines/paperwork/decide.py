"""Whose a form or payment is, and which visit it is for. Pure: what stands and what was read in, rows out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from canonical.intakes import Intake
from canonical.payments import PaymentStatus
from canonical.visits import AppointmentStatus
from ledger.paperwork import Standing
from pipelines.paperwork.papers import Paper

Row = dict[str, Any]
_GONE = frozenset({AppointmentStatus.CANCELLED, AppointmentStatus.RESCHEDULED, AppointmentStatus.NO_SHOW})


@dataclass(frozen=True)
class PaperCounts:
    """What one run of paperwork did."""

    read: int = 0
    intakes: int = 0
    """Rows about forms; so for payments."""
    payments: int = 0
    late: int = 0
    """Versions that were older than what stands, by their tool's own word."""
    waiting: int = 0
    """Rows whose person or visit has not come yet."""
    consents: int = 0
    tasks: int = 0

    def __add__(self, other: "PaperCounts") -> "PaperCounts":
        """The counts of two steps of one run."""
        return PaperCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True)
class Decided:
    """Rows to append, and the papers they come from."""

    intakes: list[Row]
    payments: list[Row]
    changed: list[tuple[Paper, Row]]
    visits: frozenset[str]
    """Visits that gained or lost a payment."""
    counts: PaperCounts


def decide(papers: Iterable[Paper], seen: Standing, owners: Mapping[str, str]) -> Decided:
    """New rows: papers that are new or say something else, or that belong to somebody or some visit else now."""
    known = dict(seen.papers)
    written: dict[str, tuple[Paper, Row]] = {}
    read = late = 0
    for paper in sorted(papers, key=lambda paper: int(paper.row["seq"])):
        read += 1
        before = known.get(paper.paper_id)
        if before is not None and not paper.follows(before):
            late += 1
            continue
        row = _row(paper, before, seen, owners)
        if before is None or any(before[name] != value for name, value in row.items()):
            written[paper.paper_id] = paper, row
        known[paper.paper_id] = {**(before or {}), **row, "said_at": paper.at}
    rows = [row for _, row in written.values()]
    return Decided(
        intakes=[row for row in rows if "intake_id" in row],
        payments=[row for row in rows if "payment_id" in row],
        changed=list(written.values()),
        visits=frozenset(visit for row in rows if "payment_id" in row for visit in _visits_of(row, seen)),
        counts=PaperCounts(read=read, late=late, waiting=sum(_waits(*one) for one in written.values())),
    )


def _visits_of(row: Row, seen: Standing) -> set[str]:
    before = seen.papers.get(row["payment_id"], {})
    return {visit for visit in (row["visit_id"], before.get("visit_id")) if visit}


def _row(paper: Paper, before: Row | None, seen: Standing, owners: Mapping[str, str]) -> Row:
    person = owners.get(paper.person_key)
    visit = _visit(paper, before, person, seen)
    of_visit = seen.visits.get(visit or "", {}).get("person_id")
    row: Row = {
        "record_id": paper.row["record_id"],
        "version_id": paper.row["version_id"],
        "person_id": person or of_visit or (before["person_id"] if before else None),
        "visit_id": visit,
        "status": paper.status,
    }
    if isinstance(paper.said, Intake):
        return row | {"intake_id": paper.paper_id, "completed_at": paper.said.completed_at}
    return row | {
        "payment_id": paper.paper_id,
        "deposit": paper.said.deposit,
        "amount_cents": paper.said.amount_cents,
        "currency": paper.said.currency,
        "paid_at": _paid_at(paper, before),
    }


def _paid_at(paper: Paper, before: Row | None) -> datetime | None:
    """When it was paid, also after it went back."""
    if paper.status == PaymentStatus.PAID:
        return paper.happened_at
    return before["paid_at"] if before else None


def _visit(paper: Paper, before: Row | None, person: str | None, seen: Standing) -> str | None:
    """By our own reference, by the appointment it names, else the person's next visit, where it then stays."""
    reference = getattr(paper.said, "reference", "")
    if reference in seen.references:
        return seen.references[reference]
    named = paper.said.appointment_vendor_id
    if named:
        return seen.places.get((paper.source, named))
    if not paper.is_for_a_visit:
        return None
    last = before["visit_id"] if before else None
    if last and seen.visits.get(last, {}).get("status") not in _GONE:
        return str(last)
    since = paper.happened_at or paper.at or paper.row["recorded_at"]
    ahead = seen.ahead.get(person or "", [])
    return next((row["visit_id"] for row in ahead if row["start_at"] >= since), last)


def _waits(paper: Paper, row: Row) -> bool:
    return row["person_id"] is None or bool(paper.said.appointment_vendor_id and row["visit_id"] is None)
