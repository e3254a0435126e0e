"""That the token opens the merchant's account, may do what this connection does, and which places and calls it has."""

from collections.abc import Iterator, Sequence
from typing import Final

from canonical.problems import NeedsOperator, Refused
from connectors.kit.access import Access
from connectors.kit.exchange import get, post_json
from connectors.kit.offered import if_shown
from connectors.kit.registry import Verified
from connectors.square import client, offering
from connectors.square.wire import Location, Subscriptions, TokenStatus

NEEDED: Final = {
    "customers": ("CUSTOMERS_READ",),
    "bookings": ("APPOINTMENTS_READ", "APPOINTMENTS_ALL_READ"),
    "payments": ("PAYMENTS_READ",),
    "orders": ("ORDERS_READ",),
}
"""Stream → the scopes it needs."""
FOR_LINKS: Final = ("PAYMENTS_WRITE", "ORDERS_READ", "ORDERS_WRITE")
CALLS: Final = ("booking.created", "booking.updated", "customer.created", "customer.updated", "payment.updated")


def verify(access: Access) -> Verified:
    """Some reads.

    Raises:
        NeedsOperator: the token does not open the account, lacks a scope, or a place is not the merchant's.
    """
    calling = client.line(access)
    asked = client.versioned(post_json(client.resource(access, "/oauth2/token/status"), b"{}"))
    token = calling.read_as(TokenStatus, asked, "verify")
    _require_scopes(access, token)
    places = client.known_places(access, "verify")
    _require_places(access, places)
    heard = _heard(access)
    return Verified(
        proved=("credentials", "locations", *(("scopes",) if token.scopes else ())),
        warnings=tuple(_warnings(access, token, places, heard)),
        facts={
            "merchant": token.merchant_id,
            "locations": str(len(places)),
            "webhooks": "not shown" if heard is None else str(len(heard)),
            "hipaa_mode": "none: Square's BAA is part of its terms",
        },
        providers=if_shown(lambda: offering.team(access)),
        services=if_shown(lambda: offering.services(access)),
    )


def _wanted(access: Access) -> Iterator[str]:
    yield "MERCHANT_PROFILE_READ"
    for stream in access.connection.streams:
        yield from NEEDED.get(stream, ())


def _require_scopes(access: Access, token: TokenStatus) -> None:
    """Square tells them of a connected app's token; of a personal one it may not, and that one may do everything."""
    lacking = [scope for scope in _wanted(access) if token.scopes and scope not in token.scopes]
    if lacking:
        raise NeedsOperator(
            access.where("verify"),
            f"the token lacks {', '.join(lacking)}.",
            next_step="Grant the scopes, connect again, then run:  glowline check",
        )


def _require_places(access: Access, places: Sequence[Location]) -> None:
    there = {place.id for place in places}
    missing = sum(name not in there for name in client.locations(access))
    if missing:
        raise NeedsOperator(
            access.where("verify"),
            f"{missing} of the connection's places are not the merchant's.",
            next_step="Correct `select: locations` of the connection.",
        )


def _heard(access: Access) -> frozenset[str] | None:
    """On what Square calls; None where the token may not ask (only an application's own may)."""
    request = client.versioned(get(client.resource(access, "/v2/webhooks/subscriptions")))
    try:
        found = client.line(access).read_as(Subscriptions, request, "verify").subscriptions
    except (NeedsOperator, Refused):
        return None
    return frozenset(name for each in found if each.enabled for name in each.event_types or ())


def _warnings(
    access: Access, token: TokenStatus, places: Sequence[Location], heard: frozenset[str] | None
) -> Iterator[str]:
    named = client.locations(access)
    if not named and len(places) > 1:
        yield (
            f"The merchant has {len(places)} places, and without names only the main one's payments are read. "
            'Write  select: {locations: "L…, L…"}  for the connection.'
        )
    lacking = [scope for scope in FOR_LINKS if token.scopes and scope not in token.scopes]
    if lacking:
        yield f"Links to pay cannot be made: the token lacks {', '.join(lacking)}. Grant them if deposits are asked for."
    silent = [name for name in CALLS if heard is not None and name not in heard]
    if silent:
        yield f"Square does not call on {', '.join(silent)}. Subscribe to them in its developer dashboard, Webhooks."
