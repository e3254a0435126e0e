"""How much a practice says in an hour, and how much was to be expected of this one (R48)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.approvals import HELD_WHOLE, approved_rules
from ledger.session import Session

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is about to go."""

    rows: tuple[Row, ...]
    """Cleared messages that nobody has looked at yet, most urgent first."""
    released: tuple[Mapping[str, Any], ...]
    """Pauses that ended lately."""


def read_backlog(session: Session, since: datetime) -> Backlog:
    """Everything that is cleared and was not approved as a whole, with the pauses that ended since."""
    rows = session.rows("cleared_to_weigh")
    seen = approved_rules(session, (row["action_id"] for row in rows)) if rows else {}
    unseen = tuple(row for row in rows if not HELD_WHOLE & seen.get(row["action_id"], {}).keys())
    return Backlog(unseen, tuple(session.rows("pauses_released_since", since=since)))


def said_since(session: Session, since: datetime) -> int:
    """How many messages have gone since an instant that nobody had approved as a whole."""
    ids = [row["action_id"] for row in session.rows("claimed_in", since=since)]
    seen = approved_rules(session, ids) if ids else {}
    return sum(not HELD_WHOLE & seen.get(action, {}).keys() for action in ids)


def planned_in(session: Session, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """How many messages were planned for each of some spans."""
    found = [session.one("planned_in", since=since, until=until) for since, until in spans]
    return [int(row["messages"]) if row else 0 for row in found]


def active_patients(session: Session) -> int:
    """How many people are treated here, or were lately."""
    row = session.one("active_patients")
    return int(row["people"]) if row else 0
