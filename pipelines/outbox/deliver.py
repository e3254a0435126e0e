"""One hand after the other: claim, send, record. No ledger is open while a vendor is spoken to."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from canonical.clock import Clock
from canonical.delivery import Claimed, LookupResult, SendResult
from canonical.ids import PracticeId, RunId
from canonical.practice import Connection
from canonical.problems import ConnectorProblem
from connectors.kit import dispatch
from connectors.kit.access import Tools
from ledger.audit_log import checkpoint_due
from ledger.outbox import Ticket, held_claims
from ledger.session import Session
from ledger.store import Store
from pipelines.outbox.answers import NEVER_BEGUN, record_answers
from pipelines.outbox.claim import Moment, next_tickets
from pipelines.outbox.decide import decide_due
from pipelines.outbox.ears import Ear, Silence
from pipelines.outbox.hands import LONGEST, Hand, Hands, NoHand, Pace
from pipelines.outbox.outcomes import Settling
from pipelines.outbox.pacing import Pacing, Wait, waiting
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
    hands: Hands = field(default_factory=Hands)
    """Where it stays provable how far a process came that is gone."""
    wait: Wait = field(default_factory=waiting)
    """How two seconds pass between two messages after an outage (R46)."""
    paced: Callable[[], bool] = lambda: True
    """Whether what piled up goes slowly. Not where a demo's clock was turned: it leaps over hours in which nothing failed."""
    pace: Pace = field(default_factory=Pace, compare=False)
    """How quick its vendors were: a process that delivers again begins where the last delivery ended."""

    def connection(self, connection_id: str) -> Connection:
        """The practice's connection of that id."""
        return next(c for c in self.bench.config.practice.connections if c.connection_id == connection_id)


def deliver(outbox: Outbox, run_id: str, *, most: int = MAX_SENDS) -> Counter[str]:
    """Send what is cleared, most urgent first; counts by outcome."""
    if not _anything_cleared(outbox):
        return Counter()
    with outbox.store.apart():
        return _delivered(_Line(outbox, run_id), most)


def _delivered(line: "_Line", most: int) -> Counter[str]:
    try:
        while line.begun < line.pacing.most(most):
            line.pacing.hold_back()
            tickets = line.claim(most - line.begun)
            if tickets:
                line.send(tickets)
            elif not line.decide_again():
                break
    finally:
        line.write_down()
    return line.counts


def _anything_cleared(outbox: Outbox) -> bool:
    """A look that costs little, where a claim writes."""
    with outbox.store.reading() as session:
        return session.one("any_cleared") is not None


@dataclass(frozen=True)
class _Answered:
    """What a request came to; None where it was never begun."""

    settling: Settling
    answer: SendResult | ConnectorProblem | None


