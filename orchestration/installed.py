"""What every asset, check, schedule and sensor is given: the installation as it is whenever it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.tick.clock import InstallationClock
from pipelines.tick.hub import Hub
from pipelines.tick.opening import open_hub
from settings.installation import home


@dataclass(eq=False)
class Here:
    """The installation of GLOWLINE_HOME, else of the working directory, kept for as long as its installation.yaml is the same.

    A day asks for it a dozen times. Practices that come and go, and settings that change, are seen by the hub itself.
    """

    _known: "tuple[tuple[Path, int, int], Hub] | None" = field(default=None, repr=False)

    def __call__(self) -> Hub:
        """The hub, with the clock as it stands now. Raises SettingsError or LedgerKeyMissing."""
        folder = home()
        file = folder / "installation.yaml"
        written = (folder, file.stat().st_mtime_ns, file.stat().st_size) if file.is_file() else (folder, 0, 0)
        if self._known is None or self._known[0] != written:
            self._known = (written, open_hub(folder))
        hub = self._known[1]
        if isinstance(hub.clock, InstallationClock):
            hub.clock.look_again()
        return hub


@dataclass(frozen=True)
class Installed:
    """The resource `installed`."""

    opened: Callable[[], Hub] = field(default_factory=Here)

    def hub(self) -> Hub:
        """The installation as it is now: its folder, its clock, its practices."""
        return self.opened()
