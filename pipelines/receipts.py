"""What vendors report afterwards: statuses by callback or from their log. A report can also end a doubt."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.actions import ActionState
from canonical.conversations import Direction, MessageRecord, ReplyIntent
from canonical.delivery import ReceiptStatus, SendResult, may_follow
from canonical.ids import ActionId, ContactPointId
from canonical.problems import RefusalReason
from ledger.actions import Move, transition
from ledger.permission import suppress
from ledger.progress import advance, reached
from ledger.session import Session
from ledger.store import Store
from pipelines.outbox.outcomes import Settling, learn_from_refusal, refused_by_list, settle_sent
from pipelines.replies.stage import remember
from pipelines.resolve.evidence import PSEUDONYM, Named

Row = dict[str, Any]
S = ActionState
STAGE = "receipts"

_AFTER = {
    ReceiptStatus.DELIVERED: S.DELIVERED,
    ReceiptStatus.BOUNCED: S.BOUNCED,
    ReceiptStatus.REJECTED: S.REJECTED,
}
"""Statuses that say more than `sent`. Anything else proves acceptance at most."""


@dataclass(frozen=True)
class _Report:
    attempt: Row
    record: MessageRecord
    status: ReceiptStatus
    raw_id: str


def take_receipts(store: Store, brand: str, now: datetime, run_id: str) -> Counter[str]:
    """Apply every outbound message record that arrived since last time; counts by status, strangers as `foreign`."""
    counts: Counter[str] = Counter()
    with store.reading() as session:
        if not session.rows("receipts_unread", since=reached(session, STAGE)):
            return counts
    with store.writing(business_now=now) as session:
        rows = session.rows("receipts_unread", since=reached(session, STAGE))
        for row in rows:
            record = MessageRecord(**json.loads(row["body"]))
            report = _report(session, row, record)
            if report is None:
                _heard_from_a_list(session, row, record, brand, now)
                counts["foreign"] += 1
                continue
            _apply(session, report, brand, now, run_id)
            counts[report.status.value] += 1
        if rows:
            advance(session, STAGE, rows[-1]["seq"])
    return counts


def _heard_from_a_list(session: Session, row: Row, record: MessageRecord, brand: str, now: datetime) -> None:
    """Another program's text was refused because the phone is on the vendor's list of opt-outs: that list is ours too (R34).

    A refusal before the person wrote START says nothing about today.
    """
    contact = Named(session.key(PSEUDONYM)).contact(record.contact)
    if record.direction is not Direction.OUTBOUND or record.reason != RefusalReason.OPTED_OUT or contact is None:
        return
    at = min(record.sent_at or row["effective_at"] or now, now)
    written = session.rows("replies_of_contact", contact_point_id=contact.contact_point_id)
    if any(reply["intent"] == ReplyIntent.START and reply["received_at"] > at for reply in written):
        return
    remember(session, contact, now)
    stopped = refused_by_list(ContactPointId(contact.contact_point_id), brand, row["connection_id"], at, now=now)
    suppress(session, stopped, raw_id=row["raw_id"])


def _report(session: Session, row: Row, record: MessageRecord) -> _Report | None:
    """The report and the attempt it is about; None for what others sent, and for what people sent us."""
    if record.direction is not Direction.OUTBOUND:
        return None
    attempt = session.one("attempt_by_id", attempt_id=record.reference) if record.reference else None
    attempt = attempt or _by_vendor_id(session, record.vendor_id)
    if attempt is None:
        return None
    known = {status.value for status in ReceiptStatus}
    status = ReceiptStatus(record.status) if record.status in known else ReceiptStatus.UNKNOWN
    return _Report(attempt, record, status, row["raw_id"])


def _by_vendor_id(session: Session, vendor_id: str) -> Row | None:
    """Statuses are events of their own, `SM1:delivered`; the message's id stands before the colon."""
    found = session.one("attempt_of_vendor_id", vendor_id=vendor_id.split(":", maxsplit=1)[0])
    return session.one("attempt_by_id", attempt_id=found["attempt_id"]) if found else None


def _apply(session: Session, report: _Report, brand: str, now: datetime, run_id: str) -> None:
    attempt, record = report.attempt, report.record
    action_id = ActionId(attempt["action_id"])
    vendor_id = record.vendor_id
    session.insert(
        "receipts",
        [
            {
                "attempt_id": attempt["attempt_id"],
                "vendor_id": vendor_id,
                "status": report.status.value,
                "code": record.error_code,
                "raw_id": report.raw_id,
                "happened_at": record.sent_at,
                "recorded_at": now,
            }
        ],
    )
    state = _state_of(session, action_id)
    settling = Settling(attempt["attempt_id"], action_id, now, run_id, "callback")
    if state in {S.CLAIMED, S.AMBIGUOUS} and report.status is not ReceiptStatus.UNKNOWN:
        settle_sent(session, settling, SendResult(vendor_id=vendor_id, status=report.status.value))
        state = S.SENT
    after = _AFTER.get(report.status)
    if after and state and may_follow(state, after):
        refs = {"attempt": attempt["attempt_id"]}
        transition(session, [Move(action_id, after, record.error_code or "reported", refs)], now=now, run_id=run_id)
    if record.reason in {reason.value for reason in RefusalReason}:
        learn_from_refusal(session, settling, RefusalReason(record.reason), attempt | {"brand": brand})


def _state_of(session: Session, action_id: ActionId) -> ActionState | None:
    found = session.one("last_states", ids=[action_id])
    return ActionState(found["after"]) if found else None
