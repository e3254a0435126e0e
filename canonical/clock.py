"""Two clocks, never mixed: business time decides what is said, machine time decides how we talk to machines.

Business time comes from one source per installation and may be turned where every practice is a demo. Machine time
(leases, rate budgets, retries, TLS) never turns.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

from pydantic import AfterValidator


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        message = "an instant needs a time zone; a local time without its zone is not an instant"
        raise ValueError(message)
    return value.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_utc)]
"""A point in time, always aware, always UTC."""


class Clock(Protocol):
    """The source of time that is passed to whoever needs it."""

    def business_now(self) -> datetime:
        """The instant all planning, policy and audit uses (UTC)."""

    def machine_now(self) -> datetime:
        """The machine's own instant (UTC), for leases, budgets and retries."""


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still: for tests, simulation and replays."""

    business: datetime
    machine: datetime | None = None

    def business_now(self) -> datetime:
        """The instant given at construction."""
        return _utc(self.business)

    def machine_now(self) -> datetime:
        """The machine instant given at construction, else the business instant."""
        return _utc(self.machine or self.business)


@dataclass(frozen=True)
class DailyWindow:
    """A half-open local window `opens <= t < closes`; opening hours and quiet hours are both made of these."""

    opens: time
    closes: time

    def contains(self, local: datetime) -> bool:
        """Whether the local wall clock lies inside."""
        return self.opens <= local.time().replace(tzinfo=None) < self.closes


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time.

    A time skipped in spring is moved forward by the gap; of a time that occurs twice in autumn, the first is meant:
    an early reminder annoys, a late one is useless.
    """
    naive = datetime.combine(day, at, tzinfo=zone)
    return naive.astimezone(UTC)


def start_of_local_day(instant: datetime, zone: ZoneInfo) -> datetime:
    """Midnight before `instant` in `zone`, as a UTC instant."""
    return local_instant(instant.astimezone(zone).date(), time(0), zone)


def rfc3339(instant: datetime) -> str:
    """Milliseconds and Z, the one written form of an instant."""
    return _utc(instant).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


ONE_DAY = timedelta(days=1)
