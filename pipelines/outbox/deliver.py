"""One bundle after the other: claim, send, record. No ledger is open while a vendor is spoken to."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

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
    counts: Counter[str] = Counter()
    while sum(counts.values()) < most:
        if not _anything_cleared(outbox):
            break
        reached(Point.BEFORE_CLAIM)
        ticket = _claim(outbox, run_id)
        if ticket is None:
            break
        reached(Point.CLAIMED)
        counts[_send(outbox, ticket, run_id)] += 1
    return counts


def _anything_cleared(outbox: Outbox) -> bool:
    """A look that costs a millisecond, where a claim begins with a checkpoint and the spool."""
    with outbox.store.reading() as session:
        return session.one("any_cleared") is not None


def _sealed(outbox: Outbox) -> Ledger:
    """Whether the audit is sealed as it has to be before a claim; what is not due needs no second opening."""
    with outbox.store.reading() as session:
        due = checkpoint_due(session, outbox.clock.business_now())
    return outbox.ledger() if due else Ledger()


def _claim(outbox: Outbox, run_id: str) -> Ticket | None:
    """The next ticket, taken while nothing lies unheard. Where people speak faster than we listen, the next tick goes on."""
    for look in range(MOST_LOOKS):
        if look:
            outbox.ear.listen(RunId(run_id))
        moment = Moment(outbox.clock.business_now(), outbox.clock.machine_now(), run_id, _sealed(outbox))
        with outbox.store.writing(business_now=moment.now) as session:
            if not outbox.ear.unheard(session):
                return next_ticket(session, outbox.bench, moment)
    return None


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


def _send(outbox: Outbox, ticket: Ticket, run_id: str) -> str:
    answer: SendResult | ConnectorProblem
    try:
        answer = dispatch.send(licence(outbox.store.practice_id, ticket), _context(outbox, ticket))
    except ConnectorProblem as problem:
        answer = problem
    reached(Point.ANSWERED)
    now = outbox.clock.business_now()
    settling = Settling(ticket.attempt_id, ticket.action_id, now, run_id)
    with outbox.store.writing(business_now=now) as session:
        outcome = _record(outbox, session, settling, answer)
        reached(Point.OUTCOME_UNCOMMITTED)
    reached(Point.OUTCOME_RECORDED)
    return outcome


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
