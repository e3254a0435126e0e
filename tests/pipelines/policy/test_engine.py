"""The engine: all rules asked, all answers kept, the strongest one said; rewrites applied and everything asked again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.actions import Answer, Labels, Outcome, Purpose
from canonical.practice import Channel
from pipelines.policy import engine
from pipelines.policy.asking import ALLOW, HEARD, NOT_ASKED, RULES, Asked, Finding, block, rule
from pipelines.policy.card import cards
from pipelines.policy.engine import (
    STRENGTH,
    combined,
    decide,
    is_asked_of_actions,
    not_built_rules,
    policy_hash,
    rewrites_of,
    settle,
)
from pipelines.policy.facts import UNKNOWN, Facts, NotKnown, Text
from tests.pipelines.policy.cases import CONFIRM, MARKETING, REPLY, REVIEW, TASK, at
from tests.pipelines.policy.world import NOON, SETTINGS, a_consent, a_stop, an_action, answers, changed, some_facts

LATER = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone
GIVEN = st.builds(
    lambda outcome, until: Answer(rule="X", outcome=outcome, until=until if outcome is Outcome.DELAY_UNTIL else None),
    st.sampled_from(Outcome),
    LATER,
)
WEAKEST_FIRST = (
    Outcome.ALLOW,
    Outcome.ALLOW_WITH_RISK,
    Outcome.REWRITE,
    Outcome.DELAY_UNTIL,
    Outcome.NEED_APPROVAL,
    Outcome.BLOCK,
)


@given(st.lists(GIVEN, min_size=1), GIVEN)
def test_one_more_answer_never_weakens_the_outcome(before: list[Answer], more: Answer) -> None:
    (was, was_until), (now, now_until) = combined(before), combined([*before, more])

    if any(a.outcome in WEAKEST_FIRST for a in before):
        assert WEAKEST_FIRST.index(now) >= WEAKEST_FIRST.index(was)
    if was_until is not None and now_until is not None:
        assert now_until >= was_until


@given(st.lists(GIVEN))
def test_the_outcome_is_the_strongest_answer_in_whatever_order(given_answers: list[Answer]) -> None:
    spoken = [a for a in given_answers if a.outcome in WEAKEST_FIRST]
    strongest = max((a.outcome for a in spoken), key=WEAKEST_FIRST.index, default=Outcome.BLOCK)
    latest = max((a.until for a in spoken if a.until), default=None)

    assert combined(given_answers) == combined(given_answers[::-1])
    assert combined(given_answers) == (strongest, latest if strongest is Outcome.DELAY_UNTIL else None)


def test_the_order_of_strength_is_the_tables() -> None:
    assert " > ".join(STRENGTH) == "block > need_approval > delay_until > rewrite > allow_with_risk > allow"


def test_rules_that_say_nothing_are_no_yes() -> None:
    silent = [Answer(rule="X", outcome=o) for o in (Outcome.NOT_APPLICABLE, Outcome.NOT_BUILT)]
    assert combined(silent) == (Outcome.BLOCK, None)


def test_every_rule_of_sending_answers_once_in_the_order_of_the_table() -> None:
    verdict = decide(an_action(), some_facts(), SETTINGS, NOON, "send")

    expected = [card.id for card in cards().values() if is_asked_of_actions(card)]
    assert [answer.rule for answer in verdict.answers] == expected
    assert verdict.outcome is Outcome.ALLOW
    assert (verdict.consent_id, verdict.suppression_checked_at, verdict.stage) == ("c-1", NOON, "send")


def test_the_same_question_gives_the_same_verdict_and_another_fact_another_hash() -> None:
    first, again = (decide(an_action(), some_facts(), SETTINGS, NOON, "plan") for _ in range(2))
    other = decide(an_action(), some_facts(today=NOON.date() + timedelta(days=1)), SETTINGS, NOON, "plan")

    assert first == again
    assert (first.policy, first.verdict_id) != (other.facts, other.verdict_id)
    assert first.facts != other.facts
    assert policy_hash(SETTINGS) != policy_hash(changed(SETTINGS, missed_call_textback=True))


def test_the_verdict_names_the_consent_it_rests_on_and_none_where_none_is_asked() -> None:
    consents = (
        a_consent("feedback", consent_id="c-2"),
        a_consent(),
        a_consent(consent_id="c-0", kind="provided_number", given_at=None),
    )
    facts = some_facts(permission={"consents": consents})

    assert decide(an_action(), facts, SETTINGS, NOON, "send").consent_id == "c-1"
    assert decide(REVIEW, facts, SETTINGS, NOON, "send").consent_id == "c-2"
    assert decide(REPLY, facts, SETTINGS, NOON, "send").consent_id == ""
    assert decide(an_action(), some_facts(permission={"consents": UNKNOWN}), SETTINGS, NOON, "send").consent_id == ""


def test_several_delays_mean_the_latest() -> None:
    facts = some_facts(freshness={"read_at": None})
    verdict = decide(an_action(), facts, SETTINGS, at(3), "plan")

    assert (verdict.outcome, verdict.until) == (Outcome.DELAY_UNTIL, at(8))


def test_a_block_wins_over_everything_and_names_no_time() -> None:
    facts = some_facts(
        permission={"suppressions": (a_stop(),)}, text={"lexicon_term": "botox"}, freshness={"read_at": None}
    )
    verdict = decide(an_action(), facts, SETTINGS, at(3), "plan")

    assert (verdict.outcome, verdict.until) == (Outcome.BLOCK, None)
    assert {a.rule for a in verdict.answers if a.outcome is Outcome.DELAY_UNTIL} == {"FRESH-01", "TCPA-07"}


def test_an_unknown_input_blocks_twice_once_by_the_rule_and_once_by_unk_01() -> None:
    given_answers = answers(an_action(), some_facts(permission={"consents": UNKNOWN}))

    assert given_answers["TCPA-02"].unknown == "consent.express_event_id"
    assert given_answers["UNK-01"].reason == "Cannot decide: consent.express_event_id unknown."


@contextmanager
def without(*rule_ids: str) -> Iterator[None]:
    """As if these rules were not built yet; the engine's docket is made anew before and after."""
    taken = {rule_id: RULES.pop(rule_id) for rule_id in rule_ids}
    engine._docket.cache_clear()
    try:
        yield
    finally:
        RULES.update(taken)
        engine._docket.cache_clear()


