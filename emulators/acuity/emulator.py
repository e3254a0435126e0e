"""The pretend Acuity."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from typing_extensions import Unpack, override

from emulators.acuity import listing, problems
from emulators.acuity.account import Account, Appointment, Calendar, Kind
from emulators.acuity.calls import call_out
from emulators.acuity.controls import Controls
from emulators.acuity.problems import Refusal
from emulators.kit.emulator import HttpEmulator, Settings
from emulators.kit.exchange import Answer, Call, Handler, Json, Mark, Routes
from emulators.kit.faults import Fault

ROOT = ""
CHANGEABLE = ("firstName", "lastName", "phone", "email", "certificate", "fields", "notes", "labels")


class AcuityEmulator(HttpEmulator):
    """One Acuity account over HTTP. Paths answer with and without Acuity's own prefix `/api/v1`."""

    vendor = "acuity"

    def __init__(self, account: Account | None = None, **settings: Unpack[Settings]) -> None:
        super().__init__(**settings)
        self.account = account or Account()
        self._routes: Routes[Handler] = Routes(
            [
                ("GET", "/me", lambda _: Answer(200, listing.me(self.account))),
                ("GET", "/calendars", lambda _: Answer(200, listing.calendars(self.account))),
                ("GET", "/appointment-types", lambda _: Answer(200, listing.kinds(self.account))),
                ("GET", "/clients", lambda _: Answer(200, list(self.account.clients.values()))),
                ("GET", "/forms", lambda _: Answer(200, listing.forms(self.account))),
                ("GET", "/webhooks", lambda _: Answer(200, listing.hooks(self.account))),
                ("GET", "/availability/times", self._times),
                ("GET", "/appointments", lambda call: Answer(200, listing.appointments(self.account, call))),
                ("POST", "/appointments", self._create),
                ("GET", "/appointments/{id}", lambda call: Answer(200, self._one(call).resource(single=True))),
                ("PUT", "/appointments/{id}", self._change),
                ("PUT", "/appointments/{id}/reschedule", self._move),
                ("PUT", "/appointments/{id}/cancel", self._cancel),
            ]
        )
        Controls(self).install()

    @override
    def describe_ports(self) -> dict[str, Json]:
        return super().describe_ports() | {"user_id": self.account.user_id, "api_key": self.account.api_key}

    @override
    def forget(self) -> None:
        self.account.appointments.clear()
        self.account.clients.clear()

    @override
    def respond(self, call: Call) -> Answer:
        if call.path == "/oauth2/token":
            return self._token(call)
        if not _opens(call.headers, self.account):
            raise Refusal("unauthorized")
        found = self._routes.find(replace(call, path=call.path.removeprefix("/api/v1")))
        if found is None:
            raise Refusal("not_found")
        return found[0](found[1])

    @override
    def describe(self, call: Call) -> list[Mark]:
        return [Mark() if call.method == "GET" else Mark("write")]

    @override
    def error(self, fault: Fault) -> Answer:
        return problems.from_fault(fault)

    def _token(self, call: Call) -> Answer:
        """`POST /oauth2/token`: a code for a token that does not end; there is no refresh token."""
        given = dict(parse_qsl(call.body.decode()))
        if (given.get("client_id"), given.get("client_secret")) != self.account.app:
            return Answer(401, {"error": "invalid_client"})
        if given.get("grant_type") != "authorization_code" or given.get("code") not in self.account.codes:
            return Answer(400, {"error": "invalid_grant"})
        self.account.codes.remove(given["code"])
        made = self.token(40)
        self.account.granted.add(made)
        return Answer(200, {"access_token": made, "token_type": "bearer"})

    # What clients of the API do

    def _one(self, call: Call) -> Appointment:
        found = self.account.appointments.get(int(call.fields["id"])) if call.fields["id"].isdecimal() else None
        if found is None:
            raise Refusal("not_found")
        return found

    def _times(self, call: Call) -> Answer:
        kind = self._kind(call.arguments.get("appointmentTypeID"))
        wanted = call.arguments.get("calendarID")
        calendars = [self._calendar(wanted)] if wanted else list(self.account.calendars.values())
        try:
            day = datetime.fromisoformat(call.arguments.get("date", "")).date()
        except ValueError:
            raise Refusal("invalid_datetime", call.arguments.get("date", "")) from None
        return Answer(200, listing.times(self.account.free(kind, day, calendars)))

    def _create(self, call: Call) -> Answer:
        given, admin = call.json(), call.arguments.get("admin") == "true"
        for name in ("datetime", "appointmentTypeID", "firstName", "lastName", *(() if admin else ("email",))):
            if given.get(name) in (None, ""):
                raise Refusal("required_field", name)
        if admin and not given.get("calendarID"):
            raise Refusal("required_field", "calendarID")
        one = self.book(given, by="api" if admin else None, checked=not admin)
        return self._written(one, "scheduled", call)

    def book(self, given: Mapping[str, Any], *, by: str | None = None, checked: bool = True) -> Appointment:
        """An appointment as it was asked for; an administrator may book over another."""
        kind = self._kind(given["appointmentTypeID"])
        wanted = given.get("calendarID")
        calendar = self._calendar(wanted) if wanted else next(iter(self.account.calendars.values()))
        start = self._start(given["datetime"], calendar)
        if checked and self.account.taken(calendar, start, kind.minutes):
            raise Refusal("not_available", str(given["datetime"]))
        self.account.last_id += 1
        one = Appointment(
            self.account.last_id, given["firstName"], given["lastName"], given.get("phone", ""), given.get("email", ""),
            start, kind, calendar, self.clock.now(), notes=given.get("notes", ""), zone=given.get("timezone", ""), booked_by=by,
        )  # fmt: skip
        one.answers = {int(each["id"]): str(each["value"]) for each in given.get("fields", [])}
        self.account.appointments[one.id] = one
        self.account.remember(one)
        return one

    def _change(self, call: Call) -> Answer:
        one, given, admin = self._one(call), call.json(), call.arguments.get("admin") == "true"
        given = {name: given[name] for name in CHANGEABLE if name in given}
        if admin and "notes" in given:  # recorded and documented: anybody else's notes are dropped without a word
            one.notes = str(given["notes"])
        if "labels" in given:
            one.label = int(given["labels"][0]["id"]) if given["labels"] else None
        one.first, one.last = given.get("firstName", one.first), given.get("lastName", one.last)
        one.phone, one.email = given.get("phone", one.phone), given.get("email", one.email)
        return self._written(one, "changed", call)

    def _move(self, call: Call) -> Answer:
        one, given = self._one(call), call.json()
        self.move(one, given.get("datetime", ""), given.get("calendarID"))
        return self._written(one, "rescheduled", call)

    def move(self, one: Appointment, start: str, calendar_id: object = None) -> None:
        """Another time, the same id."""
        if one.canceled:
            raise Refusal("appointment_canceled")
        calendar = self._calendar(calendar_id) if calendar_id else one.calendar
        moment = self._start(start, calendar)
        if self.account.taken(calendar, moment, one.kind.minutes, but=one.id):
            raise Refusal("not_available", start)
        one.start, one.calendar = moment, calendar

    def _cancel(self, call: Call) -> Answer:
        one, given = self._one(call), call.json()
        if one.canceled:
            raise Refusal("appointment_canceled")
        one.canceled, one.no_show = True, given.get("noShow") is True
        return self._written(one, "canceled", call)

    def _written(self, one: Appointment, what: str, call: Call) -> Answer:
        marks = [replace(mark, vendor_id=str(one.id)) for mark in self.describe(call)]
        return Answer(200, one.resource(single=True), marks=marks, after=[lambda: call_out(self, one, what)])

    def _kind(self, wanted: object) -> Kind:
        found = self.account.kinds.get(int(str(wanted))) if str(wanted).isdecimal() else None
        if found is None:
            raise Refusal("invalid_appointment_type", str(wanted))
        return found

    def _calendar(self, wanted: object) -> Calendar:
        found = self.account.calendars.get(int(str(wanted))) if str(wanted).isdecimal() else None
        if found is None:
            raise Refusal("invalid_calendar", str(wanted))
        return found

    def _start(self, written: str, calendar: Calendar) -> datetime:
        """A start without an offset is the calendar's wall clock."""
        try:
            moment = datetime.fromisoformat(str(written))
        except ValueError:
            raise Refusal("invalid_datetime", str(written)) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(calendar.zone))


def _opens(headers: Mapping[str, str], account: Account) -> bool:
    scheme, _, proof = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return proof == account.api_key or proof in account.granted
    try:
        return base64.b64decode(proof).decode() == f"{account.user_id}:{account.api_key}"
    except (binascii.Error, UnicodeDecodeError):
        return False
