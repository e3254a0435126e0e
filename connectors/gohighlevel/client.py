"""HighLevel's address, its versions and tokens, and what its errors mean.

Sources: the vendor's OpenAPI documents (GoHighLevel/highlevel-api-docs @ 0af86a4c, CC0); error texts as public reports of
2025 and 2026 quote them. Every error may lack every field, `message` is a text or a list of texts, and none is quoted.
"""

import json
import re
from datetime import timedelta
from typing import Final

from canonical.problems import NeedsOperator, RefusalReason, Refused, TryLater
from connectors.gohighlevel.tokens import LocationToken
from connectors.kit.access import Access
from connectors.kit.auth import Auth, Bearer
from connectors.kit.authorized import connected, kept
from connectors.kit.calls import Line
from connectors.kit.exchange import Answer
from connectors.kit.problem_table import ProblemTable, Rule

API: Final = "https://services.leadconnectorhq.com"
CRM: Final = "2021-07-28"
TALK: Final = "2021-04-15"
"""The two dated interfaces; the header is required. Calendars and conversations are asked in the older one."""


def _refused(reason: RefusalReason, says: str, next_step: str = "") -> Rule:
    return Rule(Refused, says, next_step, reason)


_SCOPE = Rule(
    NeedsOperator,
    "the token may not do this.",
    "Add the scope that the README names to the private integration or the app, then run:  glowline check",
)
PROBLEMS: Final[ProblemTable] = {
    (401, "scope"): _SCOPE,
    (403, "scope"): _SCOPE,
    (403, "location"): Rule(
        NeedsOperator,
        "the token belongs to another sub-account.",
        "Compare `location` in the connection's settings with the sub-account the token was made in.",
    ),
    (400, "dnd"): _refused(RefusalReason.OPTED_OUT, "the contact is set to do-not-disturb for this channel."),
    (422, "dnd"): _refused(RefusalReason.OPTED_OUT, "the contact is set to do-not-disturb for this channel."),
    (400, "no_phone"): _refused(RefusalReason.BAD_ADDRESS, "the contact has no usable phone number."),
    (422, "no_phone"): _refused(RefusalReason.BAD_ADDRESS, "the contact has no usable phone number."),
    (400, "no_sender"): _refused(
        RefusalReason.SENDER_NOT_ALLOWED,
        "the sub-account has no such number.",
        "Compare the location's sms_sender with Settings, Phone Numbers in HighLevel.",
    ),
    (402, None): Rule(
        NeedsOperator, "the sub-account's wallet is empty.", "Add credit in HighLevel's billing settings."
    ),
    (423, None): Rule(TryLater, "the record is locked by another change."),
}
"""(status, code) → what it means; see `code_of` for the codes."""

_TELLING: Final = (
    (re.compile(r"\bDND\b|do not disturb|unsubscribed|opted out", re.IGNORECASE), "dnd"),
    (re.compile(r"not authorized for this scope|missing scope|does not have .*scope", re.IGNORECASE), "scope"),
    (re.compile(r"does not have access to this location", re.IGNORECASE), "location"),
    (re.compile(r"missing phone number|invalid phone|not a valid phone", re.IGNORECASE), "no_phone"),
    (re.compile(r"from.? number|no (default )?(phone )?number (found|assigned)", re.IGNORECASE), "no_sender"),
)
"""What only the message says."""


def line(access: Access) -> Line:
    """HighLevel's API as this connection may use it."""
    return Line(access, _auth(access), PROBLEMS, code_of, pause_of=pause_of)


def _auth(access: Access) -> Auth:
    """A private integration's token where there is one; else the app's own, and behind an agency the location's."""
    token = access.optional_credential("token")
    if token is not None:
        return Bearer(token)
    company = access.setting("agency")
    if not company:
        return connected(access)
    return LocationToken(
        access, connected(access), f"{base_url(access)}/oauth/locationToken", company, location(access)
    )


def base_url(access: Access) -> str:
    """HighLevel, or what the connection's settings put in its place."""
    return access.setting("base_url", API).rstrip("/")


def location(access: Access) -> str:
    """The sub-account. Said in the settings, or by the token of somebody who connected exactly one.

    Raises:
        NeedsOperator: neither says it.
    """
    found = access.setting("location")
    if not found and access.optional_credential("token") is None:
        found = kept(access).get("locationId", "")
    if not found:
        raise NeedsOperator(
            access.where("settings"),
            "the connection names no sub-account.",
            next_step="Write `settings: {location: <id>}`; HighLevel shows it under Settings, Business Profile.",
        )
    return found


def code_of(answer: Answer) -> str:
    """A word of ours for what an error's message says; empty where it says nothing we know."""
    try:
        error = json.loads(answer.body)
    except ValueError:
        return ""
    said = error.get("message", "") if isinstance(error, dict) else ""
    text = "; ".join(map(str, said)) if isinstance(said, list) else str(said)
    return next((code for pattern, code in _TELLING if pattern.search(text)), "")


_TOO_MANY: Final = 429


def pause_of(answer: Answer) -> timedelta | None:
    """How long a 429 means: it has no Retry-After, and says by its headers which of the two limits it was."""
    if answer.status != _TOO_MANY:
        return None
    return _OF_THE_DAY if answer.headers.get("x-ratelimit-daily-remaining", "").strip() == "0" else _OF_THE_WINDOW


_OF_THE_WINDOW: Final = timedelta(seconds=10)
_OF_THE_DAY: Final = timedelta(hours=1)
"""Asked again once an hour: nobody says when the day ends."""
