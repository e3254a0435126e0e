"""Vendor to raw: page by page, each page and its cursor in one transaction, the ledger open for milliseconds in between."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol

from canonical.clock import rfc3339
from canonical.ids import RunId
from canonical.practice import Connection
from canonical.problems import ConnectorProblem, GlowlineError, NeedsOperator, SettingsError
from canonical.progress import at_work
from canonical.raw import Page, Suspect
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.registry import Puller
from ledger.audit.events import AuditBody, AuditTag
from ledger.raw import Arrival, Landed, delete_missing, land, record_ids
from ledger.session import Session
from ledger.store import Store
from ledger.streams import Stream, cursors_of, move_cursor, reached
from mappings.catalogue import Catalogue
from pipelines.accept.arrival import arrival_of, volatile_fields

LARGEST_LANDING: Final = 5_000
"""Records per transaction: whoever waits for the ledger waits no longer than that takes."""
MOST_GONE: Final = 0.2
"""A complete input that lacks more than this share of the known records is taken for a cut-off one."""


@dataclass(slots=True)
class Polled:
    """What a poll of one stream came to."""

    landed: Landed = field(default_factory=Landed)
    pages: int = 0
    complete: bool = False
    overtaken: bool = False
    """Another process has moved the cursor meanwhile; what it did not land, the next poll reads."""
    problem: GlowlineError | None = None
    """Why it ended before its end: a `ConnectorProblem`, or the mistake in a mapping. What was landed stays landed."""

    @property
    def closes(self) -> bool:
        """Whether everything that was read is accounted for."""
        return self.landed.closes


class Pulls(Protocol):
    """What poll needs of a `connectors.kit.registry.Puller`."""

    def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
        """Pages from a cursor on."""


@dataclass(frozen=True)
class Poll:
    """One run over one connection."""

    store: Store
    connection: Connection
    puller: Pulls
    catalogue: Catalogue
    now: datetime
    run_id: RunId


def open_puller(connection: Connection, tools: Tools, catalogue: Catalogue) -> Puller:
    """What reads a connection. Raises NotOffered when the vendor has nothing to pull."""
    return registry.puller(as_mapped(connection, catalogue), tools)


def as_mapped(connection: Connection, catalogue: Catalogue) -> Connection:
    """The connection as a connector needs it that does not know its streams: told what the mappings say of their ids."""
    told: dict[str, str] = {}
    for name in connection.streams:
        if _told_by_mapping(connection, name) and f"{name}.id" not in connection.settings:
            with suppress(SettingsError):  # `poll` reports it, and reads the other streams
                told[f"{name}.id"] = json.dumps(catalogue.of(connection, name).spec.id)
    settings = {**connection.settings, **told}
    return connection.model_copy(update={"settings": settings})


def poll(run: Poll, streams: Iterable[str] | None = None) -> dict[str, Polled]:
    """Read every stream of the connection on from where it was. One stream's problem stops no other, a revoked key stops all.

    Never raises a `ConnectorProblem`, nor for a wrong mapping: both stand in the result. A `LedgerError` is raised; what was
    landed before it stands.
    """
    polls: dict[str, _StreamPoll | SettingsError] = {}
    with run.store.reading() as session:
        begun = cursors_of(session, run.connection.connection_id)
    for name in run.connection.streams if streams is None else streams:
        mistake = _mistake(run, name)
        if mistake:
            polls[name] = mistake
            continue
        going = polls[name] = _StreamPoll(run, Stream(run.connection.connection_id, name), begun.get(name))
        going.through()
        if isinstance(going.result.problem, NeedsOperator):
            break
    _say_nothing_new(run, [one for one in polls.values() if isinstance(one, _StreamPoll) and one.nothing_new])
    return {name: one.result if isinstance(one, _StreamPoll) else Polled(problem=one) for name, one in polls.items()}


def _say_nothing_new(run: Poll, quiet: "list[_StreamPoll]") -> None:
    """What says only that there is nothing new is written down together: most streams say so most of the time."""
    if quiet:
        with run.store.writing() as session:
            for one in quiet:
                one.move(session)


def _told_by_mapping(connection: Connection, stream: str) -> bool:
    """Whether only the mapping says what the stream holds: a drop folder carries whatever its owner puts there."""
    declared = registry.manifest(connection.vendor).stream(stream)
    return declared is not None and declared.kind is None


def _mistake(run: Poll, stream: str) -> SettingsError | None:
    """What is wrong with a mapping without which nobody knows where a record's id stands."""
    if not _told_by_mapping(run.connection, stream):
        return None
    try:
        run.catalogue.of(run.connection, stream)
    except SettingsError as why:
        return why
    return None


