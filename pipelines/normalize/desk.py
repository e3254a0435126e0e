"""What translating one stream needs: its connection, its mapping, its places and their clocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from canonical.practice import Connection, Practice
from canonical.problems import SettingsError
from connectors.kit import registry
from ledger.streams import Stream
from mappings.catalogue import Catalogue
from mappings.engine import Mapping as CompiledMapping
from mappings.engine import Surroundings

IGNORE: Final = "ignore"
"""What a connection's `locations` says of a place that is not this practice's."""


@dataclass(frozen=True, slots=True)
class Desk:
    """All that translating one stream needs."""

    stream: Stream
    connection: Connection
    mapping: CompiledMapping
    around: Surroundings
    places: Mapping[str, str]
    """The vendor's word for a place → our location's id, or `ignore`."""
    default_location: str | None
    """Where a record without a place belongs; None where the practice has several and names no default (R11)."""
    documented: bool
    """Whether the vendor's shapes are known and asked first."""


def desk_of(practice: Practice, stream: Stream, catalogue: Catalogue) -> Desk:
    """What translates a stream.

    Raises:
        SettingsError: the practice has no such connection, or the stream's mapping is missing or wrong.
        NotOffered: there is no such connector.
    """
    connection = next((one for one in practice.connections if one.connection_id == stream.connection_id), None)
    if connection is None:
        raise SettingsError(
            "connections.yaml",
            0,
            f"there is no connection '{stream.connection_id}' any more.",
            next_step="Put it back to have its records mapped, or leave them where they are.",
        )
    mapping = catalogue.of(connection, stream.name)
    places = places_of(practice, connection)
    documented = (registry.FOLDER / connection.vendor / "wire.py").is_file()
    here = practice.location(None)
    around = _surroundings(practice, places)
    return Desk(stream, connection, mapping, around, places, here.location_id if here else None, documented)


def places_of(practice: Practice, connection: Connection) -> dict[str, str]:
    """The vendor's words for our locations. Our own ids and names are understood without being listed."""
    own = {name: place.location_id for place in practice.locations for name in (place.name, place.location_id)}
    return {**own, **connection.locations}


def _surroundings(practice: Practice, places: Mapping[str, str]) -> Surroundings:
    zones: dict[str, ZoneInfo] = {place.location_id: place.tz for place in practice.locations}
    default = practice.location(None)
    somewhere = practice.locations[0].tz
    return Surroundings(
        zones={name: zones.get(ours, somewhere) for name, ours in places.items()},
        default_zone=default.tz if default else None,
    )
