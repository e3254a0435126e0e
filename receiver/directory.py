"""Which addresses exist: practices and their connections, read again when their files change."""

import logging
import threading
from dataclasses import dataclass, field

from canonical.practice import Connection
from canonical.problems import NotOffered, SettingsError
from connectors.kit.manifest import Manifest
from connectors.kit.registry import manifest
from settings.installation import Installation
from settings.practice import PracticeConfig

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """A public address: one connection whose vendor calls us."""

    practice_id: str
    connection: Connection
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class _Read:
    written: frozenset[tuple[str, int, int]]
    config: PracticeConfig


@dataclass
class Directory:
    """The addresses of an installation. Thread-safe."""

    installation: Installation
    _known: dict[str, _Read] = field(default_factory=dict, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def find(self, vendor: str, practice: str, connection_id: str) -> Address | None:
        """The address, or None when there is no such practice, connection or webhook.

        While an operator is in the middle of changing a practice's settings, those that could last be read count.

        Raises:
            SettingsError: the practice's settings cannot be read and never could.
        """
        if practice not in self.installation.practice_folders():
            return None
        for connection in self._config(practice).practice.connections:
            if (connection.connection_id, connection.vendor) == (connection_id, vendor):
                described = _described(vendor)
                return Address(practice, connection, described) if described else None
        return None

    def _config(self, practice: str) -> PracticeConfig:
        written = self.installation.written_at(practice)
        with self._guard:
            known = self._known.get(practice)
            if known is None or known.written != written:
                known = self._known[practice] = _Read(written, self._read(practice, known))
        return known.config

    def _read(self, practice: str, before: _Read | None) -> PracticeConfig:
        try:
            return self.installation.practice(practice)
        except SettingsError as wrong:
            if before is None:
                raise
            log.warning("%s; the settings read before stay in force at the door", wrong)
            return before.config


def _described(vendor: str) -> Manifest | None:
    try:
        described = manifest(vendor)
    except NotOffered:
        return None
    return described if described.webhook else None
