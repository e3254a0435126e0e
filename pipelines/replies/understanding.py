"""Reading one answer: the table's branches in order, with the policy's word on permission among them. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pydantic import SecretStr

from canonical.actions import Answer, Purpose
from canonical.consent import SuppressionScope
from canonical.conversations import MessageRecord, ReplyIntent
from canonical.practice import Channel
from pipelines.replies.table import PERMISSION, branches, small


class Reading(Protocol):
    """How the policy read a text (`pipelines.policy.revocation.Reading` is one)."""

    @property
    def word(self) -> str:
        """The word of the policy's tables that matched."""

    @property
    def per_se(self) -> bool:
        """The whole text is a word that revokes by law: vendors know it too."""

    @property
    def may_mean_the_visit(self) -> bool:
        """CANCEL and its like: an opt-out, and perhaps an appointment (R23)."""


class Permission(Protocol):
    """What follows from a text for permission (`pipelines.policy.rules.inbound.Heard` is one)."""

    @property
    def reading(self) -> Reading:
        """How it was read."""

    @property
    def intent(self) -> ReplyIntent | None:
        """The branch, or None where the text says nothing about permission."""

    @property
    def scope(self) -> SuppressionScope | None:
        """What to suppress at once; None = nothing."""

    @property
    def provisional(self) -> bool:
        """Held until a person confirms (TCPA-11)."""

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What the rules said."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A text before it is understood."""

    text: SecretStr
    channel: Channel | Literal["web_form"]
    at: datetime
    vendor_says: str = ""
    answers: Purpose | None = None
    """The purpose of the message it answers, where one is known."""


Hear = Callable[[Heard], Permission]
"""The policy's reader. Handed in, because policy is a later stage."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What an answer means."""

    intent: ReplyIntent
    matched: str
    """The entry of the tables that decided, never the text."""
    permission: Permission

    @property
    def alarms(self) -> bool:
        """A clinician must read it, whatever else it says."""
        return self.intent is ReplyIntent.RED_FLAG

    @property
    def needs_human(self) -> bool:
        """Somebody of the practice must answer."""
        return self.intent is ReplyIntent.HUMAN


def understand(record: MessageRecord, heard: Heard, hear: Hear) -> Understood:
    """The meaning of one inbound message. Permission is heard whatever branch it takes: an alarm may also say stop."""
    permission = hear(heard)
    said = small(record.text)
    for branch in branches():
        if branch.name == PERMISSION:
            if permission.intent is not None:
                return Understood(permission.intent, permission.reading.word, permission)
        elif not branch.words or branch.match(said):
            return Understood(ReplyIntent(branch.name), branch.match(said), permission)
    raise AssertionError("the table ends with a branch that takes everything")
