"""Replies, a few at a time: read what came in, understand it with no ledger open, write what follows unless somebody was faster."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import SecretStr

from canonical.actions import Answer as PolicyAnswer
from canonical.conversations import MessageRecord, ReplyIntent
from canonical.ids import ContentHash
from canonical.people import ContactKind
from canonical.practice import Practice
from ledger.people import by_ids
from ledger.replies import Unread, known, record_answers, record_reply, take, unread
from ledger.session import Session
from ledger.store import Store
from pipelines.replies.answer import Answer, Row, is_borrowed, reply_id
from pipelines.replies.effects import Effects
from pipelines.replies.gathering import Gathered, gather
from pipelines.replies.staff_texts import HEARD_FROM_STAFF, take_staff_text, told_before
from pipelines.replies.thread import Thread
from pipelines.replies.understanding import Hear, Heard, Understood, understand
from pipelines.replies.unplaced import Unplaced, tell_people
from pipelines.replies.writers import Origin, origins
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
    """By intent; `known` for messages that were read before, `strange` for senders that are no phone and no address, and
    `unplaced` for those among them of whom people of the practice were told."""


@dataclass(frozen=True)
class Reader:
    """What reading needs: the practice, the policy's ear, and where shared opt-outs are told."""

    store: Store
    practice: Practice
    hear: Hear
    policy: ContentHash
    tell_sharers: Callable[[Sequence[SharedWord]], None] = lambda _: None
    """Told before the practice's own ledger is written: a STOP to a shared number stops everybody who sends from it."""
    alarm: tuple[PolicyAnswer, ...] = ()
    """What the policy says about a text that may describe a complication (TRI-01); kept with each that does."""


def take_replies(reader: Reader, now: datetime) -> Replies:
    """Read every inbound message that came since last time. A message is read once, however often it is seen."""
    done = Replies()
    while True:
        with reader.store.reading() as session:
            lot = unread(session, MOST)
            waiting = _waiting(session, reader.practice, lot, now) if lot else ()
        if lot is None:
            return done
        answers, unplaced = _understood(reader, waiting), _unplaced(reader, waiting)
        reader.tell_sharers([word for answer in answers if (word := _shared(answer))])
        with reader.store.writing(business_now=now) as session:
            if take(session, lot):
                done.counts += _written(session, reader, answers, now)
                done.counts["unplaced"] += tell_people(session, reader.practice, unplaced, now)
                done.counts["strange"] += sum(one.origin.contact is None for one in waiting)
                done.counts["known"] += len(lot.rows) - len(waiting)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An inbound message with what the ledger knows around it."""

    row: Row
    record: MessageRecord
    origin: Origin
    thread: Thread
    ours: bool
    staff: bool


def _waiting(session: Session, practice: Practice, lot: Unread, now: datetime) -> tuple[_Waiting, ...]:
    records = [(row, MessageRecord.model_validate_json(row["body"])) for row in lot.rows]
    fresh = {reply_id(row["connection_id"], record.vendor_id): (row, record) for row, record in records}
    there = known(session, list(fresh)) | told_before(session, practice, fresh)
    new = [found for key, found in fresh.items() if key not in there]
    came = origins(session, Named(session.key(PSEUDONYM)), new)
    times = [_came(row, record, now) for row, record in new]
    contacts = {one.contact.contact_point_id for one in came if one.contact}
    around = gather(session, practice, contacts, now, min(times, default=now))
    return tuple(_one(row, record, one, around, at) for (row, record), one, at in zip(new, came, times, strict=True))


def _came(row: Row, record: MessageRecord, now: datetime) -> datetime:
    return min(record.sent_at or row["effective_at"] or row["recorded_at"], now)


def _one(row: Row, record: MessageRecord, origin: Origin, around: Gathered, at: datetime) -> _Waiting:
    point = origin.contact.contact_point_id if origin.contact else ""
    if origin.writer or origin.unplaced:  # no text of ours went where they wrote: their words answer none of ours
        thread = around.thread_of(origin.writer, point, at)
        return _Waiting(row, record, origin, thread, around.works_here(origin.writer), staff=False)
    thread, borrowed = around.thread(point, at), is_borrowed(record, origin.contact)
    staff = origin.contact is not None and origin.contact.value in around.practice.staff_phones and not borrowed
    thread = replace(thread, said=()) if borrowed else thread
    return _Waiting(row, record, origin, thread, staff or around.is_ours(point), staff)


def _understood(reader: Reader, waiting: Sequence[_Waiting]) -> list[Answer]:
    """Oldest first: a score that came a moment ago is one that the next answer may correct."""
    answers: list[Answer] = []
    scored: set[str] = set()
    for one in sorted(waiting, key=lambda one: one.thread.at):
        thread = replace(one.thread, scored=one.thread.scored | scored)
        answer = _answer(reader, one, one.origin.contact, thread) if one.origin.contact else None
        if answer and answer.understood.score and thread.surveyed:
            scored.add(thread.surveyed)
        answers += [answer] if answer else []
    return answers


def _answer(reader: Reader, one: _Waiting, contact: Contact, thread: Thread) -> Answer:
    understood, origin = _read(reader, one.record, thread), one.origin
    flags = {"ours": one.ours, "staff": one.staff}
    return Answer(
        one.record, one.row, contact, thread.at, understood, thread, **flags, writer=origin.writer, also=origin.also
    )


def _unplaced(reader: Reader, waiting: Sequence[_Waiting]) -> list[Unplaced]:
    return [
        Unplaced(
            reply_id(one.row["connection_id"], one.record.vendor_id),
            one.row["connection_id"],
            one.origin.writer,
            one.thread.at,
            _read(reader, one.record, one.thread),
        )
        for one in waiting
        if one.origin.unplaced and not one.ours
    ]


def _read(reader: Reader, record: MessageRecord, thread: Thread) -> Understood:
    heard = Heard(
        text=SecretStr(record.text),
        channel=record.channel,
        at=thread.at,
        vendor_says=record.opt_out_type,
        answers=thread.last.purpose if thread.last else None,
    )
    return understand(record, heard, reader.hear, thread)


def _shared(answer: Answer) -> SharedWord | None:
    """What other practices on the same number must know. Doubt stays here: it is reviewed by the practice that was written to."""
    permission = answer.understood.permission
    stops = permission.intent is ReplyIntent.STOP
    if not answer.record.ours or not (stops or permission.intent is ReplyIntent.START):
        return None
    return SharedWord(answer.record.ours, SecretStr(answer.contact.value), answer.received_at, lifted=not stops)


def _written(session: Session, reader: Reader, answers: Sequence[Answer], now: datetime) -> Counter[str]:
    counts: Counter[str] = Counter()
    for answer in answers:
        if answer.staff and answer.understood.intent not in HEARD_FROM_STAFF:
            counts["staff"] += take_staff_text(session, reader.practice, answer, now)
            continue
        remember(session, answer.contact, now)
        effects = Effects(session, reader.practice, answer, now)
        reply = answer.reply(effects.person)
        record_reply(session, reply, answer.row, effects.place.location_id, now, answer.understood.language)
        heard = (*answer.understood.permission.answers, *(reader.alarm if answer.understood.alarms else ()))
        record_answers(session, reply.reply_id, heard, reader.policy, now)
        effects.write()
        counts[answer.understood.intent.value] += 1
    return counts


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
