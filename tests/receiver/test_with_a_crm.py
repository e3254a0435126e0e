"""The door with a CRM behind it: replies become tasks with their words, inquiries become leads, and a hint is read again."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulators.hubspot import HubSpotEmulator, Portal
from emulators.kit.running import running
from pipelines.tick.sequence import tick
from tests.receiver.folder import VENDORS, write
from tests.receiver.street import Street, street, until
from tests.receiver.world import NOON, PATIENT, Hand

TOKEN, PORTAL = "a-service-key", 143553


@dataclass
class Crm:
    """The portal from the vendor's side."""

    street: Street
    hubspot: HubSpotEmulator

    def held(self, kind: str) -> list[dict[str, Any]]:
        return [one["properties"] for one in self.hubspot.do("objects", type=kind)["results"]]

    def settle(self) -> None:
        self.hubspot.settle()
        self.street.settle()
        self.hubspot.settle()


@contextmanager
def opened(home: Path, hand: Hand | None = None) -> Iterator[Crm]:
    portal = Portal(PORTAL, burst_limit=None, search_limit=None).open_to(TOKEN)
    with running(HubSpotEmulator(portal)) as hubspot:
        hubspot.clock.set(NOON, frozen=True)
        for kind in ("contacts", "tasks", "communications", "notes"):
            hubspot.do("property", type=kind, name="glowline_id", unique=True)
        hubspot.do("property", type="contacts", name="glowline_source")
        with street(home, "lumen", hand=hand) as here:
            _connect(home, hubspot.url, portal.client_secret)
            hubspot.do(
                "portal", webhook_url=f"{here.world.hub.installation.receiver.public_url}/hooks/hubspot/lumen/crm"
            )
            yield Crm(here, hubspot)


def _connect(home: Path, url: str, client_secret: str) -> None:
    folder = home / "lumen"
    write(home / "secrets" / "crm", json.dumps({"token": TOKEN, "client_secret": client_secret}))
    crm = {
        "vendor": "hubspot",
        "account": "portal",
        "secret": f"file:{home / 'secrets' / 'crm'}",
        "settings": {"base_url": url},
        "streams": ["contacts", "new_leads", "calls"],
    }
    connections = yaml.safe_load((folder / "connections.yaml").read_text())
    write(folder / "connections.yaml", connections | {"crm": crm})
    register = yaml.safe_load(VENDORS)
    write(folder / "vendors.yaml", register | {"hubspot": register["twilio"] | {"covered_products": ["crm"]}})


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    with opened(tmp_path) as found:
        yield found


def test_a_reply_becomes_a_task_where_the_staff_work_with_its_words(crm: Crm) -> None:
    crm.street.texts("Can I bring my sister?")
    until(lambda: crm.held("tasks"))
    [task] = crm.held("tasks")
    assert task["hs_task_subject"] == "Somebody replied and waits for an answer"
    assert "Can I bring my sister?" in task["hs_task_body"]
    assert "(212) 555-0142" in task["hs_task_body"]


def test_a_complication_is_urgent_there(crm: Crm) -> None:
    crm.street.texts("I can't breathe well since yesterday")
    until(lambda: crm.held("tasks"))
    [task] = crm.held("tasks")
    assert task["hs_task_priority"] == "HIGH"
    until(crm.street.heard)
    [answer] = crm.street.heard()
    assert "911" in answer, "a machine says nothing but the fixed text (row 7.3)"


def test_an_inquiry_becomes_a_lead_an_alert_and_an_answer(crm: Crm) -> None:
    crm.street.form()
    until(lambda: crm.held("tasks") and crm.street.heard())
    crm.settle()
    [lead] = crm.held("contacts")
    assert lead["firstname"] == "Ana"
    [alert] = crm.held("tasks")
    assert "Do you have time on Friday?" in alert["hs_task_body"]
    assert len(crm.street.heard()) == 1, "the lead we wrote ourselves is no new inquiry"


def _the_crm_makes_its_own(crm: Crm, family_name: str = "Field") -> None:
    """As HubSpot does where its own script watches the practice's form."""
    lead = {"firstname": "Ana", "lastname": family_name, "phone": PATIENT, "lifecyclestage": "lead"}
    crm.hubspot.do("create", type="contacts", properties=lead)
    until(lambda: len(crm.street.rows("current_inquiries")) == 2)
    crm.settle()


def test_a_form_that_the_crm_watches_too_is_one_inquiry_with_one_task(crm: Crm) -> None:
    """R4: both sources are kept, and nobody is asked twice to call."""
    crm.street.form()
    until(lambda: crm.held("tasks") and crm.street.heard())
    _the_crm_makes_its_own(crm)
    assert (len(crm.held("contacts")), len(crm.held("tasks")), len(crm.street.heard())) == (2, 1, 1)
    assert sorted(row["source"] for row in crm.street.rows("current_inquiries")) == ["crm", "web_form"]


def test_two_names_on_one_phone_are_two_leads_and_one_answer(crm: Crm) -> None:
    """R4."""
    crm.street.form()
    until(lambda: crm.held("tasks") and crm.street.heard())
    _the_crm_makes_its_own(crm, "Lane")
    until(lambda: len(crm.held("tasks")) == 2)
    crm.settle()
    assert (len(crm.held("contacts")), len(crm.street.heard())) == (2, 1)


def test_what_they_add_the_same_day_reaches_the_desk_and_not_their_phone(crm: Crm) -> None:
    """R4: later text is added to what the desk has."""
    crm.street.form()
    until(lambda: crm.held("tasks") and crm.street.heard())
    crm.street.form(message="After five is best.")
    until(lambda: len(crm.held("tasks")) == 2)
    crm.settle()
    assert "After five is best." in crm.held("tasks")[1]["hs_task_body"]
    assert (len(crm.held("contacts")), len(crm.street.heard())) == (1, 1)


def test_a_new_lead_that_the_crm_only_hints_at_is_read_again_and_answered(crm: Crm) -> None:
    crm.hubspot.do(
        "create",
        type="contacts",
        properties={"firstname": "Bea", "lastname": "Lane", "phone": PATIENT, "lifecyclestage": "lead"},
    )
    until(crm.street.heard)
    crm.settle()
    [text] = crm.street.heard()
    assert "Bea" in text
    bodies = [bytes(row["body"]) for row in crm.street.rows("raw") if row["connection_id"] == "crm"]
    assert not [body for body in bodies if b"subscriptionType" in body], "a hint is not landed"


def test_two_names_on_one_phone_that_ask_in_the_same_moment_hear_one_answer(crm: Crm) -> None:
    """R4: nothing was sent yet when both were planned, so the claim decides."""
    crm.street.worker.stop()
    for name in ("Ana Field", "Bea Lane"):
        crm.street.form(name=name)
    hub = crm.street.world.hub
    tick(hub.open("lumen"), "run-both")
    crm.hubspot.settle()
    assert (len(crm.held("contacts")), len(crm.held("tasks")), len(crm.street.heard())) == (2, 2, 1)
