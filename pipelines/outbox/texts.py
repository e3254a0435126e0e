"""The text of an action or of a bundle: who is greeted, which visits are named, which rewrites were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from canonical.actions import Action, Purpose, SubjectKind
from canonical.campaigns import Campaign
from canonical.owed import Tells
from canonical.people import THREAD
from canonical.practice import THREADS, Channel, Practice, Provider, Service
from pipelines.messages.compose import Composed, Occasion, compose
from pipelines.messages.segments import measure
from pipelines.messages.variables import neutral_values
from pipelines.messages.wording import Named, automated, commercial_footer, phone, stop_and_help
from pipelines.outbox.payment_links import where_paid
from pipelines.outbox.route import TO_PEOPLE
from pipelines.outbox.surroundings import Surroundings
from pipelines.outbox.workbench import Workbench
from pipelines.policy.facts import Text
from pipelines.policy.identifiers import identifiers_in
from pipelines.policy.rewrites import (
    CALL_OR_LINK,
    COMMERCIAL_FOOTER,
    DISCLOSURE,
    EXEMPT,
    LATE,
    NEUTRAL,
    SENDER_AND_STOP,
)

Variant = Literal["standard", "neutral", "late", "exempt", "call_or_link"]
_SECURED = frozenset({Channel.SECURE_EMAIL, Channel.CRM, Channel.STAFF})
_TO_STAFF = frozenset({"create_task"})
_INSTEAD: tuple[tuple[str, str, Variant], ...] = (
    (EXEMPT, "exempt", "exempt"),
    (NEUTRAL, "neutral", "neutral"),
    (CALL_OR_LINK, "call-or-link", "call_or_link"),
)
"""Rewrites that say something else instead: the template, and how policy knows it. The first that was asked for wins."""
_WITHOUT_DETAILS = frozenset(template for _, template, _ in _INSTEAD)
_CARRIED = {"2.3": "carries.intake", "2.4": "carries.deposit", "3.4": "carries.provider"}
"""Rows that a confirmation brings along. Row 3.3's instructions stand in every mail that has room for them."""
_FROM_THE_RECORD = ("first_name", "visit.", "provider.", "complements")


@dataclass(frozen=True)
class Said:
    """A finished text with what policy asks about it."""

    subject: str
    body: str
    template: str
    template_hash: str
    language: str
    segments: int
    text: Text
    fell_back: bool = False
    """The person's language has no such text, and another language's is said (R28)."""


def speaks(action: Action) -> bool:
    """Whether the action carries a text, to a person, the staff or everybody; other commands are filled elsewhere."""
    return action.channel in TO_PEOPLE or action.channel is Channel.REVIEW_REPLY or action.command in _TO_STAFF


def text_for(
    actions: Sequence[Action], around: Surroundings, bench: Workbench, rewrites: frozenset[str] = frozenset()
) -> Said:
    """What the actions of one bundle say together, the carrier first.

    Raises:
        TemplateMissing: when no language has the template.
    """
    carrier = actions[0]
    template = _template(carrier, around, bench, rewrites)
    occasion = _occasion(actions, around, bench, template)
    composed = compose(occasion, bench.templates)
    body = _added_to(composed, occasion, rewrites)
    source = composed.template.source
    segments = measure(body).segments if carrier.channel is Channel.SMS else 0
    return Said(
        composed.subject,
        body,
        source.name,
        source.hash,
        source.language,
        segments,
        _asked(composed, body, carrier, bench, rewrites),
        composed.fell_back,
    )


def _template(carrier: Action, around: Surroundings, bench: Workbench, rewrites: frozenset[str]) -> str:
    """The one instead, the late one, or the step's own: one that promises no hour has no other for later (R30)."""
    if instead := next((name for asked, name, _ in _INSTEAD if asked in rewrites), ""):
        return instead
    late, own = f"{carrier.template}-late", bench.config.practice.default_language
    language = _language(carrier, around) or own
    there = LATE in rewrites and bench.templates.find(late, carrier.channel, language, own) is not None
    return late if there else carrier.template


