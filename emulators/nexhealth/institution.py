"""An institution: its places and people, and the records that stand in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from emulators.kit.clock import iso

LONGEST_PHONE = 10
SOURCE = "invented-DataSource-100"
BORN = "2026-01-05T14:00:00.000Z"
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A location."""

    id: int
    name: str
    zone: str = "America/New_York"

    def resource(self, institution: int) -> Record:
        """The location as lists give it."""
        return {
            "id": self.id,
            "name": self.name,
            "institution_id": institution,
            "street_address": "12 Mercer St",
            "city": "New York",
            "state": "NY",
            "zip_code": "10012",
            "country_code": "US",
            "created_at": BORN,
            "updated_at": BORN,
            "phone_number": "2125550101",
            "foreign_id": str(self.id),
            "foreign_id_type": SOURCE,
            "tz": self.zone,
            "insert_appt_client": True,
            "map_by_operatory": False,
            "set_availability_by_operatory": False,
            "inactive": False,
        }


@dataclass(frozen=True, slots=True)
class Provider:
    """Somebody who treats."""

    id: int
    name: str

    def resource(self, institution: int) -> Record:
        """The provider as lists give one."""
        first, _, last = self.name.rpartition(" ")
        return {
            "id": self.id,
            "email": None,
            "first_name": first,
            "middle_name": None,
            "last_name": last,
            "name": self.name,
            "created_at": BORN,
            "updated_at": BORN,
            "institution_id": institution,
            "foreign_id": str(self.id),
            "foreign_id_type": SOURCE,
            "bio": {},
            "inactive": False,
            "display_name": self.name,
        }


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of appointment."""

    id: int
    name: str
    minutes: int = 45

    def resource(self, institution: int) -> Record:
        """The type as lists give it."""
        named = {"id": self.id, "name": self.name, "parent_type": "Institution", "parent_id": institution}
        return named | {"minutes": self.minutes, "bookable_online": True}


@dataclass(slots=True)
class Endpoint:
    """An address NexHealth calls, and what for."""

    id: int
    target_url: str
    secret_key: str
    active: bool = True
    events: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Subscription → resource type and event."""

    def resource(self) -> Record:
        """The endpoint. Its secret is shown once, when it is made."""
        return {
            "id": self.id,
            "target_url": self.target_url,
            "active": self.active,
            "created_at": BORN,
            "updated_at": BORN,
        }


