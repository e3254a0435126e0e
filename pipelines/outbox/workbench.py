"""What the outbox of one practice works with: its settings compiled once, and what the connectors declare."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from pipelines.messages.lexicon import Lexicon
from pipelines.messages.templates import Templates, load_templates
from pipelines.outbox.route import Offers
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

    @property
    def zone(self) -> ZoneInfo:
        """The practice's own zone: that of its default or first location."""
        place = self.config.practice.location(None) or self.config.practice.locations[0]
        return place.tz


def workbench(
    config: PracticeConfig, offers: Offers, stream_max_age: StreamMaxAge, callback_url: str = ""
) -> Workbench:
    """Compile templates and lexicon. Raises SettingsError for a template that does not load."""
    return Workbench(
        config, load_templates(config.messages), Lexicon.of(config.lexicon), offers, stream_max_age, callback_url
    )
