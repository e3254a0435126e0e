"""Files of a stream, oldest first, in pages of 5,000 rows; a pull that was cut off goes on in the middle of a file."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import Field

from canonical.model import Noun
from canonical.problems import NeedsOperator
from canonical.raw import Page
from connectors.files.client import DroppedFile, dropped
from connectors.files.dialect import Declared, Unusable
from connectors.files.reader import Batch, Reading, batches, suspect_of
from connectors.files.survey import known_encoding, survey
from connectors.kit.access import Access
from connectors.kit.registry import Pull

MOST_REMEMBERED: Final = 500
"""Contents remembered, so that a renamed copy is known again."""
_TRUE: Final = frozenset({"true", "yes", "on"})


class InFile(Noun):
    """A place in the middle of a file."""

    sha256: str
    offset: int
    line: int


class Cursor(Noun):
    """Which files were read, and how far the current one was."""

    reading: str = ""
    """Hash of how files are read: a stream that is declared otherwise from now on is read again."""
    done: dict[str, str] = Field(default_factory=dict)
    """Stamp → content, of files that still lie in the folder."""
    contents: tuple[str, ...] = ()
    """What was read completely, newest last, whatever it was called."""
    newest_ns: int = 0
    """When the newest file that was read completely was written."""
    at: InFile | None = None


@dataclass(slots=True)
class _Way:
    """The bytes that are read now: all files that wait, less what was read of the first before a cut."""

    total: int
    behind: int = 0
    """How many lie behind, up to the beginning of the file under way."""

    def skip(self, offset: int) -> None:
        """The file under way goes on there."""
        self.total -= offset
        self.behind -= offset

    def share(self, offset: int) -> float | None:
        """How much of them lies behind at that place of the file under way; None where a file has grown meanwhile."""
        read = self.behind + offset
        return read / self.total if 0 < read <= self.total else None


def pull(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """Every row of every new file. Facts are as old as the newest file (`as_of`), at most `now`.

    Raises:
        NeedsOperator: the folder, a file or the stream's declaration needs somebody.
    """
    declared = declaration(access, stream)
    files = dropped(access, stream)
    after = _begun(cursor, _reading(declared), files)
    waiting = [file for file in files if file.stamp not in after.done]
    as_of = _as_of(access, stream, files, now)
    way = _Way(sum(file.size for file in waiting))
    for file in waiting:
        for page, after in _pages(access, stream, file, declared, after, way):  # noqa: B020 - each page leaves the cursor for the next
            last = file is waiting[-1]
            complete = last and after.at is None and file.unchanged()
            # Only the lines of the file that is open are known: what others hold is guessed from their size.
            share = None if last else way.share(after.at.offset if after.at else file.size)
            told = {"left": page.left if last else None, "share": share}
            yield page.model_copy(
                update={"cursor": after.model_dump_json(), "complete": complete, "as_of": as_of, **told}
            )
        way.behind += file.size
    if not waiting and _is_live(access, stream):
        yield Page(cursor=after.model_dump_json(), complete=True, as_of=now)


def declaration(access: Access, stream: str) -> Declared:
    """What the connection says about a stream's files.

    Raises:
        NeedsOperator: it does not say which column is the id, or names an encoding nobody knows.
    """
    where = access.where(f"pull.{stream}")
    written = access.setting(f"{stream}.id")
    if not written:
        raise NeedsOperator(
            where,
            f"stream {stream} of connection {access.connection.connection_id} does not say which column is the id.",
            next_step=f"Write the mapping files/{stream}.yaml with its `id` (docs/mappings.md).",
        )
    skip = access.setting(f"{stream}.skip_lines", "0")
    encoding = access.setting(f"{stream}.encoding")
    if not known_encoding(encoding):
        raise NeedsOperator(
            where, "the declared encoding is not one.", next_step="Write utf-8, utf-16, cp1252 or latin-1."
        )
    return Declared(
        ids=tuple(json.loads(written)) if written.startswith("[") else (written,),
        encoding=encoding,
        delimiter=access.setting(f"{stream}.delimiter"),
        header=access.setting(f"{stream}.header"),
        skip_lines=int(skip) if skip.isdecimal() else 0,
    )


def _reading(declared: Declared) -> str:
    return hashlib.sha256(repr(declared).encode()).hexdigest()[:16]


def _begun(cursor: str | None, reading: str, files: list[DroppedFile]) -> Cursor:
    stored = Cursor.model_validate_json(cursor) if cursor else Cursor()
    if stored.reading != reading:
        return Cursor(reading=reading)
    present = {file.stamp for file in files}
    return stored.model_copy(update={"done": {stamp: sha for stamp, sha in stored.done.items() if stamp in present}})


def _is_live(access: Access, stream: str) -> bool:
    return access.setting(f"{stream}.as_of") == "reading"


def _as_of(access: Access, stream: str, files: list[DroppedFile], now: datetime) -> datetime:
    return now if _is_live(access, stream) else min(max((file.modified for file in files), default=now), now)


def _pages(
    access: Access, stream: str, file: DroppedFile, declared: Declared, begun: Cursor, way: _Way
) -> Iterator[tuple[Page, Cursor]]:
    """The pages of one file, each with the cursor behind it."""
    with _readable(access, stream, file):
        reading = Reading(access.connection.connection_id, stream, file, declared, survey(file, declared.encoding))
        again = _is_a_copy(reading, begun)
        snapshot = access.setting(f"{stream}.snapshot").lower() in _TRUE
        try:
            yield from _read(reading, begun, way, again=again, snapshot=snapshot)
        except Unusable as why:
            page = Page(suspects=(suspect_of(reading, why),), cursor="", again=again, left=0)
            yield page, _after(begun, reading, None)


def _is_a_copy(reading: Reading, begun: Cursor) -> bool:
    """Whether these bytes were read before and say nothing new: the last file again, or an old one that turned up.

    Bytes that are known, but were written after others that differ, are news: a visit moved away and back.
    """
    sha256 = reading.survey.sha256
    older = reading.file.modified_ns <= begun.newest_ns
    return sha256 in begun.contents and (older or sha256 == begun.contents[-1])


def _read(reading: Reading, begun: Cursor, way: _Way, *, again: bool, snapshot: bool) -> Iterator[tuple[Page, Cursor]]:
    """A snapshot is always read from its beginning; with a row set aside nobody can say what is missing from it."""
    at = begun.at if begun.at and begun.at.sha256 == reading.survey.sha256 and not snapshot else None
    clean = True
    way.skip(at.offset if at else 0)
    for batch in batches(reading, at.offset if at else 0, at.line if at else 0):
        clean = clean and not batch.suspects
        whole = snapshot and clean and batch.last and not again
        yield (
            _page(batch, reading.survey.lines_after(batch.line), again=again, whole=whole),
            _after(begun, reading, batch),
        )


@contextmanager
def _readable(access: Access, stream: str, file: DroppedFile) -> Iterator[None]:
    """A file that was moved away since the folder was listed is nobody's fault, and no page."""
    try:
        yield
    except PermissionError:
        raise NeedsOperator(
            access.where(f"pull.{stream}"), f"{file.name} may not be read.", next_step="Let this user read it."
        ) from None
    except FileNotFoundError:
        return


def _page(batch: Batch, left: int, *, again: bool, whole: bool) -> Page:
    return Page(
        records=batch.records,
        suspects=batch.suspects,
        cursor="",
        left=0 if batch.last else left,
        again=again,
        lines=True,
        whole=whole,
    )


def _after(begun: Cursor, reading: Reading, batch: Batch | None) -> Cursor:
    """Behind a batch, or behind the whole file. A file that changed while it was read will be read again."""
    sha256 = reading.survey.sha256
    if batch is not None and not batch.last:
        return begun.model_copy(update={"at": InFile(sha256=sha256, offset=batch.offset, line=batch.line)})
    if not reading.file.unchanged():
        return begun.model_copy(update={"at": None})
    contents = (*(one for one in begun.contents if one != sha256), sha256)[-MOST_REMEMBERED:]
    done = {**begun.done, reading.file.stamp: sha256}
    newest = max(begun.newest_ns, reading.file.modified_ns)
    return begun.model_copy(update={"done": done, "contents": contents, "newest_ns": newest, "at": None})


STREAMS: Final[dict[str, Pull]] = {"*": pull}
