"""A page of Salesforce's, split into its rows without touching a byte: JSON of a query, CSV of a bulk job."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from canonical.problems import ProtocolBroken, Where
from canonical.raw import JSON, RawRecord, Suspect, WireFormat
from connectors.kit.access import Access
from connectors.kit.calls import broken_page
from connectors.kit.moments import instant, milliseconds
from connectors.kit.shapes import Misshapen, split
from connectors.salesforce.objects import STAMP, Kind

ID: Final = re.compile(r"^[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?$")
_MOMENTS: Final = (STAMP, "LastModifiedDate", "CreatedDate")


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `stamp`: when it was last changed, in milliseconds since 1970, or 0 where it does not say."""

    id: str
    stamp: int
    fields: Mapping[str, Any]
    body: bytes
    changed_at: datetime | None
    format: WireFormat = JSON

    @property
    def deleted(self) -> bool:
        """Whether it lies in the recycling bin."""
        return str(self.fields.get("IsDeleted")).lower() == "true"

    def record(self, access: Access, kind: Kind, origin: str) -> RawRecord:
        """The record as it lands. One without a time to start at is no appointment, and counts as deleted."""
        unscheduled = kind.starts in self.fields and not self.fields[kind.starts]
        return RawRecord(
            connection_id=access.connection.connection_id,
            stream=kind.stream,
            vendor_id=self.id,
            body=self.body,
            origin=origin,
            format=self.format,
            effective_at=self.changed_at,
            deleted=self.deleted or unscheduled,
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """A page. `suspects` are rows that are none; `next` is where Salesforce says it goes on, empty where it does not."""

    rows: tuple[Row, ...]
    suspects: tuple[Suspect, ...]
    next: str = ""
    done: bool = True
    """Whether Salesforce says that this is all."""
    total: int = 0
    """How many the whole query found."""

    @property
    def last(self) -> Row | None:
        """The row behind which the query would go on; None where the rows are not in the order that was asked for."""
        stamps = [row.stamp for row in self.rows]
        ordered = all(stamps) and stamps == sorted(stamps)
        return self.rows[-1] if self.rows and ordered else None


def rows_of(body: bytes, where: Where, origin: str) -> Rows:
    """The rows of a query's page.

    Raises:
        ProtocolBroken: it is no page.
    """
    problem: ProtocolBroken
    try:
        bodies, rest = listed(body, "records")
    except Misshapen as wrong:
        problem = broken_page(where, wrong)
    else:
        found, bad = _told_apart([(each, _decoded(each), JSON) for each in bodies], origin)
        following, total = rest.get("nextRecordsUrl"), rest.get("totalSize")
        further = following if isinstance(following, str) and rest.get("done") is not True else ""
        done = rest.get("done") is not False and not further
        return Rows(found, bad, further, done, total if isinstance(total, int) and not isinstance(total, bool) else 0)
    raise problem


def listed(body: bytes, under: str) -> tuple[tuple[bytes, ...], Mapping[str, Any]]:
    """As `split`; a list that is null is empty. Raises `Misshapen`."""
    try:
        return split(body, under)
    except Misshapen:
        found = _decoded(body)
        if found is None or found.get(under, body) is not None:
            raise
    return (), found


def csv_rows_of(body: bytes, where: Where, origin: str) -> Rows:
    """The rows of a bulk job's page: a header, then lines that may hold line breaks inside quotes.

    Raises:
        ProtocolBroken: it has no header with an Id.
    """
    lines = list(_lines(body))
    header = tuple(next(csv.reader([lines[0].decode("utf-8", "replace")]), ())) if lines else ()
    if "Id" not in header:
        raise broken_page(where, Misshapen("has no header with an Id"))
    shape = WireFormat(shape="csv", delimiter=",", fields=header)
    found, bad = _told_apart([(line, _cells(line, header), shape) for line in lines[1:]], origin)
    return Rows(found, bad)


def _told_apart(
    read: list[tuple[bytes, Mapping[str, Any] | None, WireFormat]], origin: str
) -> tuple[tuple[Row, ...], tuple[Suspect, ...]]:
    rows = [(_row(body, fields, shape), body) for body, fields, shape in read]
    bad = [_suspect(body, f"{origin}, row {at}") for at, (row, body) in enumerate(rows, 1) if row is None]
    return tuple(row for row, _ in rows if row), tuple(bad)


def _decoded(body: bytes) -> Mapping[str, Any] | None:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return None


def _row(body: bytes, fields: Mapping[str, Any] | None, shape: WireFormat) -> Row | None:
    found = _id(fields) if fields else ""
    if fields is None or not ID.match(found):
        return None
    at = next((moment for name in _MOMENTS if (moment := instant(fields.get(name)))), None)
    if shape is JSON and not fields.get("Id"):
        body = body.rstrip()[:-1] + b',"Id":"' + found.encode() + b'"}'  # where it says none itself, its address did
    return Row(found, milliseconds(at) if at else 0, fields, body, at, shape)


def _id(fields: Mapping[str, Any]) -> str:
    """A query that did not ask for the id still tells it in the record's address."""
    attributes = fields.get("attributes")
    address = attributes.get("url") if isinstance(attributes, dict) else ""
    return str(fields.get("Id") or str(address or "").rpartition("/")[2])


def _lines(body: bytes) -> Iterator[bytes]:
    """Lines as they are, less the line end; one inside quotes is no end."""
    held = b""
    for part in body.split(b"\n"):
        held = held + b"\n" + part if held else part
        if held.count(b'"') % 2 == 0:
            if held.strip():
                yield held.removesuffix(b"\r")
            held = b""
    if held:
        yield held


def _cells(line: bytes, header: tuple[str, ...]) -> Mapping[str, Any] | None:
    try:
        rows = list(csv.reader([line.decode()], strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    return dict(zip(header, rows[0], strict=True)) if len(rows) == 1 and len(rows[0]) == len(header) else None


def _suspect(body: bytes, origin: str) -> Suspect:
    return Suspect(
        body=body,
        origin=origin,
        code="no_id",
        problem="a row without an id",
        next_step="Compare the bytes with the object's description in Salesforce.",
    )
