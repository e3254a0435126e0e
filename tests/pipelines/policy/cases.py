"""What each rule of sending says: when it fires, when it is quiet, and what it makes of an input nobody knows.

One case is one line of an officer's training: the rule, what happened, the answer, and the sentence on the screen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from canonical.actions import Action, Outcome, Purpose, SubjectKind
from canonical.agreements import AgreementStatus
from canonical.consent import SuppressionScope
from canonical.pauses import Pause, PauseScope
from canonical.policy import PolicySettings
from canonical.practice import Channel
from pipelines.policy.facts import UNKNOWN
from tests.pipelines.policy.world import GO_LIVE, NOON, PERSON, SETTINGS, a_consent, a_stop, an_action, asking, changed

FIRES, QUIET, UNKNOWN_INPUT = "fires", "is quiet", "unknown"
O = Outcome  # noqa: E741 -- a column of a table


@dataclass(frozen=True)
class Case:
    """One line."""

    rule: str
    kind: str
    what: str
    outcome: Outcome
    says: str = ""
    action: Action = field(default_factory=an_action)
    facts: Mapping[str, object] = field(default_factory=dict)
    now: datetime = NOON
    until: datetime | None = None
    rewrite: str = ""
    unknown: str = ""
    settings: PolicySettings = SETTINGS

    def __str__(self) -> str:
        return f"{self.rule} {self.kind}: {self.what}"


def at(hour: int, minute: int = 0, day: int = 17) -> datetime:
    """A wall-clock time in New York in November 2026 (UTC-5)."""
    return datetime(2026, 11, day, 0, 0, tzinfo=UTC) + timedelta(hours=hour + 5, minutes=minute)


def signed(**updates: object) -> dict[str, object]:
    """Facts with another agreement."""
    return {"route": {"agreement": updates}}


def heard(**updates: object) -> dict[str, object]:
    """Facts with another permission."""
    return {"permission": updates}


def pauses(scope: PauseScope, value: str = "", **updates: object) -> tuple[Pause, ...]:
    """One pause, set in the morning."""
    set_at = datetime(2026, 11, 17, 13, 0, tzinfo=UTC)
    set_by_dana = Pause(pause_id="z", scope=scope, value=value, who="Dana", why="audit", set_at=set_at)
    return (changed(set_by_dana, **updates),)


def pause(scope: PauseScope, value: str = "", **updates: object) -> dict[str, object]:
    """Facts under one pause."""
    return {"pauses": pauses(scope, value, **updates)}


REVIEW, MARKETING, REPLY = asking(Purpose.REVIEW_REQUEST), asking(Purpose.MARKETING), asking(Purpose.REQUESTED_REPLY)
CONFIRM = asking(Purpose.OPT_OUT_CONFIRMATION)
MAIL, SECURE = an_action(channel=Channel.EMAIL), an_action(channel=Channel.SECURE_EMAIL)
EMERGENCY = an_action(row="7.3", urgent=True)
TASK = asking(Purpose.INTERNAL, channel=Channel.CRM, command="create_task")
NO_AGREEMENT = (
    "twilio has no signed business associate agreement on file covering sms. Patient-linked data was not sent."
)
NOWHERE = {
    "recipient": {
        "zone": UNKNOWN,
        "zone_source": "",
        "address_state": UNKNOWN,
        "area_code_states": (),
        "area_code_zones": (),
    }
}
NO_ADDRESS = {"zone_source": "location", "address_state": UNKNOWN}
LATE_REPLY = "Only a single on-topic reply to the inquiry is automatic."
TOO_OLD = "The inquiry is older than a day, or nobody knows its time: a person answers it."
ONE_PLAIN = "Only one plain confirmation within five minutes is allowed."
STOPPED = "Recipient opted out on 2026-11-16T23:30:00.000Z (all)."

AGREEMENTS = (
    Case("BAA-01", FIRES, "no entry in the register", O.BLOCK, NO_AGREEMENT, facts={"route": {"agreement": None}}),
    Case("BAA-01", FIRES, "nothing is connected that could carry it", O.BLOCK,
        "No tool is connected that could carry it, so nothing covers it.", facts={"route": {"vendor": "none", "agreement": None}}),
    Case("BAA-01", FIRES, "still evaluating", O.BLOCK, NO_AGREEMENT, facts=signed(status=AgreementStatus.EVALUATING)),
    Case("BAA-01", FIRES, "marked expired", O.BLOCK, NO_AGREEMENT, facts=signed(status=AgreementStatus.EXPIRED)),
    Case("BAA-01", FIRES, "signed, nobody knows when", O.BLOCK, NO_AGREEMENT, facts=signed(signed_on=None)),
    Case("BAA-01", FIRES, "signed from tomorrow on", O.BLOCK, NO_AGREEMENT, facts=signed(signed_on=date(2026, 11, 18))),
    Case("BAA-01", FIRES, "signed for mail only", O.BLOCK, NO_AGREEMENT, facts=signed(covered_products=("email",))),
    Case("BAA-01", QUIET, "signed and covered", O.ALLOW),
    Case("BAA-01", QUIET, "signed today", O.ALLOW, facts=signed(signed_on=date(2026, 11, 17))),
    Case("BAA-01", QUIET, "nothing about a person in it", O.ALLOW, facts={"subject_linked": False, "route": {"agreement": None}}),
    Case("BAA-01", UNKNOWN_INPUT, "register not read", O.BLOCK, "Cannot decide: baa.status unknown.",
         facts={"route": {"agreement": UNKNOWN}}, unknown="baa.status"),
    Case("BAA-02", FIRES, "ended yesterday", O.BLOCK, "The agreement with twilio expired on 2026-11-16. Renew it before sending.",
         facts=signed(expires_on=date(2026, 11, 16))),
    Case("BAA-02", FIRES, "no document", O.BLOCK, "The agreement with twilio has no document on file. File it before sending.",
         facts=signed(document_sha256="")),
    Case("BAA-02", FIRES, "marked expired", O.BLOCK,
         "The agreement with twilio expired on a day nobody recorded. Renew it before sending.", facts=signed(status=AgreementStatus.EXPIRED)),
    Case("BAA-02", QUIET, "its last day is today", O.ALLOW, facts=signed(expires_on=date(2026, 11, 17))),
    Case("BAA-02", QUIET, "open-ended", O.ALLOW),
    Case("BAA-02", QUIET, "there never was one: BAA-01's case", O.ALLOW, facts={"route": {"agreement": None}}),
    Case("BAA-02", UNKNOWN_INPUT, "register not read", O.BLOCK, "Cannot decide: baa.expires_on unknown.",
         facts={"route": {"agreement": UNKNOWN}}, unknown="baa.expires_on"),
)  # fmt: skip

CONSENT = (
    Case("TCPA-02", FIRES, "never agreed", O.BLOCK, "No consent on file for informational messages to this number.", facts=heard(consents=())),
    Case("TCPA-02", FIRES, "agreed on another number", O.BLOCK, "No consent on file for informational messages to this number.",
         facts=heard(consents=(a_consent(contact_point_id="cp-2"),))),
    Case("TCPA-02", FIRES, "took it back later", O.BLOCK, "No consent on file for informational messages to this number.",
         facts=heard(consents=(a_consent(), a_consent(granted=False, given_at=at(9))))),
    Case("TCPA-02", FIRES, "a yes without a date never outweighs a no", O.BLOCK, "No consent on file for informational messages to this number.",
         facts=heard(consents=(a_consent(granted=False), a_consent(given_at=None, recorded_at=NOON)))),
    Case("TCPA-02", FIRES, "yes and no on the same instant", O.BLOCK, "No consent on file for informational messages to this number.",
         facts=heard(consents=(a_consent(granted=False), a_consent()))),
    Case("TCPA-02", FIRES, "no and yes on the same instant", O.BLOCK, "No consent on file for informational messages to this number.",
         facts=heard(consents=(a_consent(), a_consent(granted=False)))),
    Case("TCPA-02", FIRES, "a yes dated tomorrow", O.BLOCK, "No consent on file for informational messages to this number.",
         facts=heard(consents=(a_consent(given_at=at(9, day=18)),))),
    Case("TCPA-02", FIRES, "informational is not feedback", O.BLOCK, "No consent on file for feedback messages to this number.", action=REVIEW),
    Case("TCPA-02", FIRES, "a number given at the desk is too weak for a review", O.BLOCK, "No consent on file for feedback messages to this number.",
         action=REVIEW, facts=heard(consents=(a_consent("feedback", "provided_number"),))),
    Case("TCPA-02", QUIET, "agreed by web form", O.ALLOW),
    Case("TCPA-02", QUIET, "a number given through an attested intake point is enough for a reminder (R33)", O.ALLOW,
         facts=heard(consents=(a_consent(kind="provided_number", given_at=None),))),
    Case("TCPA-02", QUIET, "agreed again after a no", O.ALLOW, facts=heard(consents=(a_consent(granted=False), a_consent(given_at=at(9))))),
    Case("TCPA-02", QUIET, "said yes to reviews", O.ALLOW, action=REVIEW, facts=heard(consents=(a_consent("feedback"),))),
    Case("TCPA-02", QUIET, "a mail is another law", O.NOT_APPLICABLE, action=MAIL, facts=heard(consents=())),
    Case("TCPA-02", UNKNOWN_INPUT, "consents not read", O.BLOCK, "Cannot decide: consent.express_event_id unknown.",
         facts=heard(consents=UNKNOWN), unknown="consent.express_event_id"),
    Case("TCPA-13", FIRES, "STOP last night", O.BLOCK, STOPPED, facts=heard(suppressions=(a_stop(),))),
    Case("TCPA-13", FIRES, "a requested reply after a STOP", O.BLOCK, STOPPED, action=REPLY, facts=heard(suppressions=(a_stop(),))),
    Case("TCPA-13", FIRES, "marketing stopped, a review asked for", O.BLOCK, "Recipient opted out on 2026-11-16T23:30:00.000Z (marketing).",
         action=REVIEW, facts=heard(suppressions=(a_stop(SuppressionScope.MARKETING),))),
    Case("TCPA-13", FIRES, "the number is not this person's", O.BLOCK, "Recipient opted out on 2026-11-16T23:30:00.000Z (person_on_phone).",
         facts=heard(suppressions=(a_stop(SuppressionScope.PERSON_ON_PHONE, person_id=PERSON),))),
    Case("TCPA-13", FIRES, "not even an emergency goes to a wrong number", O.BLOCK,
         "Recipient opted out on 2026-11-16T23:30:00.000Z (person_on_phone).", action=EMERGENCY,
         facts=heard(suppressions=(a_stop(SuppressionScope.PERSON_ON_PHONE, person_id=PERSON),))),
    Case("TCPA-13", FIRES, "held until a person has read it", O.BLOCK, "Message looks like an opt-out; sends held until reviewed.",
         facts=heard(suppressions=(a_stop(provisional=True),))),
    Case("TCPA-13", FIRES, "held, and then said plainly", O.BLOCK, STOPPED,
         facts=heard(suppressions=(a_stop(provisional=True, effective_at=at(9, day=10)), a_stop()))),
    Case("TCPA-13", QUIET, "nobody opted out", O.ALLOW),
    Case("TCPA-13", QUIET, "lifted by a later START", O.ALLOW, facts=heard(suppressions=(a_stop(lifted=True),))),
    Case("TCPA-13", QUIET, "lifted marketing stop", O.ALLOW, action=REVIEW, facts=heard(suppressions=(a_stop(SuppressionScope.MARKETING, lifted=True),))),
    Case("TCPA-13", QUIET, "marketing stopped, a reminder goes", O.ALLOW, facts=heard(suppressions=(a_stop(SuppressionScope.MARKETING),))),
    Case("TCPA-13", QUIET, "the mother's wrong number is the daughter's phone", O.ALLOW,
         facts=heard(suppressions=(a_stop(SuppressionScope.PERSON_ON_PHONE, person_id="p-2"),))),
    Case("TCPA-13", QUIET, "the confirmation of the STOP itself", O.ALLOW, action=CONFIRM, facts=heard(suppressions=(a_stop(),))),
    Case("TCPA-13", QUIET, "an emergency text", O.ALLOW, action=EMERGENCY, facts=heard(suppressions=(a_stop(),))),
    Case("TCPA-13", UNKNOWN_INPUT, "list not read", O.BLOCK, "Cannot decide: suppression_row unknown.",
         facts=heard(suppressions=UNKNOWN), unknown="suppression_row"),
    Case("EMAIL-02", FIRES, "unsubscribed", O.BLOCK, "Recipient unsubscribed on 2026-11-16T23:30:00.000Z.", action=MAIL, facts=heard(suppressions=(a_stop(),))),
    Case("EMAIL-02", FIRES, "a secure mail is a mail", O.BLOCK, "Recipient unsubscribed on 2026-11-16T23:30:00.000Z.", action=SECURE,
         facts=heard(suppressions=(a_stop(),))),
    Case("EMAIL-02", QUIET, "still subscribed", O.ALLOW, action=MAIL),
    Case("EMAIL-02", QUIET, "unsubscribed from marketing only", O.ALLOW, action=MAIL, facts=heard(suppressions=(a_stop(SuppressionScope.MARKETING),))),
    Case("EMAIL-02", UNKNOWN_INPUT, "list not read", O.BLOCK, "Cannot decide: suppression_row unknown.", action=MAIL,
         facts=heard(suppressions=UNKNOWN), unknown="suppression_row"),
)  # fmt: skip

HOURS = (
    Case("TCPA-07", FIRES, "21:00 sharp waits for 08:00", O.DELAY_UNTIL, "Non-urgent message held for daytime.", now=at(21), until=at(8, day=18)),
    Case("TCPA-07", FIRES, "03:00 waits for 08:00", O.DELAY_UNTIL, "Non-urgent message held for daytime.", now=at(3), until=at(8)),
    Case("TCPA-07", QUIET, "08:00 sharp", O.ALLOW, now=at(8)),
    Case("TCPA-07", QUIET, "one minute before nine", O.ALLOW, now=at(20, 59)),
    Case("TCPA-07", QUIET, "urgent at night", O.ALLOW, action=an_action(urgent=True), now=at(3)),
    Case("TCPA-07", QUIET, "a requested reply at night is a purpose of its own (R30)", O.NOT_APPLICABLE, action=REPLY, now=at(3)),
    Case("TCPA-07", UNKNOWN_INPUT, "no location at all", O.BLOCK, "Cannot decide: recipient_tz unknown.", facts=NOWHERE, unknown="recipient_tz"),
    Case("TCPA-06", FIRES, "Florida closes at eight", O.DELAY_UNTIL, "It is 20:30 for the recipient; allowed 08:00-20:00.", action=REVIEW, now=at(20, 30),
         facts={"recipient": {"address_state": "FL"}}, until=at(8, day=18)),
    Case("TCPA-06", FIRES, "lives in New York with a Connecticut number", O.DELAY_UNTIL, "It is 08:30 for the recipient; allowed 09:00-20:00.",
         action=MARKETING, now=at(8, 30), facts={"recipient": {"area_code_states": ("CT",)}}, until=at(9)),
    Case("TCPA-06", FIRES, "without an address the area code's zone must be awake too", O.DELAY_UNTIL,
         "It is 05:30 for the recipient; allowed 08:00-20:00.", action=MARKETING, now=at(8, 30), until=at(11),
         facts={"recipient": {**NO_ADDRESS, "area_code_states": ("WA",), "area_code_zones": ("America/Los_Angeles",), "location_state": "CO"}}),
    Case("TCPA-06", FIRES, "without an address the place of treatment counts", O.DELAY_UNTIL, "It is 08:30 for the recipient; allowed 09:00-20:00.",
         action=REVIEW, now=at(8, 30), facts={"recipient": {**NO_ADDRESS, "location_state": "CT"}}, until=at(9)),
    Case("TCPA-06", FIRES, "a slow vendor ends the window earlier", O.DELAY_UNTIL, "It is 20:50 for the recipient; allowed 08:00-21:00.", action=REVIEW,
         now=at(20, 50), facts={"route": {"max_latency": timedelta(minutes=15)}}, until=at(8, day=18)),
    Case("TCPA-06", FIRES, "a vendor slower than the window", O.BLOCK, "twilio may sit on a message for longer than the whole window of 08:00-21:00.",
         action=REVIEW, facts={"route": {"max_latency": timedelta(hours=14)}}),
    Case("TCPA-06", QUIET, "noon", O.ALLOW, action=REVIEW),
    Case("TCPA-06", QUIET, "a reminder is not asked", O.NOT_APPLICABLE, now=at(20, 30), facts={"recipient": {"address_state": "FL"}}),
    Case("TCPA-06", UNKNOWN_INPUT, "no state: TCPA-08's case", O.ALLOW, action=REVIEW, now=at(3), facts=NOWHERE),
    Case("TCPA-08", FIRES, "toll-free number and no address: the strictest window", O.DELAY_UNTIL,
         "Recipient's local time is unknown, strictest window applied.", action=REVIEW, now=at(9, 30),
         facts={"recipient": {**NO_ADDRESS, "area_code_states": (), "area_code_zones": ()}}, until=at(10)),
    Case("TCPA-08", FIRES, "an empty state is no state", O.DELAY_UNTIL, "Recipient's local time is unknown, strictest window applied.", action=REVIEW,
         now=at(9, 30), facts={"recipient": {"address_state": "", "area_code_states": (), "area_code_zones": ()}}, until=at(10)),
    Case("TCPA-08", QUIET, "inside the strictest window", O.ALLOW, action=REVIEW,
         facts={"recipient": {**NO_ADDRESS, "area_code_states": (), "area_code_zones": ()}}),
    Case("TCPA-08", QUIET, "an address is enough", O.ALLOW, action=REVIEW, now=at(9, 30), facts={"recipient": {"area_code_states": UNKNOWN}}),
    Case("TCPA-08", UNKNOWN_INPUT, "no zone at all", O.BLOCK, "Recipient's local time is unknown, strictest window applied.", action=REVIEW, facts=NOWHERE),
)  # fmt: skip

TEXTS = (
    Case("PHI-03", FIRES, "names a treatment", O.REWRITE, "Message names botox. Unsecured channels carry the minimum: practice name, time, call-back number.",
         facts={"text": {"lexicon_term": "botox"}}, rewrite="neutral"),
    Case("PHI-03", FIRES, "holds a number nobody declared", O.REWRITE,
         "Message names a phone number. Unsecured channels carry the minimum: practice name, time, call-back number.",
         facts={"text": {"identifiers": ("a phone number",)}}, rewrite="neutral"),
    Case("PHI-03", FIRES, "even the neutral text names it", O.NEED_APPROVAL,
         "Message names botox. Unsecured channels carry the minimum: practice name, time, call-back number.",
         facts={"text": {"lexicon_term": "botox", "variant": "neutral"}}),
    Case("PHI-03", FIRES, "there is no neutral text", O.NEED_APPROVAL,
         "Message names botox. Unsecured channels carry the minimum: practice name, time, call-back number.", action=MAIL,
         facts={"text": {"lexicon_term": "botox", "neutral_exists": False}}),
    Case("PHI-03", QUIET, "says time and place", O.ALLOW),
    Case("PHI-03", QUIET, "a secure mail may say more", O.NOT_APPLICABLE, action=SECURE, facts={"text": {"lexicon_term": "botox"}}),
    Case("PHI-03", UNKNOWN_INPUT, "not possible: an empty text names nothing", O.ALLOW, facts={"text": {"body": "", "has_brand": False}}),
    Case("TCPA-17", FIRES, "first message without STOP and HELP", O.REWRITE, "Added sender name and opt-out text.",
         facts={"programme": {"first_message": True}}, rewrite="sender_and_stop"),
    Case("TCPA-17", FIRES, "no sender's name", O.REWRITE, "Added sender name and opt-out text.", facts={"text": {"has_brand": False}}, rewrite="sender_and_stop"),
    Case("TCPA-17", FIRES, "an opt-out confirmation needs a name too", O.REWRITE, "Added sender name and opt-out text.", action=CONFIRM,
         facts={"text": {"has_brand": False}}, rewrite="sender_and_stop"),
    Case("TCPA-17", QUIET, "a later message names its sender", O.ALLOW),
    Case("TCPA-17", QUIET, "first message with all of it", O.ALLOW, facts={"programme": {"first_message": True}, "text": {"has_stop_and_help": True}}),
    Case("TCPA-17", QUIET, "a confirmation of STOP invites no second one", O.ALLOW, action=CONFIRM, facts={"programme": {"first_message": True}}),
    Case("TCPA-17", UNKNOWN_INPUT, "unknown counts as the first message", O.REWRITE, "Added sender name and opt-out text.",
         facts={"programme": {"first_message": UNKNOWN}}, rewrite="sender_and_stop"),
    Case("TCPA-20", FIRES, "a second reply", O.NEED_APPROVAL, LATE_REPLY, action=REPLY, facts={"occasion": {"replies_sent": 1}}),
    Case("TCPA-20", FIRES, "off topic", O.NEED_APPROVAL, LATE_REPLY, action=REPLY, facts={"occasion": {"on_topic": False}}),
    Case("TCPA-20", FIRES, "an hour and a second old", O.REWRITE, LATE_REPLY, action=REPLY,
         facts={"occasion": {"event_at": NOON - timedelta(minutes=60, seconds=1)}}, rewrite="late_text"),
    Case("TCPA-20", FIRES, "a day old to the second", O.REWRITE, LATE_REPLY, action=REPLY, facts={"occasion": {"event_at": NOON - timedelta(hours=24)}},
         rewrite="late_text"),
    Case("TCPA-20", FIRES, "older than a day", O.BLOCK, TOO_OLD, action=REPLY, facts={"occasion": {"event_at": NOON - timedelta(hours=24, seconds=1)}}),
    Case("TCPA-20", QUIET, "ten minutes old", O.ALLOW, action=REPLY),
    Case("TCPA-20", QUIET, "an hour old to the second", O.ALLOW, action=REPLY, facts={"occasion": {"event_at": NOON - timedelta(minutes=60)}}),
    Case("TCPA-20", UNKNOWN_INPUT, "an event without a time is old", O.BLOCK, TOO_OLD, action=REPLY, facts={"occasion": {"event_at": None}}),
    Case("TCPA-20", UNKNOWN_INPUT, "nobody read the event", O.BLOCK, TOO_OLD, action=REPLY, facts={"occasion": {"event_at": UNKNOWN}}),
    Case("TCPA-15", FIRES, "a second confirmation", O.BLOCK, ONE_PLAIN, action=CONFIRM, facts={"occasion": {"confirmations_sent": 1}}),
    Case("TCPA-15", FIRES, "six minutes later", O.BLOCK, ONE_PLAIN, action=CONFIRM, facts={"occasion": {"revoked_at": NOON - timedelta(minutes=6)}}),
    Case("TCPA-15", FIRES, "promotional", O.BLOCK, ONE_PLAIN, action=CONFIRM, facts={"text": {"body": "You are unsubscribed. 20% off if you return!"}}),
    Case("TCPA-15", QUIET, "one plain confirmation", O.ALLOW, action=CONFIRM,
         facts={"text": {"body": "You are unsubscribed from Example Spa texts. No more messages will be sent."}}),
    Case("TCPA-15", QUIET, "five minutes to the second", O.ALLOW, action=CONFIRM, facts={"occasion": {"revoked_at": NOON - timedelta(minutes=5)}}),
    Case("TCPA-15", QUIET, "may ask which messages", O.ALLOW, action=CONFIRM,
         facts={"text": {"body": "You are unsubscribed from Lumen. If you meant only our news, reply NEWS to keep appointment texts."}}),
    Case("TCPA-15", UNKNOWN_INPUT, "nobody knows when they revoked", O.BLOCK, "Cannot decide: seconds_since_revocation unknown.", action=CONFIRM,
         facts={"occasion": {"revoked_at": None}}, unknown="seconds_since_revocation"),
)  # fmt: skip

READ = "acuity/appointments was last read at {}; the visit may have changed since."
HOUSE = (
    Case("FRESH-01", FIRES, "last read 61 minutes ago", O.DELAY_UNTIL, READ.format("2026-11-17T15:59:00.000Z"),
         facts={"freshness": {"read_at": NOON - timedelta(minutes=61)}}, until=NOON + timedelta(minutes=5)),
    Case("FRESH-01", FIRES, "could not be read again", O.DELAY_UNTIL, READ.format("2026-11-17T16:58:00.000Z"),
         facts={"freshness": {"reread": "failed"}}, until=NOON + timedelta(minutes=5)),
    Case("FRESH-01", FIRES, "read again, and it had changed", O.DELAY_UNTIL, READ.format("2026-11-17T16:58:00.000Z"),
         facts={"freshness": {"reread": "changed"}}, until=NOON + timedelta(minutes=5)),
    Case("FRESH-01", QUIET, "read two minutes ago", O.ALLOW),
    Case("FRESH-01", QUIET, "read an hour ago to the second", O.ALLOW, facts={"freshness": {"read_at": NOON - timedelta(minutes=60)}}),
    Case("FRESH-01", QUIET, "a step that may be a day old", O.ALLOW,
         facts={"freshness": {"read_at": NOON - timedelta(hours=23), "max_age": timedelta(hours=24)}}),
    Case("FRESH-01", QUIET, "came by webhook just now", O.ALLOW, facts={"freshness": {"read_at": NOON - timedelta(days=2), "webhook_at": NOON}}),
    Case("FRESH-01", QUIET, "old, but read again by id", O.ALLOW, facts={"freshness": {"read_at": NOON - timedelta(days=2), "reread": "unchanged"}}),
    Case("FRESH-01", QUIET, "an answer has no anchor", O.NOT_APPLICABLE, action=REPLY, facts={"freshness": {"read_at": None}}),
    Case("FRESH-01", QUIET, "neither has a text about an inquiry", O.NOT_APPLICABLE, action=an_action(subject_kind=SubjectKind.INQUIRY),
         facts={"freshness": {"read_at": None}}),
    Case("FRESH-01", UNKNOWN_INPUT, "never read is too old", O.DELAY_UNTIL, READ.format("no time we know of"), facts={"freshness": {"read_at": None}},
         until=NOON + timedelta(minutes=5)),
    Case("FRESH-01", UNKNOWN_INPUT, "nobody knows when", O.DELAY_UNTIL, READ.format("no time we know of"), facts={"freshness": {"read_at": UNKNOWN}},
         until=NOON + timedelta(minutes=5)),
    Case("EXP-01", FIRES, "one second too late", O.BLOCK,
         "Too late to be true or useful: due 2026-11-17T17:00:00.000Z, expired 2026-11-18T16:00:00.000Z.", now=NOON + timedelta(hours=23, seconds=1)),
    Case("EXP-01", QUIET, "in the last second", O.ALLOW, now=NOON + timedelta(hours=23)),
    Case("EXP-01", UNKNOWN_INPUT, "not possible: a step without an expiry does not load", O.ALLOW),
    Case("LIVE-01", FIRES, "booked before the row went live", O.BLOCK, "Row 3.2 is live from 2026-11-01T05:00:00.000Z; this happened before.",
         facts={"row": {"trigger": True, "fact_at": GO_LIVE - timedelta(seconds=1)}}),
    Case("LIVE-01", FIRES, "visit ended before the row went live", O.BLOCK, "Row 3.2 is live from 2026-11-01T05:00:00.000Z; this happened before.",
         facts={"row": {"after_visit": True, "fact_at": GO_LIVE - timedelta(days=30)}}),
    Case("LIVE-01", FIRES, "never switched on", O.BLOCK, "Row 3.2 is not switched on.", facts={"row": {"live_from": None}}),
    Case("LIVE-01", QUIET, "in the instant of going live", O.ALLOW, facts={"row": {"fact_at": GO_LIVE}}),
    Case("LIVE-01", UNKNOWN_INPUT, "a trigger without a vendor's time is old", O.BLOCK,
         "Row 3.2 is live from 2026-11-01T05:00:00.000Z; this happened before.", facts={"row": {"trigger": True, "fact_at": None}}),
    Case("LIVE-01", UNKNOWN_INPUT, "nobody knows when the visit ended", O.BLOCK, "Cannot decide: effective_at unknown.",
         facts={"row": {"after_visit": True, "fact_at": None}}, unknown="effective_at"),
    Case("OWN-01", FIRES, "the booking tool sends this", O.BLOCK, "acuity sends this here.", facts={"row": {"owner": "acuity"}}),
    Case("OWN-01", FIRES, "switched off", O.BLOCK, "Row 3.2 is switched off here.", facts={"row": {"owner": "off"}}),
    Case("OWN-01", QUIET, "ours", O.ALLOW),
    Case("OWN-01", UNKNOWN_INPUT, "unset is off", O.BLOCK, "Row 3.2 is switched off here.", facts={"row": {"owner": ""}}),
    Case("PAUSE-01", FIRES, "the whole agency", O.DELAY_UNTIL, "Paused by Dana since 2026-11-17T13:00:00.000Z: audit.", facts=pause(PauseScope.AGENCY),
         until=NOON + timedelta(hours=23)),
    Case("PAUSE-01", FIRES, "the practice until two", O.DELAY_UNTIL, "Paused by Dana since 2026-11-17T13:00:00.000Z: audit.",
         facts=pause(PauseScope.PRACTICE, until=at(14)), until=at(14)),
    Case("PAUSE-01", FIRES, "longer than it lives: at most to its expiry", O.DELAY_UNTIL, "Paused by Dana since 2026-11-17T13:00:00.000Z: audit.",
         facts=pause(PauseScope.PRACTICE, until=at(14, day=25)), until=NOON + timedelta(hours=23)),
    Case("PAUSE-01", FIRES, "of two pauses the longer one", O.DELAY_UNTIL, "Paused by Sam since 2026-11-17T13:00:00.000Z: audit.",
         facts={"pauses": (*pauses(PauseScope.PRACTICE, until=at(13)), *pauses(PauseScope.ROW, "3.2", who="Sam", until=at(14)))}, until=at(14)),
    Case("PAUSE-01", FIRES, "never until a time that is gone", O.DELAY_UNTIL, "Paused by Dana since 2026-11-17T13:00:00.000Z: audit.",
         facts=pause(PauseScope.PRACTICE), now=NOON + timedelta(hours=24), until=NOON + timedelta(hours=24)),
    Case("PAUSE-01", FIRES, "a 7.3 text that is no emergency", O.DELAY_UNTIL, "Paused by Dana since 2026-11-17T13:00:00.000Z: audit.",
         action=an_action(row="7.3"), facts=pause(PauseScope.PRACTICE, until=at(14)), until=at(14)),
    Case("PAUSE-01", FIRES, "the location", O.DELAY_UNTIL, "Paused by Dana since 2026-11-17T13:00:00.000Z: audit.", action=an_action(location_id="uptown"),
         facts=pause(PauseScope.LOCATION, "uptown", until=at(14)), until=at(14)),
    Case("PAUSE-01", FIRES, "the row", O.DELAY_UNTIL, "Paused by Dana since 2026-11-17T13:00:00.000Z: audit.",
         facts=pause(PauseScope.ROW, "3.2", until=at(14)), until=at(14)),
    Case("PAUSE-01", FIRES, "the channel", O.DELAY_UNTIL, "Paused by Dana since 2026-11-17T13:00:00.000Z: audit.",
         facts=pause(PauseScope.CHANNEL, "sms", until=at(14)), until=at(14)),
    Case("PAUSE-01", FIRES, "pausing mail pauses secure mail", O.DELAY_UNTIL, "Paused by Dana since 2026-11-17T13:00:00.000Z: audit.", action=SECURE,
         facts=pause(PauseScope.CHANNEL, "email", until=at(14)), until=at(14)),
    Case("PAUSE-01", FIRES, "the vendor", O.DELAY_UNTIL, "Paused by Dana since 2026-11-17T13:00:00.000Z: audit.",
         facts=pause(PauseScope.VENDOR, "twilio", until=at(14)), until=at(14)),
    Case("PAUSE-01", FIRES, "the person", O.DELAY_UNTIL, "Paused by Dana since 2026-11-17T13:00:00.000Z: audit.",
         facts=pause(PauseScope.PERSON, PERSON, until=at(14)), until=at(14)),
    Case("PAUSE-01", FIRES, "a follow-up, while somebody answers the person (R20)", O.DELAY_UNTIL, "Paused by Dana since 2026-11-17T13:00:00.000Z: audit.",
         action=an_action(row="5.1"), facts=pause(PauseScope.FOLLOW_UP, PERSON, until=at(14)), until=at(14)),
    Case("PAUSE-01", QUIET, "a reminder goes on while somebody answers the person (R20)", O.ALLOW, facts=pause(PauseScope.FOLLOW_UP, PERSON, until=at(14))),
    Case("PAUSE-01", QUIET, "somebody else is answered", O.ALLOW, action=an_action(row="5.1"), facts=pause(PauseScope.FOLLOW_UP, "p-2", until=at(14))),
    Case("PAUSE-01", QUIET, "another row is paused", O.ALLOW, facts=pause(PauseScope.ROW, "5.1")),
    Case("PAUSE-01", QUIET, "another location is paused, and this action has none", O.ALLOW, facts=pause(PauseScope.LOCATION, "uptown")),
    Case("PAUSE-01", QUIET, "tasks for the staff never pause", O.NOT_APPLICABLE, action=TASK, facts=pause(PauseScope.AGENCY)),
    Case("PAUSE-01", QUIET, "a STOP is confirmed all the same", O.NOT_APPLICABLE, action=CONFIRM, facts=pause(PauseScope.AGENCY)),
    Case("PAUSE-01", QUIET, "the emergency text goes", O.NOT_APPLICABLE, action=EMERGENCY, facts=pause(PauseScope.AGENCY)),
    Case("PAUSE-01", UNKNOWN_INPUT, "no row is no pause", O.ALLOW),
    Case("AUD-01", FIRES, "the audit cannot be written", O.BLOCK, "Nothing is sent while the audit ledger cannot be written.", facts={"ledger": {"writable": False}}),
    Case("AUD-01", FIRES, "a checkpoint is due and unsigned", O.BLOCK, "Nothing is sent while the audit ledger cannot be written.",
         facts={"ledger": {"checkpoint_due_unsigned": True}}),
    Case("AUD-01", QUIET, "written and signed", O.ALLOW),
    Case("AUD-01", UNKNOWN_INPUT, "nobody knows whether it can be written", O.BLOCK, "Cannot decide: ledger.status unknown.",
         facts={"ledger": {"writable": UNKNOWN}}, unknown="ledger.status"),
    Case("AUD-02", FIRES, "shorter than its newest checkpoint", O.BLOCK, "The audit ledger does not match its signed checkpoint at 6119.",
         facts={"ledger": {"verified": False, "checkpoint_size": 6119}}),
    Case("AUD-02", QUIET, "verified", O.ALLOW),
    Case("AUD-02", UNKNOWN_INPUT, "not verified yet", O.BLOCK, "Cannot decide: verify_result unknown.", facts={"ledger": {"verified": UNKNOWN}},
         unknown="verify_result"),
    Case("UNK-01", FIRES, "two rules miss an input", O.BLOCK, "Cannot decide: recipient_tz, suppression_row unknown.",
         facts={**NOWHERE, **heard(suppressions=UNKNOWN)}),
    Case("UNK-01", QUIET, "everything is known", O.ALLOW),
    Case("UNK-01", QUIET, "an unknown whose rule says what it means", O.ALLOW, facts={"programme": {"first_message": UNKNOWN}}),
    Case("UNK-01", UNKNOWN_INPUT, "it names what is unknown", O.BLOCK, "Cannot decide: verify_result unknown.", facts={"ledger": {"verified": UNKNOWN}}),
)  # fmt: skip

CASES = AGREEMENTS + CONSENT + HOURS + TEXTS + HOUSE
