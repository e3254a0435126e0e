"""Cases of how often, and how many at once: subjects, caps, exempt texts, surges."""

from datetime import datetime, timedelta

from canonical.actions import Purpose
from canonical.policy import Caps
from canonical.practice import Channel
from pipelines.policy.facts import UNKNOWN
from tests.pipelines.policy.cases import (
    CONFIRM,
    EMERGENCY,
    FIRES,
    MARKETING,
    NO_ADDRESS,
    QUIET,
    REPLY,
    REVIEW,
    SECURE,
    TASK,
    UNKNOWN_INPUT,
    Case,
    O,
    at,
)
from tests.pipelines.policy.world import NOON, SETTINGS, an_action, asking, changed

EXEMPT = changed(SETTINGS, tcpa_mode="exempt")
CHECK_IN = an_action(row="5.1")
SURVEY, LINK = asking(Purpose.SURVEY, row="6.1"), asking(Purpose.REVIEW_REQUEST, row="6.2")
LISTED = (
    "Exempt message must be at most 160 characters, name the practice and its number, carry an opt-out, "
    "and hold no marketing or billing."
)
PLAIN = "Lumen: see you Wed, Nov 18 at 12:00 PM. (212) 555-0101. Reply STOP to stop."


def ago(*hours: float) -> tuple[datetime, ...]:
    """So many hours before noon, newest first."""
    return tuple(NOON - timedelta(hours=each) for each in hours)


def said(body: str, **updates: object) -> dict[str, object]:
    """Facts with another text."""
    return {"text": {"body": body, **updates}}


EXEMPT_TEXTS = (
    Case("TCPA-04", FIRES, "no number, no way out", O.REWRITE, LISTED, settings=EXEMPT, rewrite="exempt_text"),
    Case("TCPA-04", FIRES, "too long", O.REWRITE, LISTED, settings=EXEMPT, rewrite="exempt_text", facts=said(PLAIN + " " + "We look forward. " * 6)),
    Case("TCPA-04", FIRES, "short, but in characters that make it two", O.REWRITE, LISTED, settings=EXEMPT, rewrite="exempt_text", facts=said(PLAIN + " ✨")),
    Case("TCPA-04", FIRES, "sells", O.REWRITE, LISTED, settings=EXEMPT, rewrite="exempt_text", facts=said(PLAIN + " 20% off today.")),
    Case("TCPA-04", FIRES, "bills", O.REWRITE, LISTED, settings=EXEMPT, rewrite="exempt_text", facts=said(PLAIN + " Your balance is due.")),
    Case("TCPA-04", FIRES, "rewritten, and still too much", O.BLOCK, LISTED, settings=EXEMPT, facts=said("See you. STOP", variant="exempt")),
    Case("TCPA-04", FIRES, "a check-in is not on the closed list", O.BLOCK, LISTED, settings=EXEMPT, action=CHECK_IN, facts=said(PLAIN)),
    Case("TCPA-04", QUIET, "short, named, with a way out", O.ALLOW, settings=EXEMPT, facts=said(PLAIN)),
    Case("TCPA-04", QUIET, "consent is relied on", O.NOT_APPLICABLE),
    Case("TCPA-04", UNKNOWN_INPUT, "asked in exempt mode only", O.NOT_APPLICABLE, facts=said("", has_brand=False)),
    Case("TCPA-05", FIRES, "the second today", O.DELAY_UNTIL, "Already sent 1 exempt messages; limit one a day, three a week.", settings=EXEMPT,
         facts={"sent": {"treatment_texts": ago(2)}}, until=at(8, day=18)),
    Case("TCPA-05", FIRES, "the fourth this week", O.DELAY_UNTIL, "Already sent 3 exempt messages; limit one a day, three a week.", settings=EXEMPT,
         facts={"sent": {"treatment_texts": ago(24, 48, 96)}}, until=NOON + timedelta(hours=72)),
    Case("TCPA-05", FIRES, "both: the later of the two", O.DELAY_UNTIL, "Already sent 4 exempt messages; limit one a day, three a week.", settings=EXEMPT,
         facts={"sent": {"treatment_texts": ago(2, 24, 140, 160)}}, until=NOON + timedelta(hours=28)),
    Case("TCPA-05", QUIET, "yesterday's by the person's own calendar", O.ALLOW, settings=EXEMPT, facts={"sent": {"treatment_texts": ago(12.5)}}),
    Case("TCPA-05", QUIET, "a week ago to the second", O.ALLOW, settings=EXEMPT, facts={"sent": {"treatment_texts": ago(24, 48, 168)}}),
    Case("TCPA-05", QUIET, "nothing sent yet", O.ALLOW, settings=EXEMPT),
    Case("TCPA-05", UNKNOWN_INPUT, "asked in exempt mode only", O.NOT_APPLICABLE, facts={"sent": {"treatment_texts": ago(2)}}),
    Case("TCPA-05", UNKNOWN_INPUT, "nobody knows what day it is there", O.BLOCK, "Cannot decide: recipient_tz unknown.", settings=EXEMPT,
         facts={"sent": {"treatment_texts": ago(2)}, "recipient": {"zone": UNKNOWN}}, unknown="recipient_tz"),
)  # fmt: skip

