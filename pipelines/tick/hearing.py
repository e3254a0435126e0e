"""What was said to us before a claim counts in it: the spool, raw that waits, messages nobody has read.

A STOP that is on the disk before a claim begins always wins. Listening takes it in with no ledger held; the claim then asks,
with the ledger in hand, whether anything has come since, and lets go again if so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from canonical.ids import RunId
from canonical.raw import Kind
from connectors.kit.registry import manifest
from ledger.installation import opt_out
from ledger.progress import advance, reached
from ledger.replies import anything_unread
from ledger.session import Session
from ledger.webhooks import urgent
from pipelines.accept.spool import Spool
from pipelines.accept.stage import Drained
from pipelines.normalize import normalize
from pipelines.policy.rules.inbound import Inbound, hear
from pipelines.replies.spreading import spread_opt_outs
from pipelines.replies.stage import Reader, Replies, SharedWord, take_replies
from pipelines.replies.understanding import Heard, Permission
from pipelines.tick.doorway import HubRooms, take_in
from pipelines.tick.hub import PracticeHub

STAGE = "hearing"


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

    def unheard(self, session: Session) -> bool:
        """Whether something may hold a STOP that nobody has understood. `session` is the practice's own."""
        if set(self.spool.names()) - self.spool.stuck:
            return True
        return urgent(session, reached(session, STAGE), self._streams, most=1) is not None or anything_unread(session)

    def take_in(self, run_id: RunId) -> Drained:
        """The spool into the ledgers."""
        return take_in(self.practice.hub, self.spool, run_id)

    def understand(self, run_id: RunId) -> int:
        """Raw that came through the door, or carries messages, into versions: past everything else that waits; how many rows."""
        now, rows = self.practice.hub.clock.business_now(), 0
        while True:
            with self.practice.store.reading() as session:
                waiting = urgent(session, reached(session, STAGE), self._streams)
            if waiting is None:
                return rows
            normalize(self.practice.store, self.practice.config, now=now, run_id=run_id, raw_ids=waiting.raw_ids)
            with self.practice.store.writing(business_now=now) as session:
                advance(session, STAGE, max(waiting.last, reached(session, STAGE)))
            rows += len(waiting.raw_ids)

    def read_replies(self, run_id: RunId) -> Replies:
        """What people wrote back, understood, with what follows from it."""
        del run_id
        config, clock = self.practice.config, self.practice.hub.clock
        reader = Reader(self.practice.store, config.practice, _hear, config.source_hash("policy"), self._tell_sharers)
        replies = take_replies(reader, clock.business_now())
        replies.counts["copies"] += spread_opt_outs(self.practice.store, config.practice, clock.business_now())
        return replies

    @cached_property
    def _streams(self) -> tuple[str, ...]:
        """Streams that carry what people say."""
        return tuple(
            f"{connection.connection_id}/{name}"
            for connection in self.practice.config.practice.connections
            for name, stream in manifest(connection.vendor).streams.items()
            if stream.kind is Kind.MESSAGE
        )

    def _tell_sharers(self, words: Sequence[SharedWord]) -> None:
        """A word to a number that others send from too is theirs as well."""
        if not words:
            return
        now, brand = self.practice.hub.clock.business_now(), self.practice.config.practice.brand
        with HubRooms(self.practice.hub).installation.writing() as session:
            for word in words:
                contact = word.contact.get_secret_value()
                opt_out(session, word.sender, contact, brand=brand, effective_at=word.at, now=now, lifted=word.lifted)


def _hear(heard: Heard) -> Permission:
    inbound = Inbound(
        text=heard.text, channel=heard.channel, at=heard.at, vendor_says=heard.vendor_says, answers=heard.answers
    )
    return hear(inbound)
