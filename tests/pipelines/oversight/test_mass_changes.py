"""Many visits of one provider or day change within minutes: what they are told waits for one look (R17); closed days (R38)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from canonical.actions import Action, ActionState
from canonical.ids import ProviderId
from canonical.pauses import PauseScope
from canonical.practice import Closure
from canonical.subjects import VisitFacts
from canonical.visits import AppointmentStatus
from ledger.approvals import undecided
from ledger.store import Store
from pipelines.oversight.approvals import approve, ask_for_approval
from pipelines.oversight.closures import hold_closed_days
from pipelines.oversight.mass_changes import hold_mass_changes
from pipelines.oversight.untold import watch_untold
from tests.pipelines.oversight.office import HOUSE, LUMEN, NEW_YORK, Office, a_visit, at

S = ActionState
NOW = at("2026-11-12 15:00")
FIRST = at("2026-11-13 10:00")


@pytest.fixture
def office(ledger: Store) -> Office:
    return Office(ledger)


def _changed(
    office: Office,
    many: int,
    *,
    change: str = "cancelled",
    apart: timedelta = timedelta(minutes=1),
    spread: timedelta = timedelta(minutes=30),
    provider: str | None = "dr-a",
    first: int = 1,
) -> list[Action]:
    """So many visits of one provider that were booked, and are now cancelled or moved by a day, with their notices planned."""
    told = {"provider_id": ProviderId(provider) if provider else None}
    before = [a_visit(first + n, FIRST + n * spread, **told) for n in range(many)]
    office.visits(*before, now=NOW)
    after = [_after(visit, change, NOW - (many - n) * apart) for n, visit in enumerate(before)]
    office.visits(*after, now=NOW, change=change)
    row = "2.8" if change == "cancelled" else "2.7"
    return office.messages([(visit, row) for visit in after], NOW, NOW)


def _after(visit: VisitFacts, change: str, when: datetime) -> VisitFacts:
    seen = replace(visit, changed_at=when, recorded_at=NOW)
    if change == "cancelled":
        return replace(seen, status=AppointmentStatus.CANCELLED)
    return replace(seen, start_at=visit.start_at + timedelta(days=1))


def _hold(office: Office) -> int:
    return hold_mass_changes(office.store, LUMEN, NOW, "run-1")


@pytest.mark.parametrize("change", ["cancelled", "moved"])
def test_r17_five_visits_of_a_provider_are_one_item_until_two_hours_before_the_first(
    office: Office, change: str
) -> None:
    actions = _changed(office, 5, change=change)
    office.put(actions[0], S.CLEARED, NOW)
    assert _hold(office) == 5
    assert {office.state(action) for action in actions} == {"awaiting_approval"}
    with office.store.reading() as session:
        (item,) = undecided(session)
    assert (item.rule, len(item.action_ids)) == ("R17", 5)
    assert item.expires_at == FIRST - timedelta(hours=2), "somebody may still come at the old time"
    with office.store.reading() as session:
        assert (session.one("next_due", now=NOW) or {})["at"] == item.expires_at, "then the call list is due"
    assert "5 visits of provider dr-a changed within 30 minutes" in item.why
    assert _hold(office) == 0, "held once"


def test_r17_four_go_as_they_always_did(office: Office) -> None:
    actions = _changed(office, 4)
    assert _hold(office) == 0
    assert {office.state(action) for action in actions} == {"planned"}


def test_r17_five_over_an_afternoon_are_no_mass(office: Office) -> None:
    _changed(office, 5, apart=timedelta(minutes=9))
    assert _hold(office) == 0


def test_r17_a_day_of_a_location_is_a_mass_without_a_provider(office: Office) -> None:
    _changed(office, 5, provider=None)
    assert _hold(office) == 5


def test_r17_other_days_without_a_provider_are_none(office: Office) -> None:
    _changed(office, 5, provider=None, spread=timedelta(days=1))
    assert _hold(office) == 0


def test_r17_what_changed_with_them_and_was_told_already_counts(office: Office) -> None:
    actions = _changed(office, 7)
    for action in actions[:4]:
        office.put(action, S.SENT, NOW)
    assert _hold(office) == 3


def test_r17_nobody_is_won_back_for_a_fortnight_whom_the_house_sent_away(office: Office) -> None:
    _changed(office, 5)
    _hold(office)
    (one, *_) = pauses = office.rows("pauses_in_force", now=NOW)
    assert {row["value"] for row in pauses} == {f"p-{number}" for number in range(1, 6)}
    assert (one["scope"], one["until"], one["who"]) == (PauseScope.FOLLOW_UP, NOW + timedelta(days=14), "glowline")


def test_r17_a_move_keeps_nobody_from_being_written_to_later(office: Office) -> None:
    _changed(office, 5, change="moved")
    _hold(office)
    assert office.rows("pauses_in_force", now=NOW) == []


def test_r17_nobody_answers_and_everybody_is_called(office: Office) -> None:
    actions = _changed(office, 5)
    _hold(office)
    over = FIRST - timedelta(hours=2)
    ask_for_approval(office.store, NEW_YORK, over, "run-2")
    assert {office.state(action) for action in actions} == {"dropped"}
    watch_untold(office.store, LUMEN, over)
    assert sorted(task["subject_id"] for task in office.tasks()) == [f"v-{number}" for number in range(1, 6)]
    assert all(task["urgent"] for task in office.tasks())


def test_r17_approved_they_go_and_are_not_held_again(office: Office) -> None:
    actions = _changed(office, 5)
    _hold(office)
    with office.store.writing() as session:
        (item,) = undecided(session)
        approve(session, item.approval_id, who="maria", now=NOW)
    assert {office.state(action) for action in actions} == {"planned"}
    assert _hold(office) == 0


CLOSED = LUMEN.model_copy(
    update={
        "locations": (
            HOUSE.model_copy(
                update={"closures": (Closure(first_day=date(2026, 11, 13), last_day=date(2026, 11, 13)),)}
            ),
        )
    }
)


def test_r38_visits_on_a_closed_day_are_asked_about_and_their_reminders_held(office: Office) -> None:
    visits = [a_visit(number, FIRST + number * timedelta(hours=1)) for number in range(1, 4)]
    office.visits(*visits, a_visit(9, FIRST + timedelta(days=3)), now=NOW)
    actions = [office.message(visit, "3.2", NOW - timedelta(hours=1)) for visit in visits]
    other = office.message(a_visit(9, FIRST + timedelta(days=3)), "3.1", NOW)
    assert hold_closed_days(office.store, CLOSED, NOW, "run-1") == 3
    assert {office.state(action) for action in actions} == {"awaiting_approval"}
    assert office.state(other) == "planned"
    (task,) = office.tasks("other")
    assert task["title"] == "3 visits on closed days (Fri 13 Nov): move or cancel"
    assert hold_closed_days(office.store, CLOSED, NOW, "run-1") == 0
    assert len(office.tasks("other")) == 1


def test_r38_an_open_day_holds_nothing(office: Office) -> None:
    visit = a_visit(1, FIRST)
    office.visits(visit, now=NOW)
    office.message(visit, "3.2", NOW)
    assert hold_closed_days(office.store, LUMEN, NOW, "run-1") == 0
    assert office.tasks("other") == []
