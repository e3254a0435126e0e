"""What Meta's error codes mean, and the pauses it asks for.

Sources: Meta's Messenger and lead-ads error pages (read 2026-11; retryable codes as its marketing API lists them). Graph answers most
errors with 400 and `{error: {message, type, code, error_subcode}}`; the message is never quoted.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from canonical.problems import Ambiguous, NeedsOperator, RefusalReason, Refused, TryLater
from connectors.kit.exchange import Answer
from connectors.kit.problem_table import LOOKED_UP, ProblemTable, Rule

SCOPES: Final = (
    "leads_retrieval, pages_manage_metadata, pages_read_engagement, pages_show_list, pages_messaging, "
    "instagram_basic, instagram_manage_messages"
)

_RENEW: Final = "Make a new token for the system user, put it into the secret, then run:  glowline check"
_LACKS: Final = Rule(
    NeedsOperator, f"the token lacks a permission; it needs {SCOPES}.", "Grant it to the app and the system user."
)
_BUSY: Final = Rule(TryLater, "Meta is asked too often, or is busy.")
_LATE: Final = Rule(
    Refused,
    "the 24 hours since the person last wrote are over.",
    "A person of the practice answers by hand.",
    RefusalReason.OTHER,
)
_GONE: Final = Rule(Refused, "the person cannot be reached in this thread.", "", RefusalReason.BAD_ADDRESS)

PROBLEMS: Final[ProblemTable] = {
    (None, "190"): Rule(NeedsOperator, "Meta no longer accepts the token.", _RENEW),
    (None, "102"): Rule(NeedsOperator, "Meta no longer accepts the token.", _RENEW),
    (None, "10"): _LACKS,
    (None, "200"): _LACKS,
    (None, "10/2018278"): _LATE,
    (None, "10/2534022"): _LATE,
    (None, "100/33"): Rule(Refused, "no such object, or the token may not see it.", "", RefusalReason.NOT_FOUND),
    (None, "100/2018001"): _GONE,
    (None, "551"): _GONE,
    (None, "230"): _LACKS,
    **{(None, str(code)): _BUSY for code in (4, 17, 32, 341, 368, 613, *range(80000, 80015))},
}
"""(status, code or code/subcode) → what it means."""

READING: Final[ProblemTable] = {**PROBLEMS, (None, "1"): _BUSY, (None, "2"): _BUSY}
WRITING: Final[ProblemTable] = {
    **PROBLEMS,
    (None, "1"): Rule(Ambiguous, "Meta failed while it was sending.", LOOKED_UP),
    (None, "2"): Rule(Ambiguous, "Meta failed while it was sending.", LOOKED_UP),
}
"""Codes 1 and 2 come also after a message went out (error page, 1/1357046): to a send they are a doubt."""

USAGE: Final = "x-business-use-case-usage"


def code_of(answer: Answer) -> str:
    """Meta's code, with the subcode where the two together mean something of their own."""
    error = _error(answer.body)
    code, subcode = error.get("code"), error.get("error_subcode")
    if not isinstance(code, int):
        return ""
    both = f"{code}/{subcode}"
    return both if (None, both) in PROBLEMS else str(code)


def pause_of(answer: Answer) -> timedelta | None:
    """How long Meta wants to be left alone: minutes, in a header of its own."""
    try:
        told = json.loads(answer.headers.get(USAGE, "{}"))
        waits = [use.get("estimated_time_to_regain_access", 0) for uses in told.values() for use in uses]
        longest = max((float(wait) for wait in waits), default=0.0)
    except (ValueError, AttributeError, TypeError):
        return None
    return timedelta(minutes=min(longest, 24 * 60)) if longest > 0 else None


def _error(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    error = found.get("error") if isinstance(found, dict) else None
    return error if isinstance(error, dict) else {}
