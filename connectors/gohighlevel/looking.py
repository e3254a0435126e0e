"""What became of a send that was not answered: looked for in the export, by contact, channel, words and time."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import msgspec

from canonical.actions import SendEmail, SendSms
from canonical.delivery import Claimed, Found, LookupResult
from connectors.gohighlevel import client
from connectors.gohighlevel.asking import asking
from connectors.gohighlevel.passes import pieces_of, stamp
from connectors.gohighlevel.people import by_address
from connectors.kit.access import Access
from connectors.kit.moments import instant

CLOCKS_DIFFER: Final = timedelta(minutes=2)
MOST_PAGES: Final = 20
"""One contact's messages of ten minutes are on the first page; what goes on for longer is no answer."""


class _Message(msgspec.Struct, rename="camel"):
    id: str
    direction: str = ""
    body: str | None = None
    subject: str | None = None
    status: str | None = None
    date_added: str | None = None


def look_up(access: Access, claimed: Claimed) -> LookupResult:
    """Find a text or a mail. Two that fit, and none is told from the other: UNKNOWN. Those of other attempts do not count."""
    payload = claimed.command.payload
    if not isinstance(payload, SendSms | SendEmail):
        raise TypeError(f"attempt {claimed.attempt_id} carries {payload.kind}, which is not looked up")
    capability = f"push.{payload.kind}.look_up"
    contact = by_address(access, payload.to.get_secret_value(), capability, claimed.attempt_id)
    if contact is None:
        return LookupResult(found=Found.ABSENT)
    fitting = [
        one
        for one in _recent(access, claimed, contact.id, capability)
        if _fits(one, payload) and not access.spoken_for(one.id)
    ]
    if len(fitting) == 1:
        return LookupResult(found=Found.SENT, vendor_id=fitting[0].id, status=fitting[0].status or "")
    return LookupResult(found=Found.UNKNOWN if fitting else Found.ABSENT)


def _recent(access: Access, claimed: Claimed, contact_id: str, capability: str) -> Iterator[_Message]:
    """What the export has of that contact and channel around the claim, the newest first."""
    window = access.manifest.commands[claimed.command.payload.kind].window or timedelta()
    earliest, latest = claimed.claimed_at - CLOCKS_DIFFER, claimed.claimed_at + window
    query = {
        "locationId": client.location(access),
        "contactId": contact_id,
        "channel": "SMS" if isinstance(claimed.command.payload, SendSms) else "Email",
        "limit": "100",
        "sortBy": "createdAt",
        "sortOrder": "desc",
        "startDate": stamp(earliest),
    }
    cursor = ""
    for _ in range(MOST_PAGES):
        more = {"cursor": cursor} if cursor else {}
        request = asking(access, "/conversations/messages/export", query | more, client.TALK)
        answer = client.line(access).read(request, capability, claimed.attempt_id)
        bodies, rest = pieces_of(access, "messages", answer, "messages")
        for one in filter(None, map(_message, bodies)):
            moment = instant(one.date_added)
            if one.direction == "outbound" and moment and earliest <= moment <= latest:
                yield one
        cursor = str(rest.get("nextCursor") or "")
        if not bodies or not cursor:
            return


def _message(body: bytes) -> _Message | None:
    try:
        return msgspec.json.decode(body, type=_Message)
    except msgspec.MsgspecError:
        return None


def _fits(message: _Message, payload: SendSms | SendEmail) -> bool:
    """The same words. The sub-account may add its own line about opting out behind ours; mail comes back as HTML or text."""
    if isinstance(payload, SendSms):
        return _words(message.body).startswith(_words(payload.body.get_secret_value()))
    same_subject = _words(message.subject) == _words(payload.subject.get_secret_value())
    return same_subject or _words(payload.body.get_secret_value()) in _words(message.body)


_TAG: Final = re.compile(r"<[^>]*>")


def _words(text: str | None) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", text or "")).split())
