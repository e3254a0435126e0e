"""What Acuity's lists show: bare arrays, no pages."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from emulators.acuity.account import Account, Appointment, offset
from emulators.acuity.problems import Refusal
from emulators.kit.exchange import Call

DEFAULT_MOST = 100


def appointments(account: Account, call: Call) -> list[dict[str, Any]]:
    """Appointments by day, calendar and type. Without `showall`, cancelled ones only where they are asked for."""
    asked = call.arguments
    rows = [each for each in account.appointments.values() if _fits(each, asked)]
    rows.sort(key=lambda each: (each.start, each.id), reverse=asked.get("direction", "DESC").upper() != "ASC")
    forms = asked.get("excludeForms") != "true"
    return [each.resource(forms=forms) for each in rows[: _most(asked.get("max", ""))]]


def _fits(one: Appointment, asked: dict[str, str]) -> bool:
    first, last = _day(asked.get("minDate")), _day(asked.get("maxDate"))
    if (first and one.on() < first) or (last and one.on() > last):
        return False
    if asked.get("showall") != "true" and one.canceled is not (asked.get("canceled") == "true"):
        return False
    named = {"calendarID": one.calendar.id, "appointmentTypeID": one.kind.id, "email": one.email, "phone": one.phone}
    return all(str(value) == asked[name] for name, value in named.items() if name in asked)


def _day(written: str | None) -> date | None:
    try:
        return datetime.fromisoformat(written).date() if written else None
    except ValueError:
        raise Refusal("invalid_datetime", written or "") from None


def _most(written: str) -> int:
    return int(written) if written.isdecimal() and int(written) else DEFAULT_MOST


def times(free: Iterable[datetime]) -> list[dict[str, Any]]:
    """Starts that are free."""
    return [{"time": offset(each), "slotsAvailable": 1} for each in free]


def me(account: Account) -> dict[str, Any]:
    """The account."""
    return {
        "id": int(account.user_id), "owner": int(account.user_id), "email": "desk@clinic.example",
        "timezone": next(iter(account.calendars.values())).zone, "currency": "USD", "plan": "Powerhouse",
        "planCapabilities": {"can_use_api": True}, "isHIPAA": account.is_hipaa, "firstName": "Front", "lastName": "Desk",
    }  # fmt: skip


def calendars(account: Account) -> list[dict[str, Any]]:
    """The calendars."""
    return [
        {"id": each.id, "name": each.name, "email": "", "description": "", "location": "", "timezone": each.zone}
        for each in account.calendars.values()
    ]


def kinds(account: Account) -> list[dict[str, Any]]:
    """The appointment types."""
    return [
        {
            "id": each.id, "name": each.name, "active": True, "description": "", "duration": each.minutes, "price": "45.00",
            "category": "", "private": False, "type": "service", "calendarIDs": sorted(account.calendars), "formIDs": [],
        }
        for each in account.kinds.values()
    ]  # fmt: skip


def forms(account: Account) -> list[dict[str, Any]]:
    """The forms and their questions."""
    return [
        {
            "id": 9000 + each.id,
            "name": "Intake",
            "appointmentTypeIDs": [each.id],
            "fields": [{"id": one} for one in each.forms],
        }
        for each in account.kinds.values()
        if each.forms
    ]


def hooks(account: Account) -> list[dict[str, Any]]:
    """The webhooks that are set up."""
    events = ("scheduled", "rescheduled", "canceled", "changed") if account.hook else ()
    return [
        {"id": number, "event": f"appointment.{event}", "target": account.hook, "status": "active"}
        for number, event in enumerate(events, 1)
    ]