def test_a_rule_that_is_not_built_is_recorded_in_a_demo_and_never_an_allow() -> None:
    with without("CONF-01", "NEVER-01"):
        given_answers = answers(an_action(), some_facts())
        silent = {rule for rule, answer in given_answers.items() if answer.outcome is Outcome.NOT_BUILT}

        assert {"CONF-01", "NEVER-01"} <= silent <= set(not_built_rules())


def test_outside_a_demo_a_missing_rule_blocks_what_a_law_could_touch() -> None:
    with without("CONF-01", "NEVER-01", "TCPA-01"):
        given_answers = answers(an_action(), some_facts(demo=False))
        blocked = {rule for rule, answer in given_answers.items() if answer.outcome is Outcome.BLOCK}
        concerned = {i for i in not_built_rules() if cards()[i].concerns(Channel.SMS, Purpose.TREATMENT)}

    assert blocked == {i for i in concerned & given_answers.keys() if cards()[i].touches_law}
    assert "CONF-01" in blocked
    assert given_answers["NEVER-01"].outcome is Outcome.NOT_BUILT, "a house rule, so it only says so"
    assert given_answers["TCPA-01"].outcome is Outcome.NOT_APPLICABLE, "about marketing, and this is a reminder"


def test_what_is_not_built_is_named_and_what_is_built_is_not() -> None:
    assert not set(not_built_rules()) & (RULES.keys() | HEARD.keys())
    assert set(not_built_rules()) | RULES.keys() | HEARD.keys() == cards().keys()


def test_a_rule_without_a_row_in_the_table_cannot_be_registered() -> None:
    with pytest.raises(KeyError):
        rule("TCPA-99")


def test_a_task_for_the_staff_is_asked_about_what_concerns_any_channel_only() -> None:
    given_answers = answers(TASK, some_facts())

    assert given_answers["TCPA-02"].outcome is Outcome.NOT_APPLICABLE
    assert given_answers["AUD-01"].outcome is Outcome.ALLOW
    assert combined(given_answers.values())[0] is Outcome.ALLOW


# --- rewriting --------------------------------------------------------------------------------------------------


