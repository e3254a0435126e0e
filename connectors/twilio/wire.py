"""Twilio's payloads: which fields must be there. Everything else is kept and never required.

Source: twilio-oai `twilio_api_v2010` (d50069b4, 2026-11) for resources; Twilio's messaging webhook pages for the forms.
A webhook's record is its address's query, then its body: both are form fields, and our reference stands in the query.
"""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Final

from pydantic import Field

from connectors.kit import moments
from connectors.kit.shapes import AnyId, Shape


def instant(written: object) -> datetime | None:
    """Twilio's API of 2010 writes RFC 2822 with an offset, its newer ones ISO 8601; None for anything else."""
    try:
        moment = parsedate_to_datetime(written) if isinstance(written, str) and written else None
    except ValueError:
        return moments.instant(written)
    return moment if moment is not None and moment.tzinfo else None


MessageSid = Annotated[str, Field(pattern=r"^(SM|MM)[0-9A-Za-z]{16,}$")]
"""The id of a message that we are told was made just now. In a log, any text is one."""


class Message(Shape):
    """A Message resource, either direction."""

    sid: AnyId
    direction: str
    status: str | None = None
    to: str | None = None
    sender: str | None = Field(None, alias="from")
    messaging_service_sid: str | None = None
    body: str | None = None
    date_created: str | None = None
    date_sent: str | None = None


class Created(Shape):
    """The answer to a send. Without a sid it proves nothing."""

    sid: MessageSid
    status: str


class MessagePage(Shape):
    """A page of messages. Page 2 still says `page: 0` (recorded 2026-06): only the URI can be trusted."""

    messages: tuple[Message, ...]
    next_page_uri: str | None = None


class Inbound(Shape):
    """What Twilio posts when somebody texts one of our numbers."""

    sid: AnyId = Field(alias="MessageSid")
    sender: str = Field(alias="From")
    to: str = Field(alias="To")
    body: str = Field("", alias="Body")


class StatusCallback(Shape):
    """What Twilio posts when one of our messages changes its status."""

    sid: AnyId = Field(alias="MessageSid")
    status: str = Field(alias="MessageStatus")
    ref: str = ""


class Account(Shape):
    """The account the credentials open."""

    sid: str
    status: str
    type: str = ""


class Number(Shape):
    """One of the account's numbers. `sms_url` is where Twilio posts what people text to it."""

    phone_number: str
    sms_url: str | None = None
    sms_application_sid: str | None = None


class NumberPage(Shape):
    """A page of the account's numbers."""

    incoming_phone_numbers: tuple[Number, ...]
    next_page_uri: str | None = None


class ConsentItem(Shape):
    """What became of one consent we wrote."""

    correlation_id: str
    error_code: int = 0


class ConsentAnswer(Shape):
    """The answer to a bulk write of consents."""

    items: tuple[ConsentItem, ...] = Field(min_length=1)


SHAPES: Final[Mapping[str, type[Shape]]] = {"messages": Message, "inbound": Inbound, "receipts": StatusCallback}
"""Stream → what a record of it must have."""
