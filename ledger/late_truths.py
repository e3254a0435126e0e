"""What would have stopped a message, had it been known when it left (R55): found once, kept with both times."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.people import by_ids
from ledger.session import Session

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LateTruth:
    """One message that should not have gone."""

    attempt_id: str
    action_id: str
    kind: str
    sent_at: datetime
    fact_at: datetime
    """Since when it was true."""
    known_at: datetime
    """Since when we know."""
    subject_id: str = ""
    person_id: str | None = None
    location_id: str | None = None


def read_late(session: Session, since: int) -> list[Row]:
    """Messages that left between a fact and our knowing it, for facts recorded after a number; `kind` is not said yet."""
    return session.rows("late_opt_outs", since=since) + session.rows("late_changes", since=since)


def sent_through(session: Session, vendor: str, since: datetime) -> list[Row]:
    """What left through a vendor from an instant on."""
    return session.rows("late_agreements", vendor=vendor, since=since)


def newest_of_truths(session: Session) -> int:
    """The newest number of what can turn out to be late."""
    row = session.one("newest_of_truths")
    return int(row["seq"]) if row else 0


def keep_truths(session: Session, found: Iterable[LateTruth], now: datetime) -> list[LateTruth]:
    """Write down those that are not known yet; returns these."""
    each = {(one.attempt_id, one.kind): one for one in found}
    rows = by_ids(session, "known_late_truths", {attempt for attempt, _ in each})
    known = {(row["attempt_id"], row["kind"]) for row in rows}
    fresh = [one for key, one in each.items() if key not in known]
    session.insert(
        "late_truths",
        [
            {
                "action_id": one.action_id,
                "attempt_id": one.attempt_id,
                "subject_id": one.subject_id,
                "kind": one.kind,
                "sent_at": one.sent_at,
                "fact_at": one.fact_at,
                "known_at": one.known_at,
                "recorded_at": now,
            }
            for one in fresh
        ],
    )
    return fresh