@dataclass
class _Line:
    """One delivery under way. Answers are written down by the transaction that claims the next: one opening for every hand."""

    outbox: Outbox
    run_id: str
    counts: Counter[str] = field(default_factory=Counter)
    begun: int = 0
    """Requests made."""
    pacing: Pacing = field(init=False)
    _given_back: bool = False
    _hand: Hand = field(default_factory=NoHand)
    _answered: list[_Answered] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nothing has been met yet that would be a reason to go slowly."""
        self.pacing = Pacing(self.outbox.wait, self.outbox.clock.machine_now, self.outbox.paced)

    def claim(self, most: int) -> list[Ticket]:
        """The next hand, taken while nothing lies unheard and no checkpoint is due. Empty when nothing may go.

        Where people speak faster than we listen, the next tick goes on.
        """
        sealed: Ledger | None = None
        for _ in range(MOST_LOOKS):
            reached(Point.BEFORE_CLAIM)
            now, machine_now = self.outbox.clock.business_now(), self.outbox.clock.machine_now()
            with self._writing(now) as session:
                if session.one("any_cleared") is None:
                    return []
                sound = sealed is not None or not checkpoint_due(session, now)
                heard = not self.outbox.ear.unheard(session)
                if sound and heard:
                    self.pacing.look(session, now)
                    moment = Moment(now, machine_now, self.run_id, sealed or Ledger())
                    size = self.pacing.size(min(most, self.outbox.pace.size))
                    return self._taken(next_tickets(session, self.outbox.bench, moment, size))
            if not sound:
                sealed = self.outbox.ledger()
            if not heard:
                self.outbox.ear.listen(RunId(self.run_id))
        return []

    def _taken(self, tickets: list[Ticket]) -> list[Ticket]:
        """Before the claim is committed, so that no attempt is without its hand."""
        self._hand = self.outbox.hands.take([ticket.attempt_id for ticket in tickets]) if tickets else NoHand()
        return tickets

    def send(self, tickets: Sequence[Ticket]) -> None:
        """Make the requests. No ledger is open. What would go later than it should is given back: it never began."""
        reached(Point.CLAIMED)
        clock, waiting = self.outbox.clock, deque(tickets)
        began, stopped = clock.machine_now(), False
        try:
            held = _held(self.outbox, tickets)
            while waiting and not stopped:
                self._hand.begin(waiting[0].attempt_id)
                self._answered.append(self._asked(waiting.popleft(), held))
                stopped = bool(waiting) and self._must_stop(began)
        finally:
            self._answered += [_Answered(self._settling(ticket, NEVER_BEGUN), None) for ticket in waiting]
        self._given_back = self._given_back or bool(waiting)
        self.outbox.pace.after(len(tickets) - len(waiting), clock.machine_now() - began, whole=not waiting)

    def _settling(self, ticket: Ticket, how: str) -> Settling:
        return Settling(ticket.attempt_id, ticket.action_id, self.outbox.clock.business_now(), self.run_id, how)

    def decide_again(self) -> bool:
        """Ask anew about what was given back, so that it need not wait for the next tick; False when nothing was."""
        again, self._given_back = self._given_back, False
        if again:
            box, now = self.outbox, self.outbox.clock.business_now()
            decide_due(box.store, box.bench, ledger=box.ledger(), now=now, run_id=self.run_id)
        return again

    def _must_stop(self, began: datetime) -> bool:
        """Somebody may have said STOP since the claim, or the vendor is slow today."""
        return self.outbox.clock.machine_now() - began > LONGEST or self.outbox.ear.interrupted()

    def _asked(self, ticket: Ticket, held: frozenset[str]) -> _Answered:
        self.begun += 1
        self.pacing.sent()
        reached(Point.BEGUN)
        answer: SendResult | ConnectorProblem
        try:
            answer = dispatch.send(licence(self.outbox.store.practice_id, ticket), _context(self.outbox, ticket, held))
            self._hand.answered(ticket.attempt_id, answer)
        except ConnectorProblem as problem:
            answer = problem
        except dispatch.NotClaimed:  # the machine slept, or somebody else has settled it: nothing was sent
            return _Answered(self._settling(ticket, NEVER_BEGUN), None)
        reached(Point.ANSWERED)
        return _Answered(self._settling(ticket, "answer"), answer)

    def write_down(self) -> None:
        """The last answers, where no claim has taken them along."""
        if self._answered:
            with self._writing(self._answered[-1].settling.now):
                pass

    @contextmanager
    def _writing(self, now: datetime) -> Iterator[Session]:
        """A transaction that begins by writing the last answers down. Only when it is committed are they let go of."""
        answered, hand = self._answered, self._hand
        with self.outbox.store.writing(business_now=now) as session:
            outcomes = record_answers(session, [(one.settling, one.answer) for one in answered], self.outbox.bench)
            if answered:
                reached(Point.OUTCOME_UNCOMMITTED)
            yield session
        if answered:
            hand.lay_down()
            self._answered = []
            self.counts.update(outcomes)
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


def _held(outbox: Outbox, tickets: Sequence[Ticket]) -> frozenset[str]:
    """Which of these attempts the ledger holds as claimed: read after the commit, for a hand that is sent within a second."""
    with outbox.store.reading() as session:
        return held_claims(session, [ticket.attempt_id for ticket in tickets])


def _context(outbox: Outbox, ticket: Ticket, held: frozenset[str]) -> dispatch.SendContext:
    def spoken_for(vendor_id: str) -> bool:
        with outbox.store.reading() as session:
            return session.one("attempt_of_vendor_id", vendor_id=vendor_id) is not None

    connection = outbox.connection(ticket.command.connection_id)
    return dispatch.SendContext(connection, outbox.tools, held.__contains__, spoken_for)


def ask_what_became_of(outbox: Outbox, ticket: Ticket) -> LookupResult:
    """Look an attempt up at its vendor; reads only. Raises the connector's problems."""
    return dispatch.look_up(licence(outbox.store.practice_id, ticket), _context(outbox, ticket, frozenset()))


LONGEST_DOUBT = timedelta(hours=24)
"""How long an outcome may stay unknown before a person gets it."""
