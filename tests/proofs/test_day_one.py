"""A practice with a past comes in: years of visits, old leads, a tool that renumbers everything. Nobody hears of it (R41, R43)."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from emulators.hubspot import HubSpotEmulator, Portal
from emulators.kit.running import running
from pipelines.tick.planning import HORIZON
from pipelines.tick.sequence import run_id, tick
from pipelines.tick.sync import sync
from tests.proofs.town import GO_LIVE, Town, local
from tests.receiver.folder import write

LONG_AGO = datetime(2024, 3, 4, 14, tzinfo=UTC)
INQUIRY_ROWS = ("1.1", "1.2", "1.3", "1.4", "1.5")
CRM_KEY = "key-lumen"
REMINDERS = {"3.1": timedelta(hours=48), "3.2": timedelta(hours=24), "4.1": timedelta(hours=2)}
"""How long before a visit at ten in the morning each one is due."""
FUTURE = tuple(f"2026-11-{day:02} 10:00" for day in (2, 3, 3, 3, 4, 5, 9, 12, 15, 16, 20, 25, 30))


@dataclass(frozen=True)
class History:
    """How much of it there is."""

    people: int
    visits: int
    leads: int


@pytest.fixture
def portal(town: Town) -> Iterator[HubSpotEmulator]:
    """A HubSpot beside the calendar, with the rows that answer inquiries switched on."""
    with running(HubSpotEmulator(Portal(143553, search_limit=None, burst_limit=None).open_to(CRM_KEY))) as hubspot:
        folder = town.home / town.practice
        write(town.home / "secrets" / "hubspot", json.dumps({"token": CRM_KEY}))
        crm: dict[str, object] = {
            "vendor": "hubspot",
            "account": "lumen-hubspot",
            "secret": f"file:{town.home / 'secrets' / 'hubspot'}",
        }
        crm |= {"settings": {"base_url": hubspot.url}, "streams": ["new_leads"]}
        _add(folder / "connections.yaml", {"crm": crm})
        register = yaml.safe_load((folder / "vendors.yaml").read_text())["twilio"]
        _add(folder / "vendors.yaml", {"hubspot": register | {"covered_products": ["crm"]}})
        _add(
            folder / "rows.yaml", {row: {"owner": "glowline", "live_from": GO_LIVE.isoformat()} for row in INQUIRY_ROWS}
        )
        yield hubspot


def _add(file: Path, more: dict[str, object]) -> None:
    write(file, yaml.safe_load(file.read_text()) | more)


def test_an_import_of_history_plans_reminders_of_future_visits_only(town: Town, portal: HubSpotEmulator) -> None:
    _history_is_silent(town, portal, History(people=800, visits=3_000, leads=90))


@pytest.mark.soak
def test_eight_thousand_people_and_their_past_are_silent(town: Town, portal: HubSpotEmulator) -> None:
    _history_is_silent(town, portal, History(people=8_000, visits=30_000, leads=900))


def _history_is_silent(town: Town, portal: HubSpotEmulator, history: History) -> None:
    _old_leads(portal, history.leads)
    people = [town.person(f"Ana{n} Reyes", f"+1212555{n:04}") for n in range(history.people)]
    for n in range(history.visits):
        start = LONG_AGO + timedelta(hours=n * 23_000 / history.visits)
        visit = town.book(
            people[n % len(people)], f"{start:%Y-%m-%d %H:%M}", booked=f"{start - timedelta(days=20):%Y-%m-%d %H:%M}"
        )
        town.calendar[visit]["status"] = ("completed", "no_show", "cancelled", "booked")[n % 4]
    for person, ahead in zip(people, FUTURE, strict=False):
        town.book(person, ahead)
    now = GO_LIVE + timedelta(minutes=5)
    town.turn(now)
    portal.turn_clock(now, frozen=True)
    practice = town.opened()
    synced = sync(practice, run_id(town.practice, "sync", now))
    assert (synced.closes, synced.problems) == (True, {})
    assert synced.news == history.people + history.visits + history.leads + len(FUTURE)
    said_before = tick(practice, run_id(town.practice, "backfill", now), send=False)
    expected = _reminders_ahead(now)
    assert said_before.flow is not None
    assert said_before.flow.planned == sum(expected.values())
    with practice.store.reading() as session:
        coming = session.rows("open_actions_coming", until=now + HORIZON)
    assert Counter(row["row"] for row in coming) == expected
    report = town.run(now + timedelta(minutes=1))
    assert report.flow is not None
    assert report.flow.planned == 0
    assert town.texts() == []
    assert [entry for entry in portal.journal.entries() if entry.action == "write"] == []
    due = sum(row["due_at"] <= local("2026-11-01 10:01") for row in coming)
    town.run_at("2026-11-01 10:01")
    assert len(town.texts()) == due == 4


def _reminders_ahead(now: datetime) -> Counter[str]:
    dues = [(row, local(start) - before) for start in FUTURE for row, before in REMINDERS.items()]
    return Counter(row for row, due in dues if GO_LIVE <= due <= now + HORIZON)


def _old_leads(portal: HubSpotEmulator, leads: int) -> None:
    portal.turn_clock(GO_LIVE - timedelta(days=30), frozen=True)
    named = {"email": "lead{n}@example.com", "firstname": "Lee{n}", "phone": "+12125559999", "lifecyclestage": "lead"}
    portal.do("create", type="contacts", properties=named, count=leads)


@pytest.mark.parametrize("old_ones", ["vanish", "are cancelled"])
def test_a_tool_that_renumbers_its_visits_causes_no_message(town: Town, old_ones: str) -> None:
    _renumbering_is_silent(town, 50, cancelled=old_ones == "are cancelled")


@pytest.mark.soak
@pytest.mark.parametrize("old_ones", ["vanish", "are cancelled"])
def test_five_hundred_renumbered_visits_cause_no_message(town: Town, old_ones: str) -> None:
    _renumbering_is_silent(town, 500, cancelled=old_ones == "are cancelled")


def _renumbering_is_silent(town: Town, visits: int, *, cancelled: bool) -> None:
    for n in range(visits):
        person = town.person(f"Ana{n} Reyes", f"+1212555{n:04}")
        town.book(person, "2026-11-10 10:00" if n < 3 else f"2026-11-{12 + n % 10:02} 11:00")
    town.run_at("2026-11-05 09:00")
    old, stamped = dict(town.calendar), {"booked_at": "2026-11-05 20:00", "booked_by": "staff"}
    town.calendar = {f"Z{number}": row | {"appointment_id": f"Z{number}"} | stamped for number, row in old.items()}
    if cancelled:
        town.calendar |= {number: row | {"status": "cancelled"} for number, row in old.items()}
    town.run_at("2026-11-05 20:05", "2026-11-06 09:05")
    assert town.texts() == []
    town.run_at("2026-11-08 10:01")
    assert Counter(entry.recipient for entry in town.twilio.journal.accepted()) == dict.fromkeys(
        ("+12125550000", "+12125550001", "+12125550002"), 1
    )
