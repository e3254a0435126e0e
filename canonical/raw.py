"""Vendor bytes as they arrive, before anyone has understood them."""

from enum import StrEnum

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
    INTAKE = "intake"
    CONSENT = "consent"
    SUPPRESSION = "suppression"


class RawRecord(Noun):
    """One record, byte for byte as the vendor sent it."""

    connection_id: ConnectionId
    stream: str
    vendor_id: str
    body: bytes
    origin: str
    """Where in the input it stood: `file.csv:118`, `page 3`, `webhook e-…`."""
    effective_at: Instant | None = None
    """The vendor's own modified time, when the record says one."""
    deleted: bool = False


class Suspect(Noun):
    """A piece of input that could not be split into records: kept whole, marked, never dropped."""

    body: bytes
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
