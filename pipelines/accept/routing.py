"""Whose an event is: by the account and the address it concerns, else by the address the vendor was given.

Several practices may share one vendor account; one call may then report things of all of them. What nobody owns is kept in
the installation's ledger until a person says whose it is.
"""

from dataclasses import dataclass

from canonical.ids import ConnectionId, PracticeId
from canonical.practice import Connection, Practice
from connectors.kit.webhooks import Event
from ledger.installation import AccountOwner, sharers
from ledger.session import Session
from pipelines.accept.call import Call

_LISTS_OF_ADDRESSES = ("numbers", "addresses", "pages", "calendars", "locations")
"""Keys of a connection's `select` that list addresses on a shared account, separated by commas."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A connection of a practice."""

    practice_id: PracticeId
    connection_id: ConnectionId


def accounts_of(practice: Practice) -> list[AccountOwner]:
    """What the installation must know of a practice to route what arrives for it."""
    return [
        AccountOwner(one.vendor, one.account, practice.practice_id, one.connection_id, addresses_of(practice, one))
        for one in practice.connections
    ]


def addresses_of(practice: Practice, connection: Connection) -> frozenset[str]:
    """The numbers and pages that are this practice's on the connection's account: its senders, and what `select` lists."""
    senders = {sender.address for sender in practice.senders if sender.connection == connection.connection_id}
    listed = (connection.select.get(key, "").split(",") for key in _LISTS_OF_ADDRESSES)
    return frozenset(senders | {one.strip() for entries in listed for one in entries if one.strip()})


def owners_of(session: Session, call: Call, event: Event, account: str) -> tuple[Owner, ...]:
    """Who an event belongs to. Nobody: (). Several: practices that share the very address, or an account without addresses.

    `account` is what the settings call the account of the connection whose address the vendor was given.
    """
    everybody = sharers(session, call.vendor, event.account) if event.account else ()
    everybody = everybody or sharers(session, call.vendor, account)
    if not everybody:
        return (Owner(call.practice_id, call.connection_id),)
    if len(everybody) == 1:
        return _owners(everybody)
    if not event.ours:
        return _owners(everybody)
    named = tuple(one for one in everybody if event.ours in one.addresses)
    return _owners(named or tuple(one for one in everybody if not one.addresses))


def _owners(found: tuple[AccountOwner, ...]) -> tuple[Owner, ...]:
    return tuple(Owner(one.practice_id, one.connection_id) for one in found)
