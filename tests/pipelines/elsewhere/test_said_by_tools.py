"""Row 2.1 by stage or tag, R34 drift, R36 minors, R60 tags."""

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from canonical.ids import ConnectionId
from canonical.inquiries import InquiryRecord
from canonical.people import PersonRecord
from canonical.practice import Connection, Practice
from ledger.people import suppressions_of
from ledger.session import Session
from ledger.store import Store
from mappings.catalogue import Catalogue
from pipelines.elsewhere import note_interests, obey_tags, watch_drift, watch_minors
from pipelines.elsewhere.desk import obey_as_said
from pipelines.elsewhere.tags import SetTag
from tests.pipelines.elsewhere.town import Town
from tests.pipelines.resolve.landed import DAY, HOUR, NOW, patient, someone
from tests.pipelines.visits.world import PHONE, appointment, cancelled

MAIL = "liz@kim.example"
Row = dict[str, Any]


@pytest.fixture
def town(ledger: Store) -> Town:
    made = Town(ledger)
    crm = Connection(
        connection_id=ConnectionId("crm"),
        vendor="hubspot",
        account="crm",
        settings={"interest_stages": "Qualified; wants-to-come"},
    )
    book = Connection(
        connection_id=ConnectionId("book"), vendor="files", account="book", settings={"person.mapping": "contacts"}
    )
    others = [one for one in made.practice.connections if one.connection_id == "form"]
    made.practice = made.practice.model_copy(update={"connections": (crm, book, *others)})
    return made


def lead(stage: str = "", **more: object) -> InquiryRecord:
    usual = {"vendor_id": "l1", "source": "crm", "full_name": "Liz Kim", "phone": PHONE, "received_at": NOW}
    return InquiryRecord.model_validate(usual | {"stage": stage} | more)


def interests(town: Town) -> Counter[str]:
    return note_interests(town.store, town.practice, town.now)


def said(town: Town, *records: InquiryRecord | PersonRecord, said_at: datetime | None = None) -> Counter[str]:
    town.landing.put("crm", *records, at=town.now, said_at=said_at)
    town.ask("crm")
    return interests(town)


def test_row_2_1_a_lead_that_moves_to_such_a_stage_is_interested_once(town: Town) -> None:
    assert said(town, lead("new"))["interested"] == 0
    town.now += DAY
    assert said(town, lead("qualified"), said_at=town.now - HOUR)["interested"] == 1
    (row,) = town.current("interests")
    assert (row["inquiry_id"], row["source"]) == (town.inquiries()[0]["inquiry_id"], "crm")
    assert row["interested_at"] == town.now - HOUR
    town.now += DAY
    assert said(town, lead("qualified", owner="maria"))["interested"] == 0
    assert interests(town) == Counter()


def test_r43_a_lead_that_stood_there_when_it_was_first_seen_is_as_old_as_itself(town: Town) -> None:
    town.now += 60 * DAY
    said(town, lead("qualified"), said_at=town.now)
    assert town.current("interests")[0]["interested_at"] == NOW


def test_row_2_1_a_tag_of_the_staff_is_about_the_persons_open_inquiry(town: Town) -> None:
    said(town, lead("new"), someone("c1", "Liz Kim", PHONE))
    town.now += HOUR
    assert said(town, someone("c1", "Liz Kim", PHONE, tags=("Wants-to-come",)), said_at=town.now)["interested"] == 1


def test_row_2_1_without_the_setting_nothing_is_guessed(ledger: Store) -> None:
    plain = Town(ledger)
    plain.landing.put("crm", lead("qualified"), at=plain.now)
    plain.ask("crm")
    assert note_interests(plain.store, plain.practice, plain.now) == Counter()


class Orders:
    """Hears control words instead of carrying them out."""

    def __init__(self) -> None:
        self.heard: list[SetTag] = []

    def __call__(self, session: Session, practice: Practice, tag: SetTag, now: datetime) -> str:
        del session, practice, now
        self.heard.append(tag)
        return "done"


def tagged(town: Town, *tags: str, said_at: datetime | None = None, vendor_id: str = "c1") -> list[str]:
    """Put tags on Liz in the CRM, and hear which words were handed on."""
    town.landing.put("crm", someone(vendor_id, "Liz Kim", PHONE, tags=tags), at=town.now, said_at=said_at)
    town.tick()
    orders = Orders()
    obey_tags(town.store, town.practice, orders, town.now)
    return [tag.word for tag in orders.heard]


def test_r60_a_tag_is_handed_on_once_and_again_when_it_is_set_again(town: Town) -> None:
    tagged(town)
    assert tagged(town, "GL Hold", "vip") == ["gl-hold"]
    assert tagged(town, "gl-hold", "gold") == []
    assert tagged(town, "vip") == []
    assert tagged(town, "gl-hold") == ["gl-hold"]


def test_r60_a_word_about_today_is_not_obeyed_tomorrow(town: Town) -> None:
    tagged(town)
    assert tagged(town, "gl-late-10", said_at=town.now - HOUR) == ["gl-late-10"]
    town.now += 2 * DAY
    assert tagged(town, "gl-closed-today", said_at=town.now - DAY) == []


def test_r60_of_a_record_first_seen_long_after_only_what_stops_something_is_obeyed(town: Town) -> None:
    town.now += 30 * DAY
    words = tagged(town, "gl-resume", "gl-wrong-number", "gl-late-10", "gl-hold", "gl-deceased", said_at=NOW)
    assert sorted(words) == ["gl-deceased", "gl-hold"]