def _occasion(actions: Sequence[Action], around: Surroundings, bench: Workbench, template: str) -> Occasion:
    carrier, practice = actions[0], bench.config.practice
    place = practice.location(carrier.location_id) or practice.locations[0]
    person = around.persons.get(str(carrier.person_id), {})
    visits = tuple(sorted(_named(actions, bench, template), key=lambda visit: visit.start))
    return Occasion(
        template=template,
        channel=carrier.channel,
        language=_language(carrier, around) or practice.default_language,
        practice=practice,
        location=place,
        first_name=_greeting(actions, around),
        visits=visits,
        patient_zone=ZoneInfo(person["zone"]) if person.get("zone") else None,
        services=_services(actions, practice),
        providers=_providers(actions, practice),
        campaign=_campaign(carrier, bench),
        moments=_moments(carrier),
        extra=_said_by_the_step(carrier)
        | _lead(carrier, around)
        | _reply(carrier, around)
        | where_paid(actions, around.links),
    )


def _language(carrier: Action, around: Surroundings) -> str:
    """The person's, as the person or the inquiry says (R28). The staff read the practice's own."""
    if carrier.labels.purpose is Purpose.INTERNAL:
        return ""
    person, inquiry = around.persons.get(str(carrier.person_id), {}), around.inquiries.get(carrier.subject_id, {})
    return str(person.get("language") or inquiry.get("language") or "")


def _named(actions: Sequence[Action], bench: Workbench, template: str) -> list[Named]:
    """The visits a text names. The neutral one keeps the time of a text that told it, and names no other (PHI-03)."""
    practice = bench.config.practice
    return [
        Named(action.anchor_at, practice.location(action.location_id) or practice.locations[0])
        for action in actions
        if action.anchor_at
        and action.subject_kind is SubjectKind.VISIT
        and (template not in _WITHOUT_DETAILS or action.facts.get("tells") == Tells.TIME)
    ]


def _services(actions: Sequence[Action], practice: Practice) -> tuple[Service, ...]:
    wanted = dict.fromkeys(action.facts.get("service", "") for action in actions if not _for_a_guardian(action))
    known = {str(service.service_id): service for service in practice.services}
    return tuple(known[one] for one in wanted if one in known)


def _providers(actions: Sequence[Action], practice: Practice) -> tuple[Provider, ...]:
    wanted = dict.fromkeys(action.facts.get("provider", "") for action in actions if not _for_a_guardian(action))
    known = {str(provider.provider_id): provider for provider in practice.providers}
    return tuple(known[one] for one in wanted if one in known)


def _for_a_guardian(action: Action) -> bool:
    """What is said to a minor's guardian stays neutral, and greets nobody by the child's name (R36)."""
    return "guardian" in action.facts


def _campaign(carrier: Action, bench: Workbench) -> Campaign | None:
    """The one the step was planned for, while it runs on the day it is due: an offer that has ended is not told (row 5.5)."""
    wanted, day = carrier.facts.get("campaign"), carrier.due_at.astimezone(bench.zone).date()
    campaigns = bench.config.practice.campaigns
    return next((one for one in campaigns if one.campaign_id == wanted and one.in_force(day)), None)


def _greeting(actions: Sequence[Action], around: Surroundings) -> str:
    """The first name, unless the contact point belongs to people of different names (R2)."""
    carrier = actions[0]
    sharer = around.sharers.get(str(carrier.contact_point_id), {})
    several = sharer.get("names", 0) > 1 or len({action.person_id for action in actions}) > 1
    if several or any(map(_for_a_guardian, actions)):
        return ""
    return str(around.persons.get(str(carrier.person_id), {}).get("first_name") or "")


def _moments(carrier: Action) -> dict[str, datetime]:
    """When somebody calls, when somebody is there again (rows 1.1, 1.4, R25)."""
    written = {"next_opening": "next_opening_at", "lead.promised": "promised_at"}
    return {name: datetime.fromisoformat(at) for name, fact in written.items() if (at := carrier.facts.get(fact))}


