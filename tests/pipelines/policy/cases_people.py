"""Cases of the person it is about, and of the record of the decision: promises, minors, flags, reviews, surveys."""

from datetime import date, time, timedelta

from canonical.actions import Purpose
from canonical.people import PersonFlag
from canonical.policy import PolicySettings, ReviewInvites, ReviewMode
from canonical.practice import Channel
from pipelines.policy.facts import UNKNOWN, Confidential
from tests.pipelines.policy.cases import FIRES, MAIL, QUIET, REPLY, REVIEW, TASK, UNKNOWN_INPUT, Case, O, heard
from tests.pipelines.policy.world import NOON, PHONE, SETTINGS, asking, changed

ONLY_MAIL = "The patient asked to be reached only by email."
ONLY_TEXT = "The patient asked to be reached only by sms."
GUARDIAN = "Messages about a minor go to the guardian only."
NO_GUARDIAN = "Messages about a minor go to the guardian only, and no guardian's contact is on file."
CHILD = date(2008, 11, 18)
"""18 tomorrow."""


def promised(**updates: object) -> dict[str, object]:
    """Facts of somebody who was promised one way."""
    return {"confidential": changed(Confidential(), **updates)}


def aged(born: date | None, guardian: str = "", **updates: object) -> dict[str, object]:
    """Facts of somebody of that birth date, with that guardian."""
    return {"guardian": {"birth_date": born, "contact_point_id": guardian}, **updates}


def flagged(*flags: PersonFlag, on: date | None = date(2026, 11, 10)) -> dict[str, object]:
    """Facts of somebody with these flags."""
    return {"recipient": {"flags": flags, "flagged_on": on}}