class Desk:
    """Renders, and remembers what was asked for."""

    def __init__(self, facts: Facts, **texts: Text) -> None:
        self.facts, self.texts, self.asked = facts, texts, list[frozenset[str]]()

    def render(self, rewrites: frozenset[str]) -> Text:
        self.asked.append(rewrites)
        return next((self.texts[name] for name in sorted(rewrites) if name in self.texts), self.facts.text)


NEUTRAL_TEXT = Text(body="This is Lumen. Please call us.", has_brand=True, variant="neutral", neutral_exists=False)


def test_a_text_that_names_a_treatment_goes_out_neutral_and_the_rewrite_is_recorded() -> None:
    facts = some_facts(text={"lexicon_term": "botox"})
    desk = Desk(facts, neutral=NEUTRAL_TEXT)

    verdict, text = settle(an_action(), facts, SETTINGS, NOON, "send", desk.render)

    assert (verdict.outcome, text, desk.asked) == (Outcome.ALLOW, NEUTRAL_TEXT, [frozenset({"neutral"})])
    assert rewrites_of(verdict.answers) == ("PHI-03", "UNENC-01"), "both ask for the neutral text"
    assert verdict.facts == decide(an_action(), changed(facts, text=NEUTRAL_TEXT), SETTINGS, NOON, "send").facts


def test_two_rewrites_are_applied_together_and_asked_again_together() -> None:
    facts = some_facts(text={"lexicon_term": "botox", "has_brand": False})
    desk = Desk(facts, neutral=NEUTRAL_TEXT)

    verdict, _ = settle(an_action(), facts, SETTINGS, NOON, "send", desk.render)

    assert desk.asked == [frozenset({"neutral", "sender_and_stop"})]
    assert (verdict.outcome, rewrites_of(verdict.answers)) == (Outcome.ALLOW, ("PHI-03", "UNENC-01", "TCPA-17"))


def test_a_rewrite_that_makes_another_one_necessary_gets_a_second_round() -> None:
    facts = some_facts(text={"lexicon_term": "botox"})
    unsigned = changed(NEUTRAL_TEXT, has_brand=False)
    finished = changed(NEUTRAL_TEXT, has_stop_and_help=True)

    def render(rewrites: frozenset[str]) -> Text:
        return finished if "sender_and_stop" in rewrites else unsigned

    verdict, text = settle(an_action(), facts, SETTINGS, NOON, "send", render)

    assert (verdict.outcome, text) == (Outcome.ALLOW, finished)
    assert rewrites_of(verdict.answers) == ("PHI-03", "UNENC-01", "TCPA-17")


def test_a_text_that_cannot_be_made_good_stays_a_rewrite_and_is_not_an_allow() -> None:
    facts = some_facts(text={"has_brand": False})
    desk = Desk(facts)

    verdict, _ = settle(an_action(), facts, SETTINGS, NOON, "send", desk.render)

    assert verdict.outcome is Outcome.REWRITE
    assert desk.asked == [frozenset({"sender_and_stop"})], "the same rewrite is not tried twice"


def test_a_neutral_text_that_still_names_it_waits_for_a_person() -> None:
    facts = some_facts(text={"lexicon_term": "botox"})
    desk = Desk(facts, neutral=changed(NEUTRAL_TEXT, lexicon_term="botox"))

    verdict, _ = settle(an_action(), facts, SETTINGS, NOON, "send", desk.render)

    assert verdict.outcome is Outcome.NEED_APPROVAL


LATE_TEXT = Text(body="Lumen: thank you for writing. We will call you soon.", has_brand=True, variant="late")


def test_an_answer_first_seen_after_an_hour_is_an_operations_text_that_needs_consent_and_daytime() -> None:
    facts = some_facts(occasion={"event_at": at(23, day=16)}, text={"has_brand": True})
    desk = Desk(facts, late_text=LATE_TEXT)

    at_night, _ = settle(REPLY, facts, SETTINGS, at(3), "send", desk.render)
    by_day, text = settle(REPLY, facts, SETTINGS, NOON, "send", desk.render)
    without, _ = settle(REPLY, changed(facts, permission={"consents": ()}), SETTINGS, NOON, "send", desk.render)

    assert (at_night.outcome, at_night.until) == (Outcome.DELAY_UNTIL, at(8))
    assert (by_day.outcome, text) == (Outcome.ALLOW, LATE_TEXT)
    assert rewrites_of(by_day.answers) == ("TCPA-20",)
    assert [a.rule for a in without.answers if a.outcome is Outcome.BLOCK] == ["TCPA-02"]


