"""R1: a person is not a phone number."""

from datetime import date, timedelta

import pytest

from canonical.ids import ContactPointId
from canonical.inquiries import InquiryRecord, InquirySource
from canonical.people import PersonRecord
from canonical.tasks import TaskKind
from ledger.people import by_ids, contact_points, people_on, person, unlink
from ledger.store import Store
from pipelines.resolve import ResolveCounts, resolve
from tests.pipelines.resolve.landed import DAY, NOW, Landing, patient, practice, record_id, someone

PHONE, OTHER = "+12125550111", "+12125550112"
BORN = date(1980, 3, 4)


class World:
    """A ledger, what lands in it, and who its records turn out to be."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.landing = Landing(store)
        self.practice = practice()

    def resolve(self) -> ResolveCounts:
        return resolve(self.store, self.practice, (), NOW, "run-1", lexicon=("botox",))

    def put(self, connection: str, *records: PersonRecord | InquiryRecord) -> ResolveCounts:
        self.landing.put(connection, *records)
        return self.resolve()

    def who(self, connection: str, vendor_id: str, kind: str = "person") -> str:
        with self.store.reading() as session:
            return str(by_ids(session, "links_of_records", [record_id(connection, kind, vendor_id)])[0]["person_id"])

    def home(self, vendor_id: str) -> str | None:
        who = self.who("book", vendor_id)
        with self.store.reading() as session:
            found = person(session, who)
        assert found is not None
        return found.household_id

    def contacts(self, vendor_id: str) -> dict[str, str]:
        """Values by id of the contact points of whoever a patient record of the booking tool is."""
        who = self.who("book", vendor_id)
        with self.store.reading() as session:
            own = contact_points(session, [who])
        return {p.contact_point_id: p.value.get_secret_value() for points in own.values() for p in points}

    def persons(self) -> int:
        with self.store.reading() as session:
            return len(session.rows("everyone"))

    def tasks(self) -> list[str]:
        with self.store.reading() as session:
            return [row["kind"] for row in session.rows("review_tasks")]


@pytest.fixture
def world(ledger: Store) -> World:
    return World(ledger)


def test_r1_a_mother_and_two_daughters_on_one_phone_are_three_persons(world: World) -> None:
    counts = world.put(
        "book",
        patient("1", "Maria Lopez", PHONE, born=BORN),
        patient("2", "Ana Lopez", PHONE, born=date(2010, 5, 6)),
        patient("3", "Eva Lopez", PHONE, born=date(2012, 7, 8)),
    )
    assert world.persons() == 3
    assert counts.households == 3
    assert world.tasks() == [TaskKind.REVIEW_LINK]
    homes = {world.home(vendor_id) for vendor_id in ("1", "2", "3")}
    assert len(homes) == 1
    assert homes != {None}


@pytest.mark.parametrize("names", [("Emma Kim", "Emily Kim"), ("Jonah Kim", "Jonas Kim"), ("Aaron Kim", "Erin Kim")])
def test_r1_twins_with_one_phone_and_one_birth_date_are_two_persons(world: World, names: tuple[str, str]) -> None:
    world.put("book", patient("1", names[0], PHONE, born=BORN))
    world.put("crm", someone("2", names[1], PHONE, born=BORN))
    assert world.persons() == 2


@pytest.mark.parametrize(
    "pair",
    [
        (someone("2", "Maria Garcia", PHONE, born=date(2004, 1, 2)), patient("1", "Maria Garcia", PHONE, born=BORN)),
        (someone("2", "Maria Garcia Jr.", PHONE), patient("1", "Maria Garcia Sr.", PHONE)),
        (someone("2", "Garcia, Maria, Jr", PHONE), patient("1", "Maria Garcia", PHONE)),
    ],
    ids=["two birth dates", "two suffixes", "one suffix and nothing else"],
)
def test_r1_maria_garcia_senior_and_junior_are_two_persons(
    world: World, pair: tuple[PersonRecord, PersonRecord]
) -> None:
    world.put("crm", pair[0])
    world.put("book", pair[1])
    assert world.persons() == 2


def test_r1_liz_of_the_crm_and_elizabeth_of_the_booking_tool_with_one_birth_date_are_one(world: World) -> None:
    world.put("crm", someone("c", "Liz Kim", PHONE, born=BORN))
    world.put("book", patient("b", "Elizabeth Kim", PHONE, born=BORN))
    assert world.persons() == 1
    assert world.who("crm", "c") == world.who("book", "b")


def test_r1_an_equal_name_without_a_shared_contact_point_joins_nothing(world: World) -> None:
    world.put("crm", someone("c", "Liz Kim", PHONE, born=BORN))
    world.put("book", patient("b", "Liz Kim", OTHER, born=BORN))
    assert world.persons() == 2


def test_r1_two_patient_records_of_one_booking_tool_are_never_merged_by_us(world: World) -> None:
    counts = world.put("book", patient("1", "Liz Kim", PHONE, born=BORN), patient("2", "Liz Kim", PHONE, born=BORN))
    assert world.persons() == 2
    assert counts.doubtful == 1


def test_r1_a_record_that_bridges_two_patients_of_one_tool_joins_neither(world: World) -> None:
    world.put("book", patient("1", "Liz Kim", PHONE, born=BORN), patient("2", "Liz Kim", OTHER, born=BORN))
    world.put("crm", someone("c", "Liz Kim", PHONE, OTHER, born=BORN))
    assert world.persons() == 3


def test_r1_a_record_that_bridges_two_persons_joins_them(world: World) -> None:
    world.put("book", patient("b", "Elizabeth Kim", PHONE))
    world.put(
        "form",
        InquiryRecord(vendor_id="q", source=InquirySource.WEB_FORM, full_name="Liz Kim", email="liz@kim.example"),
    )
    first = world.who("book", "b")
    assert world.persons() == 2
    counts = world.put("crm", someone("c", "Liz Kim", PHONE, emails=("Liz@Kim.example",)))
    assert counts.merged == 1
    assert world.persons() == 1
    assert {world.who("book", "b"), world.who("form", "q", "inquiry"), world.who("crm", "c")} == {first}


def test_r1_patients_whom_the_vendor_itself_merged_are_one(world: World) -> None:
    world.put("book", patient("1", "Liz Kim", PHONE), patient("2", "Beth Kim", OTHER))
    world.put("book", patient("2", "Beth Kim", OTHER, aliases=("1",)))
    assert world.persons() == 1


def test_r1_a_changed_number_does_not_tear_a_person_apart(world: World) -> None:
    world.put("book", patient("b", "Liz Kim", PHONE))
    world.put("crm", someone("c", "Liz Kim", PHONE))
    world.put("crm", someone("c", "Liz Kim", OTHER))
    assert world.persons() == 1
    assert set(world.contacts("b").values()) == {PHONE, OTHER}


def test_r1_a_name_corrected_to_another_one_does(world: World) -> None:
    world.put("book", patient("b", "Liz Kim", PHONE))
    world.put("crm", someone("c", "Liz Kim", PHONE))
    counts = world.put("crm", someone("c", "Rose Kim", PHONE))
    assert counts.split == 1
    assert world.persons() == 2


def test_r1_a_link_that_somebody_undid_is_never_made_again(world: World) -> None:
    world.put("book", patient("b", "Liz Kim", PHONE))
    world.put("crm", someone("c", "Liz Kim", PHONE))
    stays = world.who("book", "b")
    with world.store.writing() as session:
        unlink(session, record_id("crm", "person", "c"), who="desk", why="mother and daughter", now=NOW)
    world.resolve()
    assert world.who("book", "b") == stays
    assert world.who("crm", "c") != stays
    world.put("crm", someone("c", "Liz Kim", PHONE, born=BORN))
    world.put("book", patient("b", "Liz Kim", PHONE, born=BORN))
    assert world.persons() == 2
    world.put("crm", someone("d", "Liz Kim", PHONE, born=BORN))
    assert world.who("book", "b") != world.who("crm", "c"), "a third record is no way around a cut"


def test_r1_whom_nobody_linked_cannot_be_unlinked(world: World) -> None:
    with world.store.writing() as session, pytest.raises(KeyError):
        unlink(session, "rec-nobody", who="desk", why="", now=NOW)


def test_r1_two_people_who_give_no_name_on_one_phone_are_one_caller_and_nobody_we_know(world: World) -> None:
    world.put("book", patient("b", "Liz Kim", PHONE))
    call = {"source": InquirySource.PHONE_MISSED, "phone": PHONE}
    world.put("form", *(InquiryRecord.model_validate({"vendor_id": name, **call}) for name in ("q1", "q2")))
    assert world.persons() == 2
    assert world.who("form", "q1", "inquiry") == world.who("form", "q2", "inquiry") != world.who("book", "b")


def test_a_number_that_stands_on_thirty_records_says_nothing_about_anybody(world: World) -> None:
    world.put("book", *(patient(f"b{n}", "Walk In", PHONE) for n in range(20)))
    world.put(
        "crm",
        someone("walk", "Walk In", PHONE),
        *(someone(f"c{n}", f"Ann{'abcdefghij'[n]} Roe", PHONE) for n in range(10)),
    )
    assert world.persons() == 31
    world.put("crm", someone("c11", "Anna Roe", PHONE))
    assert world.persons() == 32
    assert world.home("b0") is None


def test_everybody_on_a_phone_is_found(world: World) -> None:
    world.put("book", patient("1", "Maria Lopez", PHONE), patient("2", "Ana Lopez", PHONE))
    both = {world.who("book", "1"), world.who("book", "2")}
    (contact,) = world.contacts("1")
    with world.store.reading() as session:
        assert set(people_on(session, [contact])[ContactPointId(contact)]) == both


def test_a_deleted_record_reaches_nobody_and_is_forgotten_by_no_one(world: World) -> None:
    world.put("book", patient("1", "Liz Kim", PHONE))
    world.landing.put("book", patient("1", "Liz Kim", PHONE), at=NOW + DAY, deleted=True)
    world.resolve()
    assert world.persons() == 1
    assert world.contacts("1") == {}


def test_a_version_that_comes_again_changes_nothing(world: World) -> None:
    world.put("book", patient("1", "Liz Kim", PHONE))
    counts = world.put("book", patient("1", "Liz Kim", PHONE))
    assert (counts.read, counts.repeated, counts.persons_new) == (1, 1, 0)


def test_a_run_with_nothing_new_writes_nothing(world: World) -> None:
    world.put("book", patient("1", "Liz Kim", PHONE))
    with world.store.reading() as session:
        before = session.head.seq
    assert world.resolve() == ResolveCounts()
    with world.store.reading() as session:
        assert session.head.seq == before


def test_whoever_was_merged_away_is_nobody_any_more(world: World) -> None:
    world.put("book", patient("b", "Elizabeth Kim", PHONE))
    world.put("crm", someone("c", "Liz Kim", OTHER))
    gone = world.who("crm", "c")
    world.put("crm", someone("c", "Liz Kim", PHONE, OTHER, updated_at=NOW + timedelta(hours=1)))
    with world.store.reading() as session:
        assert person(session, gone) is None
        assert contact_points(session, [gone]) == {}
    assert world.who("crm", "c") == world.who("book", "b")
