"""What was to be expected of a practice in an hour (R48)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from canonical.clock import local_instant, rfc3339
from canonical.ids import Prefix, derived_id
from ledger.expectations import planned_in
from ledger.session import Session

Row = Mapping[str, Any]
CANARY: Final = 25
"""Whatever was expected, so many are no surge (R44)."""
FORESEEN: Final = timedelta(hours=12)
"""What was planned so long before it was due could be foreseen by anybody who looked."""
WEEKS: Final = 4


def hour_of(now: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of this hour on the wall clock."""
    return now.astimezone(zone).replace(minute=0, second=0, microsecond=0)


def is_foreseen(row: Row) -> bool:
    """Whether an action was planned long before it was due."""
    return bool(row["planned_at"] <= row["due_at"] - FORESEEN)


def forecast(session: Session, rows: Sequence[Row], now: datetime, zone: ZoneInfo) -> int:
    """What this hour usually brings, or what of `rows` could be foreseen, whichever is more; at least a canary."""
    hour = hour_of(now, zone)
    starts = [local_instant(hour.date() - timedelta(weeks=week), hour.time(), zone) for week in range(1, WEEKS + 1)]
    usual = sum(planned_in(session, [(start, start + timedelta(hours=1)) for start in starts])) // WEEKS
    return max(usual, sum(map(is_foreseen, rows)), CANARY)


def keep_surge(session: Session, approval_id: str, count: int, expected: int, now: datetime) -> None:
    """Keep that a tick was held whole, for the month's count."""
    row = {
        "surge_id": derived_id(Prefix.EVENT, session.practice_id, "surge", rfc3339(now)),
        "approval_id": approval_id,
        "actions": count,
        "forecast": expected,
        "found_at": now,
        "recorded_at": now,
    }
    session.insert("surges", [row])