def test_what_may_leave_for_a_late_answer_is_what_may_leave_for_an_operations_text_min_01() -> None:
    late = some_facts(occasion={"event_at": at(23, day=16)}, text={"has_brand": True})
    fields = late.push.fields
    listed = changed(late, push={"allowed": None, "allowed_late": fields})
    unlisted = changed(late, push={"allowed": fields, "allowed_late": None})

    with_list, _ = settle(REPLY, listed, SETTINGS, NOON, "send", Desk(listed, late_text=LATE_TEXT).render)
    without, _ = settle(REPLY, unlisted, SETTINGS, NOON, "send", Desk(unlisted, late_text=LATE_TEXT).render)

    assert with_list.outcome is Outcome.ALLOW
    assert [a.rule for a in without.answers if a.outcome is Outcome.BLOCK] == ["MIN-01"]


def test_an_answer_within_the_hour_goes_at_eleven_at_night() -> None:
    """R30: a form sent at 23:00 is answered at once, from a number that gave no more than itself."""
    facts = some_facts(occasion={"event_at": at(23)}, permission={"consents": ()})

    verdict, _ = settle(REPLY, facts, SETTINGS, at(23, 1), "send", Desk(facts).render)

    assert verdict.outcome is Outcome.ALLOW


def test_deciding_changes_neither_action_nor_facts() -> None:
    action, facts = REPLY, some_facts(occasion={"event_at": NOON - timedelta(hours=3)})
    before = (action.model_dump_json(), facts.model_dump_json())

    settle(action, facts, SETTINGS, NOON, "send", Desk(facts, late_text=LATE_TEXT).render)

    assert (action.model_dump_json(), facts.model_dump_json()) == before


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("channel", list(Channel))
def test_every_channel_and_purpose_can_be_decided(channel: Channel, purpose: Purpose) -> None:
    labels = an_action().labels
    action = an_action(channel=channel, labels=Labels(purpose=purpose, hipaa=labels.hipaa, tcpa=labels.tcpa))
    assert decide(action, some_facts(), SETTINGS, NOON, "plan").outcome in STRENGTH
    with without("CONF-01"):
        assert decide(action, some_facts(demo=False), SETTINGS, NOON, "plan").outcome is Outcome.BLOCK


def test_marketing_hears_its_own_opt_out_and_its_own_hours() -> None:
    assert answers(MARKETING, some_facts())["TCPA-06"].outcome is Outcome.ALLOW
    assert answers(CONFIRM, some_facts())["TCPA-06"].outcome is Outcome.NOT_APPLICABLE


# --- a rule of one's own ----------------------------------------------------------------------------------------


@contextmanager
def standing_in(rule_id: str, function: Callable[[Asked], Finding]) -> Iterator[None]:
    """Another function for a rule, while it is asked; the engine's docket is made anew before and after."""
    before = RULES[rule_id]
    RULES[rule_id] = function
    engine._docket.cache_clear()
    try:
        yield
    finally:
        RULES[rule_id] = before
        engine._docket.cache_clear()


def _misses(asked: Asked) -> Finding:
    raise NotKnown("moon_phase")


@pytest.mark.parametrize(
    "function, outcome",
    [
        (lambda _: ALLOW, Outcome.ALLOW),
        (lambda _: NOT_ASKED, Outcome.NOT_APPLICABLE),
        (lambda _: block(), Outcome.BLOCK),
        (_misses, Outcome.BLOCK),
    ],
    ids=["yes", "silent", "no", "cannot"],
)
def test_whatever_a_rule_finds_is_recorded_under_its_id(function: Callable[[Asked], Finding], outcome: Outcome) -> None:
    with standing_in("AUD-01", function):
        answer = answers(an_action(), some_facts())["AUD-01"]

    assert (answer.rule, answer.outcome) == ("AUD-01", outcome)


def test_a_fault_in_a_rule_is_not_an_answer() -> None:
    def broken(asked: Asked) -> Finding:
        raise ZeroDivisionError

    with standing_in("AUD-01", broken), pytest.raises(ZeroDivisionError):
        answers(an_action(), some_facts())
