"""The states a send goes through, which steps between them exist, and what it takes to make a request."""

from enum import StrEnum

from canonical.actions import ActionState, Command
from canonical.clock import Instant
from canonical.ids import ActionId, AttemptId, PracticeId
from canonical.model import Noun

S = ActionState

TRANSITIONS: dict[ActionState, frozenset[ActionState]] = {
    S.PLANNED: frozenset(
        {S.CLEARED, S.DELAYED, S.AWAITING_APPROVAL, S.BLOCKED, S.CANCELLED, S.EXPIRED, S.ABSORBED, S.DROPPED}
    ),
    S.CLEARED: frozenset(
        {S.PLANNED, S.DELAYED, S.AWAITING_APPROVAL, S.BLOCKED, S.CLAIMED, S.CANCELLED, S.EXPIRED, S.ABSORBED, S.DROPPED}
    ),
    S.DELAYED: frozenset({S.PLANNED, S.CANCELLED, S.EXPIRED, S.ABSORBED, S.DROPPED}),
    S.AWAITING_APPROVAL: frozenset({S.PLANNED, S.CANCELLED, S.EXPIRED, S.ABSORBED, S.DROPPED}),
    S.BLOCKED: frozenset({S.PLANNED, S.CANCELLED, S.EXPIRED, S.ABSORBED, S.DROPPED}),
    S.CLAIMED: frozenset({S.SENT, S.REFUSED, S.NOT_SENT, S.AMBIGUOUS}),
    S.NOT_SENT: frozenset({S.PLANNED, S.CANCELLED, S.EXPIRED}),
    S.AMBIGUOUS: frozenset({S.SENT, S.NOT_SENT, S.ABANDONED}),
    S.SENT: frozenset({S.DELIVERED, S.BOUNCED, S.REJECTED}),
    S.CANCELLED: frozenset({S.PLANNED}),
    S.ABSORBED: frozenset({S.PLANNED}),
    S.REFUSED: frozenset(),
    S.ABANDONED: frozenset(),
    S.EXPIRED: frozenset(),
    S.DROPPED: frozenset(),
    S.DELIVERED: frozenset(),
    S.BOUNCED: frozenset(),
    S.REJECTED: frozenset(),
}
"""Which state may follow which. Anything else is a defect and is refused by the ledger."""

OPEN_STATES = frozenset(
    {S.PLANNED, S.CLEARED, S.DELAYED, S.AWAITING_APPROVAL, S.BLOCKED, S.CLAIMED, S.NOT_SENT, S.AMBIGUOUS}
)
"""Open in the sense of conservation: still to be accounted for."""

BEFORE_CLAIM = frozenset({S.PLANNED, S.CLEARED, S.DELAYED, S.AWAITING_APPROVAL, S.BLOCKED})
"""States in which an action may still be changed, absorbed or cancelled."""

LEFT_THE_HOUSE = frozenset({S.SENT, S.DELIVERED, S.BOUNCED, S.REJECTED})
"""Accepted by the vendor, whatever became of it."""


def may_follow(before: ActionState, after: ActionState) -> bool:
    """Whether the transition exists."""
    return after in TRANSITIONS[before]


class Effect(StrEnum):
    """What repeating a command does (manifest)."""

    IDEMPOTENT = "idempotent"
    KEYED = "keyed"
    """Safe to repeat with the same key."""
    ONCE = "once"
    """Every repetition is another message."""


class Lookup(StrEnum):
    """How an unknown outcome can be found out (manifest)."""

    BY_REFERENCE = "by_reference"
    BY_RECIPIENT_AND_TIME = "by_recipient_and_time"
    CALLBACK = "callback"
    NONE = "none"


class Claimed(Noun):
    """The licence to make exactly one request. Only `pipelines.outbox.deliver` makes one, after the ledger holds it."""

    practice_id: PracticeId
    attempt_id: AttemptId
    action_id: ActionId
    command: Command
    claimed_at: Instant
    lease_until: Instant
    """Machine time; after it, an attempt without an outcome is ambiguous."""


class SendResult(Noun):
    """What the vendor answered when it accepted."""

    vendor_id: str
    status: str = ""
    link: str = ""
    """The address that was asked for (row 2.4)."""


class Found(StrEnum):
    """What a look-up established."""

    SENT = "sent"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class LookupResult(Noun):
    """The answer of a look-up for an ambiguous attempt."""

    found: Found
    vendor_id: str = ""
    status: str = ""


class ReceiptStatus(StrEnum):
    """What a vendor reports after accepting."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    """Undeliverable, permanently."""
    REJECTED = "rejected"
    """Refused by a carrier or mail host."""
    UNKNOWN = "unknown"


class Receipt(Noun):
    """A status report about one attempt, by callback or look-up."""

    attempt_id: AttemptId | None = None
    vendor_id: str = ""
    status: ReceiptStatus
    code: str = ""
    reason: str = ""
    """Why it failed, in the words of `problems.RefusalReason`."""
    at: Instant | None = None
