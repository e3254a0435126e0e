"""One text or mail from a template and the facts it may use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from canonical.practice import Channel, Location, Practice
from canonical.problems import GlowlineError
from pipelines.messages import wording
from pipelines.messages.segments import measure
from pipelines.messages.templates import Template, Templates, rendered
from pipelines.messages.wording import Named


class TemplateMissing(GlowlineError):
    """No language has this template for this channel."""


@dataclass(frozen=True)
class Occasion:
    """What a message is about and to whom, in the terms a template may use."""

    template: str
    channel: Channel
    language: str
    practice: Practice
    location: Location
    first_name: str = ""
    """Empty when the phone is shared by people of other names (R2)."""
    visits: tuple[Named, ...] = ()
    """Visits named together, earliest first (R5)."""
    patient_zone: ZoneInfo | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    """Further variables by name, e.g. `links.booking`."""


@dataclass(frozen=True)
class Composed:
    """A finished text."""

    subject: str
    body: str
    template: Template
    segments: int
    values: Mapping[str, str] = field(default_factory=dict)
    """What each variable stood for, for the look at the finished text (PHI-03)."""


def compose(occasion: Occasion, templates: Templates) -> Composed:
    """Render the occasion.

    Raises:
        TemplateMissing: when neither the person's language, the practice's nor English has it.
    """
    template = templates.find(
        occasion.template, occasion.channel, occasion.language, occasion.practice.default_language
    )
    if template is None:
        message = f"there is no template {occasion.template}.{occasion.channel}.liquid"
        raise TemplateMissing(message, next_step="Add the file to the practice's messages folder.")
    values = _values(occasion, template.source.language)
    body = rendered(template.body, values)
    subject = rendered(template.subject, values) if template.subject else ""
    segments = measure(body).segments if occasion.channel is Channel.SMS else 0
    return Composed(subject, body, template, segments, values)


def _values(occasion: Occasion, language: str) -> dict[str, str]:
    place, practice = occasion.location, occasion.practice
    tongue = language if language in wording.LANGUAGES else "en"
    values = {
        "first_name": occasion.first_name,
        "practice.name": practice.name,
        "practice.sms_name": practice.sms_name,
        "location.name": place.name,
        "location.address": place.address,
        "location.parking": place.parking,
        "location.check_in": place.check_in,
        "location.phone": wording.phone(place.phone),
        "links.manage": place.links.get("manage", ""),
        "links.booking": place.links.get("booking", ""),
    }
    if occasion.visits:
        values |= _visit_values(occasion.visits, tongue, occasion.patient_zone)
    return values | dict(occasion.extra)


def _visit_values(visits: Sequence[Named], language: str, patient_zone: ZoneInfo | None) -> dict[str, str]:
    first = visits[0]
    addresses = dict.fromkeys(visit.location.address for visit in visits)
    return {
        "visit.when": wording.when(visits, language, patient_zone),
        "visit.day": wording.day(first.start, first.location.tz, language),
        "visit.times": wording.times(visits, language, patient_zone),
        "visit.neutral_label": wording.label(len(visits), language),
        "location.address": "; ".join(addresses),
    }
