"""Message templates as text with a place, and how private each word in them is."""

from enum import StrEnum

from canonical.ids import ContentHash
from canonical.model import Noun
from canonical.practice import Channel


class DataClass(StrEnum):
    """How private a template variable is; a channel is cleared for some classes and not for others (C2)."""

    NEUTRAL = "neutral"
    """Practice name, time, address, link: what a neutral text may say."""
    CONTACT = "contact"
    """The person's greeting name, after R7."""
    TREATMENT = "treatment"
    """A service, instruction or provider detail from which a treatment could be inferred."""
    STAFF = "staff"
    """For tasks inside covered tools only: full names, phones, what was asked."""


class TemplateSource(Noun):
    """One template file. `message-name.channel.liquid`, or `message-name.language.channel.liquid`."""

    name: str
    channel: Channel
    language: str
    path: str
    text: str
    hash: ContentHash
