"""An account, its numbers and its messaging services."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

# Numbers never change: invented when the emulator was written.
BORN = format_datetime(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))


def invented(prefix: str, name: str) -> str:
    """A sid that looks like Twilio's and is always the same for one name."""
    return prefix + hashlib.sha256(name.encode()).hexdigest()[:32]


@dataclass(slots=True)
class Sender:
    """A phone number of the account.

    `registered` false is a US number without a 10DLC campaign: accepted, then undelivered with 30034.
    `advanced_opt_out` adds OptOutType to inbound posts.
    """

    phone_number: str
    sms_url: str = ""
    registered: bool = True
    sms_capable: bool = True
    advanced_opt_out: bool = False
    friendly_name: str = ""

    @property
    def sid(self) -> str:
        """The number's PN sid."""
        return invented("PN", self.phone_number)

    def resource(self, account_sid: str) -> dict[str, Any]:
        """The IncomingPhoneNumber resource."""
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "friendly_name": self.friendly_name or self.phone_number,
            "phone_number": self.phone_number,
            "api_version": "2010-04-01",
            "beta": False,
            "origin": "twilio",
            "capabilities": {"voice": True, "sms": self.sms_capable, "mms": self.sms_capable, "fax": False},
            "date_created": BORN,
            "date_updated": BORN,
            "sms_url": self.sms_url,
            "sms_method": "POST",
            "sms_fallback_url": "",
            "sms_fallback_method": "POST",
            "sms_application_sid": None,
            "status_callback": "",
            "status_callback_method": "POST",
            "status": "in-use",
            "uri": f"/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers/{self.sid}.json",
        }


@dataclass(slots=True)
class Service:
    """A messaging service: a pool of numbers that share opt-outs."""

    sid: str
    numbers: tuple[str, ...]
    inbound_url: str = ""
    status_callback: str = ""


@dataclass(slots=True)
class Account:
    """One Twilio account. Credentials are the account's own or any of its API keys."""

    sid: str = invented("AC", "glowline emulator")
    auth_token: str = "an-invented-auth-token"  # noqa: S105 — opens nothing
    api_keys: dict[str, str] = field(default_factory=dict)
    friendly_name: str = "Emulated account"
    senders: dict[str, Sender] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)

    def add(self, *senders: Sender) -> "Account":
        """Give the account numbers."""
        self.senders.update({sender.phone_number: sender for sender in senders})
        return self

    def service_of(self, number: str) -> Service | None:
        """The messaging service a number belongs to."""
        return next((each for each in self.services.values() if number in each.numbers), None)

    def pool(self, number: str) -> str:
        """What an opt-out towards this number covers: the messaging service, or the number itself."""
        service = self.service_of(number)
        return service.sid if service else number

    def resource(self) -> dict[str, Any]:
        """The Account resource."""
        uri = f"/2010-04-01/Accounts/{self.sid}"
        return {
            "sid": self.sid,
            "friendly_name": self.friendly_name,
            "status": "active",
            "type": "Full",
            "auth_token": self.auth_token,
            "owner_account_sid": self.sid,
            "date_created": BORN,
            "date_updated": BORN,
            "uri": f"{uri}.json",
            "subresource_uris": {"messages": f"{uri}/Messages.json"},
        }

    def opened_by(self, user: str, password: str) -> bool:
        """Whether these Basic credentials belong to the account."""
        return (user, password) == (self.sid, self.auth_token) or self.api_keys.get(user) == password


def basic(headers: Mapping[str, str]) -> tuple[str, str]:
    """User and password of a Basic authorization; empty when there is none."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password
