"""Reading one answer: the table's branches in order, with the policy's word on permission among them. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pydantic import SecretStr

from canonical.actions import Answer, Purpose
from canonical.consent import SuppressionScope
from canonical.conversations import MessageRecord, ReplyIntent
from canonical.practice import Channel
from pipelines.replies.details import language, names_another_time
from pipelines.replies.score import read_score
from pipelines.replies.table import OFFERED, PERMISSION, Branch, branches, own_words, small
from pipelines.replies.thread import Thread

_ENDS = re.compile(r"^[^\w]+|[^\w]+$")


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
    score: int | None = None
    """For a bound answer (R24)."""
    wants_deletion: bool = False
    """It asks for its data to be deleted, whatever branch it took (R35)."""
    wants_change: bool = False
    """It asks to move or cancel a visit, whatever branch it took."""
    language: str = ""
    """Where it is clear, and not English (R28)."""

    @property
    def alarms(self) -> bool:
        """A clinician must read it, whatever else it says."""
        return self.intent is ReplyIntent.RED_FLAG

    @property
    def needs_human(self) -> bool:
        """Somebody of the practice must answer."""
        return self.intent is ReplyIntent.HUMAN


def understand(record: MessageRecord, heard: Heard, hear: Hear, thread: Thread) -> Understood:
    """The meaning of one inbound message. Permission is heard whatever branch it takes: an alarm may also say stop."""
    reader = _Reader(record.text, hear(heard), thread)
    found = next(found for branch in branches() if (found := reader.take(branch)))
    intent, matched = found
    score = read_score(reader.own, corrects=reader.corrects) if intent is ReplyIntent.BOUND_ANSWER else None
    wishes = (reader.wishes(ReplyIntent.DELETE_ME), reader.wishes(ReplyIntent.CHANGE))
    return Understood(intent, matched, reader.permission, score, *wishes, language(reader.own))


class _Reader:
    """One text, asked of each branch in turn."""

    def __init__(self, text: str, permission: Permission, thread: Thread) -> None:
        self.own = own_words(text)
        self.permission = permission
        self._thread = thread
        self._whole, self._said = small(text), small(self.own)
        self.corrects = thread.surveyed in thread.scored

    def wishes(self, intent: ReplyIntent) -> bool:
        """Whether the text holds words of a branch, whichever takes it."""
        lot = (branch for branch in branches() if branch.name == intent and self._thread.has(branch.given))
        return any(branch.match(self._said) for branch in lot)

    def take(self, branch: Branch) -> tuple[ReplyIntent, str] | None:
        """What the branch makes of the text; None leaves it to the next."""
        if branch.name == PERMISSION:
            return self._permission()
        if branch.name == OFFERED:
            return self._offered()
        intent = ReplyIntent(branch.name)
        if not self._thread.has(branch.given):
            return None
        matched = self._matched(branch, intent)
        return (intent, matched) if matched or intent is ReplyIntent.HUMAN else None

    def _permission(self) -> tuple[ReplyIntent, str] | None:
        """Whoever asks for deletion in so many words is not held for a person to guess at: all stops at once (R35)."""
        intent = self.permission.intent
        if intent is None or (intent is ReplyIntent.STOP_LIKELY and self.wishes(ReplyIntent.DELETE_ME)):
            return None
        return intent, self.permission.reading.word

    def _offered(self) -> tuple[ReplyIntent, str] | None:
        intent = self._thread.offers.get(_ENDS.sub("", self._said))
        if not isinstance(intent, ReplyIntent) or (intent is ReplyIntent.CONFIRM and not self._thread.named):
            return None
        return intent, "as offered"

    def _matched(self, branch: Branch, intent: ReplyIntent) -> str:
        if intent is ReplyIntent.BOUND_ANSWER:
            return "score" if read_score(self.own, corrects=self.corrects) else ""
        if intent is ReplyIntent.TAPBACK:
            return branch.match(self._said or self._whole)
        matched = branch.match(self._said)
        return "" if intent is ReplyIntent.CONFIRM and self._means_another_time() else matched

    def _means_another_time(self) -> bool:
        """A yes to Friday is none to Thursday."""
        thread = self._thread
        return any(
            names_another_time(self.own, visit.start_at.astimezone(zone), thread.at.astimezone(zone))
            for visit in thread.named
            for zone in (thread.zone(visit),)
        )
