"""Square's address, its credentials, and what its errors mean.

Sources: square/connect-api-specification @ 5733f662 (Apache-2.0) and answers recorded in 2026-07. Errors are
`{errors: [{category, code, detail, field}]}`; `code` counts, and of `detail` nothing but a scope of ours is repeated.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from canonical.problems import NeedsOperator, RefusalReason, Refused, TryLater
from connectors.kit.access import Access
from connectors.kit.auth import Auth, Bearer
from connectors.kit.authorized import connected
from connectors.kit.calls import Line
from connectors.kit.exchange import Answer, Request, get
from connectors.kit.problem_table import ProblemTable, Rule
from connectors.square.wire import Location, Locations

API: Final = "https://connect.squareup.com"
VERSION: Final = "2026-07-15"
"""The version of the recorded answers. Square keeps every version it ever had."""

SCOPES: Final = (
    "MERCHANT_PROFILE_READ",
    "CUSTOMERS_READ",
    "APPOINTMENTS_READ",
    "APPOINTMENTS_ALL_READ",
    "PAYMENTS_READ",
    "ORDERS_READ",
    "ORDERS_WRITE",
    "PAYMENTS_WRITE",
    "EMPLOYEES_READ",
    "ITEMS_READ",
)
"""What the credential may be asked for."""

_CONNECT = "Connect the account once more, or correct its access token, then run:  glowline check"
_GRANT = "Grant the scope in Square's developer dashboard, connect again, then run:  glowline check"
_LACKS = "INSUFFICIENT_SCOPES"


def _refused(reason: RefusalReason, says: str, next_step: str = "") -> Rule:
    return Rule(Refused, says, next_step, reason)


PROBLEMS: Final[ProblemTable] = {
    (None, "UNAUTHORIZED"): Rule(NeedsOperator, "Square does not accept the credentials.", _CONNECT),
    (None, "ACCESS_TOKEN_EXPIRED"): Rule(NeedsOperator, "the access token has ended.", _CONNECT),
    (None, "ACCESS_TOKEN_REVOKED"): Rule(NeedsOperator, "the access token was taken back.", _CONNECT),
    (None, "MERCHANT_SUBSCRIPTION_NOT_FOUND"): Rule(
        NeedsOperator, "the account has no plan that allows this.", "Subscribe to Appointments Plus or Premium."
    ),
    (403, _LACKS): Rule(NeedsOperator, "the credentials lack a scope.", _GRANT),
    **{
        (403, f"{_LACKS} {scope}"): Rule(NeedsOperator, f"the credentials lack the scope {scope}.", _GRANT)
        for scope in SCOPES
    },
    (None, "RATE_LIMITED"): Rule(TryLater, "too many requests for this account."),
    (None, "IDEMPOTENCY_KEY_REUSED"): _refused(
        RefusalReason.CONFLICT, "there is a link for this visit already, over another amount.", "Look at it in Square."
    ),
    (404, "NOT_FOUND"): _refused(RefusalReason.NOT_FOUND, "Square does not know the record."),
}
"""(status, code) → what it means; see `code_of` for the codes."""


def code_of(answer: Answer) -> str:
    """Square's own code; behind a missing scope its name, where Square names one of ours. Empty where there is none."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return ""
    errors = body.get("errors") if isinstance(body, dict) else None
    first: Mapping[str, Any] = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code, detail = str(first.get("code") or ""), str(first.get("detail") or "").replace(",", " ").split()
    named = next((scope for scope in SCOPES if code == _LACKS and scope in detail), "")
    return f"{code} {named}".strip()


def line(access: Access) -> Line:
    """Square's API as this connection may use it."""
    return Line(access, _proof(access), PROBLEMS, code_of)


def _proof(access: Access) -> Auth:
    """An access token that does not end; an app that was connected where there is a client_id instead."""
    if access.optional_credential("client_id") is not None:
        return connected(access)
    return Bearer(access.credential("access_token"))


def versioned(request: Request) -> Request:
    """The request in the version of the API that we know."""
    return request.with_headers(square_version=VERSION)


def resource(access: Access, path: str) -> str:
    """The URL of something, such as `/v2/payments`."""
    return f"{access.setting('base_url', API).rstrip('/')}{path}"


def known_places(access: Access, capability: str = "pull.orders") -> tuple[Location, ...]:
    """The merchant's places as Square lists them."""
    listed = versioned(get(resource(access, "/v2/locations")))
    return line(access).read_as(Locations, listed, capability).locations


def locations(access: Access) -> tuple[str, ...]:
    """Square's ids of the places that are ours; empty where the connection names none."""
    return tuple(access.connection.select.get("locations", "").replace(",", " ").split())
