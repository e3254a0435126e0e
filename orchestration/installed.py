"""What every asset, check, schedule and sensor is given: the installation, opened anew each time it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.tick.hub import Hub
from pipelines.tick.opening import open_hub
from settings.installation import home


def here() -> Hub:
    """The installation of GLOWLINE_HOME, else of the working directory. Raises SettingsError or LedgerKeyMissing."""
    return open_hub(home())


@dataclass(frozen=True)
class Installed:
    """The resource `installed`."""

    opened: Callable[[], Hub] = here

    def hub(self) -> Hub:
        """The installation as it is now: its folder, its clock, its practices."""
        return self.opened()
