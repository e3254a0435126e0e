"""A mail out: one recipient per message, encrypted on the wire or fetched from Paubox's portal, never in the clear."""

import json
import re
from typing import Final

from canonical.actions import SendEmail
from canonical.delivery import Claimed, SendResult
from canonical.problems import RefusalReason, Refused, Where
from connectors.kit.access import Access
from connectors.kit.commands import LookUp, Send, payload_of
from connectors.kit.exchange import post_json
from connectors.paubox import client
from connectors.paubox.wire import Accepted

REFERENCE: Final = "X-Glowline-Attempt"
"""Our attempt id; Paubox gives headers that begin with X- back in its answer and its webhooks."""
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_LINK: Final = re.compile(r"(https://|mailto:)[\x21-\x3b\x3d\x3f-\x7e]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SPECIAL: Final = re.compile(r'[<>"\\]')


def send_email(access: Access, claimed: Claimed) -> SendResult:
    """One mail to one person. Paubox has no request key: what is unknown afterwards goes to a person.

    `secure` changes nothing here: where the recipient's host offers no TLS, Paubox keeps the mail in its portal and sends
    a link, because `allowNonTLS` is always false.
    """
    mail = payload_of(claimed, SendEmail)
    where = access.where("push.send_email", reference=claimed.attempt_id)
    message = {
        "recipients": [_checked(mail.to.get_secret_value(), where, RefusalReason.BAD_ADDRESS, "recipient")],
        "headers": _headers(mail, claimed.attempt_id, where),
        "allowNonTLS": False,
        "forceSecureNotification": False,
        "content": {"text/plain": mail.body.get_secret_value()},
    }
    body = json.dumps({"data": {"message": message}}).encode()
    request = post_json(f"{client.base_url(access)}/messages", body)
    accepted = client.line(access).write_as(Accepted, request, "send_email", claimed.attempt_id)
    return SendResult(vendor_id=accepted.tracking_id, status="accepted")


def _headers(mail: SendEmail, attempt: str, where: Where) -> dict[str, str]:
    sender = _checked(mail.sender, where, RefusalReason.SENDER_NOT_ALLOWED, "sender")
    headers = {"subject": _one_line(mail.subject.get_secret_value(), where), "from": sender, REFERENCE: attempt}
    if mail.sender_name:
        headers["reply-to"] = f"{_SPECIAL.sub('', _one_line(mail.sender_name, where))} <{sender}>"
    if mail.unsubscribe:
        if not _LINK.fullmatch(mail.unsubscribe):
            raise Refused(where, RefusalReason.INVALID, "the unsubscribe link is neither https nor mailto.")
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
    if mail.unsubscribe.startswith("https:"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _checked(address: str, where: Where, reason: RefusalReason, whose: str) -> str:
    """One bare address: a comma or a second one would make two recipients of a message meant for one."""
    if len(address) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise Refused(where, reason, f"the {whose}'s mail address is none.")
    return address


def _one_line(text: str, where: Where) -> str:
    if _CONTROL.search(text):
        raise Refused(where, RefusalReason.INVALID, "a subject or a sender's name holds a line break.")
    return text


LONGEST_ADDRESS: Final = 254
COMMANDS: Final[dict[str, Send]] = {"send_email": send_email}
LOOK_UPS: Final[dict[str, LookUp]] = {}
"""Paubox lists no messages, and a receipt is found only by the id the lost answer held."""
