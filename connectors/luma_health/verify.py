"""That the credentials give a token that may read, that our places are Luma's, and who sends reminders now."""

from collections.abc import Iterator
from typing import Final

from connectors.kit.access import Access
from connectors.kit.exchange import get
from connectors.kit.registry import Verified
from connectors.luma_health import client
from connectors.luma_health.wire import Facilities, Facility, Reminders

OWN_REMINDERS: Final = "Luma has reminders of its own planned (R41). Switch them off in Luma, or set the owner of rows 3.1 to 4.1 to luma_health."


def verify(access: Access) -> Verified:
    """Three reads.

    Raises:
        NeedsOperator: the credentials give no token, or it may not read.
    """
    calling = client.line(access)
    places = calling.read_as(
        Facilities, get(client.resource(access, "/facilities"), [("limit", "1000")]), "verify"
    ).response
    planned = calling.read_as(
        Reminders, get(client.resource(access, "/reminders"), [("status", "scheduled"), ("limit", "1")]), "verify"
    ).response
    calling.read(get(client.resource(access, "/patients"), [("limit", "1")]), "verify")
    return Verified(
        proved=("credentials", "patients", "facilities", "reminders"),
        warnings=(*_unplaced(access, places), *([OWN_REMINDERS] if planned else [])),
        facts={"facilities": str(len(places)), **dict(_zones(places))},
    )


def _unplaced(access: Access, places: tuple[Facility, ...]) -> Iterator[str]:
    known = access.connection.locations
    for place in places:
        if place.id not in known:
            yield (
                f"the facility {place.id} is no location here, so its appointments have no clock. "
                "Add it under `locations` of the connection, or map it to ignore."
            )


def _zones(places: tuple[Facility, ...]) -> Iterator[tuple[str, str]]:
    """The zone each place has in Luma: an appointment does not name it, and our own location must have the same."""
    for place in places:
        if place.settings and place.settings.timezone:
            yield f"zone of {place.id}", place.settings.timezone
