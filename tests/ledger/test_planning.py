"""The plan as SQL: what it finds, what it counts, what it never reads, and that it never misses what is owed."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from canonical.actions import ActionState
from canonical.ids import ContactPointId, InquiryId, LocationId, PersonId
from canonical.inquiries import InquirySource
from canonical.owed import ChangeKind
from canonical.plan import Journeys
from canonical.subjects import InquiryFacts, PersonFacts
from ledger.candidates import candidates_of, read_candidates
from ledger.lists import listed
from ledger.planning import count_held, held_query, record_held, subjects_query
from ledger.progress import advance
from ledger.store import Store
from pipelines.lifecycle.desired import desired
from pipelines.lifecycle.ranges import compile_plan
from tests.journeys_fixture import INQUIRY_STEPS, LIVE_FROM, PRACTICE, SPINE_STEPS, changed, journeys
from tests.ledger.calendar import imported, write_inquiries, write_people, write_visits
from tests.ledger.ledger_world import LedgerWorld
from tests.pipelines.lifecycle.world import World, local, ny

SNAPSHOTS = Path(__file__).parent / "snapshots"
S = ActionState
BOTH = journeys(*SPINE_STEPS, *INQUIRY_STEPS)
NOW = ny("2026-11-09 10:00")


def _plan_sql(store: Store, now: datetime = NOW, of: Journeys = BOTH) -> set[str]:
    with store.reading() as session:
        found = read_candidates(session, compile_plan(of, now, now + timedelta(days=3)), since=10**9)
    return {subject.subject_id for subject in found.subjects}


# the text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["planned_subjects", "held_in_plan"])
def test_the_generated_sql_is_the_one_that_was_read_and_agreed(name: str) -> None:
    """After a wanted change: run with GLOWLINE_SNAPSHOTS=write, and read the difference in the commit."""
    plan = compile_plan(BOTH, NOW, NOW + timedelta(days=3))
    query, params = subjects_query(plan, 7) if name == "planned_subjects" else held_query(plan)
    agreed = SNAPSHOTS / f"{name}.sql"
    if os.environ.get("GLOWLINE_SNAPSHOTS") == "write":
        agreed.write_text(query.sql + "\n", encoding="utf-8")
    assert query.sql + "\n" == agreed.read_text(encoding="utf-8")
    assert set(re.findall(r"\$(\w+)", query.sql)) == set(params)


def test_no_value_stands_in_the_sql() -> None:
    steps = changed(("3.2", {"key": "3.2-x' OR true --"}))
    query, params = subjects_query(compile_plan(journeys(*steps), NOW, NOW + timedelta(days=3)), 7)
    assert "OR true" not in query.sql
    assert "3.2-x' OR true --" in params.values()


def test_the_plan_runs_on_a_shared_catalogue_too(lake: Store) -> None:
    world = World(NOW)
    world.book("v-1", "2026-11-12 15:00")
    with lake.writing(business_now=NOW) as session:
        write_people(session, world.people.values(), NOW)
        write_visits(session, world.visits.values())
    assert _plan_sql(lake) == {"v-1"}
    with lake.reading() as session:
        assert count_held(session, compile_plan(BOTH, NOW, NOW + timedelta(days=3))) == Counter()


# what it finds ----------------------------------------------------------------------------------------------------


def test_a_visit_is_looked_at_when_something_of_it_is_near_and_not_before(ledger: Store) -> None:
    world = World(NOW)
    for visit, start in (("v-near", "2026-11-13 10:00"), ("v-far", "2026-12-20 10:00"), ("v-over", "2026-11-08 10:00")):
        world.book(visit, start, person=visit, booked=ny("2026-11-01 09:00"))
        world.visits[visit] = replace(world.visits[visit], recorded_at=ny("2026-11-01 09:00"))
    with ledger.writing() as session:
        write_visits(session, world.visits.values())
    assert _plan_sql(ledger) == {"v-near"}


@pytest.fixture
def told(ledger: Store) -> Iterator[LedgerWorld]:
    """A visit of next week, booked and confirmed ten minutes ago."""
    with ledger.writing() as session:
        world = LedgerWorld(NOW, session=session)
        world.book("v-1", "2026-11-20 15:00")
        world.run(NOW + timedelta(minutes=10))
        assert world.rows() == ["2.5"]
        yield world


def test_what_is_said_and_done_is_not_looked_at_again(told: LedgerWorld) -> None:
    assert told.candidates().subjects == ()


def test_a_visit_that_changed_after_it_was_told_is_looked_at(told: LedgerWorld) -> None:
    told.move("v-1", "2026-11-25 15:00")
    assert [subject.subject_id for subject in told.candidates().subjects] == ["v-1"]


def _only(row: str) -> Journeys:
    """Journeys of one row, so that no other row's range finds the visit."""
    return journeys(*[step for step in SPINE_STEPS if step.row == row])


