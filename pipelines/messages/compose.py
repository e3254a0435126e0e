"""One text or mail from a template and the facts it may use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from canonical.campaigns import Campaign
from canonical.practice import Channel, Location, Practice, Provider, Service
from canonical.problems import GlowlineError
from pipelines.messages import wording
from pipelines.messages.particulars import about_campaign, about_providers, about_services
from pipelines.messages.segments import measure
from pipelines.messages.templates import MAILS, Template, Templates, rendered
from pipelines.messages.wording import Named

_PLACE_LINKS = ("manage", "booking", "intake", "deposit", "upload", "unsubscribe", "video")


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
    services: tuple[Service, ...] = ()
    """What those visits are for, each once."""
    providers: tuple[Provider, ...] = ()
    campaign: Campaign | None = None
    moments: Mapping[str, datetime] = field(default_factory=dict)
    """Further instants by the variable that names them, e.g. `next_opening`; written in the text's own language."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Further variables by name, e.g. `delay.minutes`."""


@dataclass(frozen=True)
class Composed:
    """A finished text."""

    subject: str
    body: str
    template: Template
    segments: int
    values: Mapping[str, str] = field(default_factory=dict)
    """What each variable stood for, for the look at the finished text (PHI-03)."""
    fell_back: bool = False
    """The person's language has no such template, and another language's was used (R28)."""


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
    spoken = template.source.language
    values = _values(occasion, spoken)
    body = rendered(template.body, values)
    subject = rendered(template.subject, values) if template.subject else ""
    segments = measure(body).segments if occasion.channel is Channel.SMS else 0
    return Composed(subject, body, template, segments, values, spoken != occasion.language)


def _values(occasion: Occasion, language: str) -> dict[str, str]:
    tongue = language if language in wording.LANGUAGES else "en"
    place, practice = occasion.location, occasion.practice
    values = {"first_name": occasion.first_name, "practice.name": practice.name, "practice.sms_name": practice.sms_name}
    values |= _place_values(place)
    values |= about_services(occasion.services, practice.services, tongue)
    values |= about_providers(occasion.providers, tongue)
    values |= about_campaign(occasion.campaign)
    times = {name: wording.moment(at, place.tz, tongue) for name, at in occasion.moments.items()}
    if occasion.visits:
        times |= _visit_values(occasion.visits, tongue, occasion.patient_zone)
    if tongue == "es" and occasion.channel in MAILS:
        times = {name: wording.accented(written) for name, written in times.items()}
    return values | times | _addresses(occasion.visits) | dict(occasion.extra)


def _place_values(place: Location) -> dict[str, str]:
    return {
        "location.name": place.name,
        "location.address": place.address,
        "location.parking": place.parking,
        "location.check_in": place.check_in,
        "location.phone": wording.phone(place.phone),
        "emergency_line": wording.phone(place.emergency_line),
        "links.review": place.review_link,
        **{f"links.{name}": place.links.get(name, "") for name in _PLACE_LINKS},
    }


def _visit_values(visits: Sequence[Named], language: str, patient_zone: ZoneInfo | None) -> dict[str, str]:
    first = visits[0]
    return {
        "visit.when": wording.when(visits, language, patient_zone),
        "visit.day": wording.day(first.start, first.location.tz, language),
        "visit.times": wording.times(visits, language, patient_zone),
        "visit.neutral_label": wording.label(len(visits), language),
    }


def _addresses(visits: Sequence[Named]) -> dict[str, str]:
    """Every place the visits are at (R5)."""
    addresses = dict.fromkeys(visit.location.address for visit in visits)
    return {"location.address": "; ".join(addresses)} if addresses else {}
