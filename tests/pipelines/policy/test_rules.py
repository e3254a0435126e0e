"""Every rule of sending, case by case, with the sentence an officer reads."""

import re

import pytest

from canonical.actions import Outcome
from pipelines.policy.asking import RULES
from pipelines.policy.card import cards
from tests.pipelines.policy.casebook import every_case
from tests.pipelines.policy.cases import FIRES, QUIET, UNKNOWN_INPUT
from tests.pipelines.policy.world import an_action, answers, some_facts

EVERY_CASE = every_case()


@pytest.mark.parametrize("kind", [FIRES, QUIET, UNKNOWN_INPUT])
@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_built_rule_has_a_case_of_each_kind(rule: str, kind: str) -> None:
    assert any(case.rule == rule and case.kind == kind for case in EVERY_CASE)


def test_every_case_that_fires_says_why_and_fills_every_place_of_its_sentence() -> None:
    silent = {Outcome.ALLOW, Outcome.NOT_APPLICABLE}
    for case in EVERY_CASE:
        assert bool(case.says) is (case.outcome not in silent), case
        assert not re.search(r"\{\w+\}|\(\w+_\w+\)", case.says.replace("(person_on_phone)", "")), case


def _allowed(rule: str) -> str:
    """What the table lets the rule decide, an unknown input included."""
    return f"{cards()[rule].decision} {cards()[rule].unknown}"


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
        for case in EVERY_CASE
        if case.outcome in words and not case.unknown and words[case.outcome] not in _allowed(case.rule)
    }
    assert strangers == {("TCPA-06", "block")}, "a vendor slower than every window leaves nothing to wait for"


def test_under_ordinary_facts_no_built_rule_minds() -> None:
    given = {answer.outcome for rule, answer in answers(an_action(), some_facts()).items() if rule in RULES}
    assert given == {Outcome.ALLOW, Outcome.NOT_APPLICABLE}
