"""What became of our mails. Paubox lists nothing: each receipt is asked for by the id that sending it gave."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from canonical.model import Noun
from canonical.problems import RefusalReason, Refused
from canonical.raw import Page, RawRecord, Suspect
from connectors.kit.access import Access
from connectors.kit.calls import Line, broken_page
from connectors.kit.registry import Again, Pull
from connectors.kit.shapes import Misshapen, shaped
from connectors.paubox import client
from connectors.paubox.wire import Receipt

CAPABILITY: Final = "pull.receipts"
BATCH: Final = 50
"""Receipts per page: so many questions are lost at most when a pass is cut off."""

Found = tuple[tuple[RawRecord, ...], tuple[Suspect, ...]]


class Cursor(Noun):
    """Where a pass stands among the awaited ids, which are asked in their own order."""

    passes: int = 0
    """How many are through."""
    after: str = ""
    """The last id this pass has asked for."""


def receipts(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """The receipts of all messages whose end is not known. One pass; the last page is `complete`."""
    del stream, now
    begun = Cursor.model_validate_json(cursor) if cursor else Cursor()
    awaited = access.tools.awaited(access.connection.connection_id)
    waiting = sorted(one for one in set(awaited) if one > begun.after)
    while True:
        batch, waiting = waiting[:BATCH], waiting[BATCH:]
        records, suspects = _asked(access, batch)
        at = Cursor(passes=begun.passes, after=batch[-1]) if waiting else Cursor(passes=begun.passes + 1)
        yield Page(
            records=records,
            suspects=suspects,
            cursor=at.model_dump_json(),
            complete=not waiting,
            left=len(waiting),
        )
        if not waiting:
            return


def by_id(access: Access, stream: str, ids: Sequence[str], now: datetime) -> tuple[RawRecord, ...]:
    """These receipts as they are now. One that Paubox does not know is left out."""
    del stream, now
    return _asked(access, list(dict.fromkeys(ids)))[0]


def _asked(access: Access, ids: Sequence[str]) -> Found:
    calling, records, suspects = client.line(access), [], []
    for tracking_id in ids:
        body = _body(access, calling, tracking_id)
        if body is None:
            continue
        record = _record(access, tracking_id, body)
        if isinstance(record, RawRecord):
            records.append(record)
        else:
            suspects.append(record)
    return tuple(records), tuple(suspects)


def _body(access: Access, calling: Line, tracking_id: str) -> bytes | None:
    """The answer, or None for a message that Paubox does not know: not yet, or no longer."""
    try:
        return calling.read(client.receipt_request(access, tracking_id), CAPABILITY).body
    except Refused as refused:
        if refused.reason is not RefusalReason.NOT_FOUND:
            raise
    return None


def _record(access: Access, tracking_id: str, body: bytes) -> RawRecord | Suspect:
    """The receipt with its delivery beside it. JSON of another shape is set aside alone.

    Raises:
        ProtocolBroken: it is no JSON; then somebody else answers for Paubox.
    """
    try:
        parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise broken_page(access.where(CAPABILITY), Misshapen("is not JSON")) from None
    whole = _with_delivery(parts)
    try:
        receipt = shaped(whole, Receipt)
    except Misshapen as wrong:
        return _suspect(body, str(wrong))
    if receipt.tracking_id.lower() != tracking_id.lower():
        return _suspect(body, "is about another message")
    return RawRecord(
        connection_id=access.connection.connection_id,
        stream="receipts",
        vendor_id=tracking_id,
        body=whole,
        origin="receipt",
    )


def _suspect(body: bytes, says: str) -> Suspect:
    return Suspect(body=body, origin="receipt", code="misshapen", problem=f"a receipt {says}", next_step=_COMPARE)


_COMPARE: Final = "Compare the bytes with Paubox's MessageReceiptResponse."


def _with_delivery(parts: dict[str, msgspec.Raw]) -> bytes:
    """The answer's fields as they came, and the first delivery once more where a mapping finds it."""
    delivery = _first_delivery(parts.get("data"))
    kept = {name: raw for name, raw in parts.items() if name != "delivery"}
    return msgspec.json.encode(kept | ({"delivery": delivery} if delivery is not None else {}))


def _first_delivery(data: msgspec.Raw | None) -> msgspec.Raw | None:
    found: Any = data
    for step in ("message", "message_deliveries"):
        try:
            found = msgspec.json.decode(found or b"null", type=dict[str, msgspec.Raw] | None)
        except msgspec.DecodeError:
            return None
        found = found.get(step) if found else None
    try:
        deliveries = msgspec.json.decode(found or b"null", type=list[msgspec.Raw] | None)
    except msgspec.DecodeError:
        return None
    return deliveries[0] if deliveries else None


STREAMS: Final[dict[str, Pull]] = {"receipts": receipts}
BY_ID: Final[dict[str, Again]] = {"receipts": by_id}
