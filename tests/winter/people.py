"""Two hundred patients: families on one phone, children with and without a guardian, people who agreed to little or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.winter.facts import Patient, Place
from tests.winter.practice import DOWNTOWN, MESA, Practice

MANY = 200
GIVEN = (
    *(
        "Ana",
        "Bea",
        "Cleo",
        "Dora",
        "Elsa",
        "Fay",
        "Gus",
        "Hana",
        "Ivo",
        "Jen - Botox",
        "Kim",
        "Lou",
        "MARIA (NO SHOW)",
    ),
    *("Nora", "Omar", "Pia", "Quinn", "Rosa", "Sam", "Tess", "Uma", "Vera", "Will", "Xenia", "Yara", "Zoe"),
)
FAMILY = (
    *(
        "Abbot",
        "Birch",
        "Cole",
        "Dale",
        "Easton",
        "Frost",
        "Grove",
        "Hale",
        "Irving",
        "Joyner",
        "Keller",
        "Lind",
        "Moss",
    ),
    *("Nash", "Oakes", "Prior", "Quill", "Rowe", "Stone", "Thorne", "Upton", "Vance", "Webb", "Yates", "Zeller"),
)
AREAS = {DOWNTOWN.name: "+1212555", MESA.name: "+1602555"}
FAMILIES, GUARDED, ALONE, SILENT, PHONELESS = 14, 8, 4, 12, 4
"""Households of three on one phone; children with a guardian on file and without; who agreed to nothing; who has no phone."""
_FIRST = 2000
_AT = "2026-09-01 10:00"


@dataclass
class _Register:
    """The practice's list of patients while it is written."""

    practice: Practice
    random: Random
    homes: dict[str, Place]
    made: int = 0

    def phone(self, place: Place) -> str:
        """A number nobody has yet; one in ten has brought theirs from the other city (R31)."""
        self.made += 1
        area = AREAS[self.random.choices([place.name, *AREAS], [9, 0.5, 0.5])[0]]
        return f"{area}{_FIRST + self.made:04d}"

    def place(self) -> Place:
        """Where somebody goes."""
        return self.random.choice((DOWNTOWN, MESA))

    def add(
        self, phone: str, home: Place, *, born: str = "", consent: bool = True, reached_at: str | None = None
    ) -> Patient:
        """Somebody who agreed to texts about visits, often to being asked, sometimes in writing to offers."""
        number = len(self.practice.people)
        name = f"{GIVEN[number % len(GIVEN)]} {FAMILY[number // 2 % len(FAMILY)]}"
        patient = Patient(f"P{number + 1:03d}", name, phone, phone if reached_at is None else reached_at)
        patient.consent = consent
        patient.feedback = consent and self.random.random() < 0.7
        patient.written = consent and self.random.random() < 0.3
        patient.spanish = self.random.random() < 0.15
        row = {"patient_id": patient.number, "full_name": name, "phone": phone}
        row |= {"birth_date": born or f"{self.random.randint(1945, 2004)}-{self.random.randint(1, 12):02}-17"}
        row |= {"language": "es"} if patient.spanish else {}
        row |= {"member": "active"} if self.random.random() < 0.1 else {}
        row |= {"sms_consent": "express", "sms_consent_at": _AT, "consent_form": "v4"} if consent else {}
        row |= {"sms_feedback_consent": "express"} if patient.feedback else {}
        row |= {"sms_marketing_consent": "written", "sms_marketing_consent_at": _AT} if patient.written else {}
        self.practice.people[patient.number] = row
        self.homes[patient.number] = home
        return patient


def move_in(practice: Practice, random: Random) -> tuple[dict[str, Patient], dict[str, Place]]:
    """Write the booking tool's patients; who they are, and where each goes."""
    register = _Register(practice, random, {})
    found = [*_families(register), *_children(register)]
    found += [register.add(register.phone(home), home, consent=False) for home in _homes(register, SILENT)]
    found += [register.add("", home, consent=False) for home in _homes(register, PHONELESS)]
    found += [register.add(register.phone(home), home) for home in _homes(register, MANY - len(practice.people))]
    return {one.number: one for one in found}, register.homes


def _homes(register: _Register, many: int) -> list[Place]:
    return [register.place() for _ in range(many)]


def _families(register: _Register) -> Iterator[Patient]:
    """Three adults on one phone (R2)."""
    for home in _homes(register, FAMILIES):
        phone = register.phone(home)
        yield from [register.add(phone, home) for _ in range(3)]


def _children(register: _Register) -> Iterator[Patient]:
    """Whose guardian is on file hears nothing themselves; the guardian agreed, or did not (R36)."""
    for at, home in enumerate(_homes(register, GUARDED)):
        guardian = register.add(register.phone(home), home, consent=at % 2 == 0)
        child = register.add(
            register.phone(home), home, born="2012-05-20", consent=guardian.consent, reached_at=guardian.phone
        )
        child.minor = True
        child.feedback = child.written = False
        register.practice.people[child.number]["guardian_phone"] = guardian.phone
        yield from (guardian, child)
    for home in _homes(register, ALONE):
        child = register.add(register.phone(home), home, born="2012-05-20", reached_at="")
        child.minor = True
        yield child
