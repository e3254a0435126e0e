"""Salesforce's address, its credentials, and what its errors mean.

Sources: Salesforce's REST and Bulk API guides (read 2026-11) and what grouparoo and CumulusCI recorded; `memory` marks what
was not read. An error is an array of `{message, errorCode}`, inside a row of a 200 it is `{message, statusCode}`, and of the
token endpoint it is an object. A message is never quoted.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from canonical.problems import NeedsOperator, RefusalReason, Refused, TryLater
from connectors.kit.access import Access
from connectors.kit.calls import Line
from connectors.kit.exchange import Answer, Request, Transport
from connectors.kit.problem_table import ProblemTable, Rule
from connectors.salesforce.session import instance_url, proof

CURRENT: Final = "67.0"
"""Summer '26. Salesforce keeps old versions for years; `api_version` names another."""
_VERSION: Final = re.compile(r"^\d{2,3}\.0$")
_CODE: Final = re.compile(r"^[A-Za-z_]{3,80}$")
OVER_LIMIT: Final = "REQUEST_LIMIT_EXCEEDED"
CONVERTED: Final = "CANNOT_UPDATE_CONVERTED_LEAD"
DUPLICATES: Final = frozenset({"DUPLICATES_DETECTED", "DUPLICATE_VALUE"})

_README = "connectors/salesforce/README.md says what the user and the org must have, under Credentials and Scopes."
_INVALID = RefusalReason.INVALID

PROBLEMS: Final[ProblemTable] = {
    (403, None): Rule(
        NeedsOperator,
        "the user or the app may not do this.",
        f"Give the app the scopes api and refresh_token, and its user the permissions: {_README}",
    ),
    (401, "INVALID_SESSION_ID"): Rule(
        NeedsOperator,
        "the org takes no session of this user, a fresh one included.",
        "Look at the user's login addresses and at the app's policies in Salesforce, then run:  glowline check",
    ),
    (None, OVER_LIMIT): Rule(TryLater, "the org's calls are used up, by all its apps together."),
    (None, "INVALID_FIELD"): Rule(
        NeedsOperator, "the org has no such field, hides it from the user, or lets nobody search it.", _README
    ),
    (None, "INVALID_TYPE"): Rule(
        NeedsOperator,
        "the org has no such object, or hides it from the user.",
        "Grant it, or take the stream out of the connection's `streams`.",
    ),
    (None, "INSUFFICIENT_ACCESS_OR_READONLY"): Rule(NeedsOperator, "the user may not change the record.", _README),
    (None, "INVALID_FIELD_FOR_INSERT_UPDATE"): Rule(NeedsOperator, "the user may not write a field.", _README),
    (None, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"): Rule(
        NeedsOperator, "a picklist of the org lacks the word.", "Add it there, or name another in the settings."
    ),
    (None, "REQUIRED_FIELD_MISSING"): Rule(
        NeedsOperator, "the org demands a field we do not have.", "Make it optional for the user, or give it a default."
    ),
    (None, "DUPLICATE_EXTERNAL_ID"): Rule(
        NeedsOperator,
        "several records carry our id.",
        "Merge them, and make the field unique where Salesforce lets you.",
    ),
    (None, "UNABLE_TO_LOCK_ROW"): Rule(TryLater, "the record is locked by another change."),
    (None, "QUERY_TIMEOUT"): Rule(TryLater, "the org did not finish the query in time."),
    (None, "SERVER_UNAVAILABLE"): Rule(TryLater, "the org is unavailable."),
    (None, CONVERTED): Rule(Refused, "the lead was converted.", reason=RefusalReason.CONFLICT),
    (None, "DUPLICATES_DETECTED"): Rule(Refused, "the person is there already.", reason=RefusalReason.CONFLICT),
    (None, "DUPLICATE_VALUE"): Rule(Refused, "the person is there already.", reason=RefusalReason.CONFLICT),
    (None, "ENTITY_IS_DELETED"): Rule(Refused, "the record was deleted.", reason=RefusalReason.NOT_FOUND),
    (None, "INVALID_EMAIL_ADDRESS"): Rule(Refused, "the org does not take the mail address.", reason=_INVALID),
    (412, None): Rule(Refused, "the record was changed meanwhile.", reason=RefusalReason.CONFLICT),
}
"""(status, code) → what it means; see `code_of` for the codes."""

_DAILY, _CONCURRENT = "900", "5"
"""Seconds to hold the whole account. The day is a sliding one, so that some of it comes back at any time."""


def line(access: Access) -> Line:
    """Salesforce's API as this connection may use it."""
    tools = replace(access.tools, transport=_Translated(access.tools.transport))
    return Line(replace(access, tools=tools), proof(access), PROBLEMS, code_of)


def base_url(access: Access) -> str:
    """The org's own address: as the token answer named it, or what the connection's settings put in its place.

    Raises:
        NeedsOperator: nobody connected this account yet. Else as `session.instance_url`.
    """
    found = access.setting("base_url") or instance_url(access)
    if not found:
        raise NeedsOperator(
            access.where("auth"),
            "nobody has connected this account yet.",
            next_step="Connect it:  glowline connect salesforce --practice PRACTICE",
        )
    return found.rstrip("/")


def api_url(access: Access) -> str:
    """Where the REST API lies, without a slash at the end."""
    version = access.setting("api_version", CURRENT).removeprefix("v")
    if not _VERSION.match(version):
        raise NeedsOperator(
            access.where("settings"), "api_version is no version.", next_step=f"Write one such as {CURRENT}."
        )
    return f"{base_url(access)}/services/data/v{version}"


@dataclass(frozen=True)
class _Translated:
    """Salesforce's word for too many requests is a 403; here it is the 429 that everybody's budget listens for."""

    inner: Transport

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        """See `Transport`."""
        answer = self.inner.exchange(request, account=account, fresh=fresh)
        if answer.status != 403 or code_of(answer) != OVER_LIMIT:  # noqa: PLR2004 - forbidden, as HTTP defines it
            return answer
        pause = _CONCURRENT if b"oncurrent" in answer.body else _DAILY
        return replace(answer, status=429, headers={"retry-after": pause, **answer.headers})


def code_of(answer: Answer) -> str:
    """Salesforce's own word for what is wrong, or "". Never the message."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return ""
    return code_in(found[0] if isinstance(found, list) and found else found)


def code_in(error: object) -> str:
    """The same of an error's decoded body, which inside an answer is a row."""
    if not isinstance(error, Mapping):
        return ""
    told: Mapping[str, Any] = error
    code = str(told.get("errorCode") or told.get("statusCode") or told.get("error") or "")
    return code if _CODE.match(code) else ""