class _StreamPoll:
    """One stream on its way through one run."""

    def __init__(self, run: Poll, stream: Stream, cursor: str | None) -> None:
        self.result = Polled()
        self._run = run
        self._stream = stream
        self._volatile = volatile_fields(run.catalogue, run.connection, stream.name)
        self._seen: set[str] | None = set() if _is_snapshot(run.connection, stream) else None
        self._cursor = cursor
        self._audited = Landed()
        self._expected: int | None = None
        self.nothing_new: Page | None = None
        """A first page without anything in it, not yet written down."""

    def through(self) -> None:
        """Land page after page until there are no more, somebody else goes on, or a problem ends it.

        A page says whether it is the last of a complete pass: then the run's sum is audited with it, else by itself.
        """
        try:
            for page in self._run.puller.pull(self._stream.name, self._cursor, now=self._run.now):
                if not self.result.pages and _is_empty(page):
                    self.nothing_new = page
                elif not self._landed(page):
                    break
                self.result.pages += 1
                self.result.complete = page.complete
                self._tell(page)
        except ConnectorProblem as problem:
            self.result.problem = problem
        if self.result.landed != self._audited:
            with self._run.store.writing() as session:
                self._audit(session, self.result.landed)

    def _tell(self, page: Page) -> None:
        """How far it is. What one page says of the whole pass holds until another says it better, or it was too little."""
        read = self.result.landed.read
        self._expected = page.expected(read) or self._expected
        self._expected = self._expected if self._expected and self._expected >= read else None
        at_work(self._stream.name, read, self._expected)

    def _landed(self, page: Page) -> bool:
        """False when somebody else has gone on meanwhile."""
        if self.nothing_new:
            with self._run.store.writing() as session:
                self.move(session)
        if not self.result.overtaken:
            self.result.overtaken = not all(self._land(part) for part in _parts(page, self._cursor or ""))
        return not self.result.overtaken

    def move(self, session: Session) -> None:
        """Write down that there was nothing new, unless the stored cursor is no longer the one this page follows."""
        page, self.nothing_new = self.nothing_new, None
        if page is None or reached(session, self._stream).cursor != self._cursor:
            self.result.overtaken, self.result.complete = True, False
            return
        complete_at = (page.as_of or self._run.now) if page.complete else None
        move_cursor(session, self._stream, page.cursor, now=self._run.now, complete_at=complete_at)
        self._cursor = page.cursor

    def _audit(self, session: Session, landed: Landed) -> None:
        """One entry for the run's sum. A run that read nothing leaves none."""
        if landed.read:
            session.audit(
                AuditBody(
                    tag=AuditTag.RAW_LANDED,
                    at=rfc3339(self._run.now),
                    practice=session.practice_id,
                    subject_id=self._stream.connection_id,
                    refs={"run": self._run.run_id, "stream": self._stream.name},
                    counts=asdict(landed),
                )
            )

    def _land(self, page: Page) -> bool:
        """A page and its cursor, or neither. False when the stored cursor is no longer the one this page follows."""
        run = self._run
        arrival = arrival_of(self._stream, page, self._volatile, now=run.now, run_id=run.run_id)
        with run.store.writing() as session:
            if reached(session, self._stream).cursor != self._cursor:
                return False
            landed = land(session, arrival) + self._gone(session, arrival)
            complete_at = (page.as_of or run.now) if page.complete else None
            move_cursor(session, self._stream, page.cursor, now=run.now, complete_at=complete_at)
            if page.complete:
                self._audit(session, self.result.landed + landed)
        self.result.landed += landed
        self._audited = self.result.landed if page.complete else self._audited
        self._cursor = page.cursor
        return True

    def _gone(self, session: Session, arrival: Arrival) -> Landed:
        """What a complete input does not hold is gone, unless that is so much that the input looks cut off."""
        if self._seen is None:
            return Landed()
        self._seen.update(record_ids(session, self._stream, (record.vendor_id for record in arrival.page.records)))
        if not arrival.page.whole:
            return Landed()
        found = delete_missing(session, arrival, frozenset(self._seen), _may_lose(self._run.connection, self._stream))
        self._seen.clear()
        return found if isinstance(found, Landed) else land(session, _too_small(arrival, found))


def _is_empty(page: Page) -> bool:
    return not (page.records or page.suspects or page.whole)


def _parts(page: Page, before: str) -> Iterator[Page]:
    """A page in pieces of at most 5,000 records. The cursor moves with the last one, so a cut lands the rest again."""
    records = page.records
    last = max(len(records) - 1, 0) // LARGEST_LANDING
    for number in range(last):
        piece = records[number * LARGEST_LANDING : (number + 1) * LARGEST_LANDING]
        yield Page(records=piece, cursor=before, again=page.again, lines=page.lines)
    yield page.model_copy(update={"records": records[last * LARGEST_LANDING :]}) if last else page


def _is_snapshot(connection: Connection, stream: Stream) -> bool:
    return connection.settings.get(f"{stream.name}.snapshot", "").lower() in {"true", "yes", "on"}


def _may_lose(connection: Connection, stream: Stream) -> float:
    written = connection.settings.get(f"{stream.name}.may_lose", "").removesuffix("%")
    return int(written) / 100 if written.isdecimal() else MOST_GONE


def _too_small(arrival: Arrival, gone: int) -> Arrival:
    suspect = Suspect(
        body=b"",
        origin=f"complete input of {rfc3339(arrival.now)}",
        code="snapshot_too_small",
        problem=f"the input calls itself complete and lacks {gone} known records, so nothing was deleted.",
        next_step=f"If they are really gone, set `{arrival.stream.name}.may_lose: 100%` on the connection and export again.",
    )
    return replace(arrival, page=Page(suspects=(suspect,), cursor=arrival.page.cursor), change_hashes=())
