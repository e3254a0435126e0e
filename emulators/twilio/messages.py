"""The Message resource, its creation rules, and where a message stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from emulators.twilio.account import Account, Sender
from emulators.twilio.problems import Refusal

MOST_CHARACTERS = 1600
E164 = re.compile(r"\+(?:1[2-9]\d{2}[2-9]\d{6}|(?!1)[1-9]\d{7,14})")
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = frozenset("^{}\\[~]|€\f")
NEVER = datetime.min.replace(tzinfo=UTC)
LENGTHS = {True: (160, 153), False: (70, 67)}

Direction = Literal["outbound-api", "inbound", "outbound-reply"]


def segments(body: str) -> int:
    """How many parts the carriers count: GSM-7 160/153, else UCS-2 70/67."""
    gsm = all(sign in GSM or sign in GSM_TWICE for sign in body)
    units = sum(1 + (sign in GSM_TWICE) for sign in body) if gsm else len(body.encode("utf-16-be")) // 2
    single, part = LENGTHS[gsm]
    return 1 if units <= single else -(-units // part)


@dataclass(slots=True)
class Message:
    """One text. `date_sent` is null until it has left."""

    sid: str
    account_sid: str
    to: str
    sender: str | None
    body: str
    direction: Direction
    status: str
    date_created: datetime
    date_updated: datetime
    date_sent: datetime | None = None
    service_sid: str | None = None
    callback: str = ""
    error_code: int | None = None

    def resource(self) -> dict[str, Any]:
        """The Message resource. `error_message` is null even when `error_code` is set, as recorded."""
        uri = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": format_datetime(self.date_created),
            "date_sent": format_datetime(self.date_sent) if self.date_sent else None,
            "date_updated": format_datetime(self.date_updated),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            "from": self.sender,
            "messaging_service_sid": self.service_sid,
            "num_media": "0",
            "num_segments": str(segments(self.body)) if self.sender else "0",
            "price": "-0.00790" if self.date_sent and self.direction != "inbound" else None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


def reference_in(url: str) -> str | None:
    """The sender's own reference in a callback URL: `ref`, `reference` or `attempt`, else the last part of the path."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    named = next((query[name][0] for name in ("ref", "reference", "attempt") if name in query), None)
    return named or parts.path.rstrip("/").rpartition("/")[2] or None


def check(account: Account, form: Mapping[str, str], opted_out: set[tuple[str, str]]) -> Message:
    """The message a create request asks for, without sid and dates; raises `Refusal` as Twilio would, in its order."""
    to, body = form.get("To", ""), form.get("Body", "")
    if not to:
        raise Refusal(21604)
    if not E164.fullmatch(to):
        raise Refusal(21211, to)
    sender, service_sid = _sender(account, form)
    if to == (sender.phone_number if sender else None):
        raise Refusal(21266)
    _check_content(form, body)
    pool = account.pool(sender.phone_number) if sender else service_sid or ""
    if (pool, to) in opted_out:
        raise Refusal(21610)
    callback = form.get("StatusCallback", "") or (account.services[service_sid].status_callback if service_sid else "")
    number = sender.phone_number if sender and not service_sid else None
    return Message(
        sid="", account_sid=account.sid, to=to, sender=number, body=body, direction="outbound-api",
        status="accepted" if service_sid else "queued", date_created=NEVER, date_updated=NEVER,
        service_sid=service_sid, callback=callback,
    )  # fmt: skip


def _check_content(form: Mapping[str, str], body: str) -> None:
    if not body and not form.get("MediaUrl") and not form.get("ContentSid"):
        raise Refusal(21602)
    if len(body) > MOST_CHARACTERS:
        raise Refusal(21617)
    callback = form.get("StatusCallback", "")
    if callback and not (urlsplit(callback).scheme in ("http", "https") and urlsplit(callback).hostname):
        raise Refusal(21609, callback)


def _sender(account: Account, form: Mapping[str, str]) -> tuple[Sender | None, str | None]:
    number, service_sid = form.get("From", ""), form.get("MessagingServiceSid", "")
    if not number and not service_sid:
        raise Refusal(21603)
    if service_sid:
        service = account.services.get(service_sid)
        if service is None:
            raise Refusal(21701)
        if not service.numbers:
            raise Refusal(21703)
        return account.senders.get(number or service.numbers[0]), service_sid
    sender = account.senders.get(number)
    if sender is None:
        raise Refusal(21659, number)
    if not sender.sms_capable:
        raise Refusal(21606, number)
    return sender, None


def scheduled(message: Message, form: Mapping[str, str], now: datetime) -> Message:
    """The message with status `scheduled` when SendAt and ScheduleType ask for that; the service keeps it."""
    if form.get("ScheduleType") != "fixed" or "SendAt" not in form:
        return message
    ahead = datetime.fromisoformat(form["SendAt"]) - now
    if message.service_sid is None or not timedelta(minutes=15) <= ahead <= timedelta(days=35):
        raise Refusal(20001, "SendAt needs a Messaging Service and 15 minutes to 35 days")
    return replace(message, status="scheduled")
