"""Cases of conversations, calls and details: direct messages, automated agents, voices, missed calls, unencrypted text."""

from datetime import timedelta

from canonical.actions import Purpose
from canonical.practice import Channel
from pipelines.policy.facts import UNKNOWN
from tests.pipelines.policy.cases import (
    FIRES,
    MAIL,
    MARKETING,
    QUIET,
    REPLY,
    SECURE,
    UNKNOWN_INPUT,
    Case,
    O,
    heard,
)
from tests.pipelines.policy.world import NOON, SETTINGS, a_consent, a_stop, an_action, asking, changed

DM = asking(Purpose.REQUESTED_REPLY, channel=Channel.IG_DM)
CALL = an_action(channel=Channel.VOICE)
SALES_CALL = asking(Purpose.MARKETING, channel=Channel.VOICE)
MISSED = asking(Purpose.MISSED_CALL_TEXTBACK)
SWITCHED_ON = changed(SETTINGS, missed_call_textback=True)
OUTSIDE = "Outside Meta's messaging window."
PEOPLE = "Human-agent tag is for people only."
COVERED = "DMs may not carry patient data; moved to a covered channel."
TOLD = "Told the person they are talking with an automated assistant."
ARTIFICIAL = "AI voice counts as artificial voice."
WEAK = "A missed call alone is weak consent; a person must release this text."


def wrote(hours: float, **updates: object) -> dict[str, object]:
    """A thread in which the person last wrote so many hours ago."""
    return {"thread": {"last_inbound_at": NOON - timedelta(hours=hours), **updates}}


def speaks(**updates: object) -> dict[str, object]:
    """A call by a voice that says who it is and how to stop it."""
    return {"voice": {"kind": "synthetic", "identifies_itself": True, "offers_opt_out": True, **updates}}


THREADS = (
    Case("META-01", FIRES, "a day and a minute later", O.BLOCK, OUTSIDE, action=DM, facts=wrote(24.02)),
    Case("META-01", FIRES, "the person never wrote", O.BLOCK, OUTSIDE, action=DM, facts={"thread": {"last_inbound_at": None}}),
    Case("META-01", FIRES, "an ad's chat, answered before", O.BLOCK, OUTSIDE, action=DM, facts=wrote(48, from_ad=True)),
    Case("META-01", FIRES, "a person's own answer after a week", O.BLOCK, OUTSIDE, action=DM, facts=wrote(169, tag="HUMAN_AGENT", actor="person")),
    Case("META-01", QUIET, "a day to the second", O.ALLOW, action=DM, facts=wrote(24)),
    Case("META-01", QUIET, "an ad's chat, first answer, six days later", O.ALLOW, action=DM, facts=wrote(144, from_ad=True, first_message=True)),
    Case("META-01", QUIET, "a person answers on the third day", O.ALLOW, action=DM, facts=wrote(72, tag="HUMAN_AGENT", actor="person")),
    Case("META-01", UNKNOWN_INPUT, "no inbound time is none", O.BLOCK, OUTSIDE, action=DM, facts={"thread": {"last_inbound_at": UNKNOWN}}),
    Case("META-02", FIRES, "automation under a person's tag", O.NEED_APPROVAL, PEOPLE, action=DM, facts=wrote(72, tag="HUMAN_AGENT")),
    Case("META-02", QUIET, "within the first day the tag means nothing", O.ALLOW, action=DM, facts=wrote(3, tag="HUMAN_AGENT")),
    Case("META-02", QUIET, "a person sends it", O.ALLOW, action=DM, facts=wrote(72, tag="HUMAN_AGENT", actor="person")),
    Case("META-02", QUIET, "no tag", O.ALLOW, action=DM, facts=wrote(72)),
    Case("META-02", UNKNOWN_INPUT, "an unknown actor is automation", O.NEED_APPROVAL, PEOPLE, action=DM,
         facts=wrote(72, tag="HUMAN_AGENT", actor=UNKNOWN)),
    Case("META-03", FIRES, "says when the visit is", O.REWRITE, COVERED, action=DM, facts={"text": {"record_slots": ("visit.when",)}}, rewrite="call_or_link"),
    Case("META-03", FIRES, "names a treatment", O.REWRITE, COVERED, action=DM, facts={"text": {"lexicon_term": "botox"}}, rewrite="call_or_link"),
    Case("META-03", FIRES, "holds somebody's number", O.REWRITE, COVERED, action=DM, facts={"text": {"identifiers": ("a phone number",)}}, rewrite="call_or_link"),
    Case("META-03", QUIET, "asks to call", O.ALLOW, action=DM),
    Case("META-03", UNKNOWN_INPUT, "not possible: the text is rendered first", O.ALLOW, action=DM, facts={"text": {"body": ""}}),
    Case("AI-02", FIRES, "an automated answer in a DM that does not say so", O.REWRITE, TOLD, action=DM, facts={"thread": {"disclosed_at": None}},
         rewrite="automation_disclosure"),
    Case("AI-02", FIRES, "an agent that words its own texts", O.REWRITE, TOLD, action=REPLY, facts={"thread": {"disclosed_at": None, "converses": True}},
         rewrite="automation_disclosure"),
    Case("AI-02", QUIET, "told before in this thread", O.ALLOW, action=DM),
    Case("AI-02", QUIET, "this very message says so", O.ALLOW, action=DM, facts={"thread": {"disclosed_at": None}, "text": {"discloses_automation": True}}),
    Case("AI-02", QUIET, "a person answers", O.ALLOW, action=DM, facts={"thread": {"disclosed_at": None, "actor": "person"}}),
    Case("AI-02", QUIET, "a reminder is no conversation", O.NOT_APPLICABLE, facts={"thread": {"disclosed_at": None}}),
    Case("AI-02", UNKNOWN_INPUT, "unknown is not told", O.REWRITE, TOLD, action=DM, facts={"thread": {"disclosed_at": UNKNOWN, "actor": UNKNOWN}},
         rewrite="automation_disclosure"),
)  # fmt: skip

