"""An answer in somebody's thread. They wrote first, and Meta counts 24 hours from their last word (META-01)."""

import json
from datetime import timedelta
from typing import Any, Final

from canonical.delivery import Claimed, Found, LookupResult, SendResult
from canonical.practice import Channel
from canonical.problems import NotOffered
from canonical.said_inside import SendDirectMessage
from connectors.kit.access import Access
from connectors.kit.commands import LookUp, Send, payload_of
from connectors.kit.exchange import get, post_json
from connectors.kit.moments import instant
from connectors.meta import client
from connectors.meta.threads import FIELDS
from connectors.meta.wire import Message, Sent, Threads

CLOCKS_DIFFER: Final = timedelta(minutes=2)
PLATFORM: Final = {Channel.IG_DM: "instagram", Channel.MESSENGER: "messenger"}


def send_direct_message(access: Access, claimed: Claimed) -> SendResult:
    """One message. Meta has no request key: what is unknown afterwards is looked up, never repeated."""
    asked = payload_of(claimed, SendDirectMessage)
    platform = _platform(access, claimed, asked)
    message: dict[str, Any] = {"text": asked.body.get_secret_value()}
    if platform == "messenger":
        message["metadata"] = claimed.attempt_id  # documented for Messenger alone: it comes back in the echo
    fields = {"recipient": {"id": asked.to.get_secret_value()}, "message": message, **_kind(asked)}
    request = post_json(client.resource(access, f"{client.page(access)}/messages"), json.dumps(fields).encode())
    sent = client.line(access, sending=True).write_as(Sent, request, "send_direct_message", claimed.attempt_id)
    return SendResult(vendor_id=sent.message_id, status="accepted")


def _kind(asked: SendDirectMessage) -> dict[str, str]:
    """An answer, or a person's own words in the seven days that are theirs alone (META-02)."""
    if asked.by_person:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {"messaging_type": "RESPONSE"}


def _platform(access: Access, claimed: Claimed, asked: SendDirectMessage) -> str:
    if asked.channel in PLATFORM:
        return PLATFORM[asked.channel]
    where = access.where("push.send_direct_message", reference=claimed.attempt_id)
    raise NotOffered(where, f"{asked.channel} is no thread of Meta's.", next_step="Use ig_dm or messenger.")


def look_up_direct_message(access: Access, claimed: Claimed) -> LookupResult:
    """Find a message in the person's thread, by its words and time."""
    asked = payload_of(claimed, SendDirectMessage)
    where = access.where("push.send_direct_message", reference=claimed.attempt_id)
    query = [
        ("platform", _platform(access, claimed, asked)),
        ("user_id", asked.to.get_secret_value()),
        ("fields", FIELDS),
    ]
    url = client.resource(access, f"{client.page(access)}/conversations")
    threads = client.line(access).read_as(Threads, get(url, query), where.capability, claimed.attempt_id)
    lines = [line for thread in threads.data if thread.messages for line in thread.messages.data]
    fitting = [line.id for line in lines if _fits(access, claimed, asked, line) and not access.spoken_for(line.id)]
    if not fitting:
        return LookupResult(found=Found.ABSENT)
    if len(fitting) > 1:
        return LookupResult(found=Found.UNKNOWN)
    return LookupResult(found=Found.SENT, vendor_id=fitting[0], status="accepted")


def _fits(access: Access, claimed: Claimed, asked: SendDirectMessage, line: Message) -> bool:
    window = access.manifest.commands["send_direct_message"].window or timedelta()
    at = instant(line.created_time)
    if at is None or not claimed.claimed_at - CLOCKS_DIFFER <= at <= claimed.claimed_at + window:
        return False
    sender = line.sender.id if line.sender else ""
    ours = bool(line.id and sender) and sender != asked.to.get_secret_value()
    return ours and line.message.strip() == asked.body.get_secret_value().strip()


COMMANDS: Final[dict[str, Send]] = {"send_direct_message": send_direct_message}
LOOK_UPS: Final[dict[str, LookUp]] = {"send_direct_message": look_up_direct_message}
