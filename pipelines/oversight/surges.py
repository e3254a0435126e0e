"""More at once than anybody could expect is held whole, and what piled up is shown before it goes (R45, R48)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from canonical.clock import local_instant
from ledger.approvals import Question, ask_approval
from ledger.expectations import Backlog, active_patients, read_backlog, said_since
from ledger.session import Session
from ledger.store import Store
from pipelines.oversight.approvals import TO_ANSWER, hold
from pipelines.oversight.forecast import CANARY, forecast, hour_of, is_foreseen, keep_surge

Row = dict[str, Any]
RULE: Final = "SURGE-01"
TIMES: Final = 3
SHARE: Final = 10
"""One in so many of the active patients."""
PILE: Final = 50
"""More than so many that wait since before a pause or an outage ended are shown first (R45)."""
LATE: Final = timedelta(hours=2)
LATELY: Final = timedelta(hours=1)
_DAY_BEGINS: Final = time(8)
_NIGHT: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Found:
    """What is held, under which rule and why."""

    rule: str
    why: str
    forecast: int
    asked_by: str = "glowline"


def hold_surges(store: Store, zone: ZoneInfo, now: datetime, run_id: str) -> int:
    """Hold everything that is cleared where it is more than was to be expected, under one item; how many were held.

    Run it between the policy and the outbox. Nothing is read but what is cleared, unless that is more than a handful.
    """
    with store.reading() as session:
        backlog = read_backlog(session, now - LATELY)
        found = _weigh(session, backlog, zone, now)
    if found is None:
        return 0
    with store.writing(business_now=now) as session:
        rows = read_backlog(session, now - LATELY).rows
        ids = hold(session, rows, found.rule, now=now, run_id=run_id)
        question = Question(found.rule, found.why, ids, _expires(rows, now), found.asked_by)
        approval = ask_approval(session, question, now)
        if found.rule == RULE:
            keep_surge(session, approval.approval_id, len(ids), found.forecast, now)
    return len(ids)


def _weigh(session: Session, backlog: Backlog, zone: ZoneInfo, now: datetime) -> Found | None:
    if len(backlog.rows) <= CANARY:
        return None
    return _piled_up(backlog, zone, now) or _surge_of(session, backlog, zone, now)


def _piled_up(backlog: Backlog, zone: ZoneInfo, now: datetime) -> Found | None:
    """What a pause or an outage has held back goes after somebody has seen it, where it is much."""
    ended = max(backlog.released, key=lambda pause: pause["released_at"], default=None)
    since = ended["released_at"] if ended else now - LATE
    waited = [row for row in backlog.rows if owed_since(row["due_at"], zone, now) <= since]
    if len(waited) <= PILE:
        return None
    who = str(ended["released_by"]) if ended else "glowline"
    what = "a pause ended" if ended else "they could not go for hours"
    return Found("R45", f"{len(backlog.rows)} messages are about to go at once, because {what}.", 0, who)


def owed_since(due_at: datetime, zone: ZoneInfo, now: datetime) -> datetime:
    """Since when a message could have gone: what was due at night waits for the day."""
    morning = local_instant(now.astimezone(zone).date(), _DAY_BEGINS, zone)
    return min(morning, now) if morning - _NIGHT <= due_at < morning else due_at


def _surge_of(session: Session, backlog: Backlog, zone: ZoneInfo, now: datetime) -> Found | None:
    expected = forecast(session, backlog.rows, now, zone)
    count = len(backlog.rows) + said_since(session, hour_of(now, zone))
    if count > TIMES * expected:
        why = f"{count} messages would go in this hour, and {expected} were to be expected."
        return Found(RULE, why, expected)
    unforeseen = {row["person_id"] for row in backlog.rows if not is_foreseen(row)}
    patients = active_patients(session) if len(unforeseen) > CANARY else 0
    if len(unforeseen) <= max(CANARY, patients // SHARE):
        return None
    why = f"{len(unforeseen)} of {patients} patients would hear at once what nobody could expect."
    return Found(RULE, why, expected)


def _expires(rows: Sequence[Row], now: datetime) -> datetime:
    return max(min((row["expires_at"] for row in rows), default=now), now + TO_ANSWER)
