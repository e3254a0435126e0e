"""How a command comes by its installation."""

from collections.abc import Iterator
from pathlib import Path

from pipelines.tick.founding import ensure_founded
from pipelines.tick.hub import Hub, PracticeHub
from pipelines.tick.opening import open_hub
from settings.installation import home as default_home


def hub_at(home: Path | None) -> Hub:
    """The installation of `--home`, else of GLOWLINE_HOME, else of the working directory."""
    return open_hub(home or default_home())


def practices_of(hub: Hub, only: str | None) -> Iterator[PracticeHub]:
    """The practice asked for, or all; one that is new gets its ledger."""
    for practice in (only,) if only else hub.practices():
        ensure_founded(hub, practice)
        yield hub.open(practice)
