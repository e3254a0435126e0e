"""Every rule of sending, case by case, with the sentence an officer reads."""

import re

import pytest

from canonical.actions import Outcome
from pipelines.policy.asking import RULES
from pipelines.policy.card import cards
from tests.pipelines.policy.cases import CASES, FIRES, QUIET, UNKNOWN_INPUT, Case
from tests.pipelines.policy.world import an_action, answers, some_facts


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_answers_as_the_table_says(case: Case) -> None:
    answer = answers(case.action, some_facts(**case.facts), case.now)[case.rule]

    assert (answer.outcome, answer.reason) == (case.outcome, case.says)
    assert (answer.until, answer.rewrite, answer.unknown) == (case.until, case.rewrite, case.unknown)


@pytest.mark.parametrize("kind", [FIRES, QUIET, UNKNOWN_INPUT])
@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_built_rule_has_a_case_of_each_kind(rule: str, kind: str) -> None:
    assert any(case.rule == rule and case.kind == kind for case in CASES)


def test_every_case_that_fires_says_why_and_fills_every_place_of_its_sentence() -> None:
    silent = {Outcome.ALLOW, Outcome.NOT_APPLICABLE}
    for case in CASES:
        assert bool(case.says) is (case.outcome not in silent), case
        assert not re.search(r"\{\w+\}|\(\w+_\w+\)", case.says.replace("(person_on_phone)", "")), case


def test_a_rule_that_answers_with_a_decision_of_its_own_is_named_in_the_table() -> None:
    """The table says `block` where a rule blocks, and so on: no function decides more than its row."""
    words = {
        Outcome.BLOCK: "block",
        Outcome.NEED_APPROVAL: "need_approval",
        Outcome.DELAY_UNTIL: "delay_until",
        Outcome.REWRITE: "rewrite",
    }
    strangers = {
        (case.rule, case.outcome.value)
        for case in CASES
        if case.outcome in words and not case.unknown and words[case.outcome] not in cards()[case.rule].decision
    }
    assert strangers == {("TCPA-06", "block")}, "a vendor slower than every window leaves nothing to wait for"


def test_under_ordinary_facts_no_built_rule_minds() -> None:
    given = {answer.outcome for rule, answer in answers(an_action(), some_facts()).items() if rule in RULES}
    assert given == {Outcome.ALLOW, Outcome.NOT_APPLICABLE}
