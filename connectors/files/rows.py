"""From the bytes of a file to its rows, each with its own bytes, its line and where it ends. Constant memory.

Python's csv module decides what a row is; a feed in between remembers which lines each row took. When a row cannot be right
(a quote that never closes, another number of fields), only its first line is given up and reading goes on behind it, so one
stray quote cannot swallow a file.
"""

import csv
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from connectors.files.survey import CHUNK

LONGEST_LINE: Final = 1024 * 1024
MOST_LINES: Final = 100
"""A cell with more line breaks than that is a quote somebody forgot to close."""


class Line(NamedTuple):
    """One line: its text, its bytes without the line break, the line break, its number from 1, the offset behind it."""

    text: str
    raw: bytes
    tail: bytes
    number: int
    end: int
    trouble: str = ""
    """Why the text cannot be used: `encoding`, `nul`, `long_line`; empty when it can."""


class Row(NamedTuple):
    """One row, good or not: its bytes as they stand in the file, the lines it takes, and the offset behind it."""

    cells: list[str]
    raw: bytes
    number: int
    last: int
    end: int
    trouble: str = ""


def lines(file: BinaryIO, encoding: str, newline: bytes, number: int) -> Iterator[Line]:
    """Lines from where `file` stands; the next one has that number. A line over 1 MB comes in pieces, each with trouble."""
    mark = newline.decode().encode(encoding)
    width = len(mark)
    rest, offset, cut = b"", file.tell(), False
    while True:
        chunk = file.read(CHUNK)
        block = rest + chunk
        if not block:
            return
        parts = _split(block, mark, width) if chunk else [block]
        rest = parts.pop() if chunk else b""
        for raw in parts:
            offset += len(raw) + (width if chunk else 0)
            yield _line(raw, encoding, mark if chunk else b"", (number, offset), cut=cut)
            number, cut = number + 1, False
        if len(rest) > LONGEST_LINE:
            offset += len(rest)
            yield Line("", rest, b"", number, offset, "long_line")
            rest, cut = b"", True


def _split(block: bytes, mark: bytes, width: int) -> list[bytes]:
    if width == 1:
        return block.split(mark)
    found, start, at = [], 0, block.find(mark)
    while at >= 0:
        if at % width == 0:
            found.append(block[start:at])
            start = at + width
        at = block.find(mark, at + 1)
    return [*found, block[start:]]


def _line(raw: bytes, encoding: str, tail: bytes, place: tuple[int, int], *, cut: bool) -> Line:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return Line("", raw, tail, *place, "encoding")
    if text.endswith("\r"):
        text, at = text[:-1], -len("\r".encode(encoding))
        raw, tail = raw[:at], raw[at:] + tail
    trouble = "long_line" if cut else "nul" if "\0" in text else ""
    return Line("" if trouble else text, raw, tail, *place, trouble)


class _Feed:
    """Gives the csv reader its lines, and remembers which ones the current row has taken."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._returned: deque[Line] = deque()
        self.taken: list[Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._source)
        self.taken.append(line)
        if line.trouble or len(self.taken) > MOST_LINES:
            raise csv.Error
        return line.text + "\n"

    def give_up_first(self) -> Line:
        """The first line of the row, which is lost; the others will be read again."""
        self._returned.extendleft(reversed(self.taken[1:]))
        first = self.taken[0]
        self.taken = []
        return first


def rows(source: Iterator[Line], delimiter: str, width: int) -> Iterator[Row]:
    """The rows of a file whose header has `width` fields. Empty lines, and lines of nothing but delimiters, are no rows."""
    feed = _Feed(source)
    while True:
        try:
            yield from _clean_rows(feed, delimiter, width)
        except csv.Error:
            first = feed.give_up_first()
            yield Row([], first.raw, first.number, first.number, first.end, first.trouble or "quote")
        else:
            if not feed.taken:
                return
            first = feed.give_up_first()
            yield Row([], first.raw, first.number, first.number, first.end, "fields")


def _clean_rows(feed: _Feed, delimiter: str, width: int) -> Iterator[Row]:
    """Rows until one over several lines has a wrong number of fields; its lines are then still in `feed.taken`."""
    for cells in csv.reader(feed, delimiter=delimiter, strict=True):
        taken = feed.taken
        fits = len(cells) == width or (len(cells) > width and not any(cells[width:]))
        if not fits and len(taken) > 1:
            return
        first, last = taken[0], taken[-1]
        feed.taken = []
        if any(cell.strip() for cell in cells):
            raw = first.raw if first is last else _joined(taken)
            yield Row(cells, raw, first.number, last.number, last.end, "" if fits else "fields")


def _joined(taken: list[Line]) -> bytes:
    return b"".join(line.raw + line.tail for line in taken[:-1]) + taken[-1].raw
