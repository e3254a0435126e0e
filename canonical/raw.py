"""Vendor bytes as they arrive, before anyone has understood them."""

from enum import StrEnum
from functools import cached_property
from typing import Final, Literal

from pydantic import Field

from canonical.clock import Instant
from canonical.ids import ConnectionId
from canonical.model import Noun


class Kind(StrEnum):
    """What a stream carries, in our words. A mapping names one."""

    PERSON = "person"
    APPOINTMENT = "appointment"
    INQUIRY = "inquiry"
    MESSAGE = "message"
    TASK = "task"
    REVIEW = "review"
    PAYMENT = "payment"
    INVOICE = "invoice"
    INTAKE = "intake"
    CONSENT = "consent"
    SUPPRESSION = "suppression"


class WireFormat(Noun):
    """How the bytes of a raw body are read. It is stored beside the bytes, so it names fields and never holds values."""

    shape: Literal["json", "form", "csv"] = "json"
    encoding: str = "utf-8"
    delimiter: str = ""
    fields: tuple[str, ...] = ()
    """The header of the file a `csv` row came from: the row's bytes alone do not say it."""

    @cached_property
    def text(self) -> str:
        """The stored form: the bare word where the word says it all, else JSON."""
        plain = self == WireFormat(shape=self.shape)
        return self.shape if plain else self.model_dump_json(exclude_defaults=True)

    @classmethod
    def parse(cls, text: str) -> "WireFormat":
        """The format that `text` stored. Raises pydantic's `ValidationError` for anything else."""
        return cls.model_validate_json(text) if text.startswith("{") else cls.model_validate({"shape": text})


JSON: Final = WireFormat()
FORM: Final = WireFormat(shape="form")


class RawRecord(Noun):
    """One record, byte for byte as the vendor sent it."""

    connection_id: ConnectionId
    stream: str
    vendor_id: str
    body: bytes = Field(repr=False)
    origin: str
    """Where in the input it stood: `file.csv:118`, `page 3`, `webhook e-…`."""
    format: WireFormat = JSON
    effective_at: Instant | None = None
    """The vendor's own modified time, when the record says one."""
    deleted: bool = False


class Suspect(Noun):
    """A piece of input that could not be split into records: kept whole, marked, never dropped."""

    body: bytes = Field(repr=False)
    origin: str
    code: str
    problem: str
    """A sentence without values."""
    next_step: str


class Page(Noun):
    """A pull's unit of progress: land it, then move the cursor, in one transaction."""

    records: tuple[RawRecord, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    cursor: str
    """Where to continue after this page is landed. Opaque to everyone but the connector."""
    complete: bool = False
    """True on the last page of a pass that saw everything there was."""
    estimate: int | None = None
    """How many records the whole pass will have, when the vendor or the file tells."""
    left: int | None = Field(default=None, ge=0)
    """How many records of the pass come after this page, when the vendor tells that."""
    share: float | None = Field(default=None, gt=0, le=1)
    """How much of what is read window by window now lies behind with this page: what is to come is guessed from it.

    A pass that was cut and goes on counts from there.
    """
    as_of: Instant | None = None
    """When what was read was true, where that is earlier than the reading: a file speaks of the day it was written."""
    again: bool = False
    """True where these very bytes were read before under another name: what they repeat is counted `repeated`."""
    lines: bool = False
    """True where origins are lines of a file: where one reads well now, what once stood there was corrected."""
    whole: bool = False
    """True on the last page of a pass that held every record there is: whatever it did not hold is gone."""

    def expected(self, read: int) -> int | None:
        """How many records the pass will come to, once `read` of them have been; None where nobody can tell."""
        if self.estimate is not None:
            return self.estimate
        if self.left is not None:
            return read + self.left
        return round(read / self.share) if self.share else None
