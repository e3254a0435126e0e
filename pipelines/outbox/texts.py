"""The text of an action or of a bundle: who is greeted, which visits are named, which rewrites were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from canonical.actions import Action, SubjectKind
from canonical.practice import Channel, Location
from pipelines.messages.compose import Composed, Occasion, compose
from pipelines.messages.segments import measure
from pipelines.messages.variables import neutral_values
from pipelines.messages.wording import LANGUAGES, Named, moment, phone
from pipelines.outbox.surroundings import Surroundings
from pipelines.outbox.workbench import Workbench
from pipelines.policy.facts import Text
from pipelines.policy.identifiers import identifiers_in
from pipelines.policy.rewrites import LATE, NEUTRAL, SENDER_AND_STOP

_TO_PEOPLE = frozenset({Channel.SMS, Channel.EMAIL, Channel.SECURE_EMAIL})
_UNSECURED = frozenset({Channel.SMS, Channel.EMAIL})
_TO_STAFF = frozenset({"create_task"})
_STOP_AND_HELP = {
    "en": "Reply STOP to stop, HELP for help.",
    "es": "Responda STOP para no recibir mas, HELP para ayuda.",
}


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


def speaks(action: Action) -> bool:
    """Whether the action carries a text, to a person or to the staff; other commands are filled elsewhere."""
    return action.channel in _TO_PEOPLE or action.command in _TO_STAFF


def text_for(
    actions: Sequence[Action], around: Surroundings, bench: Workbench, rewrites: frozenset[str] = frozenset()
) -> Said:
    """What the actions of one bundle say together, the carrier first.

    Raises:
        TemplateMissing: when no language has the template.
    """
    carrier = actions[0]
    template = _template(carrier, rewrites)
    occasion = _occasion(actions, around, bench, template)
    composed = compose(occasion, bench.templates)
    body = _with_stop(composed, occasion) if SENDER_AND_STOP in rewrites else composed.body
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
    )


def _template(carrier: Action, rewrites: frozenset[str]) -> str:
    if NEUTRAL in rewrites:
        return "neutral"
    return f"{carrier.template}-late" if LATE in rewrites else carrier.template


def _occasion(actions: Sequence[Action], around: Surroundings, bench: Workbench, template: str) -> Occasion:
    carrier, practice = actions[0], bench.config.practice
    place = practice.location(carrier.location_id) or practice.locations[0]
    person = around.persons.get(str(carrier.person_id), {})
    visits = tuple(sorted(_named(actions, bench), key=lambda visit: visit.start))
    return Occasion(
        template=template,
        channel=carrier.channel,
        language=person.get("language") or practice.default_language,
        practice=practice,
        location=place,
        first_name=_greeting(actions, around),
        visits=visits,
        patient_zone=ZoneInfo(person["zone"]) if person.get("zone") else None,
        extra=_extra(carrier, place, person.get("language") or practice.default_language)
        | _lead(carrier, around)
        | _reply(carrier, around),
    )


def _named(actions: Sequence[Action], bench: Workbench) -> list[Named]:
    practice = bench.config.practice
    return [
        Named(action.anchor_at, practice.location(action.location_id) or practice.locations[0])
        for action in actions
        if action.anchor_at and action.subject_kind is SubjectKind.VISIT
    ]


def _greeting(actions: Sequence[Action], around: Surroundings) -> str:
    """The first name, unless the contact point belongs to people of different names (R2)."""
    carrier = actions[0]
    sharer = around.sharers.get(str(carrier.contact_point_id), {})
    if sharer.get("names", 0) > 1 or len({action.person_id for action in actions}) > 1:
        return ""
    return str(around.persons.get(str(carrier.person_id), {}).get("first_name") or "")


def _extra(carrier: Action, place: Location, language: str) -> dict[str, str]:
    """What the step's own facts add: when somebody calls, when somebody is there again (rows 1.1, 1.4)."""
    tongue = language if language in LANGUAGES else "en"
    said = {}
    if opening := carrier.facts.get("next_opening_at"):
        said["next_opening"] = moment(datetime.fromisoformat(opening), place.tz, tongue)
    if promised := carrier.facts.get("promised_at"):
        said["lead.promised"] = moment(datetime.fromisoformat(promised), place.tz, tongue)
    return said


def _reply(carrier: Action, around: Surroundings) -> dict[str, str]:
    """What somebody wrote and what stood above it (P22), for the task that asks for an answer."""
    task, row = around.tasks.get(carrier.subject_id, {}), around.reply_texts.get(carrier.subject_id, {})
    said = {"task.title": str(task.get("title") or "")}
    if row:
        said |= {"reply.text": str(row["text"] or ""), "last_message": str(row["last_message"] or "")}
        said["lead.phone"] = phone(str(row["contact"] or ""))
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


def _with_stop(composed: Composed, occasion: Occasion) -> str:
    """Sender and opt-out, added where the text lacks them (TCPA-17)."""
    language = composed.template.source.language
    name = occasion.practice.sms_name
    opening = "" if name.casefold() in composed.body.casefold() else f"{name}: "
    return f"{opening}{composed.body} {_STOP_AND_HELP.get(language, _STOP_AND_HELP['en'])}"


def _has_neutral(carrier: Action, composed: Composed, bench: Workbench) -> bool:
    """Whether there is another text to fall back to: without one, what may not be said is not sent."""
    language, own = composed.template.source.language, bench.config.practice.default_language
    return bench.templates.find("neutral", carrier.channel, language, own) is not None


def _asked(composed: Composed, body: str, carrier: Action, bench: Workbench, rewrites: frozenset[str]) -> Text:
    name, unsecured = bench.config.practice.sms_name, carrier.channel in _UNSECURED
    whole = f"{composed.subject} {body} {name}"
    return Text(
        subject=composed.subject,
        body=body,
        sender_name=name,
        lexicon_term=bench.lexicon.term_in(whole) if unsecured else None,
        identifiers=identifiers_in(whole, neutral_values(composed.values)) if unsecured else (),
        has_brand=name.casefold() in body.casefold(),
        has_stop_and_help="STOP" in body and "HELP" in body,
        variant="neutral" if NEUTRAL in rewrites else "late" if LATE in rewrites else "standard",
        neutral_exists=NEUTRAL not in rewrites and _has_neutral(carrier, composed, bench),
    )
