"""Paubox's address, its key in either of two forms, and what its errors mean.

Sources: Paubox's OpenAPI (api-evangelist/paubox a8b47785), its Python SDK's api.md (a260ed88), error bodies of its Ruby SDK
(563757f1). Its documents name three base addresses and two ways to write the key, so both are settings.
"""

import json
from typing import Final

from canonical.problems import NeedsOperator, RefusalReason, Refused
from connectors.kit.access import Access
from connectors.kit.auth import ApiKey, Auth, Bearer
from connectors.kit.calls import Line
from connectors.kit.exchange import Answer, Request, get
from connectors.kit.problem_table import ProblemTable, Rule

API: Final = "https://api.paubox.com/v1/email"
FORMS: Final = ("bearer", "token")
"""`Bearer KEY`, as the OpenAPI's security scheme says; `Token token=KEY`, as its prose and the SDKs do."""

_KEY: Final = "Check the connection's secret; older accounts also need `authorization: token`, or the `base_url` Paubox gave them."
_ADDRESS: Final = "Compare the connection's base_url with the address that Paubox's dashboard shows."
_NO_SUCH_MESSAGE: Final = Rule(Refused, "Paubox knows no such message.", reason=RefusalReason.NOT_FOUND)

PROBLEMS: Final[ProblemTable] = {
    (401, None): Rule(NeedsOperator, "Paubox does not accept the key.", _KEY),
    (404, None): Rule(NeedsOperator, "Paubox's API does not answer at this address.", _ADDRESS),
    (404, "message_not_found"): _NO_SUCH_MESSAGE,
    (404, "message_was_not_found"): _NO_SUCH_MESSAGE,
}


def code_of(answer: Answer) -> str:
    """The first error's `status`, else its title as one word: Paubox's OpenAPI shows errors without a status."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return ""
    errors = body.get("errors") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return ""
    said = first.get("status") or first.get("title")
    word = "_".join(said.lower().split()) if isinstance(said, str) else ""
    return word if word in _KNOWN else ""


_KNOWN: Final = frozenset({"invalid_access_token"} | {code for _, code in PROBLEMS if code})
"""What may stand in a log; any other word might quote the request."""


def line(access: Access) -> Line:
    """Paubox's API as this connection may use it.

    Raises:
        NeedsOperator: the key is missing, or the settings write it in a form that is none.
    """
    return Line(access, _auth(access), PROBLEMS, code_of)


def form_of_key(access: Access) -> str:
    """Which of `FORMS` the connection uses."""
    form = access.setting("authorization", FORMS[0]).lower()
    if form not in FORMS:
        raise NeedsOperator(
            access.where("secret"), "authorization is none we know.", next_step=f"Write one of: {', '.join(FORMS)}."
        )
    return form


def _auth(access: Access) -> Auth:
    key = access.credential("api_key")
    return Bearer(key) if form_of_key(access) == "bearer" else ApiKey("authorization", key, "Token token=")


def base_url(access: Access) -> str:
    """Paubox, or what the connection's settings put in its place."""
    return access.setting("base_url", API).rstrip("/")


def receipt_request(access: Access, tracking_id: str) -> Request:
    """The question what became of one message."""
    return get(f"{base_url(access)}/message_receipt", [("sourceTrackingId", tracking_id)])
