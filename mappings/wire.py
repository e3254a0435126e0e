"""From stored bytes to a wire record, by the format that is stored beside them; and what makes two of them the same."""

import csv
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from pydantic import ValidationError

from canonical.ids import ContentHash, content_hash
from canonical.raw import WireFormat

WireRecord = dict[str, object]
"""A vendor's record: field names to text, numbers, truth values, lists and further records."""

LARGEST_CELL: Final = 16 * 1024 * 1024
csv.field_size_limit(LARGEST_CELL)


class NotReadable(ValueError):
    """The bytes are not what their format says. The message says what they should have been, never what they are."""


def read(format_text: str, body: bytes) -> WireRecord:
    """One record. Raises `NotReadable`."""
    found = next(read_many(format_text, [body]))
    if isinstance(found, NotReadable):
        raise found
    return found


def read_many(format_text: str, bodies: Sequence[bytes]) -> Iterator[WireRecord | NotReadable]:
    """The records of one format, in order; what cannot be read comes as the problem in its place."""
    try:
        shape = _format(format_text)
    except ValidationError:
        unknown = NotReadable("is stored in a format this release does not know")
        return iter([unknown] * len(bodies))
    if shape.shape == "csv":
        return (_row(cells, shape.fields) for cells in _cells(shape, bodies))
    return map(_READERS[shape.shape], bodies)


def fingerprints(
    formats: Sequence[WireFormat], bodies: Sequence[bytes], volatile: frozenset[str]
) -> Iterator[ContentHash]:
    """A hash per record over what it says.

    Fields in `volatile` and the spelling of a file (quotes, order of columns, encoding) do not count. Bytes that cannot be
    read are hashed as they are.
    """
    pairs = zip(formats, bodies, strict=True)
    for _, group in groupby(pairs, key=lambda pair: pair[0].text):
        alike = list(group)
        shape, grouped = alike[0][0], [body for _, body in alike]
        yield from (
            _of_rows(shape, grouped, volatile) if shape.shape == "csv" else _of_bodies(shape, grouped, volatile)
        )


def _of_rows(shape: WireFormat, bodies: Sequence[bytes], volatile: frozenset[str]) -> Iterator[ContentHash]:
    order = sorted(range(len(shape.fields)), key=shape.fields.__getitem__)
    kept = [at for at in order if shape.fields[at] not in volatile]
    head = msgspec.json.encode([shape.fields[at] for at in kept])
    encode = msgspec.json.Encoder().encode
    width = len(shape.fields)
    for body, cells in zip(bodies, _cells(shape, bodies), strict=True):
        if isinstance(cells, NotReadable) or len(cells) < width:
            yield content_hash(body)
        else:
            yield content_hash(head + encode([cells[at] for at in kept]))


def _of_bodies(shape: WireFormat, bodies: Sequence[bytes], volatile: frozenset[str]) -> Iterator[ContentHash]:
    if not volatile:
        yield from map(content_hash, bodies)
        return
    for body, record in zip(bodies, map(_READERS[shape.shape], bodies), strict=True):
        if isinstance(record, NotReadable):
            yield content_hash(body)
        else:
            yield content_hash(msgspec.json.encode(_without(record, volatile), order="sorted"))


def _without(record: WireRecord, volatile: frozenset[str]) -> WireRecord:
    """The record without the volatile fields; a dot leads into a record inside it."""
    kept: WireRecord = {}
    for name, value in record.items():
        if name in volatile:
            continue
        inner = frozenset(path.removeprefix(f"{name}.") for path in volatile if path.startswith(f"{name}."))
        kept[name] = _without(value, inner) if inner and isinstance(value, dict) else value
    return kept


@lru_cache(maxsize=256)
def _format(text: str) -> WireFormat:
    return WireFormat.parse(text)


def _cells(shape: WireFormat, bodies: Sequence[bytes]) -> Iterator[list[str] | NotReadable]:
    """All rows through one reader, which is twice as fast; a row that does not fit sends the batch through one by one."""
    try:
        texts = [body.decode(shape.encoding) for body in bodies]
        rows = list(csv.reader(texts, delimiter=shape.delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error):
        rows = []
    if len(rows) == len(bodies):
        return iter(rows)
    return (_cells_of(shape, body) for body in bodies)


def _cells_of(shape: WireFormat, body: bytes) -> list[str] | NotReadable:
    try:
        rows = list(csv.reader([body.decode(shape.encoding)], delimiter=shape.delimiter, strict=True))
    except UnicodeDecodeError:
        return NotReadable(f"is not text in {shape.encoding}")
    except csv.Error:
        return NotReadable("has a quote that does not fit")
    return rows[0] if len(rows) == 1 else NotReadable("is not one row")


def _row(cells: list[str] | NotReadable, fields: tuple[str, ...]) -> WireRecord | NotReadable:
    if isinstance(cells, NotReadable):
        return cells
    if len(cells) < len(fields) or any(cells[len(fields) :]):
        return NotReadable("has another number of fields than the header")
    return dict(zip(fields, cells, strict=False))


def _json(body: bytes) -> WireRecord | NotReadable:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NotReadable("is not JSON")
    return found if isinstance(found, dict) else NotReadable("is JSON, but no record of named fields")


def _form(body: bytes) -> WireRecord | NotReadable:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body))
    except ValueError:
        return NotReadable("is not a submitted form")
    found: WireRecord = {}
    for name, value in pairs:
        before = found.get(name)
        found[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    return found


_READERS: Final[dict[str, Callable[[bytes], WireRecord | NotReadable]]] = {"json": _json, "form": _form}
