"""What stands around visits, as the planner must know it."""

from collections.abc import Sequence
from typing import Any

from canonical.intakes import IntakeStatus
from canonical.payments import PaymentStatus
from canonical.subjects import VisitAround
from ledger.among import rows_among
from ledger.session import Session

Row = dict[str, Any]


def read_around(session: Session, visits: Sequence[Row]) -> dict[str, VisitAround]:
    """By id: the surroundings of some rows of `open_visits`."""
    ids = [row["visit_id"] for row in visits]
    ahead = [row["visit_id"] for row in visits if row["provider_id"] and not _is_over(row)]
    met = {row["visit_id"] for row in rows_among(session, "visits_with_known_providers", among={"ids": ahead})}
    rows = rows_among(session, "around_visits", among={"ids": ids})
    return {row["visit_id"]: _around(row, met=row["visit_id"] in met) for row in rows}


def _is_over(row: Row) -> bool:
    return row["completion"] not in {None, "none"}


def _around(row: Row, *, met: bool) -> VisitAround:
    return VisitAround(
        later_visit=bool(row["later_visit"]),
        missed_before=bool(row["missed_before"]),
        met_provider=met,
        sessions_done=int(row["sessions_done"] or 0),
        intake=IntakeStatus(row["intake"]) if row["intake"] else None,
        deposit=PaymentStatus(row["deposit"]) if row["deposit"] else None,
        confirmed_start=row["confirmed_start"],
        score=row["score"],
        scored_at=row["scored_at"],
        delay_minutes=int(row["delay_minutes"] or 0),
        delayed_at=row["delayed_at"],
    )
