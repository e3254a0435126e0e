"""What the vendor's names mean here: place, provider, service, and whose word counts when two tools disagree."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from canonical.ids import LocationId, ProviderId
from canonical.practice import Practice, Service
from canonical.raw import Kind
from pipelines.visits.words import Said

IGNORE = "ignore"


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


@dataclass(frozen=True)
class House:
    """A practice's names and precedences, ready to be asked for thousands of records."""

    practice: Practice

    def location(self, connection_id: str, name: str) -> LocationId | None:
        """Our location for a vendor's word; without a word the default or only one; else None, never a guess (R11)."""
        if not name.strip():
            here = self.practice.location(None)
            return here.location_id if here else None
        found = self._places.get(connection_id, {}).get(_plain(name)) or self._own_places.get(_plain(name))
        return None if found in {None, IGNORE} else LocationId(str(found))

    def provider(self, name: str) -> ProviderId | None:
        """Our provider for a vendor's spelling; None for one who is not configured."""
        return self._providers.get(_plain(name)) if name.strip() else None

    def service(self, name: str) -> Service | None:
        """Our service for a vendor's word, which may be no word at all where settings say so; None = unmapped."""
        return self._services.get(_plain(name))

    def family(self, said: Said) -> str:
        """What R12 compares: the service's family, else the service, else the vendor's own word for it."""
        service = self.service(said.service)
        if service is None:
            return f"unmapped:{_plain(said.service)}"
        return service.family or service.service_id

    def rank(self, connection_id: str) -> int:
        """0 for the system of record for appointments, then connections as they are written down, then unknown ones (R41)."""
        return self._ranks.get(connection_id, len(self._ranks) + 1)

    @cached_property
    def _ranks(self) -> Mapping[str, int]:
        return {
            one.connection_id: 0 if Kind.APPOINTMENT in one.system_of_record else at
            for at, one in enumerate(self.practice.connections, start=1)
        }

    @cached_property
    def _places(self) -> Mapping[str, Mapping[str, str]]:
        return {
            one.connection_id: {_plain(theirs): ours for theirs, ours in one.locations.items()}
            for one in self.practice.connections
        }

    @cached_property
    def _own_places(self) -> Mapping[str, LocationId]:
        return {
            _plain(name): place.location_id
            for place in self.practice.locations
            for name in (place.location_id, place.name)
        }

    @cached_property
    def _providers(self) -> Mapping[str, ProviderId]:
        return {
            _plain(name): one.provider_id
            for one in self.practice.providers
            for name in (one.provider_id, one.display_name, *one.names)
        }

    @cached_property
    def _services(self) -> Mapping[str, Service]:
        return {_plain(name): one for one in self.practice.services for name in (one.service_id, one.name, *one.names)}
