"""What a test or the demo can make happen in the health record behind the pretend NexHealth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from emulators.kit.clock import iso
from emulators.kit.exchange import Given, Json
from emulators.nexhealth.events import RESOURCES
from emulators.nexhealth.institution import Institution, Record

if TYPE_CHECKING:
    from emulators.nexhealth.emulator import NexHealthEmulator

SETTINGS = ("writes", "says_no", "rate")


class World:
    """POST `/_emulator/nexhealth/<name>`; the views answer GET."""

    def __init__(self, nexhealth: NexHealthEmulator) -> None:
        self._nexhealth = nexhealth

    def install(self) -> None:
        """Put them on the control port."""
        marks: dict[str, Callable[[datetime], Record]] = {
            "cancel": lambda now: {"cancelled": True, "cancelled_at": iso(now)},
            "restore": lambda _: {"cancelled": False},
            "confirm": lambda now: {"confirmed": True, "confirmed_at": iso(now)},
            "miss": lambda _: {"patient_missed": True},
            "check_in": lambda now: {"checkin_at": iso(now)},
            "check_out": lambda now: {"checked_out": True, "checked_out_at": iso(now)},
        }
        self._nexhealth.controls |= {name: self._marking(mark) for name, mark in marks.items()}
        self._nexhealth.controls |= {
            "patient": self.patient,
            "book": self.book,
            "block": self.block,
            "move": self.move,
            "procedure": self.procedure,
            "endpoint": self.endpoint,
            "settings": self.settings,
        }
        self._nexhealth.views |= {
            "patients": lambda given: {"patients": list(self._of(given).patients.values())},
            "appointments": lambda given: {"appointments": list(self._of(given).appointments.values())},
            "documents": lambda given: {"documents": self._of(given).documents},
            "institution": lambda given: {"subdomain": self._of(given).subdomain, "api_key": self._of(given).api_key},
        }

    def _of(self, given: Given) -> Institution:
        wanted = given.get("subdomain")
        known = self._nexhealth.institutions
        return known[wanted] if wanted else next(iter(known.values()))

    def patient(self, given: Given) -> Json:
        """`{first_name, last_name, phone, email?, birth_date?, id?, …}`: somebody new, or a known one who changed."""
        institution, now = self._of(given), self._nexhealth.clock.now()
        bio = {"phone_number": given.get("phone"), "date_of_birth": given.get("birth_date")}
        known = institution.patients.get(given.get("id", 0))
        if known is None:
            bio = {"cell_phone_number": given.get("phone")} | bio
            known = institution.new_patient({**given, "bio": bio}, now)
            event = "patient_created"
        else:
            known["bio"] |= {name: value for name, value in bio.items() if value}
            known["updated_at"] = iso(now)
            event = "patient_updated"
        known |= {name: value for name, value in given.items() if name not in _SPOKEN_FOR}
        self._nexhealth.tell(institution, event, known)
        return {"id": known["id"]}

    def book(self, given: Given) -> Json:
        """`{patient, start, end?, provider?, type?, location?}`: the desk books; NexHealth detects it."""
        names = {"patient": "patient_id", "provider": "provider_id", "type": "appointment_type_id"}
        wanted = {names.get(name, name): value for name, value in given.items()}
        return self._made(given, wanted | {"location_id": given.get("location")})

    def block(self, given: Given) -> Json:
        """`{start, end, provider?, location?}`: time nobody can be booked in."""
        return self._made(
            given, {"unavailable": True, "provider_id": given.get("provider"), "location_id": given.get("location")}
        )

    def _made(self, given: Given, wanted: Record) -> Json:
        institution, now = self._of(given), self._nexhealth.clock.now()
        times = {name: datetime.fromisoformat(given[name]) for name in ("start", "end") if given.get(name)}
        record = institution.new_appointment(wanted | times | {"foreign_id": self._nexhealth.token(8)}, now)
        self._nexhealth.tell(institution, "appointment_created", record)
        return {"id": record["id"]}

    def procedure(self, given: Given) -> Json:
        """`{patient, fee?, status?, appointment?, location?, on?, id?}`: something is planned or done; `id`: its status changes."""
        institution, now = self._of(given), self._nexhealth.clock.now()
        known = institution.procedures.get(given.get("id", 0))
        if known is not None:
            known |= {"status": given["status"], "updated_at": iso(now)}
        else:
            known = institution.new_procedure(given, now)
        return {"id": known["id"]}

    def move(self, given: Given) -> Json:
        """`{id, start, end?}`: to another time, as long as before unless `end` says otherwise."""
        record = self._of(given).appointments[given["id"]]
        start = datetime.fromisoformat(given["start"])
        lasts: timedelta = datetime.fromisoformat(record["end_time"]) - datetime.fromisoformat(record["start_time"])
        end = datetime.fromisoformat(given["end"]) if given.get("end") else start + lasts
        return self._change(given, {"start_time": iso(start), "end_time": iso(end)})

    def endpoint(self, given: Given) -> Json:
        """`{url, secret, events?}`: an address NexHealth calls."""
        institution = self._of(given)
        made = self._nexhealth.new_endpoint(institution, given["url"], given["secret"])
        for event in given.get("events", RESOURCES):
            self._nexhealth.subscribe(made, event)
        return {"id": made.id}

    def settings(self, given: Given) -> Json:
        """`{writes?, says_no?, rate?}`."""
        for name in SETTINGS:
            setattr(self._nexhealth, name, given.get(name, getattr(self._nexhealth, name)))
        return {name: getattr(self._nexhealth, name) for name in SETTINGS}

    def _marking(self, mark: Callable[[datetime], Record]) -> Callable[[Given], Json]:
        return lambda given: self._change(given, mark(self._nexhealth.clock.now()))

    def _change(self, given: Given, fields: Record) -> Json:
        institution = self._of(given)
        record = institution.appointments[given["id"]]
        self._nexhealth.change(institution, record, fields)
        return record


_SPOKEN_FOR = frozenset({"phone", "birth_date", "id", "bio", "subdomain", "location"})
