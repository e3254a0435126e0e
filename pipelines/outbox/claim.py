"""The claim: everything is checked once more, and audit entry, attempt and message are written before any request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

from canonical.actions import Action, ActionState, Command, Message, Outcome
from canonical.ids import AttemptId, ContentHash, MessageId, Prefix, derived_id
from canonical.owed import Tells
from ledger.action_rows import action_of
from ledger.actions import Move, transition
from ledger.lists import listed
from ledger.outbox import Claim, Ticket, record_claims, record_messages, record_verdicts
from ledger.session import Session
from ledger.tasks import call_operator
from pipelines.lifecycle.bundles import Bundle, bundle, unrelated
from pipelines.lifecycle.together import SAME_MINUTE
from pipelines.outbox.decide import Decided, decide_bundle, keep_decisions
from pipelines.outbox.neighbours import HEARD_LATELY, speaks_again_at
from pipelines.outbox.payloads import NothingToSend, payload_for
from pipelines.outbox.payment_links import LINK_COMES, link_comes_at
from pipelines.outbox.points import Point, reached
from pipelines.outbox.pushes import without_dropped
from pipelines.outbox.surroundings import Surroundings, read_surroundings
from pipelines.outbox.workbench import Workbench
from pipelines.policy.facts import Ledger

S = ActionState
LEASE = timedelta(seconds=60)
"""Machine time a request may take; an attempt older than this without an outcome is ambiguous."""


@dataclass(frozen=True)
class Moment:
    """When and in which run: business time for decisions, machine time for leases."""

    now: datetime
    machine_now: datetime
    run_id: str
    ledger: Ledger


@dataclass(frozen=True)
class Speech:
    """One message about to be claimed: what it says, what it covers thereby, and what must wait for it (R5, R6)."""

    said: tuple[Decided, ...]
    covered: tuple[Action, ...] = ()
    waiting: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """One ticket with everything that is written for it."""

    speech: Speech
    ticket: Ticket
    message: Message | None

    @property
    def carrier(self) -> Decided:
        """What is sent."""
        return self.speech.said[0]

    @property
    def claim(self) -> Claim:
        """The attempt."""
        message_id = self.message.message_id if self.message else None
        return Claim(self.ticket, self.carrier.action, message_id, self.carrier.verdict.verdict_id)


def next_tickets(session: Session, bench: Workbench, moment: Moment, most: int) -> list[Ticket]:
    """Claim the most urgent bundles that policy still allows, and move whatever it no longer allows.

    None of those claimed together decides about another: they share no phone, person or subject. Returns nothing when no
    cleared action is left. The caller commits, and only then may anything be sent.
    """
    while rows := session.rows("cleared_actions"):
        cleared = [action_of(row, session.practice_id) for row in rows]
        chosen = unrelated(bundle(cleared, bench.config.journeys), most)
        spoken = [action for one in chosen for action in one.spoken]
        around = read_surroundings(session, spoken, moment.now, bench.zone)
        tried = _tried(session, spoken)
        prepared = [one for each in chosen if (one := _prepared(session, each, around, tried, bench, moment))]
        if prepared:
            _write(session, prepared, moment)
            return [one.ticket for one in prepared]
    return []


def _tried(session: Session, actions: Sequence[Action]) -> dict[str, int]:
    rows = session.rows("attempts_of_actions", actions=listed(action.action_id for action in actions))
    return {row["action_id"]: row["attempts"] for row in rows}


def _prepared(
    session: Session, chosen: Bundle, around: Surroundings, tried: Mapping[str, int], bench: Workbench, moment: Moment
) -> Prepared | None:
    """The bundle as far as it may go now. None when nothing of it may, or a defect holds it."""
    allowed = _still_allowed(session, chosen.spoken, around, bench, moment)
    if not allowed:
        return None
    actions = [one.action for one in allowed]
    waits = {
        HEARD_LATELY: speaks_again_at(actions, around.history, moment.now),
        LINK_COMES: link_comes_at(actions, around.links, moment.now),
    }
    reason, again_at = next(((why, at) for why, at in waits.items() if at is not None), ("", None))
    if again_at is not None:
        moves = [Move(one.action_id, S.DELAYED, reason, {}, {"not_before": again_at}) for one in actions]
        transition(session, moves, now=moment.now, run_id=moment.run_id)
        return None
    speech = Speech(tuple(allowed), chosen.covered, chosen.waiting)
    try:
        ticket = _ticket(allowed[0], tried, around, bench, moment)
    except NothingToSend as problem:
        _set_aside(session, allowed[0], problem, moment)
        return None
    return Prepared(speech, ticket, _message(speech, ticket) if allowed[0].said else None)


def _set_aside(session: Session, carrier: Decided, problem: NothingToSend, moment: Moment) -> None:
    """A defect of one step holds up that action, never those behind it; a person gets it."""
    action = carrier.action
    move = Move(action.action_id, S.BLOCKED, "nothing_to_send")
    transition(session, [move], now=moment.now, run_id=moment.run_id)
    call_operator(session, action.step, str(problem), moment.now, urgent=False)


def _still_allowed(
    session: Session, actions: Sequence[Action], around: Surroundings, bench: Workbench, moment: Moment
) -> list[Decided]:
    """The bundle's members that may go now; the others leave it with their new answer, and the rest is asked anew."""
    members = list(actions)
    while members:
        late = [a for a in members if moment.now > a.expires_at]
        decided = decide_bundle(members, around, bench, ledger=moment.ledger, now=moment.now, at_send=True)
        held = [d for d in decided if d.state is not S.CLEARED and d.action not in late]
        transition(
            session, [Move(a.action_id, S.EXPIRED, "EXP-01") for a in late], now=moment.now, run_id=moment.run_id
        )
        keep_decisions(session, held, now=moment.now, run_id=moment.run_id)
        gone = {a.action_id for a in late} | {d.action.action_id for d in held}
        if not gone:
            return decided
        members = [a for a in members if a.action_id not in gone]
    return []


