"""What can go wrong, grouped by what happens next rather than by what broke.

Connector problems carry the vendor, the capability, our own reference and the vendor's code. They never carry content:
no name, no number, no text, no payload.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class RefusalReason(StrEnum):
    """Why a vendor will never accept this item."""

    OPTED_OUT = "opted_out"
    """The vendor's own opt-out list holds the recipient (Twilio 21610)."""
    NOT_TEXTABLE = "not_textable"
    """A landline or a number that cannot receive texts."""
    UNREACHABLE = "unreachable"
    """The phone is off or out of reach just now; one more try before the message expires (R27)."""
    UNEXPLAINED = "unexplained"
    """It failed and nobody says why; it may have arrived, so it is never resent (R27)."""
    BAD_ADDRESS = "bad_address"
    """The phone number or mail address does not exist or is malformed."""
    SENDER_NOT_ALLOWED = "sender_not_allowed"
    """The sender number is not ours, not registered or not permitted for this use."""
    CONTENT_REFUSED = "content_refused"
    """The vendor or carrier refused the text itself."""
    INSECURE_TRANSPORT = "insecure_transport"
    """The other side offers no verified TLS, and we do not send without."""
    NOT_FOUND = "not_found"
    """The record we wanted to change does not exist at the vendor."""
    CONFLICT = "conflict"
    """The record exists already or was changed by someone else."""
    INVALID = "invalid"
    """The vendor's validation refused the fields we sent."""
    OTHER = "other"
    """A permanent refusal without a more telling code."""


@dataclass(frozen=True)
class Where:
    """What a connector problem happened to, in words that are safe to log."""

    vendor: str
    capability: str
    reference: str = ""
    vendor_code: str = ""


class GlowlineError(Exception):
    """Any problem we raise on purpose. `next_step` is a sentence that says what to do."""

    def __init__(self, message: str, *, next_step: str = "") -> None:
        """Keep the sentence and the next step apart, so that the console can set them in two lines."""
        super().__init__(message)
        self.next_step = next_step


class ConnectorProblem(GlowlineError):
    """A problem at a vendor's border."""

    def __init__(self, where: Where, message: str, *, next_step: str = "") -> None:
        """Remember where; the message must not contain anything about a person."""
        super().__init__(f"{where.vendor} {where.capability}: {message}", next_step=next_step)
        self.where = where


class NeedsOperator(ConnectorProblem):
    """Key revoked or scope missing: stop this vendor for this practice and open one task."""


class TryLater(ConnectorProblem):
    """429, a 5xx on a read, network down, or nothing written yet: back off and come again with the same cursor."""

    def __init__(self, where: Where, message: str, *, after: timedelta | None = None, next_step: str = "") -> None:
        """`after` is the pause the vendor asked for, or None when it named none."""
        super().__init__(where, message, next_step=next_step)
        self.after = after


class Refused(ConnectorProblem):
    """This item will never be accepted: settle it with its reason and go on."""

    def __init__(self, where: Where, reason: RefusalReason, message: str, *, next_step: str = "") -> None:
        """`reason` is ours; the vendor's own code stays in `where`."""
        super().__init__(where, message, next_step=next_step)
        self.reason = reason


class Ambiguous(ConnectorProblem):
    """Sent, outcome unknown: never resend; look it up, then ask a human."""


class ProtocolBroken(ConnectorProblem):
    """The payload is not what the vendor's documents say: keep the raw bytes in quarantine, alarm, go on."""


class NotOffered(ConnectorProblem):
    """The vendor cannot do that. Planning reads the manifest and should have known."""


class SettingsError(GlowlineError):
    """A configuration file is wrong. The message starts with `file:line`."""

    def __init__(self, file: str, line: int, message: str, *, next_step: str = "") -> None:
        """`line` counts from 1; 0 means the whole file."""
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place}  {message}", next_step=next_step)
        self.file = file
        self.line = line


class LedgerError(GlowlineError):
    """The ledger could not be opened, read or written; nothing was written."""


class LedgerKeyWrong(LedgerError):
    """The key does not open this file."""


class LedgerKeyMissing(LedgerError):
    """The secret reference of the key leads nowhere."""


class LedgerForeign(LedgerError):
    """The file is not a Glowline ledger, or belongs to another practice."""


class LedgerDamaged(LedgerError):
    """The file is a ledger, but cannot be read completely."""


class LedgerTooNew(LedgerError):
    """A newer release wrote this file; this one may not read it."""


class LedgerNotMigrated(LedgerError):
    """The file is older than this release and only `glowline practices migrate` changes that."""


class LedgerReadOnly(LedgerError):
    """The ledger is shorter than its newest checkpoint, or failed verification: it may be read, not written."""


class LedgerFull(LedgerError):
    """The disk is full: the transaction was rolled back."""


class LedgerConflict(LedgerError):
    """Another writer was first: nothing was written, and the same work may simply be done again."""


class LedgerDuplicate(LedgerError):
    """A row with this number or id is there already: whoever came first did the work."""


class LedgerQueryFailed(LedgerError):
    """A statement met data it cannot handle. The message names the query and never the data."""


class ClockWentBack(LedgerError):
    """Business time is earlier than what the ledger has already seen: planning refuses."""


class NetworkWhileLedgerOpen(LedgerError):
    """Somebody tried to call out while a ledger was open. This is a programming error and is never caught."""


class ConservationBroken(GlowlineError):
    """The sums of a run do not close: the run has failed whatever else it did."""
