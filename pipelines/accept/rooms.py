"""Where calls may land: the practices of an installation, as the spool needs to know them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import SecretStr

from canonical.ids import ConnectionId, PracticeId
from canonical.practice import Connection
from ledger.store import Store
from mappings.catalogue import Catalogue


@dataclass(frozen=True)
class Room:
    """One practice."""

    practice_id: PracticeId
    store: Store
    connections: Mapping[ConnectionId, Connection]
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Overheard:
    """A text to a shared number whose practice nobody can tell."""

    sender: str
    """The number it was sent to."""
    contact: SecretStr
    text: SecretStr
    vendor_says: str
    at: datetime


class Rooms(Protocol):
    """All of them. `pipelines.tick` makes one from the hub."""

    @property
    def installation(self) -> Store:
        """The installation's own ledger."""

    def practices(self) -> Collection[str]:
        """Which there are."""

    def room(self, practice: str) -> Room:
        """One of them, with its settings as they are now. Raises SettingsError where these are wrong."""

    def now(self) -> datetime:
        """Business time."""

    def takes_back(self, said: Overheard) -> bool | None:
        """Whether a text takes back permission (True), or a former STOP (False); None when it says nothing about it."""
