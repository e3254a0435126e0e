"""One file, read from any place in it: batches of records and of what could not become one."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple

import msgspec

from canonical.ids import ConnectionId, spoiled_by_spreadsheet
from canonical.raw import JSON, RawRecord, Suspect, WireFormat
from connectors.files.client import DroppedFile
from connectors.files.dialect import Declared, Table, Unusable, hinted_delimiter, table_of
from connectors.files.rows import Line, lines, rows
from connectors.files.survey import Survey

BATCH_ROWS: Final = 5_000
BATCH_BYTES: Final = 16 * 1024 * 1024
LARGEST_CELL: Final = 1024 * 1024
csv.field_size_limit(16 * LARGEST_CELL)

_TEXT_EXPORT: Final = "Export again with that column as text; do not open and save the file in a spreadsheet."
TROUBLE: Final[Mapping[str, tuple[str, str]]] = {
    "encoding": (
        "the line is not text in the file's encoding.",
        "Declare `encoding` for this stream, such as cp1252, or export as UTF-8.",
    ),
    "nul": ("the line holds a NUL byte.", "Export the file again; something broke it on its way."),
    "long_line": ("the line is longer than 1 MB.", "Declare `delimiter` for this stream, or export the file again."),
    "quote": (
        "a quote on this line is never closed, or stands inside a value.",
        "Correct the line at its source: a quote inside a value is written twice.",
    ),
    "fields": (
        "the row has another number of fields than the header.",
        "Correct the line at its source: a value that holds the delimiter needs quotes.",
    ),
    "no_id": ("the row has no id.", "Correct the record at its source."),
    "spreadsheet_id": ("the id was rounded by a spreadsheet.", _TEXT_EXPORT),
    "json": ("the line is not one JSON record.", "Write one JSON object per line."),
}
"""Why a piece of a file is set aside, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that is known about a file before its rows are read."""

    connection_id: ConnectionId
    stream: str
    file: DroppedFile
    declared: Declared
    survey: Survey


class Batch(NamedTuple):
    """Some rows, and where reading goes on behind them."""

    records: tuple[RawRecord, ...]
    suspects: tuple[Suspect, ...]
    offset: int
    line: int
    last: bool


class Piece(NamedTuple):
    """A row as it comes out of the file: with an id, or with its trouble."""

    raw: bytes
    number: int
    last: int
    end: int
    vendor_id: str
    trouble: str


def batches(reading: Reading, offset: int = 0, line: int = 0) -> Iterator[Batch]:
    """The file in batches, from an offset and line that an earlier batch named; the last one may be empty.

    Raises:
        Unusable: the file as a whole is not what it should be.
        OSError: it cannot be read.
    """
    with reading.file.path.open("rb") as file:
        table, begin, number = _opened(file, reading)
        file.seek(offset or begin)
        source = lines(file, reading.survey.encoding, reading.survey.newline, line or number)
        pieces = _json_pieces(source, reading.declared.ids) if table is None else _csv_pieces(source, table)
        yield from _batched(pieces, reading, JSON if table is None else table.format, (offset or begin, line or number))


def suspect_of(reading: Reading, why: Unusable) -> Suspect:
    """The whole file, set aside under its name; its bytes stay where they are."""
    origin = f"{reading.file.name}:{why.line}" if why.line else reading.file.name
    return Suspect(body=b"", origin=origin, code=why.code, problem=why.problem, next_step=why.next_step)


def _batched(pieces: Iterator[Piece], reading: Reading, form: WireFormat, place: tuple[int, int]) -> Iterator[Batch]:
    records: list[RawRecord] = []
    suspects: list[Suspect] = []
    size, (end, line) = 0, place
    for piece in pieces:
        origin = f"{reading.file.name}:{piece.number}"
        if piece.trouble:
            suspects.append(_suspect(piece, origin))
        else:
            records.append(_record(piece, origin, reading, form))
        size += len(piece.raw)
        end, line = piece.end, piece.last + 1
        if len(records) + len(suspects) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield Batch(tuple(records), tuple(suspects), end, line, last=False)
            records, suspects, size = [], [], 0
    yield Batch(tuple(records), tuple(suspects), end, line, last=True)


def _record(piece: Piece, origin: str, reading: Reading, form: WireFormat) -> RawRecord:
    return RawRecord(
        connection_id=reading.connection_id,
        stream=reading.stream,
        vendor_id=piece.vendor_id,
        body=piece.raw,
        origin=origin,
        format=form,
    )


def _suspect(piece: Piece, origin: str) -> Suspect:
    problem, next_step = TROUBLE[piece.trouble]
    return Suspect(body=piece.raw, origin=origin, code=piece.trouble, problem=problem, next_step=next_step)


def _opened(file: BinaryIO, reading: Reading) -> tuple[Table | None, int, int]:
    """How the rows are read (None: JSON), and where and on which line they begin."""
    found, declared = reading.survey, reading.declared
    if found.not_text:
        raise Unusable(
            "not_text", 0, f"the file is {found.not_text}, not text.", "Save it as CSV UTF-8, or as JSON lines."
        )
    file.seek(found.start)
    above = lines(file, found.encoding, found.newline, 1)
    first = next((line for line in above if line.text.strip() and line.number > declared.skip_lines), None)
    if first is None:
        raise Unusable(
            "empty", 0, "the file is empty.", "Export it again; if there is nothing to export, leave the header in."
        )
    if reading.file.is_json or first.text.lstrip().startswith(("{", "[")):
        return _json_opened(first, found)
    if declared.header:
        header = Line(declared.header, b"", b"", 0, 0)
        return table_of(header, found, declared), _start_of(first, found), first.number
    hint = hinted_delimiter(first)
    header = next(above, first) if hint else first
    return table_of(header, found, declared, hint), header.end, header.number + 1


def _json_opened(first: Line, found: Survey) -> tuple[None, int, int]:
    if first.text.lstrip().startswith("["):
        raise Unusable(
            "json_array", first.number, "the file is one JSON list.", "Write one JSON object per line (JSON lines)."
        )
    if found.encoding != "utf-8":
        raise Unusable("json_encoding", 0, f"the file is JSON in {found.encoding}.", "JSON lines are UTF-8.")
    return None, _start_of(first, found), first.number


def _start_of(line: Line, found: Survey) -> int:
    return max(found.start, line.end - len(line.raw) - len(line.tail))


def _csv_pieces(source: Iterator[Line], table: Table) -> Iterator[Piece]:
    for row in rows(source, table.format.delimiter, len(table.format.fields)):
        vendor_id, trouble = ("", row.trouble) if row.trouble else _id_of([row.cells[at] for at in table.id_cells])
        yield Piece(row.raw, row.number, row.last, row.end, vendor_id, trouble)


def _json_pieces(source: Iterator[Line], ids: tuple[str, ...]) -> Iterator[Piece]:
    for line in source:
        if line.trouble or line.text.strip():
            vendor_id, trouble = ("", line.trouble) if line.trouble else _id_of_json(line.raw, ids)
            yield Piece(line.raw, line.number, line.number, line.end, vendor_id, trouble)


def _id_of(parts: list[str]) -> tuple[str, str]:
    """The id and no trouble, or no id and the trouble. Several columns are joined by a slash, as the mapping does."""
    cells = [part.strip() for part in parts]
    if not all(cells):
        return "", "no_id"
    if any(spoiled_by_spreadsheet(cell) for cell in cells):
        return "", "spreadsheet_id"
    return "/".join(cells), ""


def _id_of_json(raw: bytes, ids: tuple[str, ...]) -> tuple[str, str]:
    record: object = None
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        record = msgspec.json.decode(raw)
    if not isinstance(record, dict):
        return "", "json"
    return _id_of([_scalar(_found(record, name)) for name in ids])


def _found(record: dict[str, object], name: str) -> object:
    if name in record:
        return record[name]
    value: object = record
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _scalar(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return value if isinstance(value, str) else repr(value)
