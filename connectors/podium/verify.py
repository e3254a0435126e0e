"""That the tokens open the account, that our locations and numbers are its own, and that replies will reach us."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from canonical.problems import NeedsOperator
from connectors.kit.access import Access
from connectors.kit.calls import Line
from connectors.kit.paging import walk
from connectors.kit.registry import Verified
from connectors.podium import client
from connectors.podium.passes import pages_left
from connectors.podium.rows import Row, page_of, sorted_out

PROBES: Final[Mapping[str, str]] = {
    "contacts": "/contacts",
    "messages": "/conversations",
    "reviews": "/reviews",
    "invites": "/reviews/invites",
}
"""Stream → the cheapest question that its scope must allow."""
HEARD: Final = frozenset({"message.received", "message.sent", "message.failed", "contact.deleted"})
"""Events without which we learn of a reply or a deletion only at the next sync, or never."""


def verify(access: Access) -> Verified:
    """Reads only.

    Raises:
        NeedsOperator: nobody connected the account, a scope is missing, or a location of the settings is not the account's.
    """
    calling = client.line(access)
    owned = {row.uid: row.fields for row in _all(access, calling, "/locations")}
    _require_locations(access, owned)
    for stream in dict.fromkeys(access.connection.streams):
        if stream in PROBES:
            calling.read(client.ask(access, PROBES[stream], [("limit", "1")]), "verify")
    hooks = list(_all(access, calling, "/webhooks"))
    return Verified(
        proved=("credentials", "locations", "streams"),
        warnings=(*_numbers(access, owned), *_deaf(hooks)),
        facts={"locations": str(len(owned)), "webhooks": str(len(hooks)), "write_scopes": "not shown by the API"},
    )


def _all(access: Access, calling: Line, path: str) -> Iterator[Row]:
    where = access.where("verify")
    paged = path != "/webhooks"  # the one list without pages

    def fetch(token: str) -> tuple[tuple[bytes, ...], str]:
        request = client.listed(access, path, (), token) if paged else client.ask(access, path)
        return page_of(calling.read(request, "verify").body, where)

    for (bodies, _), _ in walk(fetch, "", pages_left, where):
        yield from sorted_out(bodies, path)[0]


def _named(access: Access) -> dict[str, str]:
    """The locations that the settings name → the setting that does."""
    names = [name for name in access.connection.settings if name == "location" or name.startswith("location.")]
    senders = {access.setting(name): name for name in names}
    return senders | dict.fromkeys(client.our_locations(access), "select: locations")


def _require_locations(access: Access, owned: Mapping[str, Any]) -> None:
    strange = [setting for uid, setting in _named(access).items() if uid not in owned]
    if strange:
        raise NeedsOperator(
            access.where("verify"),
            f"the account has no location as `{strange[0]}` says.",
            next_step=f"Write one of its locations there: {', '.join(sorted(owned)) or 'it has none'}.",
        )


def _numbers(access: Access, owned: Mapping[str, Any]) -> Iterator[str]:
    """Whether each number sends from where we think it does: people see the location's own Podium number."""
    for uid, setting in _named(access).items():
        number, shown = setting.partition(".")[2], owned[uid].get("podiumPhoneNumber")
        if number and isinstance(shown, str) and shown != number:
            yield (
                f"the location of the sender ending {number[-4:]} sends from a number ending {shown[-4:]}. "
                f"Correct `{setting}` in the connection's settings, or the practice's sender."
            )


def _deaf(hooks: list[Row]) -> Iterator[str]:
    heard = {kind for hook in hooks if hook.fields.get("disabled") is not True for kind in _kinds(hook)}
    if not heard >= HEARD:
        lacking = ", ".join(sorted(HEARD - heard))
        yield f"no webhook of the account reports {lacking}. Create one with this practice's address (README, Credentials)."
    if any(hook.fields.get("disabled") is True for hook in hooks):
        yield "a webhook is switched off: Podium does that after hours of failures. Switch it on, then run:  glowline sync"
    if any(not hook.fields.get("secret") for hook in hooks):
        yield "a webhook has no secret, so nothing signs its calls and they are refused. Give it the webhook_secret."


def _kinds(hook: Row) -> list[str]:
    found = hook.fields.get("eventTypes")
    return [kind for kind in found if isinstance(kind, str)] if isinstance(found, list) else []
