"""A message as Paubox keeps it: what was asked for, what became of it at each recipient, and how it shows both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parseaddr
from typing import Any

from emulators.paubox.problems import Refusal

DELIVERED, PORTAL = "delivered", "delivered via secure portal"
NO_TLS = "TLS not offered, sending via Secure Portal"
ENDS = {
    DELIVERED: "api_mail_log_delivered",
    PORTAL: "api_mail_log_delivered",
    "soft bounced": "api_mail_log_temporary_failure",
    "soft bounced - mailbox full": "api_mail_log_temporary_failure",
    "hard bounced": "api_mail_log_permanent_failure",
}
"""`deliveryStatus` → the event that tells of it. The others are told by nothing."""
STATUSES = frozenset({*ENDS, NO_TLS, "processing", "Internal error. Please check back later."})


@dataclass(slots=True)
class Delivery:
    """What became of a message at one recipient."""

    recipient: str
    status: str = "processing"
    at: datetime | None = None
    opened_at: datetime | None = None

    def shown(self, *, alone: bool) -> dict[str, Any]:
        """As a receipt shows it; whether it was opened only where the message had one recipient."""
        status: dict[str, Any] = {"deliveryStatus": self.status}
        if self.at:
            status["deliveryTime"] = format_datetime(self.at)
        if alone and self.at:
            status["openedStatus"] = "opened" if self.opened_at else "not opened"
        if alone and self.opened_at:
            status["openedTime"] = format_datetime(self.opened_at)
        return {"recipient": self.recipient, "status": status}


@dataclass(slots=True)
class Message:
    """One message. `plain` is whether it may go without TLS."""

    tracking_id: str
    sender: str
    subject: str
    text: str
    plain: bool
    custom: dict[str, str]
    created_at: datetime
    deliveries: list[Delivery] = field(default_factory=list)
    listed: bool = False
    """Whether the receipt shows its deliveries yet."""

    @property
    def message_id(self) -> str:
        """The mail's own id, at the sender's domain."""
        return f"<{self.tracking_id}@{self.sender.rpartition('@')[2]}>"

    def accepted(self) -> dict[str, Any]:
        """The answer to a send."""
        return {"sourceTrackingId": self.tracking_id, "customHeaders": self.custom, "data": "Service OK"}

    def receipt(self) -> dict[str, Any]:
        """The answer to the question what became of it."""
        alone = len(self.deliveries) == 1
        opened = sum(each.opened_at is not None for each in self.deliveries)
        shown = [each.shown(alone=alone) for each in self.deliveries] if self.listed else []
        return {
            "sourceTrackingId": self.tracking_id,
            "data": {
                "message": {
                    "id": self.message_id,
                    "message_deliveries": shown,
                    "total_opens": opened,
                    "distinct_opens": opened,
                    "total_click_count": 0,
                    "clicks_per_link": [],
                    "unsubscribed": False,
                }
            },
        }


def read(message: Any, tracking_id: str, domains: frozenset[str], now: datetime) -> Message:  # noqa: ANN401 - JSON
    """The message a request asks for; raises `Refusal` where Paubox's schema asks for more."""
    if not isinstance(message, dict):
        raise Refusal(400, "Message is missing")
    headers, content = _table(message, "headers"), _table(message, "content")
    recipients = [parseaddr(str(one))[1] for one in message.get("recipients") or []]
    if not recipients or not all("@" in one for one in recipients):
        raise Refusal(400, "Recipients are missing or malformed")
    if not {"from", "subject"} <= headers.keys():
        raise Refusal(400, "Headers need from and subject")
    if not {"text/plain", "text/html"} & content.keys():
        raise Refusal(400, "Content is missing")
    sender = parseaddr(str(headers["from"]))[1]
    if sender.rpartition("@")[2] not in domains:
        raise Refusal(400, "From does not match a verified domain")
    return Message(
        tracking_id=tracking_id,
        sender=sender,
        subject=str(headers["subject"]),
        text=str(content.get("text/plain", content.get("text/html"))),
        plain=bool(message.get("allowNonTLS", False)),
        custom={name: str(value) for name, value in headers.items() if name.lower().startswith("x-")},
        created_at=now,
        deliveries=[Delivery(one) for one in recipients],
    )


def _table(message: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = message.get(name)
    if not isinstance(found, dict):
        raise Refusal(400, f"{name.capitalize()} are missing")
    return found