SUBJECTS = (
    Case("TCPA-09", FIRES, "a Floridian's fourth about one subject", O.DELAY_UNTIL, "3 messages about this in 24 h.", action=REVIEW,
         facts={"recipient": {"address_state": "FL"}, "sent": {"same_subject": ago(1, 5, 20)}}, until=NOON + timedelta(hours=4)),
    Case("TCPA-09", FIRES, "a New Yorker with an Oklahoma number", O.DELAY_UNTIL, "3 messages about this in 24 h.", action=SURVEY,
         facts={"recipient": {"area_code_states": ("OK",)}, "sent": {"same_subject": ago(1, 2, 3)}}, until=NOON + timedelta(hours=21)),
    Case("TCPA-09", FIRES, "of an unknown place: the strictest of all", O.DELAY_UNTIL, "3 messages about this in 24 h.", action=SURVEY,
         facts={"recipient": {**NO_ADDRESS, "area_code_states": ()}, "sent": {"same_subject": ago(1, 2, 3)}}, until=NOON + timedelta(hours=21)),
    Case("TCPA-09", FIRES, "sold to once today", O.DELAY_UNTIL, "1 messages that sell in 24 hours.", action=MARKETING, facts={"sent": {"marketing": ago(6)}},
         until=NOON + timedelta(hours=18)),
    Case("TCPA-09", FIRES, "sold to four times this month", O.DELAY_UNTIL, "4 messages that sell in 30 days.", action=MARKETING,
         facts={"sent": {"marketing": ago(48, 200, 300, 700)}}, until=NOON + timedelta(hours=20)),
    Case("TCPA-09", QUIET, "two about it in Florida", O.ALLOW, action=REVIEW,
         facts={"recipient": {"address_state": "FL"}, "sent": {"same_subject": ago(1, 5)}}),
    Case("TCPA-09", QUIET, "New York counts none", O.ALLOW, action=REVIEW, facts={"sent": {"same_subject": ago(1, 2, 3)}}),
    Case("TCPA-09", QUIET, "what sold does not hold a survey", O.ALLOW, action=SURVEY, facts={"sent": {"marketing": ago(1)}}),
    Case("TCPA-09", UNKNOWN_INPUT, "not possible: our own log, and it is empty", O.ALLOW, action=MARKETING),
)  # fmt: skip

