"""R1 as a rule of its own: the same partition in every order, and joins that must never happen."""

from datetime import date, datetime
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from canonical.people import PersonRecord
from canonical.raw import Kind
from pipelines.resolve.evidence import Named, Record, read_person
from pipelines.resolve.names import Likeness, likeness, name_of
from pipelines.resolve.partition import CROWD, Partition, partition
from tests.pipelines.resolve.landed import NOW, someone

NAMED = Named(b"a key of thirty-two bytes, or so")
WORLD_GIVEN = ("Liz", "Elizabeth", "Beth", "Emma", "Emily", "Maria", "")
WORLD_FAMILY = ("Kim", "Garcia", "")
PHONES = ("+12125550111", "+12125550112", "+12125550113")
BIRTH_DATES = (date(1980, 3, 4), date(1980, 3, 5), None)


def record(number: int, connection_id: str, person: PersonRecord, at: datetime = NOW) -> Record:
    """A record of the partition, as resolve would make it."""
    return Record(
        record_id=f"rec-{number:04d}",
        version_id=f"ver-{number}",
        raw_id=f"r-{number}",
        kind=Kind.PERSON,
        connection_id=connection_id,
        stream="person",
        vendor_id=person.vendor_id,
        evidence=read_person(person, connection_id, NAMED).evidence,
        deleted=False,
        first_recorded_at=at,
        recorded_at=at,
    )


@st.composite
def crowds(draw: st.DrawFn) -> list[Record]:
    """A few records from a small world, so that they collide in every way there is."""
    made = []
    for number in range(draw(st.integers(2, 8))):
        connection_id = draw(st.sampled_from(("book", "crm", "form")))
        person = PersonRecord(
            vendor_id=str(draw(st.integers(0, 9))),
            given_name=draw(st.sampled_from(WORLD_GIVEN)),
            family_name=draw(st.sampled_from(WORLD_FAMILY)),
            birth_date=draw(st.sampled_from(BIRTH_DATES)),
            phones=tuple(draw(st.lists(st.sampled_from(PHONES), max_size=2, unique=True))),
            aliases=tuple(draw(st.lists(st.sampled_from(("3", "4")), max_size=1))) if connection_id == "book" else (),
            is_patient=connection_id == "book",
        )
        made.append(record(number, connection_id, person))
    return made


def shape(found: Partition) -> set[frozenset[str]]:
    return {frozenset(one.record_id for one in cluster.records) for cluster in found.clusters}


@given(crowds(), st.randoms())
def test_r1_the_same_records_in_any_order_are_the_same_persons(records: list[Record], random: object) -> None:
    shuffled = list(records)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random that shuffles
    renumbered = {one.record_id: f"rec-{9999 - int(one.record_id[4:]):04d}" for one in records}
    mirrored = [Record(**{**vars(one), "record_id": renumbered[one.record_id]}) for one in records]
    assert shape(partition(shuffled)) == shape(partition(records))
    assert shape(partition(mirrored)) == {
        frozenset(renumbered[one] for one in cluster) for cluster in shape(partition(records))
    }


def _by_vendor(one: Record, other: Record) -> bool:
    return bool({one.evidence.identity, *one.evidence.aliases} & {other.evidence.identity, *other.evidence.aliases})


@given(crowds())
def test_r1_nobody_is_joined_against_a_contradiction(records: list[Record]) -> None:
    clean = [one for one in records if not one.evidence.aliases]
    for cluster in partition(clean).clusters:
        for one, other in combinations(cluster.records, 2):
            if _by_vendor(one, other):
                continue
            if not any(
                _by_vendor(one, third) or _by_vendor(other, third)
                for third in cluster.records
                if third not in (one, other)
            ):
                assert likeness(one.name, other.name) is not Likeness.DIFFERENT
                assert None in (one.evidence.birth_date, other.evidence.birth_date) or (
                    one.evidence.birth_date == other.evidence.birth_date
                )
            assert not (one.connection_id == other.connection_id == "book"), "two patients of one booking tool"


@given(crowds())
def test_r1_nobody_is_joined_without_meeting(records: list[Record]) -> None:
    for cluster in partition(records).clusters:
        for one in cluster.records:
            others = {key for other in cluster.records if other is not one for key in other.evidence.join_keys}
            assert len(cluster.records) == 1 or others & set(one.evidence.join_keys)


