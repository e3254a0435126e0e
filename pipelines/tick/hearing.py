"""What was said to us before a claim counts in it: the spool, raw that waits, messages nobody has read.

A STOP that is on the disk before a claim begins always wins. Listening takes it in with no ledger held; the claim then asks,
with the ledger in hand, whether anything has come since, and lets go again if so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from canonical.actions import Answer
from canonical.ids import RunId, content_hash
from canonical.raw import Kind
from connectors.kit.registry import manifest
from ledger.progress import advance, marks, reached
from ledger.replies import anything_unread
from ledger.session import Session
from ledger.webhooks import Lot, Voices, reported, urgent
from pipelines.accept.spool import Spool
from pipelines.accept.stage import Drained
from pipelines.normalize import STAGE as NORMALIZED
from pipelines.normalize import normalize
from pipelines.policy.asking import answer_of
from pipelines.policy.rules.collecting import Triage, a_clinician_reads_it
from pipelines.policy.rules.inbound import Inbound, hear
from pipelines.replies.forms import take_forms
from pipelines.replies.spreading import spread_opt_outs
from pipelines.replies.stage import Reader, Replies, take_replies
from pipelines.replies.table import FILE as INTENTS
from pipelines.replies.understanding import Heard, Permission
from pipelines.tick.doorway import take_in
from pipelines.tick.hub import PracticeHub
from pipelines.tick.sharing import Sharing

STAGE, REPORTS = "hearing", "reports"


@dataclass(frozen=True)
class Hearing:
    """One practice's ear."""

    practice: PracticeHub
    spool: Spool

    def listen(self, run_id: RunId) -> None:
        """Take in and understand whatever may hold a STOP."""
        self.take_in(run_id)
        self.understand(run_id)
        self.read_replies(run_id)
        for other in sorted(self.sharing.others()):
            ear = self.practice.hub.open(other).ear
            ear.understand(run_id)
            ear.read_replies(run_id)
        self.sharing.heed()

    def unheard(self, session: Session) -> bool:
        """Whether something may hold a STOP that nobody has understood. `session` is the practice's own."""
        if self.spool.speech() or self.sharing.unheeded(session):
            return True
        return urgent(session, _understood(session, STAGE), self._voices, most=1) is not None or anything_unread(
            session
        )

    def interrupted(self) -> bool:
        """Whether somebody may have said something since the claim."""
        return bool(self.spool.speech())

    def take_in(self, run_id: RunId) -> Drained:
        """The spool into the ledgers."""
        return take_in(self.practice.hub, self.spool, run_id)

    def understand(self, run_id: RunId) -> int:
        """Raw that came through the door, or carries messages, into versions: past everything else that waits; how many rows."""
        return self._lot_by_lot(STAGE, urgent, run_id)

    def understand_reports(self, run_id: RunId) -> int:
        """The same for what became of our own messages, for which no claim waits."""
        return self._lot_by_lot(REPORTS, reported, run_id)

    def _lot_by_lot(self, stage: str, find: Callable[[Session, int, Voices], Lot | None], run_id: RunId) -> int:
        now, rows = self.practice.hub.clock.business_now(), 0
        while True:
            with self.practice.store.reading() as session:
                waiting = find(session, _understood(session, stage), self._voices)
            if waiting is None:
                return rows
            self._normalize(waiting.raw_ids, now, run_id)
            with self.practice.store.writing(business_now=now) as session:
                advance(session, stage, max(waiting.last, reached(session, stage)))
            rows += len(waiting.raw_ids)

    def _normalize(self, raw_ids: Sequence[str], now: datetime, run_id: RunId) -> None:
        practice = self.practice
        known = practice.catalogue
        normalize(practice.store, practice.config, now=now, run_id=run_id, raw_ids=raw_ids, catalogue=known)

    def read_replies(self, run_id: RunId) -> Replies:
        """What people wrote back, understood, with what follows from it."""
        del run_id
        config, clock = self.practice.config, self.practice.hub.clock
        policy = config.source_hash("policy")
        reader = Reader(self.practice.store, config.practice, _hear, policy, self.sharing.tell, _alarm())
        replies = take_replies(reader, clock.business_now())
        replies.counts += take_forms(reader, clock.business_now())
        self.sharing.heed()
        replies.counts["copies"] += spread_opt_outs(self.practice.store, config.practice, clock.business_now())
        return replies

    @cached_property
    def sharing(self) -> Sharing:
        """What it tells, and hears from, others who send from its numbers."""
        return Sharing(self.practice)

    @cached_property
    def _voices(self) -> Voices:
        """Its streams of messages."""
        found: dict[bool, list[str]] = {False: [], True: []}
        for connection in self.practice.config.practice.connections:
            for name, stream in manifest(connection.vendor).streams.items():
                if stream.kind is Kind.MESSAGE:
                    found[stream.reports].append(f"{connection.connection_id}/{name}")
        return Voices(speech=tuple(found[False]), reports=tuple(found[True]))


def _understood(session: Session, stage: str) -> int:
    """Up to which number nothing waits: what the tick has normalized with everything else, the ear need not go over again."""
    known = marks(session)
    return max(known[stage], known[NORMALIZED])


def _hear(heard: Heard) -> Permission:
    inbound = Inbound(
        text=heard.text, channel=heard.channel, at=heard.at, vendor_says=heard.vendor_says, answers=heard.answers
    )
    return hear(inbound)


def _alarm() -> tuple[Answer, ...]:
    """A clinician reads it, and nothing but the fixed text of row 7.3 answers by itself (TRI-01)."""
    triage = Triage(flagged=True, lexicon=content_hash(INTENTS.read_bytes()), answer="emergency_text")
    return (answer_of("TRI-01", a_clinician_reads_it(triage)),)