def test_r60_a_tag_is_carried_out_like_a_text_of_the_desk(town: Town) -> None:
    town.arrive()
    town.landing.put("crm", someone("c1", "Liz Kim", PHONE), at=town.now)
    town.tick()
    town.landing.put("crm", someone("c1", "Liz Kim", PHONE, tags=("gl-hold",)), at=town.now)
    town.tick()
    assert obey_tags(town.store, town.practice, obey_as_said, town.now) == Counter(done=1)
    (pause,) = town.pauses()
    assert (pause["scope"], pause["value"]) == ("person", town.person_of("crm", "c1"))


class Tools:
    """Liz has opted out by text; two tools know her."""

    def __init__(self, town: Town, tmp_path: Path) -> None:
        self.town, self.catalogue = town, Catalogue([tmp_path])

    def know(self, *channels: str, connection: str = "book") -> None:
        self.town.landing.put(
            connection, patient("p1", "Liz Kim", PHONE, emails=(MAIL,), opted_out=channels), at=self.town.now
        )
        self.town.tick()

    def opt_out(self, value: str) -> None:
        row: Row = {
            "suppression_id": "s-1",
            "contact_point_id": self.town.contact(value),
            "brand": "lumen",
            "scope": "all",
        }
        row |= {"lifted": False, "provisional": False, "effective_at": self.town.now, "recorded_at": self.town.now}
        with self.town.store.writing() as session:
            session.insert("suppressions", [row | {"source": "text"}])

    def read(self, connection: str = "book") -> None:
        row = {"connection_id": connection, "stream": "person", "complete_read_at": self.town.now}
        with self.town.store.writing() as session:
            session.insert("cursors", [row])

    def watch(self) -> Counter[str]:
        return watch_drift(self.town.store, self.town.practice, self.catalogue, self.town.now)


@pytest.fixture
def tools(town: Town, tmp_path: Path) -> Tools:
    made = Tools(town, tmp_path)
    made.know()
    return made


@pytest.mark.parametrize("value, channel", [(PHONE, "sms"), (MAIL, "email")])
def test_r34_a_tool_that_still_says_subscribed_an_hour_later_is_one_task(
    tools: Tools, value: str, channel: str
) -> None:
    tools.opt_out(value)
    tools.town.now += timedelta(minutes=50)
    tools.read()
    assert tools.watch() == Counter(), "it may not have heard yet"
    tools.town.now += HOUR
    assert tools.watch() == Counter(), "it was not read since"
    tools.read()
    assert tools.watch() == Counter(opened=1)
    (task,) = tools.town.tasks("drift")
    assert "book" in task["title"]
    assert value not in task["title"]
    assert tools.watch() == Counter()
    tools.know(channel)
    assert tools.watch() == Counter(closed=1)


def test_r34_a_tool_that_agrees_or_has_no_such_field_drifts_from_nobody(tools: Tools) -> None:
    tools.know("sms")
    tools.town.now += 2 * HOUR
    tools.read()
    assert tools.watch() == Counter()
    tools.town.practice = tools.town.practice.model_copy(
        update={
            "connections": tuple(
                one.model_copy(update={"settings": {"person.mapping": "medscheduler_patients"}})
                for one in tools.town.practice.connections
            )
        }
    )
    tools.opt_out(MAIL)
    tools.town.now += 2 * HOUR
    tools.read()
    assert tools.watch() == Counter()


@pytest.mark.parametrize("channel, value", [("sms", PHONE), ("email", MAIL)])
def test_r34_an_opt_out_in_any_tool_is_one_here_within_one_sync_and_never_comes_back(
    tools: Tools, channel: str, value: str
) -> None:
    tools.know(channel)
    contact = tools.town.contact(value)
    tools.know()
    with tools.town.store.reading() as session:
        (stopped,) = suppressions_of(session, [contact])
    assert (stopped.scope, stopped.source, stopped.lifted) == ("all", "book", False)


def test_r36_a_child_with_a_visit_ahead_and_no_guardian_asks_for_one(town: Town) -> None:
    child = date(2009, 11, 2)
    town.landing.put("book", patient("p1", "Kim Lee", PHONE, born=child), at=town.now)
    assert watch_minors(town.store, town.practice, town.now) == Counter()
    visit = appointment("a1", NOW + 2 * HOUR, booked_at=NOW)
    town.book("book", visit)
    assert watch_minors(town.store, town.practice, town.now) == Counter(opened=1)
    (task,) = town.tasks("guardian")
    assert task["person_id"] == town.person_of("book", "p1")
    assert watch_minors(town.store, town.practice, town.now) == Counter()
    town.landing.put("book", patient("p1", "Kim Lee", PHONE, born=child, guardian_phone="+12125550177"), at=town.now)
    town.tick()
    assert watch_minors(town.store, town.practice, town.now) == Counter(closed=1)


@pytest.mark.parametrize("born, asked", [(date(2008, 11, 1), 0), (date(2008, 11, 2), 1), (None, 0)])
def test_r36_of_age_is_whoever_is_eighteen_today(town: Town, born: date | None, asked: int) -> None:
    town.landing.put("book", patient("p1", "Kim Lee", PHONE, born=born), at=town.now)
    town.book("book", appointment("a1", NOW + DAY, booked_at=NOW))
    assert watch_minors(town.store, town.practice, town.now)["opened"] == asked


def test_r36_a_cancelled_visit_asks_nobody(town: Town) -> None:
    town.landing.put("book", patient("p1", "Kim Lee", PHONE, born=date(2012, 1, 1)), at=town.now)
    visit = appointment("a1", NOW + DAY, booked_at=NOW)
    town.book("book", visit)
    watch_minors(town.store, town.practice, town.now)
    town.book("book", cancelled(visit, town.now))
    assert watch_minors(town.store, town.practice, town.now) == Counter(closed=1)
