"""The spool into the ledgers: everything that lies there is taken, sorted by practice, landed, and only then let go of."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from canonical.ids import RunId
from canonical.problems import GlowlineError
from ledger.installation import UnroutedEvent, first_seen, keep_unrouted, opt_out
from ledger.raw import Landed
from ledger.streams import Stream
from pipelines.accept.call import Call
from pipelines.accept.landing import Landing
from pipelines.accept.rooms import Room, Rooms
from pipelines.accept.routing import Owner
from pipelines.accept.sharing import holds, overheard, speaks_to
from pipelines.accept.sorting import Piece, pieces, reports
from pipelines.accept.spool import Spool

AT_ONCE: Final = 64
"""Files held together: their events share a transaction per practice."""
NOBODY: Final = "no practice here has that account, address or connection"
UNDECIDED: Final = "several practices share that address, and none of them has written to whoever this is from"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hint:
    """A vendor says that something changed; its API says what."""

    owner: Owner
    stream: str
    vendor_id: str


@dataclass(slots=True)
class Drained:
    """What a look into the spool came to."""

    files: int = 0
    landed: dict[tuple[str, Stream], Landed] = field(default_factory=dict)
    """By practice and stream."""
    hints: set[Hint] = field(default_factory=set)
    unrouted: int = 0
    foreign: int = 0
    """Deletions of records that nobody here holds."""
    spoken: set[str] = field(default_factory=set)
    """Practices that got more than reports on their own messages."""
    left: dict[str, str] = field(default_factory=dict)
    """Files that stay, by name, with the reason: the settings or the ledger of a practice cannot be opened."""

    @property
    def practices(self) -> frozenset[str]:
        """Who got something."""
        return frozenset(practice for practice, _ in self.landed) | {hint.owner.practice_id for hint in self.hints}

    def add(self, practice: str, stream: Stream, landed: Landed) -> None:
        """Count what landed."""
        self.landed[practice, stream] = self.landed.get((practice, stream), Landed()) + landed


def drain(spool: Spool, rooms: Rooms, run_id: RunId) -> Drained:
    """Take in everything that lies in the spool now. Nothing is lost and nothing is doubled, wherever this is cut off.

    A practice that cannot be opened keeps its files, and nobody else's. Raises a `LedgerError` when the installation's own
    ledger cannot be used; then every file is still there.
    """
    total = Drained()
    names = spool.names()
    for start in range(0, len(names), AT_ONCE):
        with ExitStack() as held:
            calls = {name: held.enter_context(spool.taken(name)) for name in names[start : start + AT_ONCE]}
            _Batch(rooms, run_id, total).through({name: call for name, call in calls.items() if call})
            for name in calls.keys() - total.left.keys():
                spool.remove(name)
    spool.stuck = set(total.left)
    return total


class _Batch:
    """Some files on their way."""

    def __init__(self, rooms: Rooms, run_id: RunId, total: Drained) -> None:
        self._rooms = rooms
        self._run_id = run_id
        self._total = total
        self._open: dict[str, Room] = {}
        self._theirs: dict[str, list[tuple[Owner, Piece]]] = defaultdict(list)
        self._homeless: list[tuple[Piece, str]] = []

    def through(self, calls: Mapping[str, Call]) -> None:
        """Sort, land, and leave a note of what was seen."""
        held = {name: call for name, call in calls.items() if self._has_room(name, call.practice_id)}
        if not held:
            return
        self._total.files += len(held)
        with self._rooms.installation.reading() as session:
            found = pieces(session, held, self._open)
        for piece in found.fresh:
            self._give(piece)
        for practice, theirs in self._theirs.items():
            self._land(practice, theirs)
        for piece in found.again:
            self._count_again(piece)
        self._note(found.fresh)

    def _has_room(self, name: str, practice: str) -> bool:
        """Open a practice; one that is gone owns nothing, one that cannot be opened keeps its files."""
        try:
            if practice not in self._open and practice in self._rooms.practices():
                self._open[practice] = self._rooms.room(practice)
        except GlowlineError as problem:
            self._leave(name, practice, problem)
            return False
        return True

    def _leave(self, name: str, practice: str, problem: GlowlineError) -> None:
        log.warning("spool: %s waits, because %s cannot be opened (%s)", name, practice, type(problem).__name__)
        self._total.left[name] = str(problem)

    def _give(self, piece: Piece) -> None:
        """Put an event with everybody who gets it: a hint with all who share the account, a record with one."""
        if not all(self._has_room(piece.file, owner.practice_id) for owner in piece.owners):
            return
        owners = [owner for owner in piece.owners if self._may_have(piece.call, owner)]
        if not reports(piece.call.vendor, piece.event):
            self._total.spoken |= {owner.practice_id for owner in owners}
        if piece.is_hint:
            self._total.hints |= {Hint(owner, piece.event.stream, piece.event.vendor_id) for owner in owners}
            return
        several = len(owners) > 1
        owners = self._narrowed(piece, owners) if several else owners
        if not owners and several and piece.event.deleted:
            self._total.foreign += 1
        elif not owners:
            self._overhear(piece)
            self._homeless.append((piece, UNDECIDED if several else NOBODY))
        for owner in owners:
            self._theirs[owner.practice_id].append((owner, piece))

    def _overhear(self, piece: Piece) -> None:
        """A STOP to a shared number stops everybody who sends from it, also where nobody can tell whom it was meant for (R34).

        Doubt stops too: there is no desk that could decide. START takes it back.
        """
        now = self._rooms.now()
        arrived = piece.call.incoming.received_at or now
        for owner in piece.owners[:1]:
            said = overheard(piece.event, owner, self._open[owner.practice_id], arrived)
            stops = self._rooms.takes_back(said) if said else None
            if said and stops is not None:
                with self._rooms.installation.writing() as session:
                    contact = said.contact.get_secret_value()
                    opt_out(session, said.sender, contact, brand="", effective_at=said.at, now=now, lifted=not stops)

    def _narrowed(self, piece: Piece, owners: Sequence[Owner]) -> list[Owner]:
        """Of several who share an address or an account: whoever holds what is gone, or last wrote to whoever speaks."""
        there = [(owner, self._open[owner.practice_id]) for owner in owners]
        if piece.event.deleted:
            return [owner for owner, room in there if holds(piece.event, owner, room)]
        chosen = speaks_to(piece.event, there)
        return [chosen] if chosen else []

    def _may_have(self, call: Call, owner: Owner) -> bool:
        """The connection exists, and whoever signed the call may speak for its account: the same account, or the same secret."""
        room, signed_by = self._open.get(owner.practice_id), self._open.get(call.practice_id)
        theirs = room.connections.get(owner.connection_id) if room else None
        ours = signed_by.connections.get(call.connection_id) if signed_by else None
        if theirs is None or ours is None:
            return False
        return theirs.account == ours.account or (bool(theirs.secret) and theirs.secret == ours.secret)

    def _land(self, practice: str, theirs: Sequence[tuple[Owner, Piece]]) -> None:
        now, room = self._rooms.now(), self._open[practice]
        try:
            with room.store.writing(business_now=now) as session:
                done = dict(Landing(room, self._run_id, now).into(session, theirs))
        except GlowlineError as problem:
            for _, piece in theirs:
                self._leave(piece.file, practice, problem)
            return
        for stream, landed in done.items():
            self._total.add(practice, stream, landed)

    def _count_again(self, piece: Piece) -> None:
        for owner in piece.owners[:1]:
            stream = Stream(owner.connection_id, piece.event.stream)
            self._total.add(owner.practice_id, stream, Landed(read=1, repeated=1))

    def _note(self, fresh: Sequence[Piece]) -> None:
        """In the installation's ledger, and last: a crash before it lands everything again, which changes nothing.

        What nobody owns is not counted as seen: it may find its practice yet.
        """
        homeless = {piece.event_id for piece, _ in self._homeless}
        kept = [piece for piece in fresh if piece.file not in self._total.left]
        done = [piece for piece in kept if piece.event_id not in homeless]
        if not kept:
            return
        now, vendors = self._rooms.now(), {piece.call.vendor for piece in done}
        with self._rooms.installation.writing() as session:
            self._total.unrouted += keep_unrouted(session, self._unrouted(), now)
            for vendor in vendors:
                first_seen(session, vendor, [piece.event_id for piece in done if piece.call.vendor == vendor], now)

    def _unrouted(self) -> list[UnroutedEvent]:
        return [piece.unrouted(why) for piece, why in self._homeless if piece.file not in self._total.left]