DAY = "4 messages to this contact in one day."
CAPS = (
    Case("CAP-01", FIRES, "the fifth text of a day, for whoever is on that phone", O.NEED_APPROVAL, DAY, facts={"sent": {"logistics": ago(1, 2, 3, 4)}}),
    Case("CAP-01", FIRES, "a second check-in within a day", O.DELAY_UNTIL, "1 messages to this contact in 24 hours.", action=CHECK_IN,
         facts={"sent": {"follow_up": ago(3)}}, until=NOON + timedelta(hours=21)),
    Case("CAP-01", FIRES, "a survey after two follow-ups this week", O.DELAY_UNTIL, "2 messages to this contact in 7 days.", action=SURVEY,
         facts={"sent": {"follow_up": ago(30, 100)}}, until=NOON + timedelta(hours=68)),
    Case("CAP-01", FIRES, "the longer of two waits", O.DELAY_UNTIL, "2 messages to this contact in 7 days.", action=SURVEY,
         facts={"sent": {"follow_up": ago(3, 100)}}, until=NOON + timedelta(hours=68)),
    Case("CAP-01", FIRES, "sold to this morning", O.DELAY_UNTIL, "1 messages to this contact in 24 hours.", action=asking(Purpose.MARKETING, row="5.4"),
         facts={"sent": {"marketing": ago(3)}}, until=NOON + timedelta(hours=21)),
    Case("CAP-01", FIRES, "sold to by mail four times this month", O.DELAY_UNTIL, "4 messages to this contact in 30 days.",
         action=asking(Purpose.MARKETING, channel=Channel.EMAIL), facts={"sent": {"marketing": ago(48, 200, 300, 700)}}, until=NOON + timedelta(hours=20)),
    Case("CAP-01", FIRES, "a practice that wants none of it", O.DELAY_UNTIL, "0 messages to this contact in 24 hours.", action=CHECK_IN,
         settings=changed(SETTINGS, caps=Caps(follow_up_per_day=0)), until=NOON + timedelta(hours=24)),
    Case("CAP-01", FIRES, "the 21st answer to one form in an hour (R48)", O.DELAY_UNTIL, "20 automatic answers to one form in an hour.", action=REPLY,
         facts={"sent": {"answers_of_form": ago(*(n / 100 for n in range(1, 21)))}}, until=NOON + timedelta(minutes=48)),
    Case("CAP-01", FIRES, "an answer to a number abroad (R48)", O.NEED_APPROVAL, "Automatic answers by text go to numbers that begin with +1 only.",
         action=REPLY, facts={"recipient": {"in_north_america": False}}),
    Case("CAP-01", FIRES, "an answer of two days ago is no reason any more", O.DELAY_UNTIL, "2 messages to this contact in 7 days.", action=LINK,
         facts={"sent": {"follow_up": ago(3, 30)}, "occasion": {"answered_at": NOON - timedelta(days=2)}}, until=NOON + timedelta(hours=138)),
    Case("CAP-01", QUIET, "the link to whoever has just given a score (R53)", O.ALLOW, action=LINK,
         facts={"sent": {"follow_up": ago(3, 30)}, "occasion": {"answered_at": NOON - timedelta(hours=2)}}),
    Case("CAP-01", QUIET, "the fourth text of a day", O.ALLOW, facts={"sent": {"logistics": ago(1, 2, 3)}}),
    Case("CAP-01", QUIET, "mails of the desk are not counted", O.ALLOW, action=SECURE, facts={"sent": {"logistics": ago(1, 2, 3, 4)}}),
    Case("CAP-01", QUIET, "a day ago to the second", O.ALLOW, action=CHECK_IN, facts={"sent": {"follow_up": ago(24)}}),
    Case("CAP-01", QUIET, "a reminder does not wait for a check-in", O.ALLOW, facts={"sent": {"follow_up": ago(1, 2), "marketing": ago(1)}}),
    Case("CAP-01", QUIET, "an answer does not wait for reminders", O.ALLOW, action=REPLY, facts={"sent": {"logistics": ago(1, 2, 3, 4)}}),
    Case("CAP-01", QUIET, "a STOP is confirmed all the same", O.NOT_APPLICABLE, action=CONFIRM, facts={"sent": {"logistics": ago(1, 2, 3, 4)}}),
    Case("CAP-01", QUIET, "the emergency text goes", O.NOT_APPLICABLE, action=EMERGENCY, facts={"sent": {"logistics": ago(1, 2, 3, 4)}}),
    Case("CAP-01", UNKNOWN_INPUT, "not possible: our own log, and it is empty", O.ALLOW),
)  # fmt: skip


def surge(count: int, **updates: object) -> dict[str, object]:
    """Facts of a tick that would release so many."""
    return {"surge": {"tick_count": count, **updates}}


MANY = "80 messages at once, 25 expected."
SURGES = (
    Case("SURGE-01", FIRES, "more than three times what was expected", O.NEED_APPROVAL, "91 messages at once, 30 expected.", facts=surge(91, forecast=30)),
    Case("SURGE-01", FIRES, "a tenth of the patients and one", O.NEED_APPROVAL, "31 messages at once, 40 expected.",
         facts=surge(31, forecast=40, reached=31, active_patients=300)),
    Case("SURGE-01", FIRES, "a bad day's forecast", O.NEED_APPROVAL, "26 messages at once, 2 expected.", facts=surge(26, forecast=2)),
    Case("SURGE-01", QUIET, "three times what was expected, to the message", O.ALLOW, facts=surge(90, forecast=30, reached=90, active_patients=900)),
    Case("SURGE-01", QUIET, "a canary's worth is never a surge", O.ALLOW, facts=surge(25, forecast=1, reached=25, active_patients=30)),
    Case("SURGE-01", QUIET, "reminders of a busy day, foreseen long ago", O.ALLOW, facts=surge(60, forecast=60, reached=3, active_patients=300)),
    Case("SURGE-01", QUIET, "an answer has a cap of its own", O.NOT_APPLICABLE, action=REPLY, facts=surge(80)),
    Case("SURGE-01", QUIET, "tasks for the staff go on", O.NOT_APPLICABLE, action=TASK, facts=surge(80)),
    Case("SURGE-01", QUIET, "a STOP is confirmed all the same", O.NOT_APPLICABLE, action=CONFIRM, facts=surge(80)),
    Case("SURGE-01", QUIET, "the emergency text goes", O.NOT_APPLICABLE, action=EMERGENCY, facts=surge(80)),
    Case("SURGE-01", UNKNOWN_INPUT, "no forecast: the canary's size", O.NEED_APPROVAL, MANY, facts=surge(80)),
    Case("SURGE-01", UNKNOWN_INPUT, "no forecast, and no more than three canaries", O.ALLOW, facts=surge(75)),
)  # fmt: skip

CASES = EXEMPT_TEXTS + SUBJECTS + CAPS + SURGES