@dataclass(slots=True)
class Institution:
    """One institution with the key that opens it."""

    subdomain: str = "lumen"
    api_key: str = "an-invented-nexhealth-key"
    id: int = 105
    places: tuple[Place, ...] = (Place(101, "Downtown"),)
    providers: tuple[Provider, ...] = (Provider(104, "Dr. Invented Okafor"),)
    kinds: tuple[Kind, ...] = (Kind(27, "Visit"), Kind(28, "Consult", 30))
    patients: dict[int, Record] = field(default_factory=dict)
    appointments: dict[int, Record] = field(default_factory=dict)
    procedures: dict[int, Record] = field(default_factory=dict)
    documents: dict[int, list[Record]] = field(default_factory=dict)
    endpoints: dict[int, Endpoint] = field(default_factory=dict)

    def forget(self) -> None:
        """Places, people who work there and endpoints stay."""
        self.patients.clear()
        self.appointments.clear()
        self.procedures.clear()
        self.documents.clear()

    def place(self, wanted: int | None) -> Place | None:
        """The place of that id; for None, the first."""
        return next((each for each in self.places if wanted in {None, each.id}), None)

    def provider(self, wanted: int | None) -> Provider | None:
        """The provider of that id; for None, the first."""
        return next((each for each in self.providers if wanted in {None, each.id}), None)

    def kind(self, wanted: int | None) -> Kind | None:
        """The type of that id; for None, the first."""
        return next((each for each in self.kinds if wanted in {None, each.id}), None)

    def new_patient(self, given: Mapping[str, Any], now: datetime) -> Record:
        """A patient in the health record. A phone is cut after ten characters."""
        number = 2897 + len(self.patients)
        first, last = str(given.get("first_name", "")), str(given.get("last_name", ""))
        bio = {"date_of_birth": None, "phone_number": None, "gender": "Female", "new_patient": True} | dict(
            given.get("bio") or {}
        )
        phone = bio.get("phone_number")
        bio["phone_number"] = phone[:LONGEST_PHONE] if isinstance(phone, str) else None
        self.patients[number] = {
            "id": number,
            "email": given.get("email"),
            "first_name": first,
            "middle_name": None,
            "last_name": last,
            "name": f"{first} {last}".strip(),
            "created_at": iso(now),
            "updated_at": iso(now),
            "institution_id": self.id,
            "foreign_id": str(100000 + number),
            "foreign_id_type": SOURCE,
            "bio": bio,
            "inactive": False,
            "last_sync_time": iso(now),
            "guarantor_id": None,
            "billing_type": None,
            "chart_id": None,
            "preferred_language": given.get("preferred_language"),
            "provider_id": self.providers[0].id,
            "location_ids": [given.get("location") or self.places[0].id],
        }
        return self.patients[number]

    def new_appointment(self, given: Mapping[str, Any], now: datetime) -> Record:
        """An appointment, or a block where `unavailable` says so. `start` and `end` are instants."""
        number = 1822 + len(self.appointments)
        provider, kind = self.provider(given.get("provider_id")), self.kind(given.get("appointment_type_id"))
        place = self.place(given.get("location_id")) or self.places[0]
        start: datetime = given["start"]
        end: datetime = given.get("end") or start + timedelta(minutes=kind.minutes if kind else 15)
        block = bool(given.get("unavailable"))
        record = _blank() | {
            "id": number,
            "patient_id": given.get("patient_id"),
            "provider_id": provider.id if provider else None,
            "provider_name": provider.name if provider else None,
            "start_time": iso(start),
            "end_time": iso(end),
            "created_at": iso(now),
            "updated_at": iso(now),
            "unavailable": block,
            "timezone": place.zone,
            "timezone_offset": f"{start.astimezone(ZoneInfo(place.zone)):%z}",
            "institution_id": self.id,
            "appointment_type_id": 0 if block or kind is None else kind.id,
            "location_id": place.id,
            "note": given.get("note"),
            "foreign_id": given.get("foreign_id"),
            "last_sync_time": iso(now) if given.get("foreign_id") else None,
        }
        self.appointments[number] = record
        return record

    def new_procedure(self, given: Mapping[str, Any], now: datetime) -> Record:
        """Something that is planned or was done. `fee` is in dollars, as text."""
        number = 11 + len(self.procedures)
        fee = given.get("fee")
        self.procedures[number] = {
            "id": number,
            "location_id": given.get("location", self.places[0].id),
            "patient_id": given.get("patient"),
            "provider_id": self.providers[0].id,
            "appointment_id": given.get("appointment"),
            "code": given.get("code", "J0585"),
            "name": given.get("name", "20 units, forehead"),
            "status": given.get("status", "completed"),
            "updated_at": iso(now),
            "body_site": {"tooth": [], "surface": ""},
            "fee": {"amount": fee, "currency": "USD"} if fee is not None else {},
            "start_date": given.get("on", f"{now:%Y-%m-%d}"),
            "end_date": given.get("on", f"{now:%Y-%m-%d}"),
        }
        return self.procedures[number]

    def taken(self, provider: int | None, start: datetime, end: datetime, but: int = 0) -> bool:
        """Whether that provider has something else then."""
        return any(
            each["provider_id"] == provider
            and not each["cancelled"]
            and each["id"] != but
            and datetime.fromisoformat(each["start_time"]) < end
            and start < datetime.fromisoformat(each["end_time"])
            for each in self.appointments.values()
        )


def _blank() -> Record:
    """An appointment of which nothing has become yet."""
    return {
        "confirmed": False,
        "patient_missed": False,
        "cancelled": False,
        "checkin_at": None,
        "foreign_id_type": SOURCE,
        "misc": {"is_booked_on_nexhealth": False},
        "patient_confirmed": False,
        "created_by_user_id": 197,
        "is_guardian": False,
        "patient_confirmed_at": None,
        "cancelled_at": None,
        "is_new_clients_patient": False,
        "confirmed_at": None,
        "sooner_if_possible": False,
        "operatory_id": None,
        "checked_out": False,
        "checked_out_at": None,
        "referrer": None,
        "is_past_patient": False,
    }
