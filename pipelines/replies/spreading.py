"""An opt-out anywhere is an opt-out in every tool of the practice (R34). Opt-ins are never copied."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from canonical.ids import ConnectionId
from canonical.practice import Practice
from connectors.kit.registry import manifest
from ledger.opt_outs import OptOut, spread, to_spread
from ledger.store import Store

COMMAND: Final = "write_opt_out"


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
    """Every tool that keeps such a list, but the one that said so itself."""
    for connection in practice.connections:
        said_so = {connection.connection_id, f"{connection.connection_id}:keyword", f"vendor:{connection.vendor}"}
        if COMMAND in manifest(connection.vendor).commands and opt_out.source not in said_so:
            yield connection.connection_id
