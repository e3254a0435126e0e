"""From a vendor's answer to the problem that says what happens next: tables, and what holds where no table speaks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from canonical.delivery import Effect
from canonical.problems import (
    Ambiguous,
    ConnectorProblem,
    NeedsOperator,
    ProtocolBroken,
    RefusalReason,
    Refused,
    TryLater,
    Where,
)
from connectors.kit.exchange import Silence, Unanswered

SERVER_ERROR = 500
LOOKED_UP = "It is looked up before anything is sent again."


class Intent(StrEnum):
    """What repeating a request would do: decided by what it means, never by its HTTP verb."""

    READ = "read"
    """Changes nothing (a search may be a POST). Retried."""
    REPEATABLE_WRITE = "repeatable_write"
    """Idempotent or keyed: another attempt with the same key is safe."""
    ONCE = "once"
    """Every repetition is another message: an unknown outcome is looked up, never repeated."""

    @classmethod
    def of(cls, effect: Effect) -> "Intent":
        """The intent of a command with that effect."""
        return cls.ONCE if effect is Effect.ONCE else cls.REPEATABLE_WRITE


@dataclass(frozen=True, slots=True)
class Rule:
    """What one vendor answer means. `says` and `next_step` are sentences without values."""

    problem: type[ConnectorProblem]
    says: str
    next_step: str = ""
    reason: RefusalReason = RefusalReason.OTHER


Key = tuple[int | None, str | None]
ProblemTable = Mapping[Key, Rule]
"""(HTTP status, vendor code) → rule. None stands for any; the more telling key wins."""

_CHECK_KEY = "Check the connection's secret, then run:  glowline check"

DEFAULTS: ProblemTable = {
    (400, None): Rule(Refused, "the vendor's validation refused the request.", reason=RefusalReason.INVALID),
    (401, None): Rule(NeedsOperator, "the vendor does not accept the credentials.", _CHECK_KEY),
    (402, None): Rule(NeedsOperator, "the vendor wants to be paid first.", "Look at the account's billing."),
    (403, None): Rule(
        NeedsOperator, "the credentials are not allowed to do this.", "Grant the scope the README names."
    ),
    (404, None): Rule(Refused, "the vendor does not know the record.", reason=RefusalReason.NOT_FOUND),
    (405, None): Rule(
        ProtocolBroken, "the vendor no longer answers to this method.", "Compare with its documentation."
    ),
    (408, None): Rule(TryLater, "the vendor gave up waiting for the request."),
    (409, None): Rule(Refused, "the record exists or was changed by someone else.", reason=RefusalReason.CONFLICT),
    (410, None): Rule(Refused, "the record is gone.", reason=RefusalReason.NOT_FOUND),
    (413, None): Rule(Refused, "the request is too large for the vendor.", reason=RefusalReason.INVALID),
    (422, None): Rule(Refused, "the vendor's validation refused the fields.", reason=RefusalReason.INVALID),
    (429, None): Rule(TryLater, "too many requests for this account."),
}
"""What a status means where the vendor's own table has nothing to say."""


def problem_of_answer(
    table: ProblemTable, status: int, code: str, where: Where, intent: Intent, after: timedelta | None = None
) -> ConnectorProblem:
    """The problem an unsuccessful answer means. A vendor's own table speaks first."""
    rule = _ruled(table, status, code) or _ruled(DEFAULTS, status, "") or _unlisted(status)
    if not _named(table, status, code) and status not in _NOT_ACCEPTED:
        rule = _in_doubt(rule, intent)
    if rule.problem is Refused:
        return Refused(where, rule.reason, rule.says, next_step=rule.next_step)
    if rule.problem is TryLater:
        return TryLater(where, rule.says, after=after, next_step=rule.next_step)
    return rule.problem(where, rule.says, next_step=rule.next_step)


def _in_doubt(rule: Rule, intent: Intent) -> Rule:
    """What an answer that is neither yes nor no means to a write."""
    if intent is Intent.ONCE and rule.problem in {TryLater, ProtocolBroken}:
        return replace(rule, problem=Ambiguous, next_step=LOOKED_UP)
    if intent is Intent.REPEATABLE_WRITE and rule.problem is ProtocolBroken:
        return replace(rule, problem=TryLater)
    return rule


_NOT_ACCEPTED = frozenset({429})
"""Statuses that say by themselves that nothing was accepted."""


def _named(table: ProblemTable, status: int, code: str) -> bool:
    """Whether the vendor's own table gives this very code a meaning: then its word stands, even for a 5xx."""
    return bool(code) and ((status, code) in table or (None, code) in table)


def _ruled(table: ProblemTable, status: int, code: str) -> Rule | None:
    keys: tuple[Key, ...] = ((status, code), (None, code)) if code else ()
    return next((table[key] for key in (*keys, (status, None)) if key in table), None)


def _unlisted(status: int) -> Rule:
    if status >= SERVER_ERROR:
        return Rule(TryLater, f"the vendor failed with status {status}.")
    if status < 400:  # noqa: PLR2004 - 1xx to 3xx: neither success nor refusal
        return Rule(ProtocolBroken, f"the vendor answered {status}, which is neither yes nor no.", _BASE_URL)
    return Rule(Refused, f"the vendor refused with status {status}.")


_BASE_URL = "Check the connection's base URL; redirects are not followed."

_SILENCES: Mapping[Silence, str] = {
    Silence.DNS: "the vendor's host name leads nowhere.",
    Silence.REFUSED: "no connection to the vendor.",
    Silence.TLS: "the vendor's certificate could not be verified.",
    Silence.TIMEOUT: "the vendor did not answer in time.",
    Silence.RESET: "the connection ended before the answer was complete.",
    Silence.TOO_LARGE: "the answer is larger than any the vendor documents.",
}


def problem_of_silence(silence: Unanswered, where: Where, intent: Intent) -> ConnectorProblem:
    """The problem it is to have no complete answer: for a `once`, what may have left is ambiguous."""
    says = _SILENCES[silence.why]
    if silence.written and intent is Intent.ONCE:
        return Ambiguous(where, says, next_step=LOOKED_UP)
    if silence.why is Silence.TOO_LARGE:
        return ProtocolBroken(where, says, next_step="Ask for smaller pages.")
    return TryLater(where, says)


def problem_of_garbage(where: Where, what: str, intent: Intent) -> ConnectorProblem:
    """The problem of a successful answer that cannot be understood. `what` names the trouble, without values."""
    if intent is Intent.ONCE:
        return Ambiguous(where, f"accepted, but the answer {what}.", next_step=LOOKED_UP)
    if intent is Intent.REPEATABLE_WRITE:
        return TryLater(where, f"accepted, but the answer {what}.")
    return ProtocolBroken(
        where, f"the answer {what}.", next_step="Compare the bytes in quarantine with the documentation."
    )
