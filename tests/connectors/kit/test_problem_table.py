"""A vendor's own word counts most; where there is none, the status speaks."""

import pytest

from canonical.problems import Ambiguous, NeedsOperator, ProtocolBroken, RefusalReason, Refused, TryLater, Where
from connectors.kit.problem_table import Intent, ProblemTable, Rule, problem_of_answer

WHERE = Where("vendor", "push.send_sms", "at-1")
TABLE: ProblemTable = {
    (400, "7"): Rule(Refused, "seven with 400.", reason=RefusalReason.OPTED_OUT),
    (None, "7"): Rule(NeedsOperator, "seven anywhere."),
    (409, None): Rule(TryLater, "their 409 means busy."),
    (503, "busy"): Rule(TryLater, "documented: not accepted."),
}


@pytest.mark.parametrize(
    "status,code,intent,problem",
    [
        (400, "7", Intent.ONCE, Refused),
        (422, "7", Intent.ONCE, NeedsOperator),
        (409, "", Intent.READ, TryLater),
        (409, "", Intent.ONCE, Ambiguous),
        (503, "busy", Intent.ONCE, TryLater),
        (503, "", Intent.ONCE, Ambiguous),
        (503, "other", Intent.ONCE, Ambiguous),
        (599, "", Intent.READ, TryLater),
        (418, "", Intent.ONCE, Refused),
        (429, "", Intent.ONCE, TryLater),
        (304, "", Intent.READ, ProtocolBroken),
        (302, "", Intent.REPEATABLE_WRITE, TryLater),
        (303, "", Intent.ONCE, Ambiguous),
        (402, "", Intent.ONCE, NeedsOperator),
        (408, "", Intent.REPEATABLE_WRITE, TryLater),
        (410, "", Intent.READ, Refused),
    ],
)
def test_the_most_telling_key_wins(status: int, code: str, intent: Intent, problem: type[Exception]) -> None:
    assert type(problem_of_answer(TABLE, status, code, WHERE, intent)) is problem


def test_the_reason_of_a_refusal_is_the_tables() -> None:
    refused = problem_of_answer(TABLE, 400, "7", WHERE, Intent.ONCE)
    assert isinstance(refused, Refused)
    assert refused.reason is RefusalReason.OPTED_OUT
    assert str(refused) == "vendor push.send_sms: seven with 400."
