"""How a command comes by its installation."""

from collections.abc import Iterator
from pathlib import Path

from canonical.ids import PracticeId
from canonical.problems import SettingsError
from console.cli.output import stderr
from pipelines.tick.founding import ensure_founded
from pipelines.tick.hub import Hub, PracticeHub
from pipelines.tick.opening import open_hub
from settings.installation import home as default_home


def hub_at(home: Path | None) -> Hub:
    """The installation of `--home`, else of GLOWLINE_HOME, else of the working directory."""
    return open_hub(home or default_home())


def named(hub: Hub, only: str | None) -> tuple[PracticeId, ...]:
    """The practice asked for, or all, said where there is none yet. Raises SettingsError for no such folder; opens nothing."""
    known = hub.practices()
    if only is not None and only not in known:
        raise SettingsError(
            str(hub.installation.folder),
            0,
            f"there is no practice '{only}' here.",
            next_step=f"Known practices: {', '.join(known) or 'none yet'}.",
        )
    if not known:
        stderr().print("There is no practice here yet.\n  Next: glowline init NAME", soft_wrap=True)
    return known if only is None else (PracticeId(only),)


def must_know(one: PracticeHub, connection: str, stream: str = "") -> None:
    """Raise SettingsError unless the practice has that connection, and the connection that stream."""
    found = {str(each.connection_id): each.streams for each in one.config.practice.connections}
    file = str(one.config.folder / "connections.yaml")
    if connection not in found:
        known = ", ".join(found) or "none yet"
        raise SettingsError(
            file, 0, f"there is no connection '{connection}'.", next_step=f"Known connections: {known}."
        )
    if stream and stream not in found[connection]:
        known = ", ".join(found[connection]) or "none"
        message = f"connection {connection} reads no stream '{stream}'."
        raise SettingsError(file, 0, message, next_step=f"Its streams: {known}.")


def practices_of(hub: Hub, only: str | None) -> Iterator[PracticeHub]:
    """The practice asked for, or all; one that is new gets its ledger."""
    for practice in named(hub, only):
        ensure_founded(hub, practice)
        yield hub.open(practice)
