"""Rules of what comes in: words that revoke (TCPA-10, -11, -16), opt-outs on their way to other tools (TCPA-14), webhooks (SEC).

They are asked of a text, an opt-out or a delivery rather than of an action, so each is a function of its own; what they
answer is recorded like any other answer. Nothing here reads or writes: callers store the suppression that `Heard` asks for.
"""

from typing import Literal

from pydantic import SecretStr

from canonical.actions import Answer, Purpose
from canonical.clock import Instant, rfc3339
from canonical.consent import SuppressionScope
from canonical.conversations import ReplyIntent
from canonical.model import Noun
from canonical.practice import Channel
from pipelines.policy.asking import ALLOW, NOT_ASKED, Finding, answer_of, approval, block, heard
from pipelines.policy.revocation import Kind, Reading, read

_HOLDS = frozenset({Kind.REVOKE, Kind.HOLD, Kind.WRONG_NUMBER})
_VENDOR_STOP = "STOP"


class Inbound(Noun):
    """A text somebody sent us, on any channel, or a note of the staff about one."""

    text: SecretStr
    channel: Channel | Literal["staff_note", "web_form"]
    at: Instant
    vendor_says: str = ""
    """What the vendor itself made of it (Twilio's OptOutType): its STOP is one, whatever we read (R34)."""
    flagged: bool = False
    """Staff marked it as an opt-out."""
    answers: Purpose | None = None
    """Purpose of the message it answers; None = unknown."""
    clarified: SuppressionScope | None = None
    """The scope the person chose when the confirmation asked which messages to stop."""


class Heard(Noun):
    """What follows from a text for permission."""

    reading: Reading
    intent: ReplyIntent | None
    """The branch of R22, or None: the branches after it decide."""
    scope: SuppressionScope | None
    """The suppression to write, at once; None = none."""
    provisional: bool
    """Held until a person confirms, within one business day."""
    answers: tuple[Answer, ...]


def hear(inbound: Inbound) -> Heard:
    """Read the text and ask the three rules about it. Pure, and it never keeps the text."""
    reading = _read(inbound)
    answers = (
        answer_of("TCPA-10", per_se_word(inbound, reading)),
        answer_of("TCPA-11", reasonable_words(reading)),
        answer_of("TCPA-16", scope_of(inbound, reading)),
    )
    scope = _scope(inbound, reading) if reading.kind in _HOLDS else None
    return Heard(
        reading=reading,
        intent=reading.intent,
        scope=scope,
        provisional=reading.kind is Kind.HOLD,
        answers=answers,
    )


def _read(inbound: Inbound) -> Reading:
    reading = read(inbound.text.get_secret_value())
    if inbound.vendor_says.upper() == _VENDOR_STOP and reading.kind is not Kind.REVOKE:
        return Reading(kind=Kind.REVOKE, word="the vendor's own STOP", per_se=True)
    if inbound.flagged and reading.kind not in _HOLDS:
        return Reading(kind=Kind.HOLD, word="flagged by staff")
    return reading


@heard("TCPA-10")
def per_se_word(inbound: Inbound, reading: Reading) -> Finding:
    """A text that is nothing but one of the law's words revokes, from the instant it was sent."""
    if not reading.per_se:
        return ALLOW
    return block(ts=rfc3339(inbound.at), word=reading.word)


@heard("TCPA-11")
def reasonable_words(reading: Reading) -> Finding:
    """Plain words that revoke do so; words that may are held, and a person reads them within a business day."""
    if reading.per_se or reading.kind not in {Kind.REVOKE, Kind.HOLD}:
        return ALLOW
    if reading.kind is Kind.REVOKE:
        return block("The person asked in plain words not to be written to any more.")
    return approval()


@heard("TCPA-16")
def scope_of(inbound: Inbound, reading: Reading) -> Finding:
    """A revocation stops everything, whichever message it answers, until the person says which part they meant."""
    if reading.kind not in {Kind.REVOKE, Kind.HOLD}:
        return NOT_ASKED
    return block(scope=_scope(inbound, reading).value)


def _scope(inbound: Inbound, reading: Reading) -> SuppressionScope:
    if reading.kind is Kind.WRONG_NUMBER:
        return SuppressionScope.PERSON_ON_PHONE
    return inbound.clarified or SuppressionScope.ALL
