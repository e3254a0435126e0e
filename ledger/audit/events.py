"""What the audit records: one tag `subject:thing:verb` for every kind of event, and the body of one entry.

A body holds pseudonymous ids, reason codes and counts. It never holds a name, a number, an address or a sentence: bodies
can not be erased, so whatever must be erasable lives in another table and is named here by its id or its hash.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from canonical.model import Noun
from ledger.audit.canonical_bytes import LARGEST_INT, body_bytes


class AuditTag(StrEnum):
    """Every kind of audit event. `subject` says what `AuditBody.subject_id` names; `meaning` says what happened."""

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Self:
        """A member is its tag and the sentence that defines it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    @property
    def subject(self) -> str:
        """What the event happened to."""
        return self.split(":")[0]

    @property
    def thing(self) -> str:
        """Which side of the subject it concerned."""
        return self.split(":")[1]

    @property
    def verb(self) -> str:
        """What happened to it, in the past tense."""
        return self.split(":")[2]

    CONFIGURATION_STORED = (
        "practice:configuration:stored",
        "A journey, policy, register, template, mapping or lexicon was first used and is now kept by its content hash.",
    )
    ROW_SWITCHED_ON = ("practice:row:switched_on", "A row may send from its live_from on (R43, R44).")
    ROW_SWITCHED_OFF = ("practice:row:switched_off", "A row stopped sending.")
    PAUSE_SET = ("practice:pause:set", "Sending stopped for the scope named in refs (R45).")
    PAUSE_RELEASED = ("practice:pause:released", "Sending may go on for the scope named in refs (R45).")

    RAW_LANDED = (
        "connection:raw:landed",
        "A run landed vendor records of one stream; counts are the sum of the run, not one record.",
    )
    CONNECTION_AUTHORIZED = (
        "connection:account:authorized",
        "A user let this connection use a vendor's account; refs name the user, the vendor and where its tokens lie sealed.",
    )
    QUARANTINE_MARKED = ("raw:quarantine:marked", "A record was understood by nobody and set aside, its bytes kept.")
    QUARANTINE_RELEASED = ("raw:quarantine:released", "A record set aside goes through the stages again.")

    PERSON_MERGED = ("person:identity:merged", "Records were joined to this person (R1); refs name the link.")
    PERSON_UNMERGED = ("person:identity:unmerged", "A join was undone; refs name the link.")
    PERSON_VIEWED = ("person:record:viewed", "A user looked at patient data; refs name the user and the page.")
    ERASURE_DONE = (
        "person:erasure:done",
        "Everything that could be erased about this person is a tombstone; refs name the request.",
    )

    CONSENT_RECORDED = ("contact_point:consent:recorded", "Evidence of permission, or of its withdrawal, was recorded.")
    SUPPRESSION_ADDED = (
        "contact_point:suppression:added",
        "Somebody opted out, or was opted out, on this contact point.",
    )
    SUPPRESSION_RESTORED = ("contact_point:suppression:restored", "A suppression ended by newer evidence (R34).")

    REPLY_READ = (
        "reply:intent:read",
        "What somebody wrote back was read; refs name the intent, never the words (R22).",
    )

    ACTION_PLANNED = ("action:plan:planned", "The facts ask for this action.")
    ACTION_REPLANNED = ("action:plan:replanned", "The facts changed, and the action with them, under the same id.")
    ACTION_CANCELLED = ("action:plan:cancelled", "The facts no longer ask for this action.")
    ACTION_REVIVED = ("action:plan:revived", "A cancelled or absorbed action is asked for again.")
    ACTION_EXPIRED = ("action:plan:expired", "The action could not be sent while it was still true (R32).")
    ACTION_ABSORBED = ("action:plan:absorbed", "Another action of the same phone and day carries this one (R5, R6).")
    ACTION_DROPPED = ("action:plan:dropped", "The action lost to a cap, a priority or a decision.")
    VERDICT_DECIDED = (
        "action:verdict:decided",
        "The policy answered; refs name the verdict that holds every rule's answer.",
    )
    APPROVAL_ASKED = ("action:approval:asked", "A person was asked to approve (R50).")
    APPROVAL_GIVEN = ("action:approval:given", "A person approved; refs name the user.")
    APPROVAL_DROPPED = ("action:approval:dropped", "The approval was refused, or nobody gave it in time.")

    SEND_CLAIMED = (
        "action:send:claimed",
        "The right to make exactly one request was taken; refs name the attempt. Written before the request.",
    )
    SEND_SENT = ("action:send:sent", "The vendor accepted the attempt.")
    SEND_REFUSED = ("action:send:refused", "The vendor will never accept it; refs name the reason.")
    SEND_NOT_SENT = ("action:send:not_sent", "Proved that nothing left: the action may be asked again.")
    SEND_AMBIGUOUS = (
        "action:send:ambiguous",
        "The outcome of the attempt is unknown; it is looked up, never repeated.",
    )
    SEND_ABANDONED = ("action:send:abandoned", "The outcome could not be established and went to a person.")
    SEND_DELIVERED = ("action:send:delivered", "The vendor reported delivery.")
    SEND_BOUNCED = ("action:send:bounced", "The vendor reported it undeliverable.")
    SEND_REJECTED = ("action:send:rejected", "A carrier or mail host refused it after the vendor had accepted it.")

    TASK_OPENED = ("task:work:opened", "Somebody of the practice was asked to act.")
    TASK_CLOSED = ("task:work:closed", "The task was done, or expired; refs say which.")

    RUN_CLOSED = ("run:conservation:closed", "A run ended and its sums close; counts hold every term.")
    RUN_BROKEN = (
        "run:conservation:broken",
        "A run ended and its sums do not close: it failed; counts hold every term.",
    )

    CHECKPOINT_SIGNED = (
        "ledger:checkpoint:signed",
        "The tree of counts.size entries was signed and exported; refs hold root and key.",
    )
    CHECKPOINT_ADOPTED = (
        "ledger:checkpoint:adopted",
        "Of the history signed as counts.size entries with refs.root only counts.restored are left, and a person accepted the loss.",
    )
    SCHEMA_MIGRATED = ("ledger:schema:migrated", "The file was brought to a newer schema.")
    SIGNING_KEY_ROTATED = (
        "key:signing:rotated",
        "From the next checkpoint on refs.new_public_key signs; the old key vouches by signing this.",
    )
    LEDGER_KEY_ROTATED = ("key:ledger:rotated", "The file was re-keyed.")


