"""A practice with every row switched on and every tool it needs, compiled as a tick finds it; its people are invented."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from canonical.consent import Consent, ConsentCategory, ConsentKind
from canonical.ids import ConsentId, ContactPointId, PersonId
from canonical.people import ContactKind
from canonical.subjects import PersonFacts
from pipelines.outbox.surroundings import Row
from pipelines.outbox.workbench import Workbench, workbench
from pipelines.tick.hub import offers
from settings.installation import SHIPPED
from settings.practice import load_practice
from tests.pipelines.lifecycle.catalogue import ROWS
from tests.receiver.folder import practice_folder
from tests.rows.clinic import AGREEMENT, LINKS, PRODUCTS, PROVIDERS, SERVICES

FIRST_DAY = date(2026, 11, 2)
LIVE_FROM = datetime(2026, 11, 2, 5, tzinfo=UTC)
SCHEDULE = ("schedule", "appointments")
"""The booking tool's connection and stream."""
_SENDER = "+12125550110"
_AREAS = {"NY": ("212", "646", "718", "917"), "NJ": ("201",), "CT": ("203",)}
_NAMES = ("Ana", "Ben", "Chloe", "Dev", "Elena", "Femi", "Grace", "Hana", "Ivy", "Jo", "Kai", "Lena", "Mara", "Noor")
_SHARE_A_PHONE, _SPANISH = 0.06, 0.12
_SAID_YES = {
    "phone": ((ConsentCategory.INFORMATIONAL, 0.94), (ConsentCategory.FEEDBACK, 0.8), (ConsentCategory.MARKETING, 0.4)),
    "email": ((ConsentCategory.INFORMATIONAL, 0.94), (ConsentCategory.FEEDBACK, 0.8), (ConsentCategory.MARKETING, 0.5)),
}
"""The share of people who agreed, by kind of contact point."""


def bench_of(home: Path) -> Workbench:
    """Write the practice's settings under `home`, read them as a tick does, and compile them."""
    practice_folder(home, "lumen", number=_SENDER, base_url="https://twilio.example", more=_settings())
    return workbench(load_practice(home / "lumen", SHIPPED), offers, lambda *_: timedelta(hours=26))


def _settings() -> dict[str, object]:
    office: dict[str, object] = {"connection": "mail", "brand": "lumen", "registration": "dkim"}
    texts = {"channel": "sms", "connection": "twilio", "brand": "lumen", "registration": "approved"}
    tools = {vendor: {"vendor": vendor, "account": vendor} for vendor in ("files", "twilio", "hubspot", "smtp")}
    return {
        "connections": {"schedule": tools["files"], "twilio": tools["twilio"], "crm": tools["hubspot"]}
        | {"mail": tools["smtp"] | {"settings": {"host": "mail.example", "port": "465"}}},
        "vendors": {vendor: AGREEMENT | {"covered_products": [product]} for vendor, product in PRODUCTS.items()},
        "rows": {row: {"owner": "glowline", "live_from": LIVE_FROM.isoformat()} for row in ROWS},
        "services": SERVICES,
        "providers": PROVIDERS,
        "locations": {"downtown": _place()},
        "senders": {
            _SENDER: texts | {"registered_uses": ["customer_care", "marketing"]},
            "office@clinic.example": office | {"channel": "email"},
            "secure@clinic.example": office | {"channel": "secure_email"},
        },
        "campaigns": {"summer": _campaign()},
        "policy": {"review_invites": {"mode": "survey_then_everyone"}},
    }


def _place() -> dict[str, object]:
    return {
        "name": "Downtown",
        "zone": "America/New_York",
        "state": "NY",
        "address": "12 Mercer St, New York",
        "phone": "+12125550101",
        "emergency_line": "+12125550199",
        "sms_sender": _SENDER,
        "reply_inbox": "desk@clinic.example",
        "review_link": "https://go.example/r/1",
        "links": LINKS,
        "hours": {"mon-fri": "09:00-18:00", "sat": "10:00-15:00"},
    }


def _campaign() -> dict[str, object]:
    days = {"starts_on": date(2027, 5, 1), "ends_on": date(2027, 7, 31)}
    return days | {"kind": "new_service", "text": "Our summer weeks.", "sms_text": "Our summer weeks have begun."}


@dataclass(frozen=True)
class Invented:
    """One person: what planning knows of them, and the rows that deciding reads."""

    household: int
    """Who shares a phone is planned together."""
    facts: PersonFacts
    person: Row
    contacts: tuple[Row, ...]
    consents: tuple[Consent, ...]


def people(count: int, random: Random) -> Iterator[Invented]:
    """So many of them; a few share the phone of the one before."""
    household = -1
    for n in range(count):
        household += not (n and random.random() < _SHARE_A_PHONE)
        yield _invented(n, household, random)


def _invented(n: int, household: int, random: Random) -> Invented:
    state = random.choices(list(_AREAS), (80, 12, 8))[0]
    phone = f"+1{random.choice(_AREAS[state])}{555 + household // 10_000}{household % 10_000:04}"
    contacts: tuple[Row, ...] = (
        {"contact_point_id": f"cp-{household}", "kind": ContactKind.PHONE.value, "value": phone},
        {"contact_point_id": f"cm-{n}", "kind": ContactKind.EMAIL.value, "value": f"patient{n}@example.com"},
    )
    agreed = tuple(c for contact in contacts for c in _consents(contact, random))
    person = PersonId(f"p-{n}")
    sold = (c.contact_point_id for c in agreed if c.category is ConsentCategory.MARKETING)
    born = date(random.randint(1950, 2004), random.randint(1, 12), random.randint(1, 28))
    facts = PersonFacts(
        person,
        phone_id=ContactPointId(contacts[0]["contact_point_id"]),
        email_id=ContactPointId(contacts[1]["contact_point_id"]),
        birth_date=born,
        sold_to=frozenset(sold),
    )
    row = {"person_id": person, "first_name": random.choice(_NAMES), "birth_date": born, "address_state": state}
    row |= {"language": "es" if random.random() < _SPANISH else "", "flags": "", "zone": None}
    mobile = {"line_type": "mobile", "textable": True}
    return Invented(household, facts, row, tuple(contact | mobile for contact in contacts), agreed)


def _consents(contact: Row, random: Random) -> Iterator[Consent]:
    given = LIVE_FROM - timedelta(days=random.randint(1, 700))
    for category, share in _SAID_YES[contact["kind"]]:
        if random.random() < share:
            sells = category is ConsentCategory.MARKETING
            yield Consent(
                consent_id=ConsentId(f"{contact['contact_point_id']}/{category}"),
                contact_point_id=contact["contact_point_id"],
                brand="lumen",
                category=category,
                kind=ConsentKind.WRITTEN if sells else ConsentKind.EXPRESS,
                given_at=given,
                recorded_at=given,
                source="webform",
                wording_sha256="a" * 64,
                form_version="v4",
            )
