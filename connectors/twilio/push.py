"""Texts out, and our opt-outs into Twilio's own list."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from canonical.actions import SendSms, WriteOptOut
from canonical.delivery import Claimed, Found, LookupResult, SendResult
from canonical.ids import AttemptId
from canonical.problems import RefusalReason, Refused
from connectors.kit.access import Access
from connectors.kit.commands import LookUp, Send, payload_of
from connectors.kit.exchange import Request, get, post_form
from connectors.kit.paging import next_url, walk
from connectors.twilio import client
from connectors.twilio.wire import ConsentAnswer, Created, Message, MessagePage, instant

REFERENCE: Final = "ref"
"""The parameter of the callback's address that carries our attempt id."""
LONGEST_IN_QUEUE: Final = 36_000  # seconds, and Twilio's default (twilio-oai ValidityPeriod, 2026-11)
SHORTEST_IN_QUEUE: Final = 5
CLOCKS_DIFFER: Final = timedelta(minutes=2)


def send_sms(access: Access, claimed: Claimed) -> SendResult:
    """One text. Twilio has no request key: what is unknown afterwards is looked up, never repeated."""
    text = payload_of(claimed, SendSms)
    sender = "MessagingServiceSid" if text.sender.startswith("MG") else "From"
    fields = [
        ("To", text.to.get_secret_value()),
        (sender, text.sender),
        ("Body", text.body.get_secret_value()),
    ]
    if text.callback:
        fields.append(("StatusCallback", with_reference(text.callback, claimed.attempt_id)))
    if text.expires_at is not None:
        fields.append(("ValidityPeriod", str(_seconds_in_queue(text.expires_at, claimed.claimed_at))))
    request = post_form(client.resource(access, "/Messages.json"), fields)
    created = client.line(access).write_as(Created, request, "send_sms", claimed.attempt_id)
    return SendResult(vendor_id=created.sid, status=created.status)


def with_reference(callback: str, attempt: AttemptId) -> str:
    """The callback's address with our reference in it. Twilio's signature covers it, so nobody else can name one."""
    parts = urlsplit(callback)
    others = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != REFERENCE]
    return urlunsplit(parts._replace(query=urlencode([*others, (REFERENCE, attempt)])))


def _seconds_in_queue(expires_at: datetime, claimed_at: datetime) -> int:
    """How long Twilio may hold it back: R32 holds inside the vendor too."""
    left = int((expires_at - claimed_at).total_seconds())
    return min(max(left, SHORTEST_IN_QUEUE), LONGEST_IN_QUEUE)


def look_up_sms(access: Access, claimed: Claimed) -> LookupResult:
    """Find a text by recipient, sender, words and time: Twilio does not give the callback's address back.

    Two that fit, and none is told from the other: UNKNOWN. Messages of other attempts of ours do not count.
    """
    text = payload_of(claimed, SendSms)
    fitting = [
        message
        for message in _recent(access, claimed, text)
        if _fits(message, text) and not access.spoken_for(message.sid)
    ]
    if len(fitting) == 1:
        return LookupResult(found=Found.SENT, vendor_id=fitting[0].sid, status=fitting[0].status or "")
    return LookupResult(found=Found.UNKNOWN if fitting else Found.ABSENT)


def _recent(access: Access, claimed: Claimed, text: SendSms) -> Iterator[Message]:
    """Messages to that phone around the claim. No DateSent filter: a text still in the queue has none yet."""
    calling, where, base = client.line(access), access.where("push.send_sms.look_up"), client.base_url(access)
    query = [("To", text.to.get_secret_value()), ("PageSize", "50")]
    window = access.manifest.commands["send_sms"].window or timedelta()
    earliest, latest = claimed.claimed_at - CLOCKS_DIFFER, claimed.claimed_at + window
    pages = walk(
        lambda url: calling.read_as(MessagePage, Request("GET", url), where.capability),
        get(client.resource(access, "/Messages.json"), query).url,
        lambda page: next_url(base, page.next_page_uri, where),
        where,
    )
    for page, _ in pages:
        created = [(message, instant(message.date_created)) for message in page.messages]
        yield from (message for message, moment in created if moment and earliest <= moment <= latest)
        if any(moment and moment < earliest for _, moment in created):
            return  # newest first: what follows is older


def _fits(message: Message, text: SendSms) -> bool:
    sent_by = message.messaging_service_sid if text.sender.startswith("MG") else message.sender
    return (
        message.direction == "outbound-api"
        and message.to == text.to.get_secret_value()
        and sent_by == text.sender
        and (message.body or "").strip() == text.body.get_secret_value().strip()
    )


def write_opt_out(access: Access, claimed: Claimed) -> SendResult:
    """Our suppression of a phone, for every number this practice sends from, and for no other brand's (R33, R34)."""
    asked = payload_of(claimed, WriteOptOut)
    senders = tuple(dict.fromkeys((*asked.senders, *client.named_numbers(access))))
    if not senders:
        where = access.where("push.write_opt_out", reference=claimed.attempt_id)
        raise Refused(where, RefusalReason.INVALID, _WHICH, next_step=_NAME_THEM)
    items = [_item(asked, sender, claimed.attempt_id) for sender in senders]
    request = post_form(client.consents_url(access), [("Items", json.dumps(item)) for item in items])
    answer = client.line(access).write_as(ConsentAnswer, request, "write_opt_out", claimed.attempt_id)
    wrong = next((item.error_code for item in answer.items if item.error_code), 0)
    if wrong:
        where = access.where("push.write_opt_out", reference=claimed.attempt_id, code=str(wrong))
        raise Refused(where, RefusalReason.INVALID, "Twilio did not take the opt-out.", next_step=_BY_HAND)
    return SendResult(vendor_id=answer.items[0].correlation_id, status="opt-out")


_WHICH = "nobody says which of the account's numbers are this practice's."
_NAME_THEM = "List them in senders.yaml, or write `select: {numbers: …}` for the connection in connections.yaml."
_BY_HAND = "Check the sender's consent settings in Twilio's console; our own list holds meanwhile."


def _item(asked: WriteOptOut, sender: str, attempt: AttemptId) -> dict[str, str]:
    return {
        "contact_id": asked.contact.get_secret_value(),
        "correlation_id": hashlib.sha256(f"{attempt} {sender}".encode()).hexdigest()[:32],
        "sender_id": sender,
        "status": "opt-out",
        "source": "others",
        "date_of_consent": f"{asked.at:%Y-%m-%dT%H:%M:%SZ}",
    }


COMMANDS: Final[dict[str, Send]] = {"send_sms": send_sms, "write_opt_out": write_opt_out}
LOOK_UPS: Final[dict[str, LookUp]] = {"send_sms": look_up_sms}
