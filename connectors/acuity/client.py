"""Acuity's address, its credentials, and what its errors mean.

Sources: developers.acuityscheduling.com (read 2026-11) and answers recorded in 2026-06. An error is
`{status_code, message, error}`; `error` is the code, and the message is never quoted. `memory` marks what was not read.
"""

import json
from typing import Final

from canonical.problems import NeedsOperator, RefusalReason, Refused
from connectors.kit.access import Access
from connectors.kit.auth import Auth, Basic
from connectors.kit.authorized import connected
from connectors.kit.calls import Line
from connectors.kit.exchange import Answer
from connectors.kit.problem_table import ProblemTable, Rule

API: Final = "https://acuityscheduling.com/api/v1"

_KEY = "Compare user_id and api_key with Acuity's page Integrations, API, then run:  glowline check"

PROBLEMS: Final[ProblemTable] = {
    (None, "unauthorized"): Rule(NeedsOperator, "Acuity does not accept the credentials.", _KEY),
    (None, "expired_plan"): Rule(NeedsOperator, "the account's plan has ended.", "Open Acuity: billing."),  # memory
    (None, "api_not_allowed"): Rule(NeedsOperator, "the plan has no API.", "Choose a plan with API access."),  # memory
    (400, "invalid_fields"): Rule(
        Refused, "Acuity does not take one of the fields.", reason=RefusalReason.INVALID
    ),  # memory
    (404, "not_found"): Rule(Refused, "Acuity does not know the appointment.", reason=RefusalReason.NOT_FOUND),
}
"""(status, code) → what it means."""


def code_of(answer: Answer) -> str:
    """Acuity's own code; empty where there is none."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return ""
    return str(body["error"]) if isinstance(body, dict) and isinstance(body.get("error"), str) else ""


def line(access: Access) -> Line:
    """Acuity's API as this connection may use it."""
    return Line(access, _proof(access), PROBLEMS, code_of)


def _proof(access: Access) -> Auth:
    """The account's own key; an app of the practice's that was connected where there is a client_id instead."""
    if access.optional_credential("client_id") is not None:
        return connected(access)
    return Basic(user_id(access), access.credential("api_key"))


def user_id(access: Access) -> str:
    """The number of the account that the key is of: a setting, or part of the secret. It is an address, not a secret."""
    return access.setting("user_id") or access.credential("user_id").get_secret_value()


def resource(access: Access, path: str) -> str:
    """The URL of something in the account, such as `/appointments`."""
    return f"{access.setting('base_url', API).rstrip('/')}{path}"


def named_calendars(access: Access) -> tuple[str, ...]:
    """Our calendars on an account that others share; empty where the account is ours alone."""
    return tuple(access.connection.select.get("calendars", "").replace(",", " ").split())
