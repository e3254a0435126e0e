"""What people write back, and what others wrote to them."""

from enum import StrEnum

from canonical.clock import Instant
from canonical.ids import ContactPointId, PersonId, ReplyId
from canonical.model import Noun
from canonical.practice import Channel


class Direction(StrEnum):
    """Seen from the practice."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class ReplyIntent(StrEnum):
    """What a reply means, in the order they are tried (R22)."""

    RED_FLAG = "red_flag"
    STOP = "stop"
    STOP_LIKELY = "stop_likely"
    """Other words a reasonable person would read as revocation (TCPA-11)."""
    HELP = "help"
    START = "start"
    WRONG_NUMBER = "wrong_number"
    DELETE_ME = "delete_me"
    """Asks for its data to be deleted (R35)."""
    BOUND_ANSWER = "bound_answer"
    """A score, to the one question that was asked (R24)."""
    CONFIRM = "confirm"
    LATE = "late"
    CHANGE = "change"
    INTEREST = "interest"
    """Somebody who asked before wants to come (row 2.1)."""
    TAPBACK = "tapback"
    HUMAN = "human"


class MessageRecord(Noun):
    """A message as a vendor's log has it, either direction."""

    vendor_id: str
    channel: Channel
    direction: Direction
    contact: str
    """The other side's phone or address, normalised, or their thread (`instagram:1784…`); empty where the tool names none."""
    ours: str = ""
    """Our number or address."""
    text: str = ""
    sent_at: Instant | None = None
    status: str = ""
    error_code: str = ""
    reason: str = ""
    """Why it failed, in the words of `problems.RefusalReason`."""
    opt_out_type: str = ""
    """What the vendor itself made of it: STOP, START or HELP."""
    reference: str = ""
    """Our own reference, where the vendor carries it back."""
    person_vendor_id: str = ""
    """The vendor's own id of whoever is on the other side. It is asked only where `contact` is empty: a chat, a portal."""
    automated: bool = False
    """Whether its tool says that it wrote this by itself: then nobody of the practice has got in touch (R56, R58)."""


class Reply(Noun):
    """An inbound message as we understand it."""

    reply_id: ReplyId
    contact_point_id: ContactPointId
    person_id: PersonId | None = None
    channel: Channel
    intent: ReplyIntent
    matched: str = ""
    """The table entry that decided, never the text."""
    received_at: Instant
    answered_to: str = ""
