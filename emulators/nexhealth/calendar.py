"""Appointments and free slots, as requests read and change them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from emulators.kit.clock import iso
from emulators.kit.exchange import Answer, Call, Json, Mark
from emulators.nexhealth import slots as free
from emulators.nexhealth.listing import changed, flag, instant, moment, page
from emulators.nexhealth.people import body_of, named
from emulators.nexhealth.problems import Refusal, envelope

if TYPE_CHECKING:
    from emulators.nexhealth.emulator import NexHealthEmulator
    from emulators.nexhealth.institution import Institution, Record


def appointments(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /appointments."""
    del nexhealth
    start, end = moment(call, "start", required=True), moment(call, "end", required=True)
    if "location_id" not in call.arguments and "foreign_id" not in call.arguments:
        raise Refusal(400, "At least one of location_id or foreign_id must be provided")
    wanted = [each for each in institution.appointments.values() if _fits(each, call)]
    inside = [each for each in wanted if start and end and start <= datetime.fromisoformat(each["start_time"]) <= end]
    return page(call, changed(inside, call))


def _fits(record: Record, call: Call) -> bool:
    equal = {"location_id": "location_id", "appointment_type_id": "appointment_type_id", "foreign_id": "foreign_id"}
    among = {"patient_ids[]": "patient_id", "provider_ids[]": "provider_id"}
    flags = {"cancelled": "cancelled", "unavailable": "unavailable"}
    return (
        all(str(record[own]) == call.arguments[name] for name, own in equal.items() if name in call.arguments)
        and all(str(record[own]) in wanted for name, own in among.items() if (wanted := call.listed(name)))
        and all(record[own] is flag(call, name) for name, own in flags.items() if flag(call, name) is not None)
    )


def appointment(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /appointments/{id}: with its patient in it."""
    del nexhealth
    record = named(institution.appointments, call)
    patient = institution.patients.get(record["patient_id"])
    return Answer(200, envelope(record | ({"patient": patient} if patient else {})))


def new_appointment(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """POST /appointments: accepted now, in the health record afterwards."""
    wanted, now = body_of(call, "appt"), nexhealth.clock.now()
    place = institution.place(int(call.arguments.get("location_id") or 0))
    provider = institution.provider(wanted.get("provider_id") or 0)
    if place is None or provider is None or wanted.get("patient_id") not in institution.patients:
        raise Refusal(404, "Location, provider or patient not found")
    start = instant(wanted.get("start_time"), "start_time")
    kind = institution.kind(wanted.get("appointment_type_id") or 0)
    given_end = wanted.get("end_time")
    end = instant(given_end, "end_time") if given_end else start + timedelta(minutes=kind.minutes if kind else 15)
    if start <= now:
        raise Refusal(400, "start_time must be in the future")
    if institution.taken(provider.id, start, end):
        raise Refusal(400, "The slot is not available")
    record = institution.new_appointment(wanted | {"start": start, "end": end, "location_id": place.id}, now)
    record["misc"] = {"is_booked_on_nexhealth": True}
    shown = dict(record)
    mark = Mark("write", recipient=str(record["patient_id"]), vendor_id=str(record["id"]))
    return Answer(
        201,
        envelope({"appt": shown, "stripe_client_secret": None}),
        marks=[mark],
        after=[lambda: nexhealth.insert(institution, record)],
    )


def change(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """PATCH /appointments/{id}: confirmed, cancelled, checked in, moved, noted."""
    record, asked = named(institution.appointments, call), body_of(call, "appt")
    fields = _changes(asked, nexhealth.clock.now())
    if "start_time" in fields or "end_time" in fields:
        start, end = (datetime.fromisoformat((record | fields)[name]) for name in ("start_time", "end_time"))
        if end <= start or institution.taken(record["provider_id"], start, end, but=record["id"]):
            raise Refusal(400, "The slot is not available")
    nexhealth.change(institution, record, fields)
    mark = Mark("write", recipient=str(record["patient_id"]), vendor_id=str(record["id"]))
    return Answer(200, envelope({"appt": dict(record), "stripe_client_secret": None}), marks=[mark])


def _changes(asked: Json, now: datetime) -> Record:
    fields: Record = {}
    if "confirmed" in asked:
        fields |= {"confirmed": bool(asked["confirmed"]), "confirmed_at": iso(now) if asked["confirmed"] else None}
    if "cancelled" in asked:
        fields |= {"cancelled": bool(asked["cancelled"])} | ({"cancelled_at": iso(now)} if asked["cancelled"] else {})
    fields |= {
        name: iso(instant(asked[name], name)) for name in ("checkin_at", "start_time", "end_time") if asked.get(name)
    }
    return fields | ({"note": asked["note"]} if "note" in asked else {})


def slots(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /available_slots."""
    return free.slots(institution, call, nexhealth.clock.now())
