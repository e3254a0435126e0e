"""An opt-out anywhere is an opt-out in every tool of the practice (R34). Opt-ins are never copied."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from canonical.ids import ConnectionId
from canonical.people import ContactKind
from canonical.practice import Channel, Practice
from connectors.kit.registry import manifest
from ledger.opt_outs import OptOut, spread, to_spread
from ledger.store import Store

COMMAND: Final = "write_opt_out"
_CHANNELS: Final[Mapping[str, Channel]] = {ContactKind.PHONE: Channel.SMS, ContactKind.EMAIL: Channel.EMAIL}
"""No other tool knows a platform's threads."""


def spread_opt_outs(store: Store, practice: Practice, now: datetime) -> int:
    """Note for every new opt-out which tools must be told; how many notes. The journeys' row 7.2 tells them."""
    notes = 0
    while True:
        with store.reading() as session:
            found = to_spread(session)
        if not found:
            return notes
        with store.writing(business_now=now) as session:
            if to_spread(session)[:1] == found[:1]:
                notes += spread(session, [(one, tuple(_others(one, practice))) for one in found], now)


def _others(opt_out: OptOut, practice: Practice) -> Iterator[ConnectionId]:
    """Every tool whose list knows such addresses, but the one that said so itself."""
    channel = _CHANNELS.get(opt_out.kind)
    for connection in practice.connections:
        said_so = {connection.connection_id, f"{connection.connection_id}:keyword", f"vendor:{connection.vendor}"}
        listed = manifest(connection.vendor).commands.get(COMMAND)
        if listed is None or opt_out.source in said_so:
            continue
        if not opt_out.kind or (channel and listed.takes(channel, connection.settings)):
            yield connection.connection_id
