"""A tick that would release more than anybody could expect is held whole; what piled up is shown before it goes (R45, R48)."""

from datetime import datetime, timedelta

import pytest

from canonical.actions import Action, ActionState, Labels, Purpose
from canonical.pauses import PauseScope
from ledger.approvals import undecided
from ledger.pauses import release_pause, set_pause
from ledger.store import Store
from pipelines.oversight.approvals import NotApproved, approve
from pipelines.oversight.surges import hold_surges
from tests.pipelines.oversight.office import NEW_YORK, Office, a_visit, at
from tests.pipelines.policy.world import an_action

S = ActionState
NOW = at("2026-11-11 10:02")
"""A Wednesday."""


@pytest.fixture
def office(ledger: Store) -> Office:
    return Office(ledger)


def _cleared(
    office: Office,
    many: int,
    *,
    due: datetime = NOW,
    planned: datetime | None = None,
    first: int = 1,
    **changes: object,
) -> list[Action]:
    """So many reminders of so many people that policy has allowed."""
    visits = [a_visit(number, NOW + timedelta(hours=48)) for number in range(first, first + many)]
    office.visits(*visits, now=NOW)
    found = office.messages([(visit, "3.1") for visit in visits], due, planned or due, **changes)
    office.put_all(found, S.CLEARED, NOW)
    return found


def _hold(office: Office) -> int:
    return hold_surges(office.store, NEW_YORK, NOW, "run-1")


def test_r48_what_nobody_could_foresee_is_held_whole_under_one_item(office: Office) -> None:
    office.visits(*(a_visit(number, NOW + timedelta(days=9)) for number in range(1000, 1900)), now=NOW)
    actions = _cleared(office, 76)
    assert _hold(office) == 76
    assert {office.state(action) for action in actions} == {"awaiting_approval"}
    with office.store.reading() as session:
        (item,) = undecided(session)
    assert (item.rule, len(item.action_ids)) == ("SURGE-01", 76)
    assert "76 messages would go in this hour, and 25 were to be expected" in item.why
    (task,) = office.tasks("surge")
    assert task["urgent"]
    (surge,) = office.rows("surges_between", since=NOW, until=NOW + timedelta(seconds=1))
    assert (surge["actions"], surge["forecast"], surge["approval_id"]) == (76, 25, item.approval_id)


def test_r48_what_was_planned_the_day_before_is_no_surge(office: Office) -> None:
    _cleared(office, 120, planned=NOW - timedelta(hours=13))
    assert _hold(office) == 0


def test_r48_the_same_hour_of_other_weeks_says_what_is_usual(office: Office) -> None:
    office.visits(*(a_visit(number, NOW + timedelta(days=9)) for number in range(1000, 2000)), now=NOW)
    for week, day in enumerate(("11-04", "10-28", "10-21", "10-14"), 1):
        then = at(f"2026-{day} 10:02")
        visits = [a_visit(100 * week + number, then + timedelta(days=2)) for number in range(30)]
        office.put_all(office.messages([(visit, "3.1") for visit in visits], then, then), S.EXPIRED, then)
    _cleared(office, 76)
    assert _hold(office) == 0, "30 a week: up to 90 are no surge"
    _cleared(office, 15, first=5000)
    assert _hold(office) == 91


def test_r48_a_tenth_of_the_patients_at_once_is_a_surge_however_few_they_are(office: Office) -> None:
    office.visits(*(a_visit(number, NOW + timedelta(days=9)) for number in range(1000, 1200)), now=NOW)
    _cleared(office, 25)
    assert _hold(office) == 0, "a canary is none"
    _cleared(office, 1, first=500)
    assert _hold(office) == 26


def test_r48_answers_tasks_and_confirmations_are_not_weighed(office: Office) -> None:
    for purpose in (Purpose.INTERNAL, Purpose.OPT_OUT_CONFIRMATION, Purpose.REQUESTED_REPLY):
        labels = an_action().labels.model_dump() | {"purpose": purpose}
        _cleared(office, 40, first=100 * len(office.made) + 1, labels=Labels.model_validate(labels))
    assert _hold(office) == 0


def test_r48_what_has_gone_in_this_hour_counts(office: Office) -> None:
    office.visits(*(a_visit(number, NOW + timedelta(days=9)) for number in range(1000, 2000)), now=NOW)
    for action in _cleared(office, 50):
        office.attempted(action, NOW)
    _cleared(office, 26, first=500)
    assert _hold(office) == 26


def test_r48_what_was_approved_goes_and_is_not_weighed_again(office: Office) -> None:
    actions = _cleared(office, 76)
    _hold(office)
    with office.store.writing() as session:
        (item,) = undecided(session)
        with pytest.raises(NotApproved, match="76"):
            approve(session, item.approval_id, who="maria", now=NOW)
        approve(session, item.approval_id, who="maria", now=NOW, count=76)
    office.put_all(actions, S.CLEARED, NOW)
    assert _hold(office) == 0


def test_r45_what_a_pause_held_back_is_shown_first_where_it_is_much(office: Office) -> None:
    due = NOW - timedelta(hours=1)
    with office.store.writing() as session:
        pause = set_pause(session, PauseScope.PRACTICE, "", who="maria", why="x", now=due)
        release_pause(session, pause.pause_id, who="maria", now=NOW)
    _cleared(office, 50, due=due, planned=due - timedelta(days=1))
    assert _hold(office) == 0
    _cleared(office, 1, due=due, planned=due - timedelta(days=1), first=500)
    assert _hold(office) == 51
    with office.store.reading() as session:
        (item,) = undecided(session)
    assert (item.rule, item.asked_by) == ("R45", "maria")


def test_r45_what_could_not_go_for_hours_is_shown_first(office: Office) -> None:
    now = at("2026-11-11 14:00")
    _cleared(office, 51, due=at("2026-11-11 09:00"), planned=NOW - timedelta(days=1))
    assert hold_surges(office.store, NEW_YORK, now, "run-1") == 51


def test_r45_a_night_is_no_outage(office: Office) -> None:
    now = at("2026-11-11 08:01")
    _cleared(office, 60, due=at("2026-11-10 23:00"), planned=NOW - timedelta(days=2))
    assert hold_surges(office.store, NEW_YORK, now, "run-1") == 0
