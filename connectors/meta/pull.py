"""What is read of a page: its lead forms, and its threads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from canonical.raw import RawRecord
from connectors.kit.access import Access
from connectors.kit.registry import Again, Pull
from connectors.meta import leads, threads


def _again(access: Access, stream: str, ids: Sequence[str], now: datetime) -> tuple[RawRecord, ...]:
    """These records as they are now: leads by id, threads by `platform/person`."""
    del now
    return leads.by_id(access, ids) if stream == "leads" else threads.by_id(access, ids)


STREAMS: Final[dict[str, Pull]] = {
    "leads": leads.leads,
    "conversations": threads.threads,
    "direct_messages": threads.threads,
}
BY_ID: Final[dict[str, Again]] = {"leads": _again, "conversations": _again}
