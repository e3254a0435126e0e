"""What Meta calls us for: a form was filled in, somebody wrote. Each is a hint, read again by its id and never believed."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from canonical.problems import ProtocolBroken, Where
from connectors.kit.signatures import Doubt, HmacScheme, SignatureRefused
from connectors.kit.webhooks import Event, Incoming, Meaning

HEADER: Final = "x-hub-signature-256"
SHA256: Final = HmacScheme("sha256", prefix="sha256=")
LONGEST_CHALLENGE: Final = 200

PLATFORMS: Final[Mapping[str, str]] = {"page": "messenger", "instagram": "instagram"}
"""The call's `object` → whose threads it speaks of."""
LINES: Final[Mapping[str, Meaning]] = {
    "message": Meaning.HINT,
    "postback": Meaning.HINT,
    "referral": Meaning.HINT,
    "optin": Meaning.HINT,
    "message_edit": Meaning.HINT,
    "delivery": Meaning.IGNORED,
    "read": Meaning.IGNORED,
    "reaction": Meaning.IGNORED,
    "take_thread_control": Meaning.IGNORED,
    "pass_thread_control": Meaning.IGNORED,
    "policy_enforcement": Meaning.IGNORED,
}
"""What an entry of `messaging` holds (Meta's webhook reference, 2026-11) → what it means to us."""
FIELDS: Final[Mapping[str, Meaning]] = {
    "leadgen": Meaning.HINT,
    "leadgen_update": Meaning.HINT,
    "feed": Meaning.IGNORED,
    "comments": Meaning.IGNORED,
    "live_comments": Meaning.IGNORED,
    "mentions": Meaning.IGNORED,
    "mention": Meaning.IGNORED,
    "story_insights": Meaning.IGNORED,
}
"""What an entry of `changes` is about → what it means to us."""


def verify(incoming: Incoming, secrets: Sequence[SecretStr], *, now: datetime) -> None:
    """See `Webhook.verify`. Meta signs no timestamp, so `now` decides nothing; the older SHA-1 header is not looked at."""
    del now
    SHA256.verify(incoming.headers.get(HEADER, ""), secrets, incoming.body)


def handshake(incoming: Incoming, token: SecretStr) -> str:
    """The answer to Meta's first call, by GET: its challenge, once it has shown the word we told it.

    Raises:
        SignatureRefused: it has not.
    """
    query = incoming.query
    challenge = query.get("hub.challenge", "")
    if query.get("hub.mode") != "subscribe" or not query.get("hub.verify_token"):
        raise SignatureRefused(Doubt.MISSING)
    if not hmac.compare_digest(query["hub.verify_token"].encode(), token.get_secret_value().encode()):
        raise SignatureRefused(Doubt.MISMATCH)
    if not challenge.isalnum() or len(challenge) > LONGEST_CHALLENGE:
        raise SignatureRefused(Doubt.MISSING)
    return challenge


def parse(incoming: Incoming) -> tuple[Event, ...]:
    """See `Webhook.parse`. One call may hold many entries, and each of them many things."""
    try:
        call = json.loads(incoming.body)
        kind, entries = str(call.get("object", "")), call.get("entry") or []
        found = [event for entry in entries for event in _entry(kind, entry, f"webhook {urlsplit(incoming.url).path}")]
    except (ValueError, AttributeError, TypeError):
        raise ProtocolBroken(
            Where("meta", "webhook"), "the call is no list of entries.", next_step="Look at it in quarantine."
        ) from None
    return tuple(found) or (_unknown(kind, incoming.body, f"webhook {urlsplit(incoming.url).path}"),)


def _entry(kind: str, entry: Mapping[str, Any], origin: str) -> Iterator[Event]:
    account = str(entry.get("id", ""))
    # The template of Meta's Instagram comments has the change itself in the entry, without a list around it.
    changes = entry.get("changes") or ([entry] if "field" in entry else [])
    for change in changes:
        yield _change(account, change, origin)
    for line in entry.get("messaging") or []:
        yield _line(kind, account, line, origin)
    for line in entry.get("standby") or []:
        yield _event("standby", Meaning.IGNORED, "conversations", account, line, origin, "")


def _change(account: str, change: Mapping[str, Any], origin: str) -> Event:
    field, value = str(change.get("field", "")), change.get("value")
    meaning = FIELDS.get(field, Meaning.UNKNOWN)
    lead = str(value.get("leadgen_id", "")) if isinstance(value, dict) else ""
    if meaning is Meaning.UNKNOWN or (meaning is Meaning.HINT and not lead):
        return _unknown(field, _bytes(change), origin)
    return _event(field, meaning, "leads" if meaning is Meaning.HINT else field, account, change, origin, lead)


def _line(kind: str, account: str, line: Mapping[str, Any], origin: str) -> Event:
    name = next((each for each in LINES if each in line), "")
    message = line.get("message")
    if isinstance(message, dict) and message.get("is_echo"):
        return _event("echo", Meaning.IGNORED, "conversations", account, line, origin, "")
    meaning = LINES.get(name, Meaning.UNKNOWN)
    sender = line.get("sender")
    person = str(sender.get("id", "")) if isinstance(sender, dict) else ""
    if meaning is Meaning.UNKNOWN or kind not in PLATFORMS or (meaning is Meaning.HINT and not person):
        return _unknown(name or kind, _bytes(line), origin)
    hinted = f"{PLATFORMS[kind]}/{person}" if meaning is Meaning.HINT else ""
    return _event(name, meaning, "conversations", account, line, origin, hinted)


def _event(
    name: str, meaning: Meaning, stream: str, account: str, told: Mapping[str, Any], origin: str, hinted: str
) -> Event:
    body = _bytes(told)
    return Event(
        name=name,
        meaning=meaning,
        stream=stream,
        vendor_id=hinted or _digest(name, body),
        body=body,
        origin=origin,
        account=account,
        ours=account,
    )


def _unknown(name: str, body: bytes, origin: str) -> Event:
    return Event(
        name=name or "unknown",
        meaning=Meaning.UNKNOWN,
        stream="unknown",
        vendor_id=_digest("unknown", body),
        body=body or b"{}",
        origin=origin,
    )


def _digest(name: str, body: bytes) -> str:
    return f"{name}-{hashlib.sha256(body).hexdigest()[:32]}"


def _bytes(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
