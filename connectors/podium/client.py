"""Podium's address, version and tokens, which location a number belongs to, and what its errors mean.

Sources: Podium's OpenAPI of 2021.04.01 (api-evangelist/podium 348e90d6), docs.podium.com (read 2026-11). An error's code is
typed integer there and a word in the prose (`rate_limit`, `route_not_found`); both are read.
"""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from canonical.problems import NeedsOperator, TryLater, Where
from connectors.kit.access import Access
from connectors.kit.authorized import connected
from connectors.kit.calls import Line
from connectors.kit.exchange import Answer, Request, get, post_json
from connectors.kit.problem_table import ProblemTable, Rule

API: Final = "https://api.podium.com"
VERSION: Final = "2021.04.01"
LARGEST_PAGE: Final = 100

SCOPES: Final = (
    "read_contacts, write_contacts, read_messages, write_messages, read_reviews, write_reviews, write_appointments, "
    "read_locations"
)
_GRANT: Final = f"Give the app these scopes and connect the account once more: {SCOPES}."
PROBLEMS: Final[ProblemTable] = {
    (None, "rate_limit"): Rule(TryLater, "more than 300 requests in a minute for this account."),
    (None, "route_not_found"): Rule(
        NeedsOperator, "Podium's API does not answer at this address.", "Check the connection's base_url."
    ),
    (403, None): Rule(NeedsOperator, "the tokens are not allowed to do this.", _GRANT),
}
_WORD: Final = re.compile(r"[a-z_]{1,40}|\d{1,6}")
_TOO_MANY: Final = 429
_A_MINUTE: Final = timedelta(minutes=1)


def code_of(answer: Answer) -> str:
    """Podium's code in `{code, message, moreInfo}`; empty where there is none, or something that is no word."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return ""
    code = body.get("code") if isinstance(body, dict) else None
    written = str(code) if isinstance(code, str | int) else ""
    return written if _WORD.fullmatch(written) else ""


def pause_of(answer: Answer) -> timedelta | None:
    """The limit counts by the minute, and no header is documented that says how much of it is left, nor which status comes."""
    return _A_MINUTE if answer.status == _TOO_MANY or code_of(answer) == "rate_limit" else None


def line(access: Access) -> Line:
    """Podium's API as this connection may use it. Raises `NeedsOperator` where nobody has connected the account."""
    return Line(access, connected(access), PROBLEMS, code_of, pause_of)


def url(access: Access, path: str) -> str:
    """The address of something, such as `/contacts`."""
    return f"{access.setting('base_url', API).rstrip('/')}/v4{path}"


def ask(access: Access, path: str, query: Sequence[tuple[str, str]] = ()) -> Request:
    """A question, in the version this was written for."""
    return get(url(access, path), query).with_headers(podium_version=VERSION)


def tell(access: Access, path: str, told: object) -> Request:
    """A write."""
    return post_json(url(access, path), json.dumps(told).encode()).with_headers(podium_version=VERSION)


def listed(access: Access, path: str, first: Sequence[tuple[str, str]], cursor: str) -> Request:
    """A page of a list. A cursor holds all that was asked for, and whatever stands beside it is ignored."""
    return ask(access, path, [("cursor", cursor)] if cursor else [("limit", str(LARGEST_PAGE)), *first])


def our_locations(access: Access) -> tuple[str, ...]:
    """This practice's locations on an account that others share; empty where the account is ours alone."""
    return tuple(access.connection.select.get("locations", "").replace(",", " ").split())


def location_of(access: Access, sender: str, where: Where) -> str:
    """The location that sends for a number: `location.<number>` of the settings, else `location`.

    Raises:
        NeedsOperator: the settings name none.
    """
    found = access.setting(f"location.{sender}") or access.setting("location")
    if not found:
        raise NeedsOperator(
            where,
            "the settings name no Podium location for this sender.",
            next_step="Add `location: <uid>` to the connection's settings; glowline check lists the account's locations.",
        )
    return found
