"""Twilio's Consent API, as far as we write to it: opt-outs in bulk, each for one sender and one person.

Source: the Consent Management API's page, POST /v1/Consents/Bulk. It stands on another host there; here one does for both.
"""

import json
from collections.abc import Callable
from urllib.parse import parse_qsl

from emulators.kit.exchange import Answer, Call, Json

PATH = "/v1/Consents/Bulk"
_UNREADABLE = 20001


def written(call: Call, take: Callable[[str, str, bool], None]) -> Answer:
    """Answer a bulk write item by item; `take` gets sender, person, and whether they are out."""
    items: list[Json] = []
    for name, value in parse_qsl(call.body.decode("utf-8", "replace")):
        if name == "Items":
            items.append(_item(value, take))
    return Answer(201, {"items": items})


def _item(value: str, take: Callable[[str, str, bool], None]) -> Json:
    try:
        said = json.loads(value)
        sender, person, status = said["sender_id"], said["contact_id"], said["status"]
    except (ValueError, KeyError, TypeError):
        return {"correlation_id": "", "error_code": _UNREADABLE, "error_messages": ["Invalid item"]}
    take(sender, person, status == "opt-out")
    return {"correlation_id": said.get("correlation_id", ""), "error_code": 0, "error_messages": []}