PERSONS = (
    Case("CONF-01", FIRES, "promised mail only, and reachable there", O.REWRITE, ONLY_MAIL, facts=promised(channel=Channel.EMAIL),
         rewrite="to_requested_contact"),
    Case("CONF-01", FIRES, "promised another number", O.REWRITE, ONLY_TEXT, facts=promised(contact_point_id="cp-2"), rewrite="to_requested_contact"),
    Case("CONF-01", FIRES, "promised mail only, and no address on file", O.BLOCK, ONLY_MAIL, facts=promised(channel=Channel.EMAIL, reachable=False)),
    Case("CONF-01", FIRES, "promised the evening", O.BLOCK, "The patient asked to be reached only between 18:00:00 and 20:00:00.",
         facts=promised(opens=time(18), closes=time(20))),
    Case("CONF-01", QUIET, "promised this very number", O.ALLOW, facts=promised(channel=Channel.SMS, contact_point_id=PHONE)),
    Case("CONF-01", QUIET, "inside the promised hours", O.ALLOW, facts=promised(opens=time(9), closes=time(13))),
    Case("CONF-01", QUIET, "a task for the staff reaches nobody", O.ALLOW, action=TASK, facts=promised(channel=Channel.EMAIL)),
    Case("CONF-01", UNKNOWN_INPUT, "no row is no promise", O.ALLOW),
    Case("CONF-01", UNKNOWN_INPUT, "promises not read", O.BLOCK, "Cannot decide: conf_comm.channel unknown.", facts={"confidential": UNKNOWN},
         unknown="conf_comm.channel"),
    Case("MINOR-01", FIRES, "18 tomorrow, and this is not the guardian's phone (R36)", O.REWRITE, GUARDIAN, facts=aged(CHILD, "cp-9"), rewrite="to_guardian"),
    Case("MINOR-01", FIRES, "nobody answers for the child (R36)", O.BLOCK, NO_GUARDIAN, facts=aged(CHILD)),
    Case("MINOR-01", FIRES, "of unknown age, with a guardian on file", O.REWRITE, GUARDIAN, facts=aged(None, "cp-9"), rewrite="to_guardian"),
    Case("MINOR-01", FIRES, "a survey is not for minors, not even through the guardian", O.BLOCK, "Row 6.1 is not for minors.",
         action=asking(Purpose.SURVEY, row="6.1"), facts=aged(CHILD, PHONE)),
    Case("MINOR-01", FIRES, "nor is anything that sells", O.BLOCK, "Row 5.3 is not for minors.", action=asking(Purpose.MARKETING, row="5.3"),
         facts=aged(CHILD, PHONE)),
    Case("MINOR-01", QUIET, "to the guardian", O.ALLOW, facts=aged(CHILD, PHONE)),
    Case("MINOR-01", QUIET, "18 today", O.ALLOW, facts=aged(date(2008, 11, 17))),
    Case("MINOR-01", QUIET, "grown up, whatever guardian is still on file", O.ALLOW, facts=aged(date(1990, 1, 1), "cp-9")),
    Case("MINOR-01", QUIET, "a task about a child", O.NOT_APPLICABLE, action=TASK, facts=aged(CHILD)),
    Case("MINOR-01", UNKNOWN_INPUT, "no birth date and no guardian is an adult", O.ALLOW, facts=aged(None)),
    Case("NEVER-01", FIRES, "deceased (R37)", O.BLOCK, "Flagged deceased on 2026-11-10.", facts=flagged(PersonFlag.TEST, PersonFlag.DECEASED)),
    Case("NEVER-01", FIRES, "under legal hold", O.BLOCK, "Flagged legal hold on 2026-11-10.", facts=flagged(PersonFlag.LEGAL_HOLD)),
    Case("NEVER-01", FIRES, "dismissed, nobody knows when", O.BLOCK, "Flagged dismissed on a day nobody recorded.",
         facts=flagged(PersonFlag.DISMISSED, on=None)),
    Case("NEVER-01", FIRES, "an answer is no exception", O.BLOCK, "Flagged dismissed on 2026-11-10.", action=REPLY, facts=flagged(PersonFlag.DISMISSED)),
    Case("NEVER-01", QUIET, "a colleague", O.ALLOW, facts=flagged(PersonFlag.STAFF)),
    Case("NEVER-01", QUIET, "the staff may still have a task about it", O.ALLOW, action=TASK, facts=flagged(PersonFlag.DECEASED)),
    Case("NEVER-01", UNKNOWN_INPUT, "no flag is none", O.ALLOW),
    Case("NEVER-01", UNKNOWN_INPUT, "flags not read", O.BLOCK, "Cannot decide: person_flags unknown.", facts={"recipient": {"flags": UNKNOWN}},
         unknown="person_flags"),
    Case("AUD-03", FIRES, "nobody looked at the opt-outs", O.BLOCK, "Decision record incomplete.", facts=heard(checked_at=None)),
    Case("AUD-03", FIRES, "nobody knows what time it is there", O.BLOCK, "Decision record incomplete.", action=MAIL, facts={"recipient": {"zone": UNKNOWN}}),
    Case("AUD-03", QUIET, "all of it is known", O.ALLOW),
    Case("AUD-03", QUIET, "an answer waits for no hour", O.ALLOW, action=REPLY, facts={"recipient": {"zone": UNKNOWN}}),
    Case("AUD-03", QUIET, "a task has no clock", O.ALLOW, action=TASK, facts={"recipient": {"zone": UNKNOWN}}),
    Case("AUD-03", UNKNOWN_INPUT, "an input nobody recorded", O.BLOCK, "Decision record incomplete.", action=REPLY, facts=heard(checked_at=None)),
)  # fmt: skip

INCENTIVE = "Incentives for Google reviews are prohibited; conditioned on sentiment they also break 16 CFR 465.4."
INSIDER = "Insider reviews are not solicited."
OPEN = "Already asked / visit not finished / clinical issue open."
PUBLIC = "A public reply must not show that the reviewer is a patient, even if the reviewer said so."
THREAT = "Threats or inducements to remove reviews are prohibited."
GATED = "Survey routes happy answers to a public page; that is gating inside the tool."
ANSWER = asking(Purpose.OPERATIONS, channel=Channel.REVIEW_REPLY, row="7.4")
SURVEY = asking(Purpose.SURVEY, row="6.1")
NEUTRAL = {
    "public_reply": {"approved_template": True},
    "text": {"body": "Thank you for taking the time. Please call our office."},
}


def invites(mode: ReviewMode, by: str = "Dr. Okafor", on: date | None = date(2026, 3, 1)) -> PolicySettings:
    """Settings with a review mode."""
    return changed(SETTINGS, review_invites=ReviewInvites(mode=mode, acknowledged_by=by, acknowledged_on=on))


def invited(**updates: object) -> dict[str, object]:
    """Facts with another history of invitations."""
    return {"invitation": updates}


