"""The shipped texts with their values masked, and the neutral text as a person gets it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from canonical.practice import Channel
from pipelines.messages.compose import Occasion, compose
from pipelines.messages.templates import Template, load_templates, rendered
from pipelines.messages.variables import VARIABLES
from pipelines.messages.wording import Named
from settings.installation import SHIPPED
from settings.practice import load_practice

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "es")
CONFIG = load_practice(SHIPPED / "demo" / "lumen", SHIPPED)
TEMPLATES = load_templates(CONFIG.messages)
DOWNTOWN = CONFIG.practice.locations[0]
VISIT = Named(datetime(2026, 11, 13, 14, 0, tzinfo=UTC), DOWNTOWN)
ALWAYS_THERE = frozenset(
    {"practice.sms_name", "practice.name", "location.name", "location.address", "location.phone", "visit.neutral_label"}
)
"""What no practice leaves out, so that no text needs a second wording for its absence."""


def texts(language: str) -> dict[str, Template]:
    """The texts of a language, by name."""
    found = {
        name: template
        for (name, channel, spoken), template in TEMPLATES.by_key.items()
        if channel == Channel.SMS and spoken == language
    }
    return dict(sorted(found.items()))


def masked(template: Template, known: Iterable[str]) -> str:
    """The text with `[name]` for each value in `known`, and without the others."""
    return rendered(template.body, {name: f"[{name}]" for name in known})


def always_known(template: Template) -> frozenset[str]:
    """A step that tells the time has one; the rest of what may be missing is missing."""
    timeless = template.source.name in {"neutral", "exempt"}
    times = set() if timeless else {"visit.when", "visit.day", "visit.times"}
    return template.variables & (ALWAYS_THERE | times)


def wordings(language: str) -> str:
    """Each text with every value it can have, without what it may bring along, without its links, and with neither."""
    parts = []
    for name, template in texts(language).items():
        along = {one for one in template.variables if one.startswith("carries.")}
        links = {one for one in template.variables if one.startswith("links.")}
        known = (template.variables, template.variables - along, template.variables - links, always_known(template))
        said = dict.fromkeys(masked(template, each) for each in known)
        parts.append("\n".join((name, *(f"  {one}" for one in said))))
    return "\n\n".join(parts) + "\n"


def neutral_texts(language: str) -> str:
    """What is said when nothing else may be: with a visit's time, and without one."""
    parts = []
    for channel in (Channel.SMS, Channel.EMAIL):
        for visits in ((VISIT,), ()):
            occasion = Occasion("neutral", channel, language, CONFIG.practice, DOWNTOWN, "Ana", visits)
            composed = compose(occasion, TEMPLATES)
            parts.append("\n".join(filter(None, (f"[{channel}]", composed.subject, composed.body))))
    return "\n\n".join(parts) + "\n"


assert VARIABLES.keys() >= ALWAYS_THERE, "a name here is no variable any more"
