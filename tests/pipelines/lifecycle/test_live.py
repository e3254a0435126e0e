"""LIVE-01 and OWN-01 in plan and judgment (R40, R43), row by row as the policy table lists them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from canonical.ranges import Column, Table
from canonical.visits import BookedBy
from pipelines.lifecycle.desired import desired
from pipelines.lifecycle.ranges import compile_plan
from pipelines.lifecycle.reasons import Why
from pipelines.lifecycle.watermark import RowClass, row_class
from tests.journeys_fixture import INQUIRY_STEPS, LIVE_FROM, SPINE_STEPS, changed, journeys
from tests.pipelines.lifecycle.world import World, ny

GO_LIVE = ny("2026-11-10 12:00")
HOUR = timedelta(hours=1)


def _live_at_noon() -> World:
    rows = ("2.5", "2.7", "2.8", "3.1", "3.2", "4.1")
    return World(GO_LIVE, journeys(*changed(*((row, {"live_from": GO_LIVE}) for row in rows))))


@pytest.mark.parametrize(
    "rows, expected",
    [
        ("1.1 1.4 2.1 2.5 2.6 2.7 2.8 4.4 6.4 7.1", RowClass.TRIGGER),
        ("2.3 2.4 3.1 3.2 3.5 4.1 4.2", RowClass.BEFORE),
        ("5.1 5.5 6.1 6.2 6.3", RowClass.AFTER),
    ],
)
def test_every_row_is_of_the_class_the_policy_table_gives_it(rows: str, expected: RowClass) -> None:
    assert {row_class(row) for row in rows.split()} == {expected}


def test_a_booking_made_before_go_live_is_not_confirmed() -> None:
    world = _live_at_noon()
    world.book("v-1", "2026-11-20 10:00", booked=GO_LIVE - timedelta(seconds=1))
    world.book("v-2", "2026-11-20 10:00", booked=GO_LIVE, person="bea")
    assert world.desired().withheld["v-1", "2.5-confirmation"].why is Why.NOT_LIVE
    assert ("v-2", "2.5-confirmation") in world.desired().owed


def test_a_booking_without_the_vendors_time_is_old() -> None:
    world = _live_at_noon()
    world.book("v-1", "2026-11-20 10:00", booked_vendor_time=False)
    assert world.desired().withheld["v-1", "2.5-confirmation"].why is Why.NOT_LIVE


def test_an_existing_future_visit_is_reminded_only_of_what_falls_due_after_go_live() -> None:
    """R43: anchor rows run for existing visits, but not for a due time that had passed at switch-on."""
    world = _live_at_noon()
    world.book("v-1", "2026-11-12 11:59", booked=ny("2026-10-01 09:00"))
    world.book("v-2", "2026-11-12 12:00", person="bea", booked=ny("2026-10-01 09:00"))
    answer = world.desired()
    assert answer.withheld["v-1", "3.1-reminder-48h"].why is Why.NOT_LIVE
    assert ("v-2", "3.1-reminder-48h") in answer.owed
    assert ("v-1", "3.2-reminder-24h") in answer.owed


def test_a_change_before_go_live_of_the_notice_is_not_told() -> None:
    world = World(ny("2026-11-09 09:00"), journeys(*changed(("2.7", {"live_from": GO_LIVE}))))
    world.book("v-1", "2026-11-20 10:00")
    world.run(ny("2026-11-09 10:00"))
    world.move("v-1", "2026-11-21 10:00")
    world.run(GO_LIVE + HOUR, HOUR)
    assert world.rows() == ["2.5"]
    assert world.desired().withheld["v-1", "2.7-change-notice"].why is Why.NOT_LIVE


@pytest.mark.parametrize(
    "row, change, why",
    [
        ("3.2", {"owner": "podium"}, Why.OWNED_ELSEWHERE),
        ("3.2", {"owner": "off", "live_from": None}, Why.OWNED_ELSEWHERE),
        ("3.2", {"live_from": None}, Why.NOT_SWITCHED_ON),
    ],
)
def test_a_row_that_is_not_ours_or_not_on_owes_nothing(row: str, change: dict[str, object], why: Why) -> None:
    world = World(ny("2026-11-09 09:00"), journeys(*changed((row, change))))
    world.book("v-1", "2026-11-11 10:00", booked=ny("2026-11-02 09:00"))
    assert world.desired().withheld["v-1", "3.2-reminder-24h"].why is why


def test_a_row_taken_away_cancels_what_was_planned() -> None:
    world = World(ny("2026-11-09 09:00"))
    world.book("v-1", "2026-11-11 10:00", booked=ny("2026-11-02 09:00"))
    world.plan()
    world.journeys = journeys(*changed(("3.2", {"owner": "podium"})))
    changes = {change.action.row: (change.kind.value, change.reason) for change in world.plan()}
    assert changes["3.2"] == ("cancel", "owned_elsewhere")


def test_the_plan_holds_the_watermark_as_a_condition_on_the_facts_own_column() -> None:
    plan = compile_plan(journeys(*SPINE_STEPS, *INQUIRY_STEPS), LIVE_FROM, LIVE_FROM + timedelta(days=2))
    marks = {found.row: found.watermark for found in plan.ranges}
    seen = {row: (mark.column, mark.since, mark.vendor_time) for row, mark in marks.items() if mark}
    assert seen["2.5"] == (Column.BOOKED, LIVE_FROM, True)
    assert seen["2.7"] == (Column.CHANGED, LIVE_FROM, False)
    assert seen["3.1"] == (Column.START, LIVE_FROM + timedelta(hours=48), False)
    assert seen["4.1"] == (Column.START, LIVE_FROM, False)
    assert seen["1.1"] == (Column.RECEIVED, LIVE_FROM, True)
    assert {found.table for found in plan.ranges if found.row.startswith("1")} == {Table.INQUIRIES}


@pytest.mark.parametrize("zone", ["", "America/Los_Angeles", "Pacific/Honolulu", "Europe/London"])
@pytest.mark.parametrize("day", ["2026-10-31", "2026-11-01", "2026-11-02", "2026-11-12"])
def test_no_morning_text_is_due_earlier_than_its_range_reaches(zone: str, day: str) -> None:
    """The range of row 4.1 is wide enough for every hour of the day, zone of the patient and night of the year."""
    live = {"live_from": ny("2026-10-01 00:00")}
    world = World(ny("2026-10-29 09:00"), journeys(*changed(("4.1", live))))
    world.book("v-1", f"{day} 00:00", booked=ny("2026-10-20 09:00"))
    world.people["ana"] = replace(world.people["ana"], zone=zone)
    midnight = world.visits["v-1"].start_at
    for quarter in range(4 * 25):
        start = midnight + timedelta(minutes=15 * quarter)
        world.visits["v-1"] = replace(world.visits["v-1"], start_at=start)
        answer = desired(world.candidates(), world.journeys, world.practice, world.now, start)
        due = answer.owed["v-1", "4.1-morning-of"].due_at
        bound = compile_plan(world.journeys, world.now, due + timedelta(seconds=1)).ranges[-1].bounds[0]
        assert bound.until is not None
        assert start < bound.until


def test_a_row_held_as_a_whole_names_its_rule_in_the_plan() -> None:
    steps = changed(("3.1", {"owner": "podium"}), ("3.2", {"live_from": None}))
    plan = compile_plan(journeys(*steps), LIVE_FROM, LIVE_FROM + timedelta(days=2))
    assert {found.row: found.held_by for found in plan.ranges if found.held_by} == {"3.1": "OWN-01", "3.2": "LIVE-01"}


def test_mornings_held_back_are_counted_where_no_range_can_tell() -> None:
    world = World(ny("2026-11-10 07:00"), journeys(*changed(("4.1", {"live_from": ny("2026-11-10 09:00")}))))
    world.book("v-1", "2026-11-10 15:00", booked=ny("2026-11-02 09:00"))
    world.book("v-2", "2026-11-11 15:00", booked=ny("2026-11-02 09:00"), person="bea")
    assert world.desired().held == {("LIVE-01", "4.1"): 1}


def test_a_booking_by_the_patient_is_a_requested_reply_for_an_hour() -> None:
    """Row 2.5, R30: afterwards the configured purpose, so that quiet hours and consent count again."""
    world = World(ny("2026-11-10 23:30"))
    world.book("v-1", "2026-11-20 10:00", by=BookedBy.PATIENT)
    world.book("v-2", "2026-11-20 10:00", by=BookedBy.STAFF, person="bea")
    purposes = {key[0]: action.labels.purpose.value for key, action in world.desired().owed.items() if "2.5" in key[1]}
    assert purposes == {"v-1": "requested_reply", "v-2": "treatment"}
    world.now += timedelta(minutes=61)
    assert world.desired().owed["v-1", "2.5-confirmation"].labels.purpose.value == "treatment"


def test_a_booking_first_heard_of_a_week_ago_and_never_planned_is_past() -> None:
    world = World(ny("2026-11-10 09:00"))
    world.book("v-1", "2026-12-20 10:00")
    world.now += timedelta(days=8)
    assert world.desired().withheld["v-1", "2.5-confirmation"].why is Why.PAST


def test_a_confirmation_delayed_longer_than_that_is_still_owed_while_it_is_open() -> None:
    world = World(ny("2026-11-10 09:00"))
    world.book("v-1", "2026-12-20 10:00")
    world.clears = lambda action: False
    world.tick()
    world.tick(world.now + timedelta(days=8))
    assert [live.action.row for live in world.open.values()] == ["2.5"]