REQUIRED: dict[AuditTag, tuple[frozenset[str], frozenset[str]]] = {
    AuditTag.CHECKPOINT_SIGNED: (frozenset({"root", "key_id"}), frozenset({"size"})),
    AuditTag.CHECKPOINT_ADOPTED: (frozenset({"root", "user"}), frozenset({"size", "restored"})),
    AuditTag.SIGNING_KEY_ROTATED: (frozenset({"old_public_key", "new_public_key"}), frozenset()),
    AuditTag.SEND_CLAIMED: (frozenset({"attempt"}), frozenset()),
}
"""Refs and counts without which an event would be useless to those who read it: verifiers, and whoever asks about a send."""

_EMAIL = re.compile(r"[^\s@]@[^\s@]+\.[A-Za-z]{2}")
_PHONE = re.compile(
    r"(?<![0-9A-Za-z])(?:\+\d[\d().-]{6,18}\d|(?:1[.-]?)?\(?\d{3}\)?[.-]?\d{3}[.-]?\d{4})(?![0-9A-Za-z])"
)
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def _opaque(value: str) -> str:
    if _EMAIL.search(value) or _PHONE.search(value):
        raise ValueError("looks like a phone number or a mail address; name the contact point by its id")
    return value


def _written_instant(value: str) -> str:
    if not _AT.fullmatch(value):
        raise ValueError("is not an instant like 2026-11-01T08:00:00.000Z; canonical.clock.rfc3339 writes one")
    datetime.fromisoformat(value)
    return value


Opaque = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,256}$", strict=True), AfterValidator(_opaque)]
"""An id, a hash or a code: printable ASCII without spaces, so that no sentence fits."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$", strict=True)]
Count = Annotated[int, Field(strict=True, ge=-LARGEST_INT, le=LARGEST_INT)]


class AuditBody(Noun):
    """What one entry says. Raises pydantic's `ValidationError`, which never quotes the input, for anything else.

    Refs are ids, hashes and codes by role (`attempt`, `user`, `reason`); ids that vendors give are kept in the records the
    refs lead to. Counts are whole numbers; a truth value or a float is refused.
    """

    tag: AuditTag
    at: Annotated[str, AfterValidator(_written_instant)]
    """Business time, UTC, with milliseconds."""
    practice: Opaque
    subject_id: Opaque
    refs: dict[Name, Opaque] = Field(default_factory=dict)
    counts: dict[Name, Count] = Field(default_factory=dict)
    v: Literal[1] = 1

    @model_validator(mode="after")
    def _has_what_its_readers_need(self) -> Self:
        refs, counts = REQUIRED.get(self.tag, (frozenset(), frozenset()))
        missing = sorted((refs - self.refs.keys()) | (counts - self.counts.keys()))
        if missing:
            raise ValueError(f"{self.tag} needs {', '.join(missing)}")
        return self

    def encoded(self) -> bytes:
        """The canonical bytes that are hashed and stored."""
        return body_bytes(
            {
                "tag": self.tag.value,
                "at": self.at,
                "practice": self.practice,
                "subject_id": self.subject_id,
                "refs": self.refs,
                "counts": self.counts,
                "v": self.v,
            }
        )

    @classmethod
    def decoded(cls, body: bytes) -> Self:
        """The body that `encoded` wrote."""
        return cls.model_validate_json(body)
