"""A new row begins with a few and stops by itself where these take it badly (R44)."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from canonical.actions import Action, ActionState
from canonical.ids import ContactPointId
from canonical.practice import Practice, RowOwner
from ledger.approvals import Question, ask_approval, undecided
from ledger.keys import LedgerKey
from ledger.permission import suppress
from ledger.store import Store, create, embedded
from pipelines.oversight.approvals import approve
from pipelines.oversight.canaries import needs_second_person, watch_canaries
from tests.pipelines.oversight.office import LUMEN, Office, a_visit, at
from tests.pipelines.policy.world import a_stop

S = ActionState
SWITCHED_ON = at("2027-03-01 09:00")
"""Long after the ledger of a test was founded."""
NOW = SWITCHED_ON + timedelta(hours=2)


@pytest.fixture
def office(ledger: Store) -> Office:
    return Office(ledger)


def _lumen(row: str, live_from: datetime = SWITCHED_ON) -> Practice:
    return LUMEN.model_copy(update={"rows": (RowOwner(row=row, owner="glowline", live_from=live_from),)})


def _cleared(office: Office, row: str, many: int) -> list[Action]:
    visits = [a_visit(number, NOW + timedelta(days=2)) for number in range(1, many + 1)]
    office.visits(*visits, now=NOW)
    actions = office.messages([(visit, row) for visit in visits], NOW, NOW)
    office.put_all(actions, S.CLEARED, NOW)
    return actions


def _watch(office: Office, row: str, now: datetime = NOW) -> int:
    return watch_canaries(office.store, _lumen(row), now, "run-1")


def test_r44_on_the_first_day_a_new_row_reaches_twenty_five_people(office: Office) -> None:
    actions = _cleared(office, "5.1", 30)
    assert _watch(office, "5.1") == 5
    states = [office.state(action) for action in actions]
    assert (states.count("cleared"), states.count("delayed")) == (25, 5)
    held = office.rows("open_actions_by_id", ids=[action.action_id for action in actions])
    assert {row["not_before"] for row in held if row["state"] == "delayed"} == {SWITCHED_ON + timedelta(hours=24)}


def test_r44_who_was_reached_before_counts(office: Office) -> None:
    for action in _cleared(office, "5.1", 24)[:24]:
        office.attempted(action, NOW)
    visits = [a_visit(100 + number, NOW + timedelta(days=2)) for number in range(3)]
    office.visits(*visits, now=NOW)
    office.put_all(office.messages([(visit, "5.1") for visit in visits], NOW, NOW), S.CLEARED, NOW)
    assert _watch(office, "5.1") == 2


def test_r44_the_day_after_everybody_hears(office: Office) -> None:
    _cleared(office, "5.1", 30)
    assert _watch(office, "5.1", SWITCHED_ON + timedelta(hours=24)) == 0


def test_r44_reminders_wait_for_no_canary(office: Office) -> None:
    _cleared(office, "3.2", 30)
    assert _watch(office, "3.2") == 0


def test_r44_on_a_practices_first_day_nothing_is_held_back(tmp_path: Path) -> None:
    """The demo's rows and every new practice's go live within a day of the founding: what they would say was shown before."""
    key, path = LedgerKey.fresh(), tmp_path / "lumen" / "ledger.duckdb"
    create(path, practice_id="lumen", key=key, now=SWITCHED_ON - timedelta(hours=1))
    office = Office(embedded(path, "lumen", key))
    _cleared(office, "5.1", 30)
    assert _watch(office, "5.1") == 0


def _sent(office: Office, row: str, many: int) -> list[Action]:
    actions = _cleared(office, row, many)
    for action in actions:
        office.attempted(action, NOW)
    return actions


def _pauses(office: Office) -> list[tuple[str, str, str]]:
    return [(row["scope"], row["value"], row["who"]) for row in office.rows("pauses_in_force", now=NOW)]


def _opts_out(office: Office, action: Action) -> None:
    with office.store.writing() as session:
        contact = ContactPointId(str(action.contact_point_id))
        suppress(session, a_stop(contact_point_id=contact, effective_at=NOW, recorded_at=NOW), raw_id="")


def test_r44_one_opt_out_in_twenty_five_stops_the_row_and_says_so(office: Office) -> None:
    first, *_ = _sent(office, "5.1", 25)
    _watch(office, "5.1")
    assert _pauses(office) == []
    _opts_out(office, first)
    _watch(office, "5.1")
    assert _pauses(office) == [("row", "5.1", "glowline")]
    (task,) = office.tasks("operator")
    assert task["title"] == "Row 5.1 has stopped itself: 1 of 25 opted out"


def test_r44_failures_stop_it_above_one_in_twenty(office: Office) -> None:
    actions = _sent(office, "5.1", 25)
    office.put_next(actions[0], S.BOUNCED, NOW)
    _watch(office, "5.1")
    assert _pauses(office) == []
    office.put_next(actions[1], S.BOUNCED, NOW)
    _watch(office, "5.1")
    assert office.tasks("operator")[0]["title"] == "Row 5.1 has stopped itself: 2 of 25 messages failed"


def test_r44_one_possible_complication_stops_it(office: Office) -> None:
    first, *_ = _sent(office, "5.2", 25)
    reply = {"reply_id": "re-1", "contact_point_id": first.contact_point_id, "intent": "red_flag", "received_at": NOW}
    with office.store.writing() as session:
        session.insert("replies", [reply | {"recorded_at": NOW}])
    _watch(office, "5.2")
    assert _pauses(office) == [("row", "5.2", "glowline")]


def test_r44_stage_5_3_and_later_wait_for_a_second_persons_yes(office: Office) -> None:
    actions = _cleared(office, "5.3", 3)
    assert _watch(office, "5.3") == 3
    assert {office.state(action) for action in actions} == {"awaiting_approval"}
    with office.store.writing() as session:
        (item,) = undecided(session)
        approve(session, item.approval_id, who="omar", now=NOW)
    office.put_all(actions, S.CLEARED, NOW)
    assert _watch(office, "5.3") == 0


def test_r44_a_switch_that_was_approved_beforehand_holds_nothing(office: Office) -> None:
    with office.store.writing() as session:
        asked = Question("R44:5.3", "Row 5.3 is to be switched on.", [], NOW + timedelta(days=7), "maria", about="5.3")
        approve(session, ask_approval(session, asked, NOW).approval_id, who="omar", now=NOW)
    _cleared(office, "5.3", 3)
    assert _watch(office, "5.3") == 0


@pytest.mark.parametrize("row, wanted", [("3.2", False), ("5.2", False), ("5.3", True), ("6.1", True), ("7.1", False)])
def test_r44_a_second_person_is_wanted_from_stage_5_3_on(row: str, wanted: bool) -> None:
    assert needs_second_person(row) is wanted
