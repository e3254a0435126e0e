"""Tasks that somebody finished, whoever opened them: the search knows no time and no order, so each pass reads them all.

Sources: OpenAPI locations (TaskSearchParamsDto) and contacts (TaskDTO), 2026-06. The answer's rows are documented as lists of
nothing in particular; a row that is a list is taken as rows, and one whose id is called `_id` is read all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from canonical.problems import ProtocolBroken
from canonical.raw import RawRecord
from connectors.gohighlevel import client
from connectors.gohighlevel.asking import inside, segment, telling
from connectors.gohighlevel.passes import Cursor, Found, pieces_of, row_of
from connectors.gohighlevel.people import with_fields
from connectors.kit.access import Access
from connectors.kit.moments import instant

PAGE: Final = 100


class _Task(msgspec.Struct, rename="camel"):
    date_updated: Any = None
    due_date: Any = None


@dataclass
class Tasks:
    """One leg: everything that is finished, page by page, until one is empty (a vendor may give less than was asked for)."""

    access: Access
    stream: str
    _first: bytes = field(default=b"", repr=False)

    def legs(self, since: datetime | None, begun: datetime) -> tuple[str, ...]:
        """All of it."""
        del since, begun
        return ("all",)

    def page(self, at: Cursor) -> Found:
        """See `Reader.page`.

        Raises:
            ProtocolBroken: `skip` is not heeded, so that the pages would never end.
        """
        path = f"/locations/{segment(client.location(self.access))}/tasks/search"
        request = telling(self.access, path, {"completed": True, "limit": PAGE, "skip": at.read})
        answer = client.line(self.access).read(request, f"pull.{self.stream}")
        found, _ = pieces_of(self.access, self.stream, answer, "tasks")
        if found and found[0] == self._first:
            where = self.access.where(f"pull.{self.stream}")
            raise ProtocolBroken(where, "its pages never end: one came twice.", next_step="Report it to the vendor.")
        self._first = self._first or (found[0] if found else b"")
        bodies = tuple(_named(each) for one in found for each in _rows(one))
        return Found(bodies, str(at.read + len(bodies)) if bodies else "")

    def completed(self, bodies: Sequence[bytes]) -> Sequence[bytes]:
        """With the time before which nobody can have finished it for sure, as far as one is said."""
        return [_dated(body) for body in bodies]

    def lasting(self, bodies: Sequence[bytes], begun: datetime) -> tuple[str, ...]:
        """Absence says nothing: a task may be opened again."""
        del bodies, begun
        return ()

    def vanished(self, ids: Sequence[str]) -> tuple[RawRecord, ...]:
        """Nothing is missed."""
        del ids
        return ()


def _rows(piece: bytes) -> Sequence[bytes]:
    return [bytes(one) for one in msgspec.json.decode(piece, type=list[msgspec.Raw])] if piece[:1] == b"[" else [piece]


def _named(body: bytes) -> bytes:
    """With `id`, where it is called otherwise."""
    other = inside(body, "_id")
    return with_fields(body, {"id": other}) if other and row_of(body) is None else body


def _dated(body: bytes) -> bytes:
    """With `doneAt`: its last change, else when it was due.

    Without either a task of last year would count as done at this moment, and the person who asks again today as called (R56).
    """
    try:
        said = msgspec.json.decode(body, type=_Task)
    except msgspec.MsgspecError:
        return body
    at = next((one for one in (said.date_updated, said.due_date) if instant(one)), None)
    return with_fields(body, {"doneAt": msgspec.json.encode(at)}) if at and body.rstrip().endswith(b"}") else body
