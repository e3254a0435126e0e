"""How a process comes by its hub: from the folder that holds installation.yaml."""

from pathlib import Path
from threading import Event

from canonical.clock import Clock
from connectors.kit.access import standard_tools
from ledger.keys import read_key, subkey
from pipelines.tick.clock import InstallationClock
from pipelines.tick.doorway import spool_of
from pipelines.tick.hearing import Hearing
from pipelines.tick.hub import Hub, installation_ledger
from pipelines.tick.sealing import Sealing
from settings.clock import SystemClock
from settings.installation import Installation, load_installation

__all__ = ["installation_ledger", "open_hub", "sealing"]


def open_hub(home: Path, *, clock: Clock | None = None, stopping: Event | None = None) -> Hub:
    """The hub of an installation, with its own clock unless one is given.

    Raises:
        SettingsError: installation.yaml is missing or wrong.
        LedgerKeyMissing: the installation's key leads nowhere.
    """
    installation = load_installation(home)
    ticking = clock or InstallationClock(installation_ledger(installation), SystemClock())
    key = subkey(read_key(installation.key_for("installation")).secret, "secrets")
    tools = standard_tools(installation.data, ticking, key, stopping=stopping)
    spool = spool_of(installation)
    return Hub(installation, ticking, tools, sealing(installation, ticking), lambda practice: Hearing(practice, spool))


def sealing(installation: Installation, clock: Clock) -> Sealing:
    """Who signs this installation's checkpoints."""
    return Sealing(installation.key_for("signing"), clock)
