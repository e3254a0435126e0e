"""One bundle after the other: claim, send, record. No ledger is open while a vendor is spoken to."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from canonical.clock import Clock
from canonical.delivery import Claimed, LookupResult, SendResult
from canonical.ids import AttemptId, PracticeId, RunId
from canonical.practice import Connection
from canonical.problems import ConnectorProblem
from connectors.kit import dispatch
from connectors.kit.access import Tools
from ledger.audit_log import checkpoint_due
from ledger.outbox import Ticket, holds_claim
from ledger.session import Session
from ledger.store import Store
from pipelines.outbox.claim import Moment, next_ticket
from pipelines.outbox.ears import Ear, Silence
from pipelines.outbox.outcomes import Settling, settle_problem, settle_sent
from pipelines.outbox.points import Point, reached
from pipelines.outbox.workbench import Workbench
from pipelines.policy.facts import Ledger

MAX_SENDS = 500
"""What one delivery sends at most; the next tick goes on. A tick that never ends could not be stopped."""
MOST_LOOKS = 20
"""How often a claim listens again because something has come meanwhile."""


@dataclass(frozen=True)
class Outbox:
    """What delivering for one practice needs."""

    store: Store
    bench: Workbench
    tools: Tools
    clock: Clock
    ledger: Callable[[], Ledger]
    """Whether the audit can be written and proved, asked before every claim (AUD-01, AUD-02)."""
    ear: Ear = field(default_factory=Silence)
    """Understands what was said before a claim: a STOP that is on the disk by then wins."""

    def connection(self, connection_id: str) -> Connection:
        """The practice's connection of that id."""
        return next(c for c in self.bench.config.practice.connections if c.connection_id == connection_id)


def deliver(outbox: Outbox, run_id: str, *, most: int = MAX_SENDS) -> Counter[str]:
    """Send what is cleared, most urgent first; counts by outcome."""
    if not _anything_cleared(outbox):
        return Counter()
    line = _Line(outbox, run_id)
    try:
        for _ in range(most):
            ticket = line.claim()
            if ticket is None:
                break
            line.send(ticket)
    finally:
        line.write_down()
    return line.counts


def _anything_cleared(outbox: Outbox) -> bool:
    """A look that costs little, where a claim writes."""
    with outbox.store.reading() as session:
        return session.one("any_cleared") is not None


@dataclass(frozen=True)
class _Answered:
    """What a request came to."""

    settling: Settling
    answer: SendResult | ConnectorProblem


@dataclass
class _Line:
    """One delivery under way. An answer is written down by the transaction that claims the next: one opening for every send."""

    outbox: Outbox
    run_id: str
    counts: Counter[str] = field(default_factory=Counter)
    _answered: _Answered | None = None

    def claim(self) -> Ticket | None:
        """The next ticket, taken while nothing lies unheard and no checkpoint is due. None when nothing may go.

        Where people speak faster than we listen, the next tick goes on.
        """
        sealed: Ledger | None = None
        for _ in range(MOST_LOOKS):
            reached(Point.BEFORE_CLAIM)
            now, machine_now = self.outbox.clock.business_now(), self.outbox.clock.machine_now()
            with self._writing(now) as session:
                if session.one("any_cleared") is None:
                    return None
                sound = sealed is not None or not checkpoint_due(session, now)
                heard = not self.outbox.ear.unheard(session)
                if sound and heard:
                    moment = Moment(now, machine_now, self.run_id, sealed or Ledger())
                    return next_ticket(session, self.outbox.bench, moment)
            if not sound:
                sealed = self.outbox.ledger()
            if not heard:
                self.outbox.ear.listen(RunId(self.run_id))
        return None

    def send(self, ticket: Ticket) -> None:
        """Make the request. No ledger is open."""
        reached(Point.CLAIMED)
        answer: SendResult | ConnectorProblem
        try:
            answer = dispatch.send(licence(self.outbox.store.practice_id, ticket), _context(self.outbox, ticket))
        except ConnectorProblem as problem:
            answer = problem
        reached(Point.ANSWERED)
        now = self.outbox.clock.business_now()
        self._answered = _Answered(Settling(ticket.attempt_id, ticket.action_id, now, self.run_id), answer)

    def write_down(self) -> None:
        """The last answer, where no claim has taken it along."""
        if self._answered:
            with self._writing(self._answered.settling.now):
                pass

    @contextmanager
    def _writing(self, now: datetime) -> Iterator[Session]:
        """A transaction that begins by writing the last answer down. Only when it is committed is the answer let go of."""
        outcome, answered = "", self._answered
        with self.outbox.store.writing(business_now=now) as session:
            if answered:
                outcome = _record(self.outbox, session, answered.settling, answered.answer)
                reached(Point.OUTCOME_UNCOMMITTED)
            yield session
        if answered:
            self._answered = None
            self.counts[outcome] += 1
            reached(Point.OUTCOME_RECORDED)


def licence(practice_id: str, ticket: Ticket) -> Claimed:
    """The licence to make the request that a committed ticket stands for, or to ask what became of it."""
    return Claimed(
        practice_id=PracticeId(practice_id),
        attempt_id=ticket.attempt_id,
        action_id=ticket.action_id,
        command=ticket.command,
        claimed_at=ticket.claimed_at,
        lease_until=ticket.lease_until,
    )


def _record(outbox: Outbox, session: Session, settling: Settling, answer: SendResult | ConnectorProblem) -> str:
    if session.one("attempt_is_open", attempt_id=settling.attempt_id) is None:
        return "sent"  # the vendor's callback was faster than its answer, and has settled it
    if isinstance(answer, SendResult):
        settle_sent(session, settling, answer)
        return "sent"
    attempt = session.one("attempt_by_id", attempt_id=settling.attempt_id) or {}
    attempt |= {"brand": outbox.bench.config.practice.brand}
    return settle_problem(session, settling, answer, attempt).value


def _context(outbox: Outbox, ticket: Ticket) -> dispatch.SendContext:
    def holds(attempt_id: AttemptId) -> bool:
        with outbox.store.reading() as session:
            return holds_claim(session, attempt_id)

    def spoken_for(vendor_id: str) -> bool:
        with outbox.store.reading() as session:
            return session.one("attempt_of_vendor_id", vendor_id=vendor_id) is not None

    return dispatch.SendContext(outbox.connection(ticket.command.connection_id), outbox.tools, holds, spoken_for)


def ask_what_became_of(outbox: Outbox, ticket: Ticket) -> LookupResult:
    """Look an attempt up at its vendor; reads only. Raises the connector's problems."""
    return dispatch.look_up(licence(outbox.store.practice_id, ticket), _context(outbox, ticket))


LONGEST_DOUBT = timedelta(hours=24)
"""How long an outcome may stay unknown before a person gets it."""