def test_a_reminder_already_sent_is_looked_at_again_when_the_visit_moves(ledger: Store) -> None:
    with ledger.writing() as session:
        world = LedgerWorld(NOW, session=session, journeys=_only("3.2"))
        world.book("v-1", "2026-11-10 11:00", booked=ny("2026-11-02 09:00"))
        world.run(NOW + timedelta(hours=2), timedelta(hours=1))
        world.plan()
        assert world.rows() == ["3.2"]
        assert world.candidates().subjects == ()
        world.move("v-1", "2026-11-11 16:00")
        assert [subject.subject_id for subject in world.candidates().subjects] == ["v-1"]


def test_an_open_action_is_looked_at_when_its_visit_changes(ledger: Store) -> None:
    """Due in two days, and its visit moves to next month: out of every range, and yet it must be planned anew."""
    with ledger.writing() as session:
        world = LedgerWorld(NOW, session=session, journeys=_only("3.2"))
        world.book("v-1", "2026-11-12 10:00", booked=ny("2026-11-02 09:00"))
        world.plan()
        assert world.candidates().subjects == ()
        world.move("v-1", "2026-12-12 10:00")
        assert [change.kind for change in world.plan()] == [ChangeKind.REPLAN]


def test_a_message_that_left_while_the_visit_moved_is_noticed(ledger: Store) -> None:
    """It named the old time, and was sent after the move was written: the next plan must see it."""
    with ledger.writing() as session:
        world = LedgerWorld(NOW, session=session)
        world.book("v-1", "2026-11-20 10:00")
        world.plan()
        confirmation = next(iter(world.open))
        world.move("v-1", "2026-11-21 10:00")
        world._write_facts()
        advance(session, "lifecycle", session.head.seq)
        world._move(confirmation, S.CLEARED, S.CLAIMED, S.SENT)
        assert [change.action.row for change in world.plan()] == ["2.7"]


def test_a_sibling_on_the_same_phone_comes_along(ledger: Store) -> None:
    """R5: the reminder of three o'clock moves to ten because the sister's visit is at ten."""
    people = [PersonFacts(PersonId(one), phone_id=ContactPointId("cp-family")) for one in ("mum", "zoe")]
    world = World(NOW)
    world.book("v-1", "2026-11-12 15:00", person="mum", booked=ny("2026-11-02 09:00"))
    world.book("v-2", "2026-11-12 10:00", person="zoe", booked=ny("2026-11-02 09:00"))
    with ledger.writing() as session:
        write_people(session, people, NOW)
        write_visits(session, world.visits.values())
        found = candidates_of(session, ["v-1"])
    wanted = desired(found, journeys(), PRACTICE, NOW, NOW + timedelta(days=3))
    assert {local(action.due_at) for key, action in wanted.owed.items() if "3.1" in key[1]} == {"2026-11-10 10:00"}


def test_who_is_reached_where(ledger: Store) -> None:
    """The best phone that takes texts, the best mail address, and nothing that is no longer theirs."""
    world = World(NOW)
    world.book("v-1", "2026-11-12 15:00")
    points = [
        ("cp-home", "phone", False),
        ("cp-cell", "phone", None),
        ("cp-old", "phone", True),
        ("cp-mail", "email", None),
    ]
    with ledger.writing() as session:
        write_visits(session, world.visits.values())
        session.insert("persons", [{"person_id": "ana", "zone": "America/Chicago", "flags": "staff,test"}])
        session.insert("contact_points", [{"contact_point_id": p, "kind": k, "textable": t} for p, k, t in points])
        ranked = [
            ("cp-home", 1, False),
            ("cp-cell", 2, False),
            ("cp-old", 0, False),
            ("cp-mail", 1, False),
            ("cp-old", 0, True),
        ]
        session.insert(
            "person_contacts",
            [{"person_id": "ana", "contact_point_id": p, "rank": r, "ended": e} for p, r, e in ranked],
        )
        person = candidates_of(session, ["v-1"]).subjects[0].person
    assert person is not None
    assert (person.phone_id, person.email_id, person.zone) == ("cp-cell", "cp-mail", "America/Chicago")
    assert person.flags == {"staff", "test"}


@pytest.mark.parametrize(
    "state,hours,answered",
    [
        ("planned", 1, True),
        ("sent", 23, True),
        ("ambiguous", 1, True),
        ("sent", 25, False),
        ("blocked", 1, False),
        ("expired", 1, False),
        (None, 1, False),
    ],
)
def test_a_phone_is_answered_once_a_day_and_not_for_a_question_that_got_no_answer(
    ledger: Store,
    state: str | None,
    hours: int,
    answered: bool,
) -> None:
    """R4: two people on one phone hear one answer, and nobody loses the only one."""
    first = InquiryFacts(
        inquiry_id=InquiryId("q-1"),
        seq=0,
        person_id=PersonId("ana"),
        source=InquirySource.WEB_FORM,
        recorded_at=NOW,
        received_at=NOW - timedelta(hours=hours),
        vendor_time=True,
        phone_id=ContactPointId("cp-1"),
        email_id=ContactPointId("cp-2"),
    )
    second = replace(first, inquiry_id=InquiryId("q-2"), person_id=PersonId("bea"), received_at=NOW)
    action = {"action_id": "a-1", "subject_id": "q-1", "channel": "sms", "purpose": "requested_reply", "state": state}
    with ledger.writing() as session:
        write_inquiries(session, [first])
        write_inquiries(session, [second])
        if state:
            session.insert("closed_actions" if state in {"sent", "expired"} else "open_actions", [action])
        rows = session.rows("inquiries_to_plan", ids=listed(["q-1", "q-2"]))
    found = {row["inquiry_id"]: (bool(row["phone_answered"]), bool(row["email_answered"])) for row in rows}
    assert found == {"q-1": (False, False), "q-2": (answered, False)}


