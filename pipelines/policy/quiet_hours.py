"""When a person may be written to, by state: the federal window, cut by every state they may be in (TCPA-06, -08).

Windows are local and half-open. A closing time comes earlier by the time a vendor may sit on a message.
"""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import holidays

from canonical.clock import DailyWindow, local_instant
from canonical.model import Noun
from pipelines.policy.card import QUIET_HOURS

UNKNOWN_STATE = "UNKNOWN"
"""The row for people whose place nobody knows: open only when every other row is."""
_FEDERAL = "US"
_LONGEST_CLOSURE = 14
"""Days. Where no window opens in two weeks, none ever does: the vendor is slower than the window is wide."""
_SATURDAY, _SUNDAY = 5, 6


class StateHours(Noun):
    """One row of the table. None = closed all day."""

    state: str
    weekdays: DailyWindow | None
    saturday: DailyWindow | None
    sunday: DailyWindow | None
    closed_on_holidays: bool
    cap_per_24h: str
    source: str

    def on(self, day: date) -> DailyWindow | None:
        """The window of a local date, holidays included."""
        if self.closed_on_holidays and _is_holiday(self.state, day):
            return None
        return {_SATURDAY: self.saturday, _SUNDAY: self.sunday}.get(day.weekday(), self.weekdays)


@cache
def state_hours() -> dict[str, StateHours]:
    """The table by state. A state without a row has the federal window."""
    with QUIET_HOURS.open(encoding="utf-8", newline="") as lines:
        return {row["state"]: _read(row) for row in csv.DictReader(lines)}


def _read(row: dict[str, str]) -> StateHours:
    return StateHours(
        state=row["state"],
        weekdays=_window(row["mon_fri"]),
        saturday=_window(row["sat"]),
        sunday=_window(row["sun"]),
        closed_on_holidays=row["holidays"] == "none",
        cap_per_24h=row["cap_per_24h"],
        source=f"{row['source']} ({row['confidence']})",
    )


def _window(written: str) -> DailyWindow | None:
    if written == "none":
        return None
    opens, closes = written.split("-")
    return DailyWindow(time.fromisoformat(opens), time.fromisoformat(closes))


def _is_holiday(state: str, day: date) -> bool:
    states = _states_that_keep_holidays() if state == UNKNOWN_STATE else (state,)
    return any(day in _calendar(each, day.year) for each in states)


@cache
def _states_that_keep_holidays() -> tuple[str, ...]:
    return tuple(s for s, hours in state_hours().items() if hours.closed_on_holidays and s != UNKNOWN_STATE)


@cache
def _calendar(state: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("US", subdiv=state, years=year))


def window_on(day: date, states: Iterable[str]) -> DailyWindow | None:
    """The hours of a local date that the federal rule and every one of `states` allow."""
    return _window_on(day, frozenset(states))


@lru_cache(maxsize=4096)
def _window_on(day: date, states: frozenset[str]) -> DailyWindow | None:
    table = state_hours()
    found = [table[state].on(day) for state in {_FEDERAL, *states} if state in table]
    if any(window is None for window in found):
        return None
    windows = [window for window in found if window is not None]
    opens, closes = max(w.opens for w in windows), min(w.closes for w in windows)
    return DailyWindow(opens, closes) if opens < closes else None


@lru_cache(maxsize=4096)
def _open_instants(day: date, states: frozenset[str], zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """When the window of a local date opens and closes."""
    window = _window_on(day, states)
    if window is None:
        return None
    return local_instant(day, window.opens, zone), local_instant(day, window.closes, zone)


def is_open(
    now: datetime, states: frozenset[str], zones: Sequence[ZoneInfo], max_latency: timedelta = timedelta(0)
) -> bool:
    """Whether `now` lies in the window, whichever of `zones` the person is in."""
    for zone in zones:
        hours = _open_instants(now.astimezone(zone).date(), states, zone)
        if hours is None or not hours[0] <= now < hours[1] - max_latency:
            return False
    return True


def next_opening(
    now: datetime, states: Iterable[str], zones: ZoneInfo | Sequence[ZoneInfo], max_latency: timedelta = timedelta(0)
) -> datetime | None:
    """The earliest instant from `now` on that lies in the window, whichever of `zones` the person is in: `now` when open.

    None when no window of the next two weeks is left, because vendor latency swallows them all.
    """
    places, wanted = (zones,) if isinstance(zones, ZoneInfo) else tuple(zones), frozenset(states)
    moment: datetime | None = now
    last = now + timedelta(days=_LONGEST_CLOSURE)
    while moment is not None and moment <= last:
        before = moment
        for zone in places:
            moment = _opening(moment, wanted, zone, max_latency) if moment is not None else None
        if moment == before or len(places) == 1:
            return moment
    return None


def _opening(now: datetime, states: frozenset[str], zone: ZoneInfo, max_latency: timedelta) -> datetime | None:
    today = now.astimezone(zone).date()
    for ahead in range(_LONGEST_CLOSURE + 1):
        hours = _open_instants(today + timedelta(days=ahead), states, zone)
        if hours is None:
            continue
        opens = max(now, hours[0])
        if opens < hours[1] - max_latency:
            return opens
    return None


def window_words(now: datetime, states: Iterable[str], zone: ZoneInfo) -> str:
    """Today's window as an officer reads it: `09:00-20:00`, or `at no time today`."""
    window = window_on(now.astimezone(zone).date(), states)
    return f"{window.opens:%H:%M}-{window.closes:%H:%M}" if window else "at no time today"
