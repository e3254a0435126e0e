"""A page of Square's, split into its rows without touching a byte, and what is added to a row."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from canonical.problems import ConnectorProblem, Where
from canonical.raw import RawRecord, Suspect
from connectors.kit.access import Access
from connectors.kit.calls import broken_page
from connectors.kit.moments import instant
from connectors.kit.shapes import Misshapen, said, told_apart, without

OURS: Final = re.compile(r"[a-z]{1,3}-[0-9a-z][0-9a-z-]{5,60}")
"""What an id of ours looks like. Other notes on payments are the desk's own words, and are not read."""
NO_YEAR: Final = "0000"
NOT_KEPT: Final[Mapping[str, frozenset[str]]] = {
    "orders": frozenset(
        {
            "discounts", "fulfillments", "line_items", "metadata", "refunds", "returns", "rewards", "service_charges",
            "taxes", "tenders", "ticket_name",
        }
    )
}  # fmt: skip
"""Stream → what is left out of a row before it lands: of an order everything that says what was sold, to whom, and with which card."""

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its bytes, and its fields."""

    body: bytes
    fields: Fields

    @property
    def id(self) -> str:
        """Square's id; empty where there is none."""
        return said(self.fields.get("id"))

    @property
    def updated_at(self) -> datetime | None:
        """When it last changed."""
        return instant(self.fields.get("updated_at"))

    def is_at(self, places: tuple[str, ...]) -> bool:
        """Whether it belongs to one of these places; where none are named, everything does."""
        return not places or self.fields.get("location_id") in places

    def record(self, access: Access, stream: str, origin: str) -> RawRecord:
        """The record as it lands."""
        more = ADDED[stream](self.fields)
        kept = without(self.body, NOT_KEPT[stream]) if stream in NOT_KEPT else self.body
        return RawRecord(
            connection_id=access.connection.connection_id,
            stream=stream,
            vendor_id=self.id,
            body=added(kept, more),
            origin=origin,
            effective_at=self.updated_at,
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """A page. `next` is where Square says it goes on; None on the last."""

    rows: tuple[Row, ...]
    suspects: tuple[Suspect, ...]
    next: str | None
    total: Any = None
    """How many the search finds in all, as it came, where we asked for that and Square can tell."""

    @property
    def size(self) -> int:
        """How many rows it has, whatever they are worth."""
        return len(self.rows) + len(self.suspects)


def rows_of(body: bytes, under: str, where: Where, origin: str) -> Rows:
    """The rows of a page. Square leaves an empty list out.

    Raises:
        ProtocolBroken: it is no page.
    """
    problem: ConnectorProblem
    try:
        page = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        pieces = msgspec.json.decode(page.get(under, msgspec.Raw(b"[]")), type=list[msgspec.Raw] | None) or []
        token = msgspec.json.decode(page.get("cursor", msgspec.Raw(b"null")), type=str | int | None)
        total = msgspec.json.decode(page.get("count", msgspec.Raw(b"null")))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        problem = broken_page(where, Misshapen(f"is not JSON with a list of {under}"))
    else:
        rows, bad = told_apart(map(bytes, pieces), row_of, _suspect, f"{origin}, row")
        return Rows(rows, bad, said(token) or None, total)
    raise problem


def row_of(body: bytes) -> Row | None:
    """One row; None where it is no record with an id."""
    try:
        row = Row(body, msgspec.json.decode(body, type=dict[str, Any]))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return row if row.id else None


def single(body: bytes, under: str) -> Row | None:
    """The one row of an answer about one record."""
    try:
        page = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return row_of(bytes(page[under])) if under in page else None


def added(body: bytes, more: Mapping[str, object]) -> bytes:
    """The row with further fields at its end; empty ones are left out."""
    pieces = b"".join(f",{json.dumps(name)}:{json.dumps(value)}".encode() for name, value in more.items() if value)
    return body.rstrip()[:-1].rstrip() + pieces + b"}" if pieces else body


def _of_a_customer(fields: Fields) -> Mapping[str, object]:
    """Square writes the year 0000 where it only knows the day."""
    birthday = str(fields.get("birthday") or "")
    return {"birth_date": "" if birthday.startswith(NO_YEAR) else birthday}


def _of_a_booking(fields: Fields) -> Mapping[str, object]:
    listed = fields.get("appointment_segments")
    segments = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    minutes = [each for each in (_whole(one.get("duration_minutes")) for one in segments) if each is not None]
    known = len(minutes) == len(segments)
    return {"segment": segments[0] if segments else None, "minutes": sum(minutes) if known else 0}


def _of_a_payment(fields: Fields) -> Mapping[str, object]:
    note = str(fields.get("note") or "").strip()
    whole, back = (
        _amount(fields.get("total_money") or fields.get("amount_money")),
        _amount(fields.get("refunded_money")),
    )
    returned = ("whole" if back >= whole else "part") if back else ""
    ours = OURS.fullmatch(note) is not None
    return {"returned": returned, "reference": note if ours else "", "deposit": "yes" if ours else ""}


def _of_an_order(fields: Fields) -> Mapping[str, object]:
    """What a sale came to without its tip, what of an earlier one was given back, and whose it is.

    A total is all that is collected, tips with it. Where something is only given back there is no total, or 0; the goods
    name the order they were sold on. Whoever paid stands on an older order's tender only.
    """
    back, total = _inside(fields.get("return_amounts")), _inside(fields.get("total_money")).get("amount")
    returned = _amount(back.get("total_money")) - _amount(back.get("tip_money"))
    known = _whole(total) is not None or bool(back)
    sale = max(_amount(fields.get("total_money")) - _amount(fields.get("total_tip_money")), 0)
    return {
        "billed": str(sale) if known else "",
        "given_back": max(returned, 0),
        "returned_from": _first(fields.get("returns"), "source_order_id"),
        "payer": _first(fields.get("tenders"), "customer_id"),
    }


def _first(listed: object, name: str) -> str:
    """That field of the first row that has it."""
    rows = listed if isinstance(listed, list) else []
    found = (row.get(name) for row in rows if isinstance(row, dict))
    return next((each for each in found if isinstance(each, str) and each), "")


def _inside(found: object) -> Fields:
    return found if isinstance(found, dict) else {}


def _amount(money: object) -> int:
    return _whole(money.get("amount") if isinstance(money, dict) else None) or 0


def _whole(found: object) -> int | None:
    """A whole number, also one that is written as text."""
    text = said(found)
    return int(text) if text.isdecimal() else None


ADDED: Final[Mapping[str, Callable[[Fields], Mapping[str, object]]]] = {
    "customers": _of_a_customer,
    "bookings": _of_a_booking,
    "payments": _of_a_payment,
    "orders": _of_an_order,
}
"""Stream → what is added to a row of it."""


def _suspect(body: bytes, origin: str) -> Suspect:
    return Suspect(
        body=body,
        origin=origin,
        code="no_id",
        problem="a row without an id",
        next_step="Compare the bytes with Square's specification.",
    )
