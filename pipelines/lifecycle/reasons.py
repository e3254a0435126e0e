"""Why a step owes a subject nothing now. Each code has its sentence; nobody reads a bare code."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Why(StrEnum):
    """The reason that decided, in the order they are tried."""

    OWNED_ELSEWHERE = "owned_elsewhere"
    NOT_SWITCHED_ON = "not_switched_on"
    OTHER_MODE = "other_mode"
    FLAGGED = "flagged"
    OTHER_KIND = "other_kind"
    UNREACHABLE = "unreachable"
    WALK_IN = "walk_in"
    NOT_LIVE = "not_live"
    STATUS = "status"
    OTHER_STATUS = "other_status"
    NOT_COMPLETED = "not_completed"
    NO_ANCHOR = "no_anchor"
    UNMET = "unmet"
    SAID_ONCE = "said_once"
    ALREADY_TOLD = "already_told"
    NEVER_TOLD = "never_told"
    TOLD_THE_SAME = "told_the_same"
    CORRECTION = "correction"
    SAID = "said"
    SMALL_SHIFT = "small_shift"
    DEAD = "dead"
    NO_ZONE = "no_zone"
    NO_FACT_TIME = "no_fact_time"
    PAST = "past"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    REPEATED = "repeated"
    THERE_ALREADY = "there_already"
    SPAM = "spam"
    ANSWERED_CALL = "answered_call"
    STOPPED = "stopped"
    OTHER_HOURS = "other_hours"
    OTHER_INTENT = "other_intent"
    OTHER_CHANNEL = "other_channel"
    OTHER_TASK = "other_task"
    OTHER_SUBJECT = "other_subject"
    NOT_TOLD_US = "not_told_us"
    SUBJECT_GONE = "subject_gone"
    STEP_GONE = "step_gone"


SENTENCES: dict[Why, str] = {
    Why.OWNED_ELSEWHERE: "{owner} sends row {row} here (OWN-01).",
    Why.NOT_SWITCHED_ON: "Row {row} has not been switched on (LIVE-01).",
    Why.OTHER_MODE: "Reviews are asked for in the mode `{detail}` here; this step belongs to another one (R53).",
    Why.FLAGGED: "The person is marked {detail}; nothing automatic goes out (R8, R37).",
    Why.OTHER_KIND: "The step is not for a visit of kind {detail} (R19).",
    Why.UNREACHABLE: "There is no {detail} for it, and another step of the row says the same on another channel.",
    Why.WALK_IN: "The visit was booked less than 30 minutes before its start: a walk-in gets nothing before it (R18).",
    Why.NOT_LIVE: "Row {row} is live from {live_from}; this happened before, or without a time of its own (LIVE-01, R43).",
    Why.STATUS: "The visit is {detail}: it is not expected to take place.",
    Why.OTHER_STATUS: "The visit is {detail}; this step is for a cancelled one.",
    Why.NOT_COMPLETED: "Nothing says yet that the visit took place, or not surely enough (it is `{detail}`; R14).",
    Why.NO_ANCHOR: "What the step waits for, {detail}, has not happened.",
    Why.UNMET: "Not for this one: {detail}.",
    Why.SAID_ONCE: "It was said, and is said once.",
    Why.ALREADY_TOLD: "A message has already spoken of this visit; a change of it is row 2.7 (R12).",
    Why.NEVER_TOLD: "No message has named a time for this visit, so there is no change to tell (R9).",
    Why.TOLD_THE_SAME: "The last message already said what is true (R10).",
    Why.CORRECTION: "The start was moved into the past, or edited on its day after it had begun: a correction (R15).",
    Why.SAID: "Already said, and the last message that named a time still names the true one (R10).",
    Why.SMALL_SHIFT: "Already said, and moved by less than {detail} since.",
    Why.DEAD: "It was owed for this same time and is {detail}; it stays so (R46).",
    Why.NO_ZONE: "The visit has no location and the person no address, so nobody knows when morning is (R31).",
    Why.NO_FACT_TIME: "The vendor gave no time for it, so it counts as old (R43).",
    Why.PAST: "Its time, {due}, had passed when the visit was booked or moved, or when we first heard of it (R13).",
    Why.EXPIRED: "It expired at {expires} (R32).",
    Why.NOT_YET: "It is due at {due} and will be planned before that.",
    Why.REPEATED: "An earlier inquiry of the same day, from the same phone or mail address, gets the answer (R4).",
    Why.THERE_ALREADY: "The lead came from the CRM and is there.",
    Why.SPAM: "Suspected spam gets no message until a person says it is a lead (R49).",
    Why.ANSWERED_CALL: "The call was answered; the lead is recorded and nothing is sent.",
    Why.STOPPED: "Stopped: {detail}.",
    Why.OTHER_HOURS: "The other text is for this hour (rows 1.1 and 1.4).",
    Why.OTHER_INTENT: "The answer was read as {detail}; this step is for another (R22).",
    Why.OTHER_CHANNEL: "It came by {detail}, and there this step has no answer; a person reads it (row 7.1).",
    Why.OTHER_TASK: "The step is not for a task of kind {detail}.",
    Why.OTHER_SUBJECT: "The step is for opt-outs themselves or for their copies, and this is the other.",
    Why.NOT_TOLD_US: "The person did not say stop in a message to us, so there is nothing to confirm (row 7.2).",
    Why.SUBJECT_GONE: "The visit or inquiry cannot ask for anything any more.",
    Why.STEP_GONE: "No journey has this step any more.",
}
"""What a person reads. Fields: owner, row, live_from, anchor, due, expires, detail."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """One step's answer for one subject when nothing is owed now."""

    step: str
    subject_id: str
    why: Why
    detail: str = ""
    due_at: datetime | None = None
    expires_at: datetime | None = None