CALLS = (
    Case("AI-01", FIRES, "a synthetic voice calls who never agreed", O.BLOCK, ARTIFICIAL, action=CALL, facts={**speaks(), **heard(consents=())}),
    Case("AI-01", FIRES, "does not say who calls", O.BLOCK, ARTIFICIAL, action=CALL, facts=speaks(identifies_itself=False)),
    Case("AI-01", FIRES, "does not say how to stop it", O.BLOCK, ARTIFICIAL, action=CALL, facts=speaks(offers_opt_out=False)),
    Case("AI-01", FIRES, "sells to who signed nothing", O.BLOCK, ARTIFICIAL, action=SALES_CALL,
         facts={**speaks(), **heard(consents=(a_consent("marketing"),))}),
    Case("AI-01", QUIET, "a synthetic voice with consent", O.ALLOW, action=CALL, facts=speaks()),
    Case("AI-01", QUIET, "sells to who signed for it", O.ALLOW, action=SALES_CALL,
         facts={**speaks(), **heard(consents=(a_consent("marketing", "written", wording_sha256="b" * 64),))}),
    Case("AI-01", QUIET, "a person calls", O.ALLOW, action=CALL, facts={"voice": {"kind": "human"}, **heard(consents=())}),
    Case("AI-01", UNKNOWN_INPUT, "an unknown voice is synthetic", O.BLOCK, ARTIFICIAL, action=CALL),
    Case("TCPA-21", FIRES, "not switched on", O.NEED_APPROVAL, WEAK, action=MISSED),
    Case("TCPA-21", FIRES, "the caller never agreed to anything", O.NEED_APPROVAL, WEAK, action=MISSED, settings=SWITCHED_ON, facts=heard(consents=())),
    Case("TCPA-21", FIRES, "a landline", O.NEED_APPROVAL, WEAK, action=MISSED, settings=SWITCHED_ON, facts={"recipient": {"line_type": "landline"}}),
    Case("TCPA-21", FIRES, "the caller opted out", O.NEED_APPROVAL, WEAK, action=MISSED, settings=SWITCHED_ON, facts=heard(suppressions=(a_stop(),))),
    Case("TCPA-21", QUIET, "switched on, agreed, mobile", O.ALLOW, action=MISSED, settings=SWITCHED_ON),
    Case("TCPA-21", UNKNOWN_INPUT, "nobody knows what line it is", O.BLOCK, "Cannot decide: line_type unknown.", action=MISSED, settings=SWITCHED_ON,
         facts={"recipient": {"line_type": UNKNOWN}}, unknown="line_type"),
    Case("TCPA-21", UNKNOWN_INPUT, "consents not read", O.BLOCK, "Cannot decide: consent.express_event_id unknown.", action=MISSED,
         facts=heard(consents=UNKNOWN), unknown="consent.express_event_id"),
)  # fmt: skip

DETAILS = (
    Case("UNENC-01", FIRES, "names a treatment in a text", O.REWRITE,
         "The patient has not been told the risk of unencrypted sms; details were replaced by a link.", facts={"text": {"lexicon_term": "botox"}},
         rewrite="neutral"),
    Case("UNENC-01", FIRES, "holds a record number in a plain mail", O.REWRITE,
         "The patient has not been told the risk of unencrypted email; details were replaced by a link.", action=MAIL,
         facts={"text": {"identifiers": ("a record number",)}}, rewrite="neutral"),
    Case("UNENC-01", QUIET, "was told, and still prefers it", O.ALLOW, facts={"text": {"lexicon_term": "botox"}, **heard(warned_at=NOON)}),
    Case("UNENC-01", QUIET, "says time and place", O.ALLOW),
    Case("UNENC-01", QUIET, "a secure mail is encrypted", O.NOT_APPLICABLE, action=SECURE, facts={"text": {"lexicon_term": "botox"}}),
    Case("UNENC-01", QUIET, "what sells is not asked here", O.NOT_APPLICABLE, action=MARKETING, facts={"text": {"lexicon_term": "botox"}}),
    Case("UNENC-01", UNKNOWN_INPUT, "no row is no warning", O.REWRITE,
         "The patient has not been told the risk of unencrypted sms; details were replaced by a link.",
         facts={"text": {"lexicon_term": "botox"}, **heard(warned_at=None)}, rewrite="neutral"),
)  # fmt: skip

CASES = THREADS + CALLS + DETAILS