def _write(session: Session, prepared: Sequence[Prepared], moment: Moment) -> None:
    record_verdicts(session, [d.verdict for one in prepared for d in one.speech.said])
    messages = [(one.message, one.carrier.action.person_id) for one in prepared if one.message]
    record_messages(session, messages, moment.now)
    record_claims(session, [one.claim for one in prepared])
    moves = [move for one in prepared for move in _moves(one, moment)]
    transition(session, moves, now=moment.now, run_id=moment.run_id)
    reached(Point.CLAIM_UNCOMMITTED)


def _ticket(
    carrier: Decided, tried: Mapping[str, int], around: Surroundings, bench: Workbench, moment: Moment
) -> Ticket:
    action, way = carrier.action, carrier.way
    if way is None:
        message = f"action {action.action_id} was cleared without a way out"
        raise NothingToSend(message, next_step="This is a defect: BAA-01 answers where there is no route.")
    earlier = tried.get(action.action_id, 0)
    attempt_id = AttemptId(derived_id(Prefix.ATTEMPT, action.action_id, str(earlier + 1)))
    command = Command(
        connection_id=way.connection.connection_id,
        vendor=way.connection.vendor,
        product=way.product,
        payload=without_dropped(payload_for(carrier, around, bench, attempt_id, moment.now), carrier.verdict),
    )
    return Ticket(attempt_id, action.action_id, command, moment.now, moment.machine_now + LEASE)


def _message(speech: Speech, ticket: Ticket) -> Message | None:
    carrier, said, way = speech.said[0], speech.said[0].said, speech.said[0].way
    if said is None or way is None:
        return None
    carries = tuple(d.action.action_id for d in speech.said) + tuple(a.action_id for a in speech.covered)
    return Message(
        message_id=MessageId(derived_id(Prefix.MESSAGE, ticket.attempt_id)),
        carrier=carrier.action.action_id,
        carries=carries,
        channel=carrier.action.channel,
        contact_point_id=carrier.action.contact_point_id,
        sender=way.sender,
        template=said.template,
        template_hash=ContentHash(said.template_hash),
        language=said.language,
        subject=SecretStr(said.subject),
        body=SecretStr(said.body),
        segments=said.segments,
        names_start=carrier.action.anchor_at if carrier.action.facts.get("tells") == Tells.TIME else None,
        rewrites=tuple(a.rule for a in carrier.verdict.answers if a.outcome is Outcome.REWRITE),
    )


def _moves(one: Prepared, moment: Moment) -> list[Move]:
    """The carrier is claimed; what rides with it is absorbed and told when it is; what must wait is asked again later."""
    speech, carrier, attempt_id = one.speech, one.carrier, one.ticket.attempt_id
    refs = {"attempt": attempt_id, "verdict": carrier.verdict.verdict_id}
    values: dict[str, object] = {"attempt_id": attempt_id, "verdict_id": carrier.verdict.verdict_id}
    if one.message:
        refs["message"] = one.message.message_id
        values["message_id"] = one.message.message_id
    ride = values | {"absorbed_by": carrier.action.action_id}
    with_carrier = {"carrier": str(carrier.action.action_id)}
    riders = [d.action for d in speech.said[1:]] + list(speech.covered)
    later = {"not_before": moment.now + SAME_MINUTE}
    return [
        Move(carrier.action.action_id, S.CLAIMED, "claimed", refs, values),
        *(Move(a.action_id, S.ABSORBED, "same_message", with_carrier, ride) for a in riders),
        *(Move(a.action_id, S.DELAYED, "same_minute", with_carrier, later) for a in speech.waiting),
    ]
