"""Google's addresses, its tokens, and what its errors mean.

Sources: developers.google.com/my-business (read 2026-11), Google's error model (`error.status`, `error.details[].reason`).
"""

import json
from typing import Any, Final

from canonical.problems import NeedsOperator, RefusalReason, Refused, TryLater
from connectors.google_business_profile.wire import Location, LocationPage
from connectors.kit.access import Access
from connectors.kit.authorized import connected
from connectors.kit.calls import Line
from connectors.kit.exchange import Answer, get
from connectors.kit.paging import walk
from connectors.kit.problem_table import ProblemTable, Rule

REVIEWS: Final = "https://mybusiness.googleapis.com"
"""Reviews live in v4 only."""
INFORMATION: Final = "https://mybusinessbusinessinformation.googleapis.com"
SCOPE: Final = "https://www.googleapis.com/auth/business.manage"

_AGAIN: Final = "Connect the account once more and leave the box ticked:  glowline connect google_business_profile"

PROBLEMS: Final[ProblemTable] = {
    (403, None): Rule(NeedsOperator, f"the account may not do this, or the scope {SCOPE} is missing.", _AGAIN),
    (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"): Rule(NeedsOperator, f"the scope {SCOPE} is missing.", _AGAIN),
    (403, "SERVICE_DISABLED"): Rule(
        NeedsOperator, "the API is switched off in the app's project.", "Switch it on in Google's cloud console."
    ),
    (400, "FAILED_PRECONDITION"): Rule(
        Refused, "the location is not verified.", "Verify the location in Business Profile.", RefusalReason.INVALID
    ),
    (429, None): Rule(
        TryLater,
        "the quota is used up; before Google has approved the project it is 0.",
        "Ask for access by Google's form.",
    ),
}
"""(status, code) → what it means; see `code_of` for the codes."""


def code_of(answer: Answer) -> str:
    """Google's word for what is wrong: the reason where it names one, else its status."""
    try:
        error = json.loads(answer.body).get("error", {})
        details = [each for each in error.get("details", []) if isinstance(each, dict)]
        return str(next((each["reason"] for each in details if each.get("reason")), error.get("status", "")))
    except (ValueError, AttributeError, TypeError):
        return ""


def line(access: Access) -> Line:
    """Google's APIs as this connection may use them."""
    return Line(access, connected(access), PROBLEMS, code_of)


def reviews_url(access: Access, name: str) -> str:
    """The v4 address of something under an account, such as `accounts/1/locations/2/reviews`."""
    return f"{access.setting('base_url', REVIEWS).rstrip('/')}/v4/{name}"


def account(access: Access) -> str:
    """`accounts/…`, as the settings name it.

    Raises:
        NeedsOperator: they do not.
    """
    found = access.setting("account").strip("/")
    if not found:
        raise NeedsOperator(
            access.where("settings"),
            "the connection names no account.",
            next_step="Add `account: accounts/…` to its settings; the README says where it stands.",
        )
    return found if found.startswith("accounts/") else f"accounts/{found}"


def named_locations(access: Access) -> tuple[str, ...]:
    """Our places on an account that others share; empty where the account is ours alone."""
    named = access.connection.select.get("locations", "").replace(",", " ").split()
    return tuple(each if each.startswith("locations/") else f"locations/{each}" for each in named)


def locations(access: Access, capability: str) -> tuple[Location, ...]:
    """The account's places, all pages."""
    calling, where = line(access), access.where(capability)
    host = access.setting("base_url", INFORMATION).rstrip("/")
    query: dict[str, Any] = {"readMask": "name,title,metadata", "pageSize": "100"}

    def fetch(token: str) -> LocationPage:
        asked = {**query, "pageToken": token} if token else query
        return calling.read_as(
            LocationPage, get(f"{host}/v1/{account(access)}/locations", tuple(asked.items())), capability
        )

    pages = walk(fetch, "", lambda page: page.next or None, where)
    return tuple(place for page, _ in pages for place in page.locations if place.name)
