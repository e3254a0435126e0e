"""That the key opens the institution, our places are its places, it is in sync, its calls reach us, and who and what is booked there."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from canonical.problems import NeedsOperator, RefusalReason, Refused
from connectors.kit.access import Access
from connectors.kit.exchange import Request
from connectors.kit.offered import Offered, if_shown, offered
from connectors.kit.registry import Verified
from connectors.kit.shapes import Shape
from connectors.nexhealth import client, envelope
from connectors.nexhealth.pull import PAGE_SIZE
from connectors.nexhealth.types import named_types
from connectors.nexhealth.webhook import SUBSCRIBED
from connectors.nexhealth.wire import Endpoint, Named, Place, Subscription, Sync

S = TypeVar("S", bound=Shape)

GREEN: Final = "green"


def verify(access: Access) -> Verified:
    """Reads of the locations, the state of their sync, our webhook endpoints, the providers and the types of appointment.

    Raises:
        NeedsOperator: the key is refused, does not open the institution, or a location is not the institution's.
    """
    found = client.known_places(access)
    _require_ours(access, found)
    return Verified(
        proved=("credentials", "institution", "locations", "sync", "webhook"),
        warnings=(*_out_of_step(access), *_deaf(access)),
        facts={
            "institution": client.subdomain(access),
            "locations": str(len(found)),
            "books_by_operatory": str(sum(bool(place.map_by_operatory) for place in found)),
            "version": client.VERSION,
            "hipaa_mode": "not shown by the API",
        },
        providers=if_shown(lambda: _providers(access)),
        services=if_shown(lambda: offered((kind.name or str(kind.id), str(kind.id)) for kind in named_types(access))),
    )


def _providers(access: Access) -> tuple[Offered, ...]:
    """Those of our places. An appointment names them by name; numbers and licences that stand beside it are not looked at."""
    where, query = access.where("verify"), (("per_page", str(PAGE_SIZE)), ("include[]", "locations"))
    answer = client.line(access).read(client.asking(access, "/providers", query), "verify")
    ours = set(client.places(access))
    found = envelope.every(answer.body, Named, where)
    here = [one for one in found if one.locations is None or {str(place.id) for place in one.locations} & ours]
    return offered((one.name or str(one.id), str(one.id)) for one in here)


def _require_ours(access: Access, found: Sequence[Place]) -> None:
    where = access.where("verify")
    if not found:
        raise NeedsOperator(
            where,
            f"the key opens no location of {client.subdomain(access)}.",
            next_step="Correct `subdomain` in the connection's settings, or ask NexHealth to open it to the key.",
        )
    theirs = {str(place.id) for place in found}
    foreign = [place for place in client.places(access) if place not in theirs]
    if foreign:
        raise NeedsOperator(
            where,
            f"location {', '.join(foreign)} is not one of {client.subdomain(access)}'s: {', '.join(sorted(theirs))}.",
            next_step="Correct `locations` or `select: locations` of the connection.",
        )


def _out_of_step(access: Access) -> Iterator[str]:
    """NexHealth's copy is only as true as its last reading of the health record."""
    asked = client.asking(access, "/sync_status")
    ours = set(client.places(access))
    for sync in _all(access, asked, Sync):
        places = {str(place.id) for place in sync.locations or ()} & ours
        if places and sync.read_status not in {None, GREEN}:
            yield f"NexHealth no longer reads the health record of location {', '.join(sorted(places))}. Ask its support."
        if places and sync.write_status not in {None, GREEN}:
            yield f"NexHealth cannot write into the health record of location {', '.join(sorted(places))}. Ask its support."


def _deaf(access: Access) -> Iterator[str]:
    """Whether an endpoint is subscribed to what we want to hear of. The pull is slower, and misses nothing."""
    if access.optional_credential("webhook_secret") is None:
        yield "the secret holds no webhook_secret, so changes are seen by the next pull only. README, Credentials."
        return
    heard: set[str] = set()
    for endpoint in _all(access, client.asking_of_the_key(access, "/webhook_endpoints"), Endpoint):
        if endpoint.active is not False:
            asked = client.asking(access, f"/webhook_endpoints/{endpoint.id}/webhook_subscriptions")
            heard |= {one.event for one in _all(access, asked, Subscription) if one.active is not False}
    missing = [event for event in SUBSCRIBED if event not in heard]
    if missing:
        yield f"no active endpoint is subscribed to {', '.join(missing)}. Subscribe this practice's address: README, Credentials."


def _all(access: Access, request: Request, shape: type[S]) -> tuple[S, ...]:
    """What NexHealth lists; nothing where it has no such list for this key."""
    try:
        answer = client.line(access).read(request, "verify")
    except Refused as refused:
        if refused.reason is not RefusalReason.NOT_FOUND:
            raise
        return ()
    return envelope.every(answer.body, shape, access.where("verify"))
