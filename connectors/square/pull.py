"""Customers, appointments, payments and orders; single ones by their ids after a webhook and before a send."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

from canonical.problems import RefusalReason, Refused
from canonical.raw import RawRecord
from connectors.kit.access import Access
from connectors.kit.exchange import get
from connectors.kit.registry import Again, Pull
from connectors.square import client
from connectors.square.calendar import BOOKINGS, bookings
from connectors.square.changes import ORDERS, changed
from connectors.square.rows import Row, single

ONE: Final = {"customers": "customer", BOOKINGS: "booking", "payments": "payment", ORDERS: "order"}
"""Stream → the name under which Square answers with one record."""


def by_id(access: Access, stream: str, ids: Sequence[str], now: datetime) -> tuple[RawRecord, ...]:
    """These records as they are now. What Square does not know any more, or is of another place, is left out."""
    del now
    rows = (_read(access, stream, each) for each in ids)
    places = () if stream == "customers" else client.locations(access)
    return tuple(row.record(access, stream, f"{ONE[stream]} {row.id}") for row in rows if row and row.is_at(places))


def _read(access: Access, stream: str, which: str) -> Row | None:
    request = client.versioned(get(client.resource(access, f"/v2/{stream}/{quote(which, safe='')}")))
    try:
        answer = client.line(access).read(request, f"pull.{stream}")
    except Refused as refused:
        if refused.reason is RefusalReason.NOT_FOUND:
            return None
        raise
    return single(answer.body, ONE[stream])


STREAMS: Final[dict[str, Pull]] = {"customers": changed, BOOKINGS: bookings, "payments": changed, ORDERS: changed}
BY_ID: Final[dict[str, Again]] = dict.fromkeys(STREAMS, by_id)
