"""That the tokens open the account, that our places are its places, and where people are sent to write a review."""

from collections.abc import Iterator
from typing import Final

from canonical.problems import NeedsOperator
from connectors.google_business_profile import client
from connectors.google_business_profile.wire import Location
from connectors.kit.access import Access
from connectors.kit.exchange import get
from connectors.kit.registry import Verified

_CORRECT: Final = "Correct `select: locations` of the connection."


def verify(access: Access) -> Verified:
    """The list of places, and one review of the first of ours.

    Raises:
        NeedsOperator: the tokens do not open the account, the scope is missing, or a place is not the account's.
    """
    places = client.locations(access, "verify")
    wanted = client.named_locations(access)
    missing = set(wanted) - {place.name for place in places}
    if missing:
        raise NeedsOperator(
            access.where("verify"),
            f"{len(missing)} of the connection's locations are not this account's.",
            next_step=_CORRECT,
        )
    ours = [place for place in places if not wanted or place.name in wanted]
    if ours:
        first = client.reviews_url(access, f"{client.account(access)}/{ours[0].name}/reviews")
        client.line(access).read(get(first, [("pageSize", "1")]), "verify")
    return Verified(
        proved=("credentials", "account", "locations", "reviews") if ours else ("credentials", "account"),
        warnings=tuple(_unplaced(access, ours)) if ours else ("the account has no location.",),
        facts={"locations": str(len(ours)), **dict(_links(ours))},
    )


def _unplaced(access: Access, ours: list[Location]) -> Iterator[str]:
    for place in ours:
        if place.name not in access.connection.locations:
            yield f"{place.name} is no location here. Add it under `locations` of the connection, or map it to ignore."


def _links(ours: list[Location]) -> Iterator[tuple[str, str]]:
    """The link that a location's `review_link` should hold (row 6.2)."""
    for place in ours:
        if place.metadata and place.metadata.new_review_uri:
            yield f"review link of {place.name}", place.metadata.new_review_uri
