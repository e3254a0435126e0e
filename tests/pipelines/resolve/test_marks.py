"""R8, R36, R37, R60: marks of any tool and of the desk stop everything at once, and some of them stay."""

import json
from datetime import date
from typing import Any

import pytest

from canonical.people import PersonFlag, PersonRecord, silencing
from ledger.control_words import Order, record_word
from ledger.people import person
from ledger.store import Store
from pipelines.resolve.evidence import PSEUDONYM, Named
from tests.pipelines.paperwork.desk import Desk
from tests.pipelines.resolve.landed import patient, someone
from tests.pipelines.visits.world import PHONE

Row = dict[str, Any]


class House(Desk):
    """One patient, Liz, who is `p1` of the tool `book`."""

    def seen(self, *records: PersonRecord, connection: str = "book") -> Row:
        """Land what tools say of her, and give her row as it stands."""
        self.landing.put(connection, *records, at=self.now)
        self.tick()
        return self.liz()

    def liz(self) -> Row:
        who = self.person_of("book", "p1")
        with self.store.reading() as session:
            return session.rows("persons_by_id", ids=who)[0]


@pytest.fixture
def house(ledger: Store) -> House:
    return House(ledger)


def liz(*tags: str) -> PersonRecord:
    return patient("p1", "Liz Kim", PHONE, tags=tags)


@pytest.mark.parametrize(
    "tag, flag",
    [
        ("no-automation", "no_automation"),
        ("No Automation", "no_automation"),
        ("deceased", "deceased"),
        ("gl-deceased", "deceased"),
        ("dismissed", "dismissed"),
        ("Legal_Hold", "legal_hold"),
        ("staff", "staff"),
        ("TEST", "test"),
        ("gl-no-reviews", "no_reviews"),
        ("VIP", ""),
    ],
)
def test_r8_a_tag_of_any_tool_marks_its_person_at_once(house: House, tag: str, flag: str) -> None:
    house.seen(liz())
    assert house.seen(liz(tag))["flags"] == flag


def test_r8_a_tag_in_the_crm_marks_whoever_it_is_in_the_booking_tool(house: House) -> None:
    house.seen(liz())
    assert (
        house.seen(someone("c9", "Elizabeth Kim", PHONE, tags=("no-automation",)), connection="crm")["flags"]
        == "no_automation"
    )


def test_r37_a_mark_for_good_stays_when_the_tool_no_longer_says_it_and_another_goes(house: House) -> None:
    house.seen(liz("deceased", "no-automation"))
    assert house.seen(liz())["flags"] == "deceased"
    assert house.seen(liz("legal hold"))["flags"] == "deceased,legal_hold"
    assert house.seen(liz())["flags"] == "deceased,legal_hold"


def test_r37_the_practice_is_told_once_about_somebody_it_knew(house: House) -> None:
    house.seen(liz())
    house.seen(liz("dismissed"))
    (task,) = house.tasks("flagged")
    assert task["person_id"] == house.liz()["person_id"]
    assert "two people" in task["title"]
    house.seen(liz("dismissed", "VIP"))
    assert len(house.tasks("flagged")) == 1


def test_r43_whoever_was_marked_when_they_first_came_is_no_news(house: House) -> None:
    house.seen(liz("deceased"))
    assert house.tasks("flagged") == []


def test_r60_what_the_desk_says_of_the_dead_marks_the_person_and_stays(house: House) -> None:
    who = house.seen(liz())["person_id"]
    with house.store.writing() as session:
        record_word(session, Order("gl-deceased", who, who, "cp-desk", "text:m1"), "flagged:deceased", house.now)
    house.tick()
    assert house.liz()["flags"] == "deceased"
    assert house.seen(liz("VIP"))["flags"] == "deceased"
    assert house.tasks("flagged") == [], "whoever said so has a task of that word already"


def test_r60_no_reviews_stops_rows_six_and_nothing_else() -> None:
    flags = frozenset({PersonFlag.NO_REVIEWS})
    assert silencing(flags, "6.1") == flags
    assert not silencing(flags, "3.2")
    assert silencing(frozenset({PersonFlag.STAFF}), "3.2")


@pytest.mark.parametrize("tag", ["member", "Member", "Membership"])
def test_r19_a_member_is_tagged_so_however_the_tool_writes_it(house: House, tag: str) -> None:
    assert "member" in json.loads(house.seen(liz(tag))["tags"])


def test_r19_a_membership_of_another_export_belongs_to_the_patient_of_that_id(house: House) -> None:
    house.seen(liz())
    with house.store.writing() as session:
        row = house.landing._row("book", PersonRecord(vendor_id="p1", tags=("member",)), house.now, deleted=False)
        session.insert("versions", [row | {"stream": "memberships", "record_id": "rec-membership"}])
    house.tick()
    assert json.loads(house.liz()["tags"]) == ["member"]


def test_r36_a_minors_guardian_is_a_contact_point_of_its_own_and_not_the_childs(house: House) -> None:
    born = date(2012, 3, 4)
    row = house.seen(patient("p1", "Kim Lee", born=born, guardian_phone="+12125550177"))
    with house.store.reading() as session:
        guardian = Named(session.key(PSEUDONYM)).contact("+12125550177")
        assert guardian is not None
        known = session.rows("contact_points_by_id", ids=guardian.contact_point_id)
        child = person(session, row["person_id"])
    assert (row["guardian_contact_point_id"], row["birth_date"]) == (guardian.contact_point_id, born)
    assert [one["value"] for one in known] == ["+12125550177"]
    assert child is not None
    assert child.contact_points == ()