def test_an_inquiry_is_found_by_its_newest_row(ledger: Store) -> None:
    first = InquiryFacts(
        inquiry_id=InquiryId("q-1"),
        seq=0,
        person_id=PersonId("ana"),
        source=InquirySource.WEB_FORM,
        recorded_at=NOW,
        received_at=NOW,
        vendor_time=True,
        location_id=LocationId("downtown"),
        phone_id=ContactPointId("cp-1"),
    )
    with ledger.writing() as session:
        write_inquiries(session, [first, replace(first, inquiry_id=InquiryId("q-2"), received_at=None)])
        write_inquiries(session, [replace(first, called_at=NOW)])
    with ledger.reading() as session:
        found = read_candidates(session, compile_plan(BOTH, NOW, NOW + timedelta(days=1)), 10**9)
    assert [(one.subject_id, one.facts.called_at) for one in found.subjects if isinstance(one.facts, InquiryFacts)] == [
        ("q-1", NOW)
    ]


# what it counts ---------------------------------------------------------------------------------------------------


def test_the_first_day_plans_reminders_of_future_visits_only_and_says_what_it_holds(ledger: Store) -> None:
    """R43: an import of many past visits, future visits and old leads. Nothing of history is planned."""
    go_live = LIVE_FROM + timedelta(hours=8)
    rows = ("2.5", "2.7", "2.8", "3.1", "3.2", "4.1", "1.1", "1.3", "1.4", "1.5")
    of = journeys(*changed(*((row, {"live_from": go_live}) for row in rows), steps=(*SPINE_STEPS, *INQUIRY_STEPS)))
    visits = [imported(n, go_live + timedelta(hours=n - 3000)) for n in range(3200)]
    leads = [_old_lead(n, go_live) for n in range(90)]
    with ledger.writing(business_now=go_live) as session:
        write_visits(session, visits)
        write_inquiries(session, leads)
    with ledger.writing(business_now=go_live) as session:
        plan = compile_plan(of, go_live, go_live + timedelta(days=14))
        found = read_candidates(session, plan, 0)
        wanted = desired(found, of, PRACTICE, go_live, go_live + timedelta(days=14))
        record_held(session, wanted.held, now=go_live, run_id="run-1")
        kept = session.rows("held_of_run", run_id="run-1")
    assert {action.row for action in wanted.owed.values()} == {"3.1", "3.2", "4.1"}
    assert all(action.anchor_at and action.anchor_at > go_live for action in wanted.owed.values())
    by_row = Counter(action.row for action in wanted.owed.values())
    assert (by_row["3.1"], by_row["3.2"]) == (200 - 48, 200 - 24)
    assert wanted.held["LIVE-01", "2.5"] == 200
    assert wanted.held["LIVE-01", "3.1"] == 47  # due before the switch, and still an hour away
    assert {row: wanted.held["LIVE-01", row] for row in ("1.1", "1.3", "1.4")} == {"1.1": 24, "1.3": 24, "1.4": 24}
    assert {(row["rule"], row["row"]): row["held"] for row in kept} == dict(wanted.held)


def _old_lead(number: int, go_live: datetime) -> InquiryFacts:
    return InquiryFacts(
        inquiry_id=InquiryId(f"q-{number:05}"),
        seq=0,
        person_id=PersonId(f"p-{number}"),
        source=InquirySource.CRM,
        recorded_at=go_live,
        received_at=go_live - timedelta(hours=number + 1),
        vendor_time=True,
        location_id=LocationId("downtown"),
    )


def test_a_row_of_another_tool_is_counted_and_not_read(ledger: Store) -> None:
    world = World(NOW)
    world.book("v-1", "2026-11-11 12:00", booked=ny("2026-11-02 09:00"))
    only = journeys(*changed(*((row, {"owner": "podium"}) for row in ("2.5", "2.7", "2.8", "3.1", "3.2", "4.1"))))
    with ledger.writing() as session:
        write_visits(session, world.visits.values())
    with ledger.reading() as session:
        found = read_candidates(session, compile_plan(only, NOW, NOW + timedelta(days=3)), 0)
    assert found.subjects == ()
    assert found.held == {("OWN-01", row): 1 for row in ("2.5", "3.1", "3.2", "4.1")}
