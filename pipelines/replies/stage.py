"""Replies, a few at a time: read what came in, understand it with no ledger open, write what follows unless somebody was faster."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import SecretStr

from canonical.conversations import MessageRecord, ReplyIntent
from canonical.ids import ContentHash
from canonical.people import ContactKind
from canonical.practice import Practice
from ledger.people import by_ids
from ledger.replies import Said, Unread, known, last_said, record_answers, record_reply, take, unread
from ledger.session import Session
from ledger.store import Store
from pipelines.replies.answer import Answer, Row, reply_id
from pipelines.replies.effects import Effects
from pipelines.replies.understanding import Hear, Heard, understand
from pipelines.resolve.evidence import PSEUDONYM, Contact, Named

MOST = 20
"""Messages per step: each may open tasks and end consents, and nobody waits for the ledger longer than a blink."""


@dataclass(frozen=True, slots=True)
class SharedWord:
    """A STOP, or a START, to a number that other practices may send from too."""

    sender: str
    contact: SecretStr
    at: datetime
    lifted: bool


@dataclass
class Replies:
    """What a run came to."""

    counts: Counter[str] = field(default_factory=Counter)
    """By intent; `known` for messages that were read before, `strange` for senders that are no phone and no address."""


@dataclass(frozen=True)
class Reader:
    """What reading needs: the practice, the policy's ear, and where shared opt-outs are told."""

    store: Store
    practice: Practice
    hear: Hear
    policy: ContentHash
    tell_sharers: Callable[[Sequence[SharedWord]], None] = lambda _: None
    """Told before the practice's own ledger is written: a STOP to a shared number stops everybody who sends from it."""


def take_replies(reader: Reader, now: datetime) -> Replies:
    """Read every inbound message that came since last time. A message is read once, however often it is seen."""
    done = Replies()
    while True:
        with reader.store.reading() as session:
            lot = unread(session, MOST)
            waiting = _waiting(session, lot, now) if lot else ()
        if lot is None:
            return done
        answers = [_answer(reader, one) for one in waiting if one.contact]
        reader.tell_sharers([word for answer in answers if (word := _shared(answer))])
        with reader.store.writing(business_now=now) as session:
            if take(session, lot):
                done.counts += _written(session, reader, answers, now)
                done.counts["strange"] += sum(one.contact is None for one in waiting)
                done.counts["known"] += len(lot.rows) - len(waiting)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An inbound message with what the ledger knows around it."""

    row: Row
    record: MessageRecord
    contact: Contact | None
    received_at: datetime
    asked: Said | None


def _waiting(session: Session, lot: Unread, now: datetime) -> tuple[_Waiting, ...]:
    named = Named(session.key(PSEUDONYM))
    records = [(row, MessageRecord.model_validate_json(row["body"])) for row in lot.rows]
    fresh = {reply_id(row["connection_id"], record.vendor_id): (row, record) for row, record in records}
    there = known(session, list(fresh))
    return tuple(_one(session, named, *found, now) for key, found in fresh.items() if key not in there)


def _one(session: Session, named: Named, row: Row, record: MessageRecord, now: datetime) -> _Waiting:
    contact = named.contact(record.contact)
    at = min(record.sent_at or row["effective_at"] or row["recorded_at"], now)
    asked = last_said(session, contact.contact_point_id, at) if contact else None
    return _Waiting(row, record, contact, at, asked)


def _answer(reader: Reader, one: _Waiting) -> Answer:
    if one.contact is None:
        raise AssertionError("only messages with a sender are understood")
    heard = Heard(
        text=SecretStr(one.record.text),
        channel=one.record.channel,
        at=one.received_at,
        vendor_says=one.record.opt_out_type,
        answers=one.asked.purpose if one.asked else None,
    )
    understood = understand(one.record, heard, reader.hear)
    return Answer(one.record, one.row, one.contact, one.received_at, understood, one.asked)


def _shared(answer: Answer) -> SharedWord | None:
    """What other practices on the same number must know. Doubt stays here: it is reviewed by the practice that was written to."""
    permission = answer.understood.permission
    stops = permission.intent is ReplyIntent.STOP
    if not answer.record.ours or not (stops or permission.intent is ReplyIntent.START):
        return None
    return SharedWord(answer.record.ours, SecretStr(answer.contact.value), answer.received_at, lifted=not stops)


def _written(session: Session, reader: Reader, answers: Sequence[Answer], now: datetime) -> Counter[str]:
    for answer in sorted(answers, key=lambda answer: answer.received_at):
        remember(session, answer.contact, now)
        effects = Effects(session, reader.practice, answer, now)
        reply = answer.reply(effects.person)
        record_reply(session, reply, answer.row, effects.place.location_id, now)
        record_answers(session, reply.reply_id, answer.understood.permission.answers, reader.policy, now)
        effects.write()
    return Counter(answer.understood.intent.value for answer in answers)


def remember(session: Session, contact: Contact, now: datetime) -> None:
    """A stranger's number is a contact point too: an opt-out hangs on it before we know whose it is."""
    if by_ids(session, "contact_points_by_id", [contact.contact_point_id]):
        return
    row = {
        "contact_point_id": contact.contact_point_id,
        "kind": ContactKind(contact.kind).value,
        "value": contact.value,
        "textable": contact.textable,
        "recorded_at": now,
    }
    session.insert("contact_points", [row])
