"""That the token opens the sub-account we mean and may read each stream, and that people can book there."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec

from canonical.problems import NeedsOperator
from connectors.gohighlevel import client
from connectors.gohighlevel.asking import asking, segment, telling
from connectors.gohighlevel.calendars import Calendar, calendars
from connectors.gohighlevel.wire import Location, LocationAnswer
from connectors.kit.access import Access
from connectors.kit.exchange import Request
from connectors.kit.moments import milliseconds
from connectors.kit.registry import Verified

LOOK_AHEAD: Final = timedelta(days=14)
"""How far we look for a free time; the vendor answers for 31 days at most."""

SCOPES: Final[Mapping[str, str]] = {
    "contacts": "contacts.readonly",
    "messages": "conversations/message.readonly",
    "submissions": "forms.readonly",
    "opportunities": "opportunities.readonly",
    "tasks": "locations/tasks.readonly",
}
"""Stream → the scope that reads it. Appointments need two, which are proved apart."""


def verify(access: Access) -> Verified:
    """A read of the sub-account, of its calendars and their free times, and of each stream the connection reads.

    Raises:
        NeedsOperator: the token is refused, belongs to another sub-account, or lacks a scope, which is named.
    """
    place = _scoped(access, "locations.readonly", lambda: _location(access))
    _require_ours(access, place)
    warnings: list[str] = [_SILENT]
    booking = _scoped(access, "calendars.readonly", lambda: calendars(access, "verify"))
    open_ = [one for one in booking if one.is_active is not False]
    if "appointments" in access.connection.streams:
        warnings += _full(access, open_)
    for stream in access.connection.streams:
        if stream in SCOPES:
            _scoped(access, SCOPES[stream], lambda stream=stream: _first(access, stream))  # type: ignore[misc]  # bound at once
    return Verified(
        proved=("credentials", "location", "calendars", "streams"),
        warnings=tuple(warnings),
        facts={
            "location": place.id,
            "time_zone": place.timezone,
            "calendars": str(len(open_)),
            "hipaa_mode": "not shown by the API",
        },
    )


_SILENT: Final = (
    "HighLevel does not say which scopes a token has, so writing was not proved, and not where the app's webhooks go. "
    "Compare both with the README's."
)


def _scoped(access: Access, scope: str, read: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the read gives
    """A read that says by which scope it is allowed, where it is not: the vendor's own refusal does not."""
    try:
        return read()
    except NeedsOperator as refused:
        if refused.where.vendor_code not in {"scope", "403"}:
            raise
    raise NeedsOperator(
        access.where("verify"),
        f"the token lacks the scope {scope}.",
        next_step="Add it to the private integration or the app in HighLevel, then run:  glowline check",
    )


def _location(access: Access) -> Location:
    path = f"/locations/{segment(client.location(access))}"
    return client.line(access).read_as(LocationAnswer, asking(access, path), "verify").location


def _require_ours(access: Access, place: Location) -> None:
    if place.id != client.location(access):
        raise NeedsOperator(
            access.where("verify"),
            "the token opens another sub-account than the settings name.",
            next_step="Correct `location` in the connection's settings, or its secret.",
        )


def _full(access: Access, open_: list[Calendar]) -> Iterator[str]:
    """Calendars in which nobody could book now: our texts offer a link to them."""
    now = access.tools.clock.machine_now()
    for calendar in open_:
        query = {"startDate": str(milliseconds(now)), "endDate": str(milliseconds(now + LOOK_AHEAD))}
        path = f"/calendars/{segment(calendar.id)}/free-slots"
        request = asking(access, path, query, client.TALK)
        answer = _scoped(access, "calendars.readonly", lambda asked=request: client.line(access).read(asked, "verify"))  # type: ignore[misc]  # bound at once
        if not free_times(answer.body):
            yield (
                f"the calendar {calendar.id} offers no time in the next {LOOK_AHEAD.days} days. "
                "Look at its availability in HighLevel, or take it out of use."
            )


def free_times(body: bytes) -> tuple[str, ...]:
    """The free times of an answer, which has them by day, beside a trace id."""
    try:
        days = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return ()
    slots = [day.get("slots") for day in days.values() if isinstance(day, dict)]
    return tuple(str(slot) for each in slots if isinstance(each, list) for slot in each)


def _first(access: Access, stream: str) -> None:
    client.line(access).read(_smallest(access, stream), "verify")


def _smallest(access: Access, stream: str) -> Request:
    """The smallest question of each stream."""
    place = client.location(access)
    if stream == "contacts":
        return telling(access, "/contacts/search", {"locationId": place, "page": 1, "pageLimit": 1})
    if stream == "messages":
        query = {"locationId": place, "limit": "10", "channel": "SMS"}
        return asking(access, "/conversations/messages/export", query, client.TALK)
    if stream == "submissions":
        return asking(access, "/forms/submissions", {"locationId": place, "limit": "1"})
    if stream == "tasks":
        return telling(access, f"/locations/{segment(place)}/tasks/search", {"completed": True, "limit": 1, "skip": 0})
    return asking(access, "/opportunities/search", {"location_id": place, "limit": "1"})