def _said_by_the_step(carrier: Action) -> dict[str, str]:
    """Parameters of the step itself: how late it is (row 4.3), what was answered (6.4), which rows ride along (R6, R13)."""
    written = {"delay.minutes": "delay_minutes", "score": "score"}
    said = {name: value for name, fact in written.items() if (value := carrier.facts.get(fact))}
    carried = carrier.facts.get("carries", "").split(",")
    return said | {name: "1" for row, name in _CARRIED.items() if row in carried}


def _reply(carrier: Action, around: Surroundings) -> dict[str, str]:
    """What somebody wrote and what stood above it (P22), for the task that asks for an answer."""
    task, row = around.tasks.get(carrier.subject_id, {}), around.reply_texts.get(carrier.subject_id, {})
    said = {"task.title": str(task.get("title") or "")}
    if row:
        said |= {"reply.text": str(row["text"] or ""), "last_message": str(row["last_message"] or "")}
        contact = str(row["contact"] or "")
        said["lead.phone"] = "" if THREAD.fullmatch(contact) else phone(contact)
    return said


def _lead(carrier: Action, around: Surroundings) -> dict[str, str]:
    """What the front desk needs to call (P21). Templates of other channels cannot use it: its class is staff."""
    record = around.lead_records.get(carrier.subject_id)
    if record is None:
        return {}
    spam = around.inquiries.get(carrier.subject_id, {}).get("spam_reason") or ""
    return {
        "lead.full_name": record.full_name or f"{record.given_name} {record.family_name}".strip() or "Someone",
        "lead.phone": phone(record.phone),
        "lead.email": record.email,
        "lead.asked_for": record.asked_for,
        "lead.message": record.message,
        "lead.source": record.source.value.replace("_", " "),
        "lead.warning": f"suspected spam ({spam})" if spam else "",
    }


def _added_to(composed: Composed, occasion: Occasion, rewrites: frozenset[str]) -> str:
    """The text with what it lacked: that it is automated (AI-02), a sender and a stop (TCPA-17), a footer (EMAIL-01)."""
    language, body = composed.template.source.language, composed.body
    if DISCLOSURE in rewrites:
        body = f"{automated(language)} {body}"
    if SENDER_AND_STOP in rewrites:
        name = occasion.practice.sms_name
        opening = "" if name.casefold() in body.casefold() else f"{name}: "
        body = f"{opening}{body} {stop_and_help(language)}"
    if COMMERCIAL_FOOTER in rewrites:
        place = occasion.location
        footer = (occasion.practice.sms_name, place.address, place.links.get("unsubscribe", ""), language)
        body = f"{body}\n\n{commercial_footer(*footer)}"
    return body


def _has_neutral(carrier: Action, composed: Composed, bench: Workbench) -> bool:
    """Whether there is another text to fall back to: without one, what may not be said is not sent."""
    language, own = composed.template.source.language, bench.config.practice.default_language
    return bench.templates.find("neutral", carrier.channel, language, own) is not None


def _asked(composed: Composed, body: str, carrier: Action, bench: Workbench, rewrites: frozenset[str]) -> Text:
    name, unsecured = bench.config.practice.sms_name, carrier.channel not in _SECURED
    whole = f"{composed.subject} {body} {name}"
    return Text(
        subject=composed.subject,
        body=body,
        sender_name=name,
        lexicon_term=bench.lexicon.term_in(whole) if unsecured else None,
        identifiers=identifiers_in(whole, neutral_values(composed.values)) if unsecured else (),
        has_brand=name.casefold() in body.casefold(),
        has_stop_and_help="STOP" in body and "HELP" in body,
        variant=_variant(rewrites),
        neutral_exists=NEUTRAL not in rewrites and _has_neutral(carrier, composed, bench),
        record_slots=_from_the_record(composed) if carrier.channel in THREADS else (),
        discloses_automation=DISCLOSURE in rewrites,
    )


def _variant(rewrites: frozenset[str]) -> Variant:
    instead = next((variant for asked, _, variant in _INSTEAD if asked in rewrites), None)
    return instead or ("late" if LATE in rewrites else "standard")


def _from_the_record(composed: Composed) -> tuple[str, ...]:
    """What the text says of the person's own record (META-03)."""
    said = (name for name in composed.template.variables if composed.values.get(name))
    return tuple(sorted(name for name in said if name.startswith(_FROM_THE_RECORD)))
