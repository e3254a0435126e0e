"""HubSpot's address, its credentials, and what its errors mean.

Sources: HubSpot's error-handling and usage guidelines (read 2026-11); both 429 bodies as grouparoo recorded them in
2022-02; `memory` marks what was not read. Every field of an error may be missing, and none is quoted.
"""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from canonical.problems import NeedsOperator, TryLater
from connectors.hubspot.paths import CURRENT, VERSIONS
from connectors.kit.access import Access
from connectors.kit.auth import Bearer
from connectors.kit.calls import Line
from connectors.kit.exchange import Answer
from connectors.kit.problem_table import ProblemTable, Rule

API: Final = "https://api.hubapi.com"

SCOPES: Final = (
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.leads.read",
    "crm.objects.appointments.read",
    "crm.schemas.contacts.read",
    "communication_preferences.read_write",
)
"""What the credential may be asked for. Meetings, tasks, calls, notes and communications ride on those of contacts."""

_GRANT = "Add the scope to the service key or app in HubSpot, then run:  glowline check"

PROBLEMS: Final[ProblemTable] = {
    (403, "MISSING_SCOPES"): Rule(NeedsOperator, "the credential lacks a scope.", _GRANT),
    **{
        (403, f"MISSING_SCOPES {scope}"): Rule(NeedsOperator, f"the credential lacks the scope {scope}.", _GRANT)
        for scope in SCOPES
    },
    (400, "PROPERTY_DOESNT_EXIST"): Rule(
        NeedsOperator,
        "the portal has no such property.",
        "Create the properties that the README names under Credentials.",
    ),
    (400, "NO_SUCH_OBJECT"): Rule(
        NeedsOperator,
        "the portal has no such object.",
        "Activate it in HubSpot's object library, or take the stream out of the connection's `streams`.",
    ),
    (423, None): Rule(TryLater, "the record is locked by another change."),
    (477, None): Rule(TryLater, "the account is being moved to another data centre."),
    (429, "DAILY"): Rule(TryLater, "the account's calls of the day are used up, by all its apps together."),
}
"""(status, code) → what it means; see `code_of` for the codes."""

_PAUSES: Final[Mapping[str, timedelta]] = {
    "DAILY": timedelta(hours=1),  # it ends at the portal's midnight, and nobody says when that is
    "TEN_SECONDLY_ROLLING": timedelta(seconds=10),
    "SECONDLY": timedelta(seconds=1),
}
_LOCKED, _TOO_MANY = 423, 429
_SECONDLY: Final = re.compile(r"\bsecondly limit\b")
_IDS: Final = (
    (re.compile(r"Existing ID: (\d+)"), "exists"),
    (re.compile(r"(\d+) already has that value"), "exists"),
    (re.compile(r"already has that value"), "exists"),
    (re.compile(r"Unable to infer object type"), "NO_SUCH_OBJECT"),
)
"""What only the message says: the id of the record that is there already, or that there is no such object."""


def line(access: Access) -> Line:
    """HubSpot's API as this connection may use it."""
    return Line(access, Bearer(access.credential("token")), PROBLEMS, code_of, pause_of=pause_of)


def base_url(access: Access) -> str:
    """HubSpot, or what the connection's settings put in its place."""
    return access.setting("base_url", API).rstrip("/")


def version(access: Access) -> str:
    """Which of the paths this connection uses.

    Raises:
        NeedsOperator: its settings name one we do not know.
    """
    wanted = access.setting("api_version", CURRENT)
    if wanted not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise NeedsOperator(access.where("settings"), "api_version is unknown.", next_step=f"Write one of: {known}.")
    return wanted


def code_of(answer: Answer) -> str:
    """HubSpot's own word for what is wrong; `exists <id>` where the record is there already. Never the message."""
    return code_in(_object(answer.body))


def code_in(error: Mapping[str, Any]) -> str:
    """The same of an error's decoded body, which inside a batch is a row."""
    message = str(error.get("message", ""))
    for pattern, code in _IDS:
        found = pattern.search(message)
        if found:
            return " ".join((code, *found.groups()))
    category, detail = str(error.get("category", "")), _first(error.get("errors"))
    if category == "MISSING_SCOPES":
        return " ".join((category, *_named_scopes(detail)))
    return str(detail.get("code") or error.get("policyName") or category)


def existing_id(code: str) -> str | None:
    """The id of the record that a code of `code_of` says is there; empty where it does not say which, None where none is."""
    word, _, found = code.partition(" ")
    return found if word == "exists" else None


def pause_of(answer: Answer) -> timedelta | None:
    """How long HubSpot asks to wait: its 429 carries no Retry-After, and says it in two ways."""
    if answer.status == _LOCKED:
        return timedelta(seconds=2)
    if answer.status != _TOO_MANY:
        return None
    error = _object(answer.body)
    policy = "SECONDLY" if _SECONDLY.search(str(error.get("message", ""))) else ""
    return _PAUSES.get(str(error.get("policyName") or policy))


def _named_scopes(detail: Mapping[str, Any]) -> tuple[str, ...]:
    """The one scope of ours that is missing: a scope that is not in our list is not repeated."""
    context = detail.get("context")
    wanted = context.get("requiredGranularScopes") if isinstance(context, dict) else None
    return tuple(scope for scope in SCOPES if isinstance(wanted, list) and scope in wanted)[:1]


def _first(errors: object) -> Mapping[str, Any]:
    return errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
