"""What vendors report afterwards: statuses by callback or from their log. A report can also end a doubt."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.actions import ActionState
from canonical.conversations import Direction, MessageRecord, ReplyIntent
from canonical.delivery import ReceiptStatus, SendResult, may_follow
from canonical.ids import ActionId, ContactPointId
from canonical.problems import RefusalReason
from ledger.actions import Move, transition
from ledger.lists import SEPARATOR, listed
from ledger.permission import suppress
from ledger.progress import advance, reached
from ledger.session import Session
from ledger.store import Store
from pipelines.outbox.outcomes import Settling, learn_from_refusal, refused_by_list, settle_all_sent
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

    @property
    def action_id(self) -> ActionId:
        return ActionId(self.attempt["action_id"])


def take_receipts(store: Store, brand: str, now: datetime, run_id: str) -> Counter[str]:
    """Apply every outbound message record that arrived since last time; counts by status, strangers as `foreign`."""
    counts: Counter[str] = Counter()
    with store.reading() as session:
        if not session.rows("receipts_unread", since=reached(session, STAGE)):
            return counts
    with store.writing(business_now=now) as session:
        rows = session.rows("receipts_unread", since=reached(session, STAGE))
        records = [MessageRecord(**json.loads(row["body"])) for row in rows]
        known = _Attempts.of(session, records)
        reports: list[_Report] = []
        for row, record in zip(rows, records, strict=True):
            attempt = known.of_record(record)
            if attempt is None:
                _heard_from_a_list(session, row, record, brand, now)
                counts["foreign"] += 1
            else:
                reports.append(_Report(attempt, record, _status(record), row["raw_id"]))
                known.by_vendor_id[_message_id(record)] = attempt
        _apply(session, reports, brand, now, run_id)
        counts.update(report.status.value for report in reports)
        if rows:
            advance(session, STAGE, rows[-1]["seq"])
    return counts


@dataclass(frozen=True)
class _Attempts:
    """The attempts that some records are about, by our reference and by the vendor's id."""

    by_reference: Mapping[str, Row]
    by_vendor_id: dict[str, Row]
    """Grows with what reports say that carry our reference: the next one may not."""

    @classmethod
    def of(cls, session: Session, records: Sequence[MessageRecord]) -> "_Attempts":
        """All of them in two questions."""
        ours = [one for one in records if one.direction is Direction.OUTBOUND]
        references = _listed(one.reference for one in ours)
        ids = _listed(map(_message_id, ours))
        return cls(
            {row["attempt_id"]: row for row in session.rows("attempts_by_id", attempts=references)},
            {row["vendor_id"]: row for row in session.rows("attempts_by_vendor_id", vendor_ids=ids)},
        )

    def of_record(self, record: MessageRecord) -> Row | None:
        """None for what others sent, and for what people sent us."""
        if record.direction is not Direction.OUTBOUND:
            return None
        return self.by_reference.get(record.reference) or self.by_vendor_id.get(_message_id(record))


def _listed(found: Iterable[str]) -> str:
    """Ids as they came from a vendor: what could be none of ours is left out."""
    return listed(one for one in found if one and SEPARATOR not in one)


def _message_id(record: MessageRecord) -> str:
    """Statuses are events of their own, `SM1:delivered`; the message's id stands before the colon."""
    return record.vendor_id.split(":", maxsplit=1)[0]


def _status(record: MessageRecord) -> ReceiptStatus:
    known = {status.value for status in ReceiptStatus}
    return ReceiptStatus(record.status) if record.status in known else ReceiptStatus.UNKNOWN


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


def _apply(session: Session, reports: Sequence[_Report], brand: str, now: datetime, run_id: str) -> None:
    """Keep the reports, end the doubts they end, and move each action along, in the order of arrival."""
    session.insert("receipts", [_row(report, now) for report in reports])
    ids = list(dict.fromkeys(report.action_id for report in reports))
    states = {row["action_id"]: S(row["after"]) for row in session.rows("last_states", ids=ids)} if ids else {}
    settled: list[tuple[Settling, SendResult]] = []
    moves: list[Move] = []
    for report in reports:
        state, settling = states.get(report.action_id), _settling(report, now, run_id)
        if state in {S.CLAIMED, S.AMBIGUOUS} and report.status is not ReceiptStatus.UNKNOWN:
            settled.append((settling, SendResult(vendor_id=report.record.vendor_id, status=report.status.value)))
            state = states[report.action_id] = S.SENT
        after = _AFTER.get(report.status)
        if after and state and may_follow(state, after):
            refs = {"attempt": report.attempt["attempt_id"]}
            moves.append(Move(report.action_id, after, report.record.error_code or "reported", refs))
            states[report.action_id] = after
    settle_all_sent(session, settled)
    transition(session, moves, now=now, run_id=run_id)
    for report in reports:
        if report.record.reason in {reason.value for reason in RefusalReason}:
            reason = RefusalReason(report.record.reason)
            learn_from_refusal(session, _settling(report, now, run_id), reason, report.attempt | {"brand": brand})


def _settling(report: _Report, now: datetime, run_id: str) -> Settling:
    return Settling(report.attempt["attempt_id"], report.action_id, now, run_id, "callback")


def _row(report: _Report, now: datetime) -> Row:
    return {
        "attempt_id": report.attempt["attempt_id"],
        "vendor_id": report.record.vendor_id,
        "status": report.status.value,
        "code": report.record.error_code,
        "raw_id": report.raw_id,
        "happened_at": report.record.sent_at,
        "recorded_at": now,
    }
