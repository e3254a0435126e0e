"""Steps anchored on a reply, a revocation or a task (rows 7.1, 7.2; R8, R22, R34, R43)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from canonical.actions import Action, SubjectKind
from canonical.conversations import ReplyIntent
from canonical.ids import ConnectionId, ContactPointId, PersonId, ReplyId, TaskId
from canonical.owed import Candidates, Facts, Subject
from canonical.people import PersonFlag
from canonical.plan import Journeys
from canonical.practice import Channel
from canonical.subjects import PersonFacts, ReplyFacts, SuppressionFacts, TaskFacts
from canonical.tasks import TaskKind
from pipelines.lifecycle.bundles import bundle
from pipelines.lifecycle.desired import Desired, desired
from pipelines.lifecycle.reasons import SENTENCES, Why
from settings.installation import SHIPPED
from settings.journeys import read_journeys
from tests.journeys_fixture import LIVE_FROM, PRACTICE
from tests.pipelines.lifecycle.world import ny

NOON, PHONE = ny("2026-11-12 12:00"), ContactPointId("cp-1")


def shipped() -> Journeys:
    """The steps as they ship, rows that answer people switched on."""
    rows = dict.fromkeys(("3.6", "6.4", "7.1", "7.2", "7.3", "7.4"), ("glowline", LIVE_FROM))
    return read_journeys([SHIPPED / "verticals" / "medspa"], str, rows)[0]


def answer(facts: Facts, person: PersonFacts | None = None, *, minutes: float = 0) -> Desired:
    at = NOON + timedelta(minutes=minutes)
    return desired(Candidates((Subject(facts, person),)), shipped(), PRACTICE, at, at + timedelta(days=1))


def reply(intent: ReplyIntent) -> ReplyFacts:
    return ReplyFacts(ReplyId("re-1"), 1, intent, PHONE, NOON)


STOP = SuppressionFacts("s-1", 1, PHONE, NOON, told_us=True)
COPY = SuppressionFacts("s-2", 1, PHONE, NOON, connection_id=ConnectionId("crm"))
TASK = TaskFacts(TaskId("t-1"), 1, TaskKind.REPLY, NOON, NOON, NOON + timedelta(days=7))


def owed(found: Desired) -> dict[str, Action]:
    return {step: action for (_, step), action in found.owed.items()}


@pytest.mark.parametrize("intent", list(ReplyIntent))
def test_only_a_cry_for_help_is_answered_in_hours(intent: ReplyIntent) -> None:
    """A yes is written back, and answered by nobody."""
    steps = {
        ReplyIntent.HELP: ["7.2-help"],
        ReplyIntent.RED_FLAG: ["7.3-emergency"],
        ReplyIntent.CONFIRM: ["3.6-confirmed"],
    }
    assert list(owed(answer(reply(intent)))) == steps.get(intent, [])


def test_help_is_answered_to_the_phone_it_came_from_and_says_when_it_came() -> None:
    action = owed(answer(reply(ReplyIntent.HELP)))["7.2-help"]
    assert (action.subject_kind, action.contact_point_id) == (SubjectKind.REPLY, PHONE)
    assert action.facts["event_at"] == "2026-11-12T17:00:00.000Z"
    assert action.due_at == NOON


def test_an_hour_later_nobody_is_helped_any_more() -> None:
    found = answer(reply(ReplyIntent.HELP), minutes=60)
    assert found.withheld["re-1", "7.2-help"].why is Why.EXPIRED


def test_a_stop_that_was_said_to_us_is_confirmed_within_five_minutes_or_never() -> None:
    assert list(owed(answer(STOP, minutes=5))) == ["7.2-confirmation"]
    assert owed(answer(STOP, minutes=6)) == {}


def test_a_stop_that_another_tool_told_us_is_not_confirmed() -> None:
    found = answer(SuppressionFacts("s-1", 1, PHONE, NOON, told_us=False))
    assert found.withheld["s-1", "7.2-confirmation"].why is Why.NOT_TOLD_US


def test_a_copy_names_its_tool_and_the_phone_and_confirms_nothing() -> None:
    [action] = owed(answer(COPY)).values()
    assert (action.command, action.contact_point_id, action.facts["connection"]) == ("write_opt_out", PHONE, "crm")


def test_two_copies_of_one_opt_out_never_wait_for_each_other() -> None:
    """R6 spaces what a person reads; what a tool is told has no minute to share."""
    other = SuppressionFacts("s-3", 1, PHONE, NOON, connection_id=ConnectionId("texts"))
    copies = [action for facts in (COPY, other) for action in owed(answer(facts)).values()]
    assert [one.waiting for one in bundle(copies, shipped())] == [(), ()]


def test_a_task_goes_where_the_staff_work_until_it_is_closed() -> None:
    [action] = owed(answer(replace(TASK, urgent=True))).values()
    assert (action.command, action.urgent, action.contact_point_id) == ("create_task", True, None)
    assert owed(answer(replace(TASK, closed=True))) == {}
    assert owed(answer(replace(TASK, kind=TaskKind.REVIEW_LINK))) == {}


def test_whoever_is_marked_gets_no_help_and_still_a_confirmation() -> None:
    """R8: no automation, except that an opt-out is confirmed."""
    marked = PersonFacts(PersonId("p-1"), flags=frozenset({PersonFlag.NO_AUTOMATION}))
    assert answer(reply(ReplyIntent.HELP), marked).withheld["re-1", "7.2-help"].why is Why.FLAGGED
    assert list(owed(answer(STOP, marked))) == ["7.2-confirmation"]


def test_what_happened_before_the_row_was_switched_on_asks_for_nothing() -> None:
    early = replace(STOP, at=LIVE_FROM - timedelta(minutes=1))
    found = desired(Candidates((Subject(early),)), shipped(), PRACTICE, LIVE_FROM, LIVE_FROM + timedelta(days=1))
    assert found.withheld["s-1", "7.2-confirmation"].why is Why.NOT_LIVE


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Why)


def test_row_7_3_answers_a_red_flag_with_the_fixed_text_and_a_clinicians_task() -> None:
    found = [a for (_, step), a in answer(reply(ReplyIntent.RED_FLAG)).owed.items() if step == "7.3-emergency"]
    assert [(a.urgent, a.template, a.priority) for a in found] == [(True, "emergency", 1)]
    task = TaskFacts(TaskId("t-1"), 1, TaskKind.RED_FLAG, NOON, NOON, NOON + timedelta(days=7), urgent=True)
    assert "7.3-task" in {step for _, step in answer(task).owed}
    assert "7.1-task" not in {step for _, step in answer(task).owed}


@pytest.mark.parametrize("intent", [one for one in ReplyIntent if one is not ReplyIntent.RED_FLAG])
def test_row_7_3_says_nothing_to_anybody_else(intent: ReplyIntent) -> None:
    assert "7.3-emergency" not in {step for _, step in answer(reply(intent)).owed}


def test_row_3_6_writes_a_yes_back_and_nothing_else() -> None:
    assert "3.6-confirmed" in {step for _, step in answer(reply(ReplyIntent.CONFIRM)).owed}
    assert "3.6-confirmed" not in {step for _, step in answer(reply(ReplyIntent.HUMAN)).owed}


def test_row_6_4_hands_a_score_to_people() -> None:
    for kind in (TaskKind.LOW_SCORE, TaskKind.MIDDLING_SCORE):
        task = TaskFacts(TaskId("t-1"), 1, kind, NOON, NOON, NOON + timedelta(days=7))
        assert {step for _, step in answer(task).owed} == {"6.4-task"}


def test_row_7_4_hands_a_review_to_people_and_a_draft_of_its_answer_to_whoever_approves_it() -> None:
    task = TaskFacts(TaskId("t-1"), 1, TaskKind.REVIEW, NOON, NOON, NOON + timedelta(days=7))
    assert {step for _, step in answer(task).owed} == {"7.4-review-answer", "7.4-review-reply"}


def test_row_7_2_help_and_stop_are_answered_by_the_way_they_came() -> None:
    for channel in (Channel.SMS, Channel.EMAIL, Channel.IG_DM):
        asked = replace(reply(ReplyIntent.HELP), channel=channel, connection_id=ConnectionId("page"))
        said = replace(STOP, channel=channel, heard_by=ConnectionId("page"))
        for found, step in ((answer(asked), "7.2-help"), (answer(said), "7.2-confirmation")):
            action = owed(found)[step]
            assert (action.channel, action.contact_point_id) == (channel, PHONE)
            assert action.facts.get("connection") == ("page" if channel is Channel.IG_DM else None)


def test_who_wrote_from_an_account_that_only_a_crm_knows_is_answered_by_a_person() -> None:
    asked = replace(reply(ReplyIntent.HELP), channel=None, connection_id=ConnectionId("crm"))
    assert owed(answer(asked)) == {}
    assert answer(asked).withheld["re-1", "7.2-help"].why is Why.OTHER_CHANNEL


def test_r25_after_hours_one_answer_per_closed_period_and_none_in_hours() -> None:
    closed = replace(reply(ReplyIntent.HUMAN), at=ny("2026-11-12 20:00"))
    assert {step for _, step in answer(closed, minutes=480).owed} == {"7.1-after-hours"}
    again = replace(closed, at=ny("2026-11-12 20:30"), before_at=ny("2026-11-12 20:00"))
    assert answer(again, minutes=511).withheld["re-1", "7.1-after-hours"].why is Why.SAID
    next_night = replace(closed, before_at=ny("2026-11-11 20:00"))
    assert {step for _, step in answer(next_night, minutes=480).owed} == {"7.1-after-hours"}
    assert answer(reply(ReplyIntent.HUMAN)).withheld["re-1", "7.1-after-hours"].why is Why.OTHER_HOURS
