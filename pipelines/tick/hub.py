"""An installation put together: settings, clock, ledgers and connectors, as every lane uses them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Protocol

from canonical.clock import Clock
from canonical.ids import PracticeId, RunId
from canonical.practice import Connection
from canonical.problems import NotOffered
from connectors.kit.access import Tools
from connectors.kit.registry import manifest
from ledger.keys import KeyReference
from ledger.store import Store, installation_store, practice_store
from mappings.catalogue import Catalogue
from pipelines.outbox import ears
from pipelines.outbox.deliver import Outbox
from pipelines.outbox.hands import hands_of
from pipelines.outbox.route import doable
from pipelines.outbox.workbench import Workbench, workbench
from pipelines.tick.clock import InstallationClock
from pipelines.tick.sealing import Sealing
from settings.installation import Installation
from settings.practice import PracticeConfig


class Ear(ears.Ear, Protocol):
    """What a practice hears with, in steps: the lanes put others in between."""

    def take_in(self, run_id: RunId) -> object:
        """The spool into the ledgers."""

    def understand(self, run_id: RunId) -> int:
        """Raw that may hold a STOP into versions, past everything else that waits; how many rows."""

    def understand_reports(self, run_id: RunId) -> int:
        """The same for what became of our own messages."""

    def read_replies(self, run_id: RunId) -> object:
        """What people wrote back, with what follows from it."""


class Silence(ears.Silence):
    """Nobody speaks to us."""

    def take_in(self, run_id: RunId) -> int:
        """Nothing."""
        del run_id
        return 0

    understand = understand_reports = read_replies = take_in


@dataclass(frozen=True)
class Hub:
    """One installation in one process. Practices are read anew each time they are opened: adding one needs no restart."""

    installation: Installation
    clock: Clock
    tools: Tools
    sealing: Sealing
    """Asked before every claim: may the audit be written, and is it proved (AUD-01, AUD-02)."""
    ear: "Callable[[PracticeHub], Ear]" = lambda _: Silence()
    """How a practice hears what was said to it before it speaks (`pipelines.tick.hearing`)."""
    _opened: dict[str, "tuple[object, PracticeHub]"] = field(default_factory=dict, repr=False, compare=False)
    """Practices as last read, with the state of their files then: what has not changed is not read again."""

    def practices(self) -> tuple[PracticeId, ...]:
        """All practices that have a folder."""
        return tuple(self.installation.practice_folders())

    def store(self, practice: str) -> Store:
        """The practice's ledger."""
        reference = KeyReference(self.installation.key_for(practice), self.installation.previous_keys.get(practice))
        return practice_store(self.installation.data, practice, reference, self.installation.checkpoints)

    def open(self, practice: str) -> "PracticeHub":
        """The practice with its settings as they are now. Raises SettingsError, naming file and line."""
        written = self.installation.written_at(practice)
        known = self._opened.get(practice)
        if known is None or known[0] != written:
            config = doable(self.installation.practice(practice), offers)
            known = self._opened[practice] = (written, PracticeHub(self, config))
        return known[1]


@dataclass(frozen=True)
class PracticeHub:
    """One practice, ready to run."""

    hub: Hub
    config: PracticeConfig
    remembered: list[datetime] = field(default_factory=list, repr=False, compare=False)
    """When these settings were kept in the ledger; once is enough for as long as they are the same."""

    @property
    def practice_id(self) -> PracticeId:
        """Whose it is."""
        return self.config.practice.practice_id

    @cached_property
    def store(self) -> Store:
        """Its ledger."""
        return self.hub.store(self.practice_id)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Its mappings, its own overrides on top."""
        return Catalogue(self.config.mapping_folders)

    @cached_property
    def bench(self) -> Workbench:
        """Its templates and lexicon, compiled."""
        url = f"{self.hub.installation.receiver.public_url.rstrip('/')}/hooks"
        apart = self.hub.installation.keys_apart(self.practice_id)
        return workbench(self.config, offers, self._stream_max_age, url, keys_apart=apart)

    @cached_property
    def outbox(self) -> Outbox:
        """The only way out."""
        hub = self.hub
        hands = hands_of(str(Path(self.store.place.name).absolute()))
        return Outbox(
            self.store,
            self.bench,
            hub.tools,
            hub.clock,
            lambda: hub.sealing.state(self.store),
            self.ear,
            hands,
            paced=lambda: not (isinstance(hub.clock, InstallationClock) and hub.clock.is_turned),
        )

    @cached_property
    def ear(self) -> Ear:
        """What it hears with."""
        return self.hub.ear(self)

    def connection(self, connection_id: str) -> Connection:
        """One of its connections. Raises KeyError."""
        for connection in self.config.practice.connections:
            if connection.connection_id == connection_id:
                return connection
        raise KeyError(connection_id)

    def _stream_max_age(self, connection_id: str, stream: str) -> timedelta | None:
        streams = manifest(self.connection(connection_id).vendor).streams
        described = streams.get(stream) or streams.get("*")
        return described.max_age if described else None


def installation_ledger(installation: Installation) -> Store:
    """The installation's own ledger."""
    reference = KeyReference(installation.key_for("installation"), installation.previous_keys.get("installation"))
    return installation_store(installation.data, reference, installation.checkpoints)


def offers(vendor: str, command: str) -> bool:
    """Whether a vendor's manifest declares the command."""
    try:
        return command in manifest(vendor).commands
    except NotOffered:
        return False
