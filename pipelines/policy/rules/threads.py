"""Conversations: Meta's window and tags (META-01, META-02), no patient data in DMs (META-03), automation that says so (AI-02)."""

from datetime import datetime, timedelta

from canonical.practice import Channel
from pipelines.policy.asking import ALLOW, NOT_ASKED, Asked, Finding, approval, block, rewrite, rule
from pipelines.policy.facts import Thread
from pipelines.policy.rewrites import CALL_OR_LINK, DISCLOSURE

WINDOW, LONG_WINDOW = timedelta(hours=24), timedelta(days=7)
HUMAN_AGENT = "HUMAN_AGENT"
_TEXT = Channel.SMS


@rule("META-01")
def inside_the_window(asked: Asked) -> Finding:
    """A direct message answers one of the last 24 hours; an ad's first answer and a person's own have 7 days."""
    thread, age = asked.facts.thread, _age(asked.facts.thread, asked.now)
    if age is None or age > LONG_WINDOW:
        return block()
    longer = thread.tag == HUMAN_AGENT or (thread.from_ad and thread.first_message)
    return ALLOW if longer or age <= WINDOW else block()


def _age(thread: Thread, now: datetime) -> timedelta | None:
    last = thread.last_inbound_at
    return now - last if isinstance(last, datetime) else None


@rule("META-02")
def people_send_as_people(asked: Asked) -> Finding:
    """What claims to come from a human agent after the first day is sent by one."""
    thread = asked.facts.thread
    if thread.tag != HUMAN_AGENT or thread.actor == "person":
        return ALLOW
    age = _age(thread, asked.now)
    return ALLOW if age is not None and age <= WINDOW else approval()


@rule("META-03")
def no_patient_data(asked: Asked) -> Finding:
    """A direct message holds nothing of the patient record: it asks to call, or gives a link."""
    text = asked.facts.text
    if text.record_slots or text.lexicon_term is not None or text.identifiers:
        return rewrite(CALL_OR_LINK)
    return ALLOW


@rule("AI-02")
def says_that_it_is_automated(asked: Asked) -> Finding:
    """An automated agent says that it is one, once in every thread."""
    thread = asked.facts.thread
    if asked.action.channel is _TEXT and not thread.converses:
        return NOT_ASKED  # a notice of ours is a fixed text, and no conversation
    told = isinstance(thread.disclosed_at, datetime) or asked.facts.text.discloses_automation
    return ALLOW if told or thread.actor == "person" else rewrite(DISCLOSURE)