@given(crowds(), st.data())
def test_r1_a_cut_is_never_undone_by_the_company_they_keep(records: list[Record], data: st.DataObject) -> None:
    pair = frozenset(
        one.record_id for one in data.draw(st.lists(st.sampled_from(records), min_size=2, max_size=2, unique_by=id))
    )
    assert not any(pair <= cluster for cluster in shape(partition(records, frozenset({pair}))))


@given(crowds())
def test_r1_a_partition_of_a_neighbourhood_is_the_partition_of_everybody(records: list[Record]) -> None:
    """What lets resolve look at the records a new one touches, and at no others."""
    whole = shape(partition(records))
    for neighbours in _neighbourhoods(records):
        assert shape(partition(neighbours)) <= whole


def _neighbourhoods(records: list[Record]) -> list[list[Record]]:
    groups: list[list[Record]] = []
    for one in records:
        touching = [group for group in groups if any(_meets(one, other) for other in group)]
        groups = [group for group in groups if group not in touching]
        groups.append([one, *(other for group in touching for other in group)])
    return groups


def _meets(one: Record, other: Record) -> bool:
    return bool(set(one.evidence.join_keys) & set(other.evidence.join_keys))


def test_r1_a_stronger_reason_decides_before_a_weaker_one() -> None:
    born = date(1980, 3, 4)
    crm = record(1, "crm", someone("c", "Liz Kim", PHONES[0], born=born))
    same = record(2, "book", someone("1", "Liz Kim", PHONES[0], born=born, is_patient=True))
    maybe = record(3, "book", someone("2", "Liz Kim", PHONES[0], is_patient=True))
    assert shape(partition([crm, same, maybe])) == {frozenset({"rec-0001", "rec-0002"}), frozenset({"rec-0003"})}


def test_a_crowded_contact_point_joins_nobody_even_where_only_two_of_the_crowd_are_looked_at() -> None:
    two = [record(n, "crm", someone(str(n), "Walk In", PHONES[0])) for n in range(2)]
    crowd = frozenset(two[0].evidence.phones)
    assert len(partition(two).clusters) == 1
    assert len(partition(two, crowded=crowd).clusters) == 2
    many = [record(n, "crm", someone(str(n), "Walk In", PHONES[0])) for n in range(CROWD + 1)]
    assert partition(many).crowded == crowd
    assert len(partition(many).clusters) == CROWD + 1


def test_names_are_compared_without_accents_titles_remarks_and_middle_initials() -> None:
    same = [
        ("Dr. José García", "jose garcia"),
        ("GARCIA, JOSE (VIP)", "José García"),
        ("Jen A. Smith", "Jennifer Smith"),
    ]
    for one, other in same:
        assert likeness(name_of("", "", one), name_of("", "", other)) is Likeness.SAME, (one, other)
    different = [("Ann Lee", "Nancy Lee"), ("Mary Kim", "Marie Kim"), ("Eric Roe", "Derrick Roe"), ("Ana Lu", "Ana Li")]
    for one, other in different:
        assert likeness(name_of("", "", one), name_of("", "", other)) is Likeness.DIFFERENT, (one, other)


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_does_not_depend_on_who_comes_first(one: str, other: str) -> None:
    left, right = name_of("", "", one), name_of("", "", other)
    assert likeness(left, right) is likeness(right, left)
    assert likeness(left, left) is not Likeness.DIFFERENT


def test_r1_leads_of_one_caller_are_one_person_even_where_two_patients_fit_them() -> None:
    twice = [record(n, "book", someone(f"b{n}", "Liz Kim", PHONES[0], is_patient=True)) for n in (1, 2)]
    leads = [record(n, "crm", someone(f"c{n}", "Elizabeth Kim", PHONES[0])) for n in (3, 4)]
    assert shape(partition(twice + leads)) == {
        frozenset({"rec-0001"}),
        frozenset({"rec-0002"}),
        frozenset({"rec-0003", "rec-0004"}),
    }


def test_r1_a_chain_whose_ends_contradict_each_other_joins_nobody() -> None:
    first, second, third = PHONES
    chain = [
        record(1, "crm", someone("1", "Liz Kim", first, born=date(1980, 3, 4))),
        record(2, "crm", someone("2", "Liz Kim", first, second)),
        record(3, "crm", someone("3", "Liz Kim", second, third)),
        record(4, "crm", someone("4", "Liz Kim", third, born=date(1990, 3, 4))),
    ]
    assert len(partition(chain).clusters) == 4
    assert len(partition(chain[:3]).clusters) == 1
