"""Which addresses exist: practices and their connections, read again when their files change."""

import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path

from canonical.ids import PracticeId
from canonical.practice import Connection
from canonical.problems import NotOffered, SettingsError
from connectors.kit.manifest import Manifest
from connectors.kit.registry import manifest
from settings.installation import Installation
from settings.practice import PracticeConfig

log = logging.getLogger(__name__)
Signature = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Address:
    """A public address: one connection whose vendor calls us."""

    practice_id: str
    connection: Connection
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class _Read:
    signature: Signature
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
        folder = self.installation.practice_folders().get(PracticeId(practice))
        config = self._config(practice, folder) if folder else None
        if config is None:
            return None
        for connection in config.practice.connections:
            if (connection.connection_id, connection.vendor) == (connection_id, vendor):
                described = _described(vendor)
                return Address(practice, connection, described) if described else None
        return None

    def _config(self, practice: str, folder: Path) -> PracticeConfig:
        signature = signature_of(folder)
        with self._guard:
            known = self._known.get(practice)
            if known is None or known.signature != signature:
                known = self._known[practice] = _Read(signature, self._read(practice, known))
        return known.config

    def _read(self, practice: str, before: _Read | None) -> PracticeConfig:
        try:
            return self.installation.practice(practice)
        except SettingsError as wrong:
            if before is None:
                raise
            log.warning("%s; the settings read before stay in force at the door", wrong)
            return before.config


def signature_of(folder: Path) -> Signature:
    """What changes when a settings file of the practice does."""
    found = []
    for file in sorted(folder.glob("**/*")):
        stat = file.stat()
        found.append((str(file), stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def _described(vendor: str) -> Manifest | None:
    try:
        described = manifest(vendor)
    except NotOffered:
        return None
    return described if described.webhook else None
