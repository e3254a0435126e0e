"""How a file is written: its delimiter and its header. Told from the header line, or declared by its owner."""

import csv
import re
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from canonical.raw import JSON, WireFormat
from connectors.files.rows import Line
from connectors.files.survey import Survey

DELIMITERS: Final = (",", ";", "\t", "|")
_EXCEL_HINT: Final = re.compile(r"sep=(.)\s*")
_NAMES: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


class Unusable(ValueError):
    """A whole file cannot be read. `code` is for counting; the sentences never quote the file."""

    def __init__(self, code: str, line: int, problem: str, next_step: str) -> None:
        """What is wrong, on which line, and what to do."""
        super().__init__(problem)
        self.code = code
        self.line = line
        self.problem = problem
        self.next_step = next_step


@dataclass(frozen=True, slots=True)
class Declared:
    """What the owner of a stream says about its files. Everything empty: it is found out."""

    ids: tuple[str, ...]
    encoding: str = ""
    delimiter: str = ""
    header: str = ""
    """The header of files that have none, written as it would stand there."""
    skip_lines: int = 0
    """Lines above the header that are no part of the table."""

    def delimiter_sign(self) -> str:
        """The delimiter itself; it may be declared by name, such as `tab`."""
        return _NAMES.get(self.delimiter, self.delimiter)


@dataclass(frozen=True, slots=True)
class Table:
    """How the rows of one file are read."""

    format: WireFormat
    id_cells: tuple[int, ...]
    """Which cells hold the id; empty for JSON."""


JSON_TABLE: Final = Table(JSON, ())


def hinted_delimiter(line: Line) -> str:
    """The delimiter that Excel announces in a first line `sep=;`, or empty."""
    found = _EXCEL_HINT.fullmatch(line.text)
    return found[1] if found else ""


def table_of(header: Line, survey: Survey, declared: Declared, hint: str = "") -> Table:
    """What the header line says.

    Raises:
        Unusable: the id's column is not there, or there twice.
    """
    sign = declared.delimiter_sign() or hint or _delimiter(header.text, declared.ids)
    written = _cells(header.text, sign)
    for name in declared.ids:
        if written.count(name) != 1:
            raise _no_id(name, written, header.number)
    fields = _unique(written)
    encoded = WireFormat(shape="csv", encoding=survey.encoding, delimiter=sign, fields=fields)
    return Table(encoded, tuple(fields.index(name) for name in declared.ids))


def _delimiter(header: str, ids: tuple[str, ...]) -> str:
    """The one under which the id's columns appear; among several, or without any, the one that gives most fields."""

    def fitness(sign: str) -> tuple[int, int]:
        cells = _cells(header, sign)
        return sum(name in cells for name in ids), len(cells)

    return max(DELIMITERS, key=fitness)


def _cells(header: str, sign: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([header], delimiter=sign, strict=True), [])]
    except csv.Error:
        return [header]


def _no_id(name: str, written: list[str], line: int) -> Unusable:
    if name in written:
        return Unusable(
            "id_column_twice",
            line,
            f"the header names the id's column '{name}' twice.",
            "Export again with one of them renamed.",
        )
    alike = {_plain(column): column for column in written}
    near = get_close_matches(_plain(name), alike, n=1, cutoff=0.75)
    better = f" The nearest column is '{alike[near[0]]}': write it as `id` in the mapping." if near else ""
    return Unusable(
        "no_id_column",
        line,
        f"the header has {len(written)} columns, and the id's column '{name}' is not among them.",
        f"Correct `id` in the mapping, or declare `delimiter`, `header` or `skip_lines` for this stream (docs/files.md).{better}",
    )


def _plain(column: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", column.lower())


def _unique(written: list[str]) -> tuple[str, ...]:
    """Every column gets a name of its own: an empty one its number, a repeated one `#2`."""
    seen: Counter[str] = Counter()
    names = []
    for number, name in enumerate(written, start=1):
        named = name or f"column {number}"
        seen[named] += 1
        names.append(named if seen[named] == 1 else f"{named}#{seen[named]}")
    return tuple(names)
