"""A mail as bytes: plain text, UTF-8, and headers that nobody can add to."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from canonical.actions import SendEmail
from canonical.ids import AttemptId
from canonical.problems import RefusalReason, Refused, Where

_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_LINK: Final = re.compile(r"(https://|mailto:)[\x21-\x3b\x3d\x3f-\x7e]+")
_LEADING_DOT: Final = re.compile(rb"(?m)^\.")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LONGEST_ADDRESS: Final = 254


@dataclass(frozen=True)
class Letter:
    """What goes over the wire. Its repr shows the id only."""

    message_id: str
    sender: str
    recipient: str
    content: bytes
    """With dots doubled and without the line that ends it."""

    def __repr__(self) -> str:
        """No address, no text."""
        return f"Letter({self.message_id}, {len(self.content)} bytes)"


def letter(mail: SendEmail, attempt: AttemptId, at: datetime, where: Where) -> Letter:
    """The mail. Its Message-ID is the attempt's id at the sender's domain, so that a reply or a bounce leads back.

    Raises:
        Refused: an address is none (`BAD_ADDRESS`, `SENDER_NOT_ALLOWED`), or a header would become two (`INVALID`).
    """
    sender = _checked(mail.sender, where, RefusalReason.SENDER_NOT_ALLOWED, "the sender is no mail address.")
    to = mail.to.get_secret_value()
    recipient = _checked(to, where, RefusalReason.BAD_ADDRESS, "the recipient's address is none.")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_one_line(mail.sender_name, where), addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = _one_line(mail.subject.get_secret_value(), where)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{attempt}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's out-of-office shall answer
    _unsubscribe(message, mail.unsubscribe, where)
    message.set_content(mail.body.get_secret_value(), charset="utf-8")
    content = _LEADING_DOT.sub(b"..", message.as_bytes())
    ended = content if content.endswith(b"\r\n") else content + b"\r\n"
    return Letter(str(message["Message-ID"]), sender, recipient, ended)


def _checked(address: str, where: Where, reason: RefusalReason, says: str) -> str:
    """ASCII only: few hosts take SMTPUTF8, and one that does not would refuse after having been told a name."""
    if len(address) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise Refused(where, reason, says)
    return address


def _one_line(text: str, where: Where) -> str:
    if _CONTROL.search(text):
        raise Refused(where, RefusalReason.INVALID, "a subject or a sender's name holds a line break.")
    return text


def _unsubscribe(message: EmailMessage, link: str, where: Where) -> None:
    """RFC 2369 and, for a link, the one click of RFC 8058. Only where somebody gave one."""
    if not link:
        return
    if not _LINK.fullmatch(link):
        raise Refused(where, RefusalReason.INVALID, "the unsubscribe link is neither https nor mailto.")
    message["List-Unsubscribe"] = f"<{link}>"
    if link.startswith("https:"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
