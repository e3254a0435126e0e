"""Doubt is looked up, never resent: claims whose lease lapsed, sends whose answer was lost."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from canonical.actions import ActionState, Command, Payload, SendEmail, SendSms
from canonical.delivery import Effect, Found, LookupResult, SendResult
from canonical.ids import ActionId, AttemptId
from canonical.problems import ConnectorProblem
from connectors.kit.registry import manifest
from ledger.actions import Move, transition
from ledger.outbox import OutcomeRow, Ticket, record_outcome
from ledger.session import Session
from pipelines.outbox.answers import NEVER_BEGUN
from pipelines.outbox.deliver import LONGEST_DOUBT, Outbox, ask_what_became_of
from pipelines.outbox.hands import Hands
from pipelines.outbox.outcomes import Settling, abandon, not_sent, settle_sent

Row = dict[str, Any]


def reconcile(outbox: Outbox, run_id: str) -> Counter[str]:
    """End lapsed claims as a process that is gone left them, make others ambiguous, look those up, give a person what cannot be proved; counts."""
    counts = _lapse(outbox, run_id)
    with outbox.store.reading() as session:
        doubtful = session.rows("ambiguous_attempts")
    if doubtful:
        with outbox.store.apart():
            counts.update(_settle(outbox, row, run_id) for row in doubtful)
    return counts


def _lapse(outbox: Outbox, run_id: str) -> Counter[str]:
    counts: Counter[str] = Counter(lapsed=0)
    now, machine_now = outbox.clock.business_now(), outbox.clock.machine_now()
    with outbox.store.reading() as session:
        if not session.rows("lapsed_attempts", machine_now=machine_now):
            return counts
    with outbox.store.writing(business_now=now) as session:
        rows = session.rows("lapsed_attempts", machine_now=machine_now)
        for row in rows:
            settling = Settling(row["attempt_id"], ActionId(row["action_id"]), now, run_id, "lease")
            counts[_end(session, outbox.hands, settling)] += 1
        under_way = frozenset(row["attempt_id"] for row in session.rows("attempts_under_way"))
    outbox.hands.clear(under_way)
    return counts


def _end(session: Session, hands: Hands, settling: Settling) -> str:
    """What a process that is gone has left says it, or nobody knows."""
    if hands.proves_unbegun(settling.attempt_id):
        not_sent(session, replace(settling, how=NEVER_BEGUN))
        return NEVER_BEGUN
    result = hands.proves_sent(settling.attempt_id)
    if result is not None:
        settle_sent(session, replace(settling, how="answer"), result)
        return "answered"
    doubt(session, settling)
    return "lapsed"


def doubt(session: Session, settling: Settling) -> None:
    """An attempt without an outcome: it may have left."""
    record_outcome(session, OutcomeRow(settling.attempt_id, "ambiguous", settling.how), settling.now)
    move = Move(settling.action_id, ActionState.AMBIGUOUS, settling.how, {"attempt": settling.attempt_id})
    transition(session, [move], now=settling.now, run_id=settling.run_id)


def _settle(outbox: Outbox, row: Row, run_id: str) -> str:
    found = LookupResult(found=Found.ABSENT) if _may_repeat(row) else _looked_up(outbox, row)
    now = outbox.clock.business_now()
    settling = Settling(row["attempt_id"], ActionId(row["action_id"]), now, run_id, "look_up")
    with outbox.store.writing(business_now=now) as session:
        if session.one("attempt_is_open", attempt_id=row["attempt_id"]) is None:
            return "settled_meanwhile"
        return _apply(session, settling, row, found)


def _may_repeat(row: Row) -> bool:
    """Whether doing it again cannot do it twice: an idempotent command, or one that carries its own key."""
    described = manifest(row["vendor"]).commands.get(row["command"])
    return described is not None and described.effect is not Effect.ONCE


def _looked_up(outbox: Outbox, row: Row) -> LookupResult:
    try:
        return ask_what_became_of(outbox, ticket_of(row))
    except ConnectorProblem:
        return LookupResult(found=Found.UNKNOWN)  # it can be asked again until patience ends; the doubt stays recorded


def _apply(session: Session, settling: Settling, row: Row, found: LookupResult) -> str:
    if found.found is Found.SENT:
        settle_sent(session, settling, SendResult(vendor_id=found.vendor_id, status=found.status))
        return "sent"
    if found.found is Found.ABSENT:
        not_sent(session, settling)
        return "not_sent"
    if settling.now - row["ambiguous_since"] >= _patience(row):
        abandon(session, settling, row)
        return "abandoned"
    return "still_unknown"


def _patience(row: Row) -> timedelta:
    """A person must hear of it before the message would have mattered: at its expiry, or after a day."""
    expires = row.get("expires_at")
    return min(LONGEST_DOUBT, max(expires - row["ambiguous_since"], timedelta(0))) if expires else LONGEST_DOUBT


def ticket_of(row: Row) -> Ticket:
    """The attempt as it was claimed, its payload rebuilt from what the ledger kept."""
    command = Command(
        connection_id=row["connection_id"], vendor=row["vendor"], product=row["product"], payload=_payload(row)
    )
    return Ticket(
        AttemptId(row["attempt_id"]), ActionId(row["action_id"]), command, row["claimed_at"], row["lease_until"]
    )


def _payload(row: Row) -> Payload:
    to, body = SecretStr(row["contact"] or ""), SecretStr(row["body"] or "")
    if row["command"] == "send_email":
        return SendEmail(to=to, sender=row["sender"] or "", subject=SecretStr(row.get("subject") or ""), body=body)
    return SendSms(to=to, sender=row["sender"] or "", body=body)