def replies(body: str, **updates: object) -> dict[str, object]:
    """Facts of an approved public answer that says this."""
    return {"public_reply": {"approved_template": True}, "text": {"body": body, **updates}}


GATE = ReviewMode.PROMOTERS_ONLY
EVERYONE = invites(ReviewMode.EVERYONE)
REVIEWS = (
    Case("REV-03", FIRES, "a discount for a review", O.BLOCK, INCENTIVE, action=REVIEW, facts={"text": {"body": "Review us and get 10% off your next visit."}}),
    Case("REV-03", FIRES, "a raffle", O.BLOCK, INCENTIVE, action=REVIEW, facts={"text": {"body": "Write a review and be entered to win a prize."}}),
    Case("REV-03", FIRES, "in Spanish", O.BLOCK, INCENTIVE, action=REVIEW, facts={"text": {"body": "Déjenos su opinión y participe en el sorteo."}}),
    Case("REV-03", FIRES, "promised in the subject", O.BLOCK, INCENTIVE, action=asking(Purpose.REVIEW_REQUEST, channel=Channel.EMAIL),
         facts={"text": {"subject": "A gift for your opinion"}}),
    Case("REV-03", QUIET, "asks plainly", O.ALLOW, action=REVIEW, facts={"text": {"body": "Would you tell others how it went? https://go.example/r/7f3k"}}),
    Case("REV-03", UNKNOWN_INPUT, "not possible: the text is rendered first", O.ALLOW, action=REVIEW, facts={"text": {"body": ""}}),
    Case("REV-04", FIRES, "the owner's sister", O.BLOCK, INSIDER, action=REVIEW, facts=invited(relationship="relative")),
    Case("REV-04", QUIET, "a patient", O.ALLOW, action=REVIEW),
    Case("REV-04", UNKNOWN_INPUT, "no match among the staff is no insider", O.ALLOW, action=REVIEW, facts=invited(relationship="")),
    Case("REV-05", FIRES, "asked 179 days ago (R54)", O.BLOCK, "Already asked for a review on 2026-05-22.", action=REVIEW,
         facts=invited(last_invited_at=NOON - timedelta(days=179))),
    Case("REV-05", FIRES, "has reviewed", O.BLOCK, "Has written a review already.", action=REVIEW, facts=invited(reviewed=True)),
    Case("REV-05", FIRES, "the visit is not over", O.BLOCK, "The visit is not finished.", action=REVIEW, facts=invited(visit_finished=False)),
    Case("REV-05", FIRES, "a possible complication is open: at most 14 days (R54)", O.DELAY_UNTIL, OPEN, action=REVIEW,
         facts=invited(complaint_since=NOON - timedelta(days=3)), until=NOON + timedelta(days=11)),
    Case("REV-05", FIRES, "a practice that asks once in two years", O.BLOCK, "Already asked for a review on 2025-11-17.", action=REVIEW,
         facts=invited(last_invited_at=NOON - timedelta(days=365)),
         settings=changed(SETTINGS, review_invites={"ask_again_after": timedelta(days=730)})),
    Case("REV-05", QUIET, "asked 180 days ago", O.ALLOW, action=REVIEW, facts=invited(last_invited_at=NOON - timedelta(days=180))),
    Case("REV-05", QUIET, "a complaint of 14 days costs nobody the invitation (R54)", O.ALLOW, action=REVIEW,
         facts=invited(complaint_since=NOON - timedelta(days=14))),
    Case("REV-05", UNKNOWN_INPUT, "no row is never invited and no complaint", O.ALLOW, action=REVIEW),
    Case("REV-05", UNKNOWN_INPUT, "nobody knows whether the visit is over", O.BLOCK, "Cannot decide: visit.status unknown.", action=REVIEW,
         facts=invited(visit_finished=UNKNOWN), unknown="visit.status"),
    Case("REV-05", UNKNOWN_INPUT, "complaints not read", O.BLOCK, "Cannot decide: adverse_event_open unknown.", action=REVIEW,
         facts=invited(complaint_since=UNKNOWN), unknown="adverse_event_open"),
    Case("REV-06", FIRES, "shows that the writer is a patient", O.NEED_APPROVAL, PUBLIC, action=ANSWER,
         facts=replies("Thank you! It was lovely seeing you at your appointment.")),
    Case("REV-06", FIRES, "in Spanish", O.NEED_APPROVAL, PUBLIC, action=ANSWER, facts=replies("Gracias por su visita.")),
    Case("REV-06", FIRES, "names a treatment", O.NEED_APPROVAL, PUBLIC, action=ANSWER, facts=replies("Thank you.", lexicon_term="botox")),
    Case("REV-06", FIRES, "holds a date", O.NEED_APPROVAL, PUBLIC, action=ANSWER, facts=replies("Thank you.", identifiers=("a date",))),
    Case("REV-06", FIRES, "typed by hand", O.NEED_APPROVAL, PUBLIC, action=ANSWER,
         facts={**NEUTRAL, "public_reply": {"approved_template": False}}),
    Case("REV-06", QUIET, "thanks, and asks to call", O.ALLOW, action=ANSWER, facts=NEUTRAL),
    Case("REV-06", UNKNOWN_INPUT, "nobody knows where the text is from", O.NEED_APPROVAL, PUBLIC, action=ANSWER,
         facts={**NEUTRAL, "public_reply": {"approved_template": UNKNOWN}}),
    Case("REV-09", FIRES, "threatens", O.BLOCK, THREAT, action=ANSWER, facts=replies("Remove this or you will hear from our attorney.")),
    Case("REV-09", FIRES, "buys it back", O.BLOCK, THREAT, action=ANSWER, facts=replies("If you remove your review we will give you a refund.")),
    Case("REV-09", FIRES, "in Spanish", O.BLOCK, THREAT, action=ANSWER, facts=replies("Hablaremos con nuestro abogado.")),
    Case("REV-09", QUIET, "asks to call", O.ALLOW, action=ANSWER, facts=NEUTRAL),
    Case("REV-09", QUIET, "a refund without a condition", O.ALLOW, action=ANSWER, facts=replies("Please call us about a refund.")),
    Case("REV-09", UNKNOWN_INPUT, "no text to look at", O.NEED_APPROVAL, THREAT, action=ANSWER, facts=replies("")),
    Case("SUR-01", FIRES, "names a treatment", O.BLOCK, "The survey names a treatment.", action=SURVEY, facts={"text": {"lexicon_term": "botox"}}),
    Case("SUR-01", FIRES, "rewards an answer", O.BLOCK, "The survey offers a reward for an answer.", action=SURVEY,
         facts={"text": {"body": "Score us from 1 to 10 and get a free gift."}}),
    Case("SUR-01", FIRES, "the tool shows the page to happy people only", O.BLOCK, GATED, action=SURVEY, facts={"survey": {"routes_by_answer": True}},
         settings=EVERYONE),
    Case("SUR-01", FIRES, "the question itself holds the review link", O.BLOCK, GATED, action=SURVEY, settings=EVERYONE,
         facts={"text": {"body": "9 or 10? https://go.example/r/7f3k"}}),
    Case("SUR-01", FIRES, "promoters only, acknowledged: on every verdict (R53)", O.ALLOW_WITH_RISK, GATED, action=SURVEY, settings=invites(GATE)),
    Case("SUR-01", FIRES, "promoters only, acknowledged by nobody", O.BLOCK, GATED, action=SURVEY, settings=invites(GATE, by="")),
    Case("SUR-01", FIRES, "acknowledged a year ago", O.BLOCK, GATED, action=SURVEY, settings=invites(GATE, on=date(2025, 11, 17))),
    Case("SUR-01", FIRES, "a reward is not what was acknowledged", O.BLOCK, "The survey offers a reward for an answer.", action=SURVEY,
         settings=invites(GATE), facts={"text": {"body": "Score us and win $50."}}),
    Case("SUR-01", QUIET, "one question", O.ALLOW, action=SURVEY, settings=EVERYONE),
    Case("SUR-01", QUIET, "acknowledged, and of no consequence elsewhere", O.ALLOW, action=SURVEY, settings=invites(ReviewMode.SURVEY_THEN_EVERYONE)),
    Case("SUR-01", UNKNOWN_INPUT, "nobody knows what the tool does", O.BLOCK, "Cannot decide: survey_tool_config unknown.", action=SURVEY,
         facts={"survey": {"routes_by_answer": UNKNOWN}}, settings=EVERYONE, unknown="survey_tool_config"),
)  # fmt: skip

CASES = PERSONS + REVIEWS
