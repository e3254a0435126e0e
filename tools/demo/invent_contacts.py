"""Invents how to reach the patients of a medscheduler export: `python -m tools.demo.invent_contacts FOLDER OUT`.

Every number lies in the 555-01xx range that is never assigned, every address under example.com. One in ten has no consent
or no contact point; about one in twenty shares the phone of a family; minors have a guardian's phone. The same input
gives the same file.
"""

import csv
import random
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

SEED = 20261101
AREA_CODES = [
    "212",
    "646",
    "917",
    "718",
    "347",
    "914",
    "516",
    "631",
    "845",
    "201",
    "203",
    "215",
    "301",
    "303",
    "305",
    "312",
    "313",
    "314",
    "316",
    "317",
    "319",
    "401",
    "402",
    "404",
    "405",
    "406",
    "407",
    "408",
    "412",
    "413",
    "414",
    "415",
    "417",
    "419",
    "501",
    "502",
    "503",
    "504",
    "505",
    "507",
    "508",
    "509",
    "512",
    "513",
    "515",
    "517",
    "518",
    "520",
    "530",
    "541",
    "559",
    "561",
    "562",
    "563",
    "570",
    "573",
    "574",
    "585",
    "601",
    "602",
    "603",
    "605",
]
NUMBERS_PER_CODE = 100
COLUMNS = [
    "patient_id",
    "preferred_name",
    "phone",
    "email",
    "language",
    "sms_consent",
    "sms_consent_at",
    "sms_feedback_consent",
    "email_consent",
    "email_consent_at",
    "consent_form",
    "guardian_phone",
    "sms_opt_out",
    "flags",
]
ADULT = 18
TITLES = frozenset({"Mr.", "Mrs.", "Ms.", "Miss", "Dr.", "Prof."})
"""Nobody's first name, though they come first."""

JOINS_THE_FAMILY, STARTS_A_FAMILY = 0.5, 0.08
NO_PHONE, NO_CONSENT = 0.05, 0.10
HAS_EMAIL, SPEAKS_SPANISH, OPTED_OUT = 0.8, 0.08, 0.01
"""Shares of patients."""
EVERY_FIFTH = 5
"""Said yes to being asked how it was, too."""
TODAY = date(2026, 11, 1)


def numbers() -> Iterator[str]:
    """Unassigned numbers, the practice's own neighbourhood first."""
    for code in AREA_CODES:
        for last in range(NUMBERS_PER_CODE):
            yield f"({code}) 555-01{last:02d}"


def soonest_first(folder: Path) -> list[dict[str, str]]:
    """Patients, those with the latest visits first: they get the numbers nearby."""
    latest: dict[str, str] = {}
    for row in csv.DictReader((folder / "appointments.csv").open(encoding="utf-8")):
        latest[row["patient_id"]] = max(latest.get(row["patient_id"], ""), row["appointment_date"])
    patients = list(csv.DictReader((folder / "patients.csv").open(encoding="utf-8")))
    return sorted(patients, key=lambda p: (latest.get(p["patient_id"], ""), p["patient_id"]), reverse=True)


def invented(folder: Path) -> Iterator[dict[str, str]]:
    """One row per patient."""
    draw, free, family = random.Random(SEED), numbers(), ""  # noqa: S311 - invention, not secrecy
    for patient in soonest_first(folder):
        phone = family if family and draw.random() < JOINS_THE_FAMILY else next(free, "")
        family = phone if draw.random() < STARTS_A_FAMILY else ""
        yield _contact(patient, phone, draw)


def _contact(patient: dict[str, str], phone: str, draw: random.Random) -> dict[str, str]:
    first = next(word for word in patient["name"].split() if word not in TITLES)
    fate = draw.random()
    row = dict.fromkeys(COLUMNS, "") | {
        "patient_id": patient["patient_id"],
        "phone": "" if fate < NO_PHONE else phone,
        "email": f"{first.lower()}.{patient['patient_id']}@example.com" if draw.random() < HAS_EMAIL else "",
        "language": "es" if draw.random() < SPEAKS_SPANISH else "en",
        "preferred_name": draw.choice(("", "", "", "", first)),
        "sms_opt_out": "yes" if draw.random() < OPTED_OUT else "",
    }
    if fate >= NO_CONSENT and row["phone"]:
        day = date(2025, 6, 1).toordinal() + draw.randrange(500)
        row |= {"sms_consent": "express", "sms_consent_at": f"{date.fromordinal(day)} 10:00", "consent_form": "v4"}
        row["sms_feedback_consent"] = "express" if int(patient["patient_id"]) % EVERY_FIFTH == 0 else ""
    if _age(patient["dob"]) < ADULT:
        row["guardian_phone"] = phone
    return row


def _age(born: str) -> int:
    day = date.fromisoformat(born)
    return TODAY.year - day.year - ((TODAY.month, TODAY.day) < (day.month, day.day))


def main() -> None:
    """Write the file."""
    folder, out = map(Path, sys.argv[1:3])
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(invented(folder), key=lambda row: row["patient_id"]))


if __name__ == "__main__":
    main()
