"""One Acuity account: its calendars and types, who is booked when, and which starts are free."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

SERVER_ZONE = ZoneInfo("America/Chicago")  # recorded: stamps of creation carry the server's offset, not the calendar's
OPENS, CLOSES = time(9), time(18)
OWN_LABELS = {24774624: "Confirmed", 24774625: "Checked In", 24774626: "Completed"}


@dataclass(slots=True)
class Calendar:
    """A calendar: who or where, and its zone."""

    id: int
    name: str
    zone: str = "America/New_York"


@dataclass(slots=True)
class Kind:
    """An appointment type."""

    id: int
    name: str
    minutes: int = 45
    forms: tuple[int, ...] = ()


@dataclass(slots=True)
class Appointment:
    """One appointment. A no-show is a cancelled one."""

    id: int
    first: str
    last: str
    phone: str
    email: str
    start: datetime
    kind: Kind
    calendar: Calendar
    created: datetime
    notes: str = ""
    zone: str = ""
    canceled: bool = False
    no_show: bool = False
    label: int | None = None
    answers: dict[int, str] = field(default_factory=dict)
    booked_by: str | None = None

    @property
    def end(self) -> datetime:
        """Its end follows from its type."""
        return self.start + timedelta(minutes=self.kind.minutes)

    def on(self) -> date:
        """The day it stands on, in its calendar's zone."""
        return self.start.astimezone(ZoneInfo(self.calendar.zone)).date()

    def resource(self, *, single: bool = False, forms: bool = True) -> dict[str, Any]:
        """As Acuity shows it: in a list, or by itself with two fields more."""
        zone = ZoneInfo(self.calendar.zone)
        start, end, created = self.start.astimezone(zone), self.end.astimezone(zone), self.created
        page = hashlib.sha256(str(self.id).encode()).hexdigest()[:32]
        shown: dict[str, Any] = {
            "id": self.id, "firstName": self.first, "lastName": self.last, "phone": self.phone, "email": self.email,
            "date": f"{start:%B} {start.day}, {start.year}", "time": clock(start), "endTime": clock(end),
            "dateCreated": f"{created:%B} {created.day}, {created.year}",
            "datetimeCreated": offset(created.astimezone(SERVER_ZONE)), "datetime": offset(start),
            "price": "45.00", "priceSold": "45.00", "paid": "no", "amountPaid": "0.00", "type": self.kind.name,
            "appointmentTypeID": self.kind.id, "classID": None, "addonIDs": [], "category": "",
            "duration": str(self.kind.minutes), "calendar": self.calendar.name, "calendarID": self.calendar.id,
            "certificate": None, "confirmationPage": f"https://app.acuityscheduling.com/schedule.php?action=appt&id={page}",
            "confirmationPagePaymentLink": f"https://app.acuityscheduling.com/schedule/pay/{page}", "location": "",
            "notes": self.notes, "timezone": self.zone or self.calendar.zone, "calendarTimezone": self.calendar.zone,
            "canceled": self.canceled, "canClientCancel": not self.canceled, "canClientReschedule": not self.canceled,
            "labels": [{"id": self.label, "name": OWN_LABELS.get(self.label, "Another"), "color": "green"}] if self.label else None,
            "forms": self._forms() if forms else [],
            "formsText": f"Name: {self.first} {self.last}\nPhone: {self.phone}\nEmail: {self.email}\n",
        }  # fmt: skip
        if self.canceled:
            shown["noShow"] = self.no_show
        return shown | ({"isVerified": False, "scheduledBy": self.booked_by} if single else {})

    def _forms(self) -> list[dict[str, Any]]:
        values = [
            {"id": number, "fieldID": each, "name": f"Question {each}", "value": self.answers.get(each, "")}
            for number, each in enumerate(self.kind.forms, 1)
        ]
        return [{"id": 9000 + self.kind.id, "name": "Intake", "values": values}] if values else []


def offset(moment: datetime) -> str:
    """`2026-06-15T09:30:00+0300`: recorded, without a colon."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S%z")


def clock(moment: datetime) -> str:
    """`9:30am`."""
    return moment.strftime("%I:%M%p").lstrip("0").lower()


@dataclass(slots=True)
class Account:
    """The account a key opens."""

    user_id: str = "39594627"
    api_key: str = "an-invented-api-key"
    app: tuple[str, str] = ("an-invented-app", "an-invented-app-secret")
    """The id and secret of the app that somebody may connect."""
    codes: set[str] = field(default_factory=set)
    granted: set[str] = field(default_factory=set)
    """Access tokens that were given out. They do not end."""
    is_hipaa: bool = True
    hook: str = ""
    """Where it is called on a change; empty: nowhere."""
    calendars: dict[int, Calendar] = field(default_factory=lambda: {7001: Calendar(7001, "Downtown")})
    kinds: dict[int, Kind] = field(default_factory=lambda: {501: Kind(501, "Visit")})
    clients: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)
    appointments: dict[int, Appointment] = field(default_factory=dict)
    last_id: int = 1722000000

    def taken(self, calendar: Calendar, start: datetime, minutes: int, but: int | None = None) -> bool:
        """Whether somebody else is booked then."""
        end = start + timedelta(minutes=minutes)
        return any(
            each.id != but
            and not each.canceled
            and each.calendar.id == calendar.id
            and each.start < end
            and start < each.end
            for each in self.appointments.values()
        )

    def free(self, kind: Kind, day: date, calendars: Iterable[Calendar]) -> list[datetime]:
        """Starts of a day at which somebody is free, in the calendar's own offset."""
        found: set[datetime] = set()
        for calendar in calendars:
            at = datetime.combine(day, OPENS, ZoneInfo(calendar.zone))
            while at + timedelta(minutes=kind.minutes) <= datetime.combine(day, CLOSES, at.tzinfo):
                if not self.taken(calendar, at, kind.minutes):
                    found.add(at)
                at += timedelta(minutes=kind.minutes)
        return sorted(found)

    def remember(self, one: Appointment) -> None:
        """Who books becomes a client: known by name and phone."""
        key = (one.first, one.last, one.phone)
        self.clients.setdefault(
            key, {"firstName": one.first, "lastName": one.last, "email": one.email, "phone": one.phone, "notes": ""}
        )
