"""What may be taken in: calls (CALL-01), what may be a complication (TRI-01), health data of Washington (MHMD-01)."""

from typing import Literal

from canonical.model import Noun
from pipelines.policy.asking import ALLOW, NOT_ASKED, Finding, approval, block, heard
from pipelines.policy.knowing import UNKNOWN, Unknown

ALL_PARTY_STATES = frozenset({"CA", "CT", "DE", "FL", "IL", "MD", "MA", "MT", "NV", "NH", "OR", "PA", "WA"})
"""Where everybody on a call must know of the recording. A state nobody knows is treated as one of them."""
_WASHINGTON = "WA"
_NOT_COVERED = "no agreement with the call vendor covers them"
_NO_ANNOUNCEMENT = "no recording announcement is configured, and the call may be from a state that wants one"


class CallContent(Noun):
    """What a call vendor would hand over beside time, number and whether it was answered."""

    fetches: bool
    """Whether a recording, a transcript or a summary would be read."""
    covered: bool | Unknown = UNKNOWN
    """Whether an agreement in force covers them."""
    announced: bool | Unknown = UNKNOWN
    """Whether callers hear that they are recorded."""
    states: tuple[str, ...] | Unknown = UNKNOWN
    """Where the people on the call may be."""


@heard("CALL-01")
def what_was_said_stays_there(call: CallContent) -> Finding:
    """Recordings and transcripts are read only under an agreement, and announced where everybody must know."""
    if not call.fetches:
        return ALLOW
    if call.covered is not True:
        return block(why=_NOT_COVERED)
    free = not isinstance(call.states, Unknown) and ALL_PARTY_STATES.isdisjoint(call.states)
    return ALLOW if call.announced is True or free else block(why=_NO_ANNOUNCEMENT)


class Triage(Noun):
    """A text that came in, once the red-flag lexicon was read over it."""

    flagged: bool
    lexicon: str
    """The lexicon's hash, for the record."""
    answer: Literal["none", "emergency_text", "other"] = "none"
    """What would answer it by itself."""


@heard("TRI-01")
def a_clinician_reads_it(triage: Triage) -> Finding:
    """What may be a complication goes to a clinician, and nothing answers it by itself but the fixed emergency text."""
    if not triage.flagged:
        return ALLOW
    return block() if triage.answer == "other" else approval()


class Collected(Noun):
    """Something about a person's health that came in, or would be passed on."""

    state: str | Unknown
    """Where the person lives."""
    practice_state: str
    collected_in: str = ""
    """Where it was collected, if that is known and another state."""
    held_under_hipaa: bool = False
    """Whether it is part of what the practice holds as a HIPAA entity: then this law does not apply."""
    beyond_the_request: bool = False
    """Whether more is kept than the answer to the request needs."""
    shared: bool = False
    consent_collect: bool = False
    consent_share: bool = False


@heard("MHMD-01")
def washington_asks_first(collected: Collected) -> Finding:
    """In Washington health data is kept for what was asked, and shared only with a consent of its own."""
    lives_in = collected.practice_state if isinstance(collected.state, Unknown) else collected.state
    if collected.held_under_hipaa or _WASHINGTON not in {lives_in, collected.collected_in}:
        return NOT_ASKED
    if collected.shared and not collected.consent_share:
        return block()
    return block() if collected.beyond_the_request and not collected.consent_collect else ALLOW
