"""What the outbox of one practice works with: its settings compiled once, and what the connectors declare."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from pipelines.messages.fitting import Looks, fitted
from pipelines.messages.lexicon import Lexicon
from pipelines.messages.names import neutral_names
from pipelines.messages.templates import Templates, load_templates
from pipelines.outbox.configured import plain_connections, refuse_settings
from pipelines.outbox.route import Offers
from pipelines.policy.incentives import offers_value
from settings.practice import PracticeConfig

StreamMaxAge = Callable[[str, str], timedelta | None]
"""A connection's stream may set its own greatest age (FRESH-01: a drop folder is as fresh as its newest file)."""


@dataclass(frozen=True)
class Workbench:
    """One practice, ready to decide and speak."""

    config: PracticeConfig
    templates: Templates
    lexicon: Lexicon
    offers: Offers
    stream_max_age: StreamMaxAge
    callback_url: str = ""
    """Where vendors report statuses; the attempt's id is added to it."""
    keys_apart: bool = True
    """Whether the installation's keys lie elsewhere than the data they lock (SEC-01)."""
    plain: frozenset[str] = frozenset()
    """Connections whose address is not encrypted."""

    @property
    def zone(self) -> ZoneInfo:
        """The practice's own zone: that of its default or first location."""
        place = self.config.practice.location(None) or self.config.practice.locations[0]
        return place.tz


def workbench(
    config: PracticeConfig,
    offers: Offers,
    stream_max_age: StreamMaxAge,
    callback_url: str = "",
    *,
    keys_apart: bool = True,
) -> Workbench:
    """Compile templates and lexicon.

    Raises:
        SettingsError: for a template that does not load or does not fit its step, for a name that says too much, and for
            settings that a rule refuses.
    """
    lexicon = Lexicon.of(config.lexicon)
    neutral_names(config.practice, lexicon, config.folder)
    looks = Looks(lexicon, offers_value)
    templates = fitted(load_templates(config.messages), config.journeys, config.practice, looks)
    refuse_settings(config, templates)
    plain = plain_connections(config.practice)
    return Workbench(config, templates, lexicon, offers, stream_max_age, callback_url, keys_apart, plain)
