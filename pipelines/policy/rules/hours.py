"""The hours of people: daytime where they are (TCPA-07), and the stricter windows for what sells or asks (TCPA-06, -08)."""

from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from canonical.clock import ONE_DAY, DailyWindow, local_instant
from pipelines.policy.asking import ALLOW, Asked, Finding, block, delay, rule
from pipelines.policy.facts import UNKNOWN, Recipient, Unknown, local, zone_named
from pipelines.policy.quiet_hours import UNKNOWN_STATE, is_open, next_opening, window_words

DAYTIME = DailyWindow(time(8), time(21))
_DAY_BEGINS, _DAY_ENDS = DAYTIME.opens.hour, DAYTIME.closes.hour
_NO_STATE = ("", UNKNOWN)
_NEVER_OPENS = "{vendor} may sit on a message for longer than the whole window of {window}."


@rule("TCPA-07")
def daytime_only(asked: Asked) -> Finding:
    """Non-urgent messages wait for 08:00 to 21:00 where the person is."""
    here = local(asked.now, asked.facts)
    if asked.action.urgent or _DAY_BEGINS <= here.hour < _DAY_ENDS:
        return ALLOW
    day = here.date() if here.time() < DAYTIME.opens else here.date() + ONE_DAY
    return delay(_daytime_begins(day, here.tzinfo))


@lru_cache(maxsize=1024)
def _daytime_begins(day: date, zone: tzinfo | None) -> datetime:
    return local_instant(day, DAYTIME.opens, zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC"))


@rule("TCPA-06")
def quiet_hours(asked: Asked) -> Finding:
    """What sells or asks waits for the hours that every state the person may be in allows."""
    states, zones = candidate_states(asked.facts.recipient), _zones(asked.facts.recipient)
    if not states or not zones:
        return ALLOW  # TCPA-08 answers when the place is not known
    return _within(asked, states, zones)


@rule("TCPA-08")
def unknown_place(asked: Asked) -> Finding:
    """Where the person is unknown, the strictest window of all applies; without any zone, nothing goes."""
    recipient = asked.facts.recipient
    if recipient.address_state not in _NO_STATE and recipient.zone is not UNKNOWN:
        return ALLOW
    states, zones = candidate_states(recipient), _zones(recipient)
    if states and zones:
        return ALLOW
    return _within(asked, frozenset((UNKNOWN_STATE,)), zones) if zones else block()


def _within(asked: Asked, states: frozenset[str], zones: tuple[ZoneInfo, ...]) -> Finding:
    route = asked.facts.route
    if is_open(asked.now, states, zones, route.max_latency):
        return ALLOW
    night = _night(asked.now, states, zones, route.max_latency)
    if night.opening is None:
        return block(_NEVER_OPENS, vendor=route.vendor, window=night.window)
    return delay(night.opening, local_time=night.local_time, window=night.window)


class _Night(NamedTuple):
    """When a window opens again, what it is, and how late it is where the person sleeps."""

    opening: datetime | None
    window: str
    local_time: str


@lru_cache(maxsize=1024)
def _night(now: datetime, states: frozenset[str], zones: tuple[ZoneInfo, ...], latency: timedelta) -> _Night:
    """Whatever is decided together is decided at one instant, for few places: it is worked out once for each."""
    asleep = next(zone for zone in zones if not is_open(now, states, (zone,), latency))
    words = window_words(now, states, asleep)
    return _Night(next_opening(now, states, zones, latency), words, f"{now.astimezone(asleep):%H:%M}")


def candidate_states(recipient: Recipient) -> frozenset[str]:
    """Residence, area code and, for want of an address, the place of treatment.

    The law presumes the area code's state; the house trusts none of them alone (R31).
    """
    by_number = () if isinstance(recipient.area_code_states, Unknown) else recipient.area_code_states
    if recipient.address_state and not isinstance(recipient.address_state, Unknown):
        return frozenset((recipient.address_state, *by_number))
    if by_number and not isinstance(recipient.location_state, Unknown):
        return frozenset((recipient.location_state, *by_number))
    return frozenset(by_number)


def _zones(recipient: Recipient) -> tuple[ZoneInfo, ...]:
    """The address's zone; without an address, the location's and every one of the area code's must agree."""
    if recipient.zone_source == "address" and not isinstance(recipient.zone, Unknown):
        return (zone_named(recipient.zone),)
    names = [] if isinstance(recipient.zone, Unknown) else [recipient.zone]
    names += [zone for zone in recipient.area_code_zones if zone not in names]
    return tuple(zone_named(name) for name in names)
