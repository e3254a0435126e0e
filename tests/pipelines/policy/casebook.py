"""Every case of every table: `cases.py` and its neighbours `cases_<family>.py`, each with its own `CASES`."""

import pytest

from tests.pipelines.policy import cases, cases_often, cases_people, cases_pushes, cases_selling, cases_talking
from tests.pipelines.policy.cases import Case
from tests.pipelines.policy.world import answers, some_facts

_TABLES = (cases, cases_often, cases_people, cases_selling, cases_talking, cases_pushes)


def every_case() -> tuple[Case, ...]:
    """All of them, table by table."""
    return tuple(case for table in _TABLES for case in table.CASES)


def of(rule: str) -> pytest.MarkDecorator:
    """Run a test with each case of one rule."""
    theirs = [case for case in every_case() if case.rule == rule]
    return pytest.mark.parametrize("case", theirs, ids=[f"{case.kind}: {case.what}" for case in theirs])


def is_answered(case: Case) -> None:
    """The rule answers as its case says: outcome, sentence, and what goes with them."""
    answer = answers(case.action, some_facts(**case.facts), case.now, case.settings)[case.rule]

    assert (answer.outcome, answer.reason) == (case.outcome, case.says)
    assert (answer.until, answer.rewrite, answer.unknown) == (case.until, case.rewrite, case.unknown)
