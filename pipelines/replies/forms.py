"""What people write into forms is heard too: a form that says stop is no inquiry to answer (TCPA-10, TCPA-11)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from pydantic import SecretStr

from canonical.conversations import Direction, MessageRecord, ReplyIntent
from canonical.inquiries import InquiryRecord
from canonical.people import ContactKind
from canonical.practice import Channel
from ledger.replies import FORMS, Unread, take, unread
from pipelines.replies.answer import Answer, Row
from pipelines.replies.effects import Effects
from pipelines.replies.stage import MOST, Reader, remember
from pipelines.replies.thread import Thread
from pipelines.replies.understanding import Heard, Permission, Understood
from pipelines.resolve.evidence import PSEUDONYM, Named

_CHANNELS: Final[Mapping[ContactKind, Channel]] = {
    ContactKind.PHONE: Channel.SMS,
    ContactKind.EMAIL: Channel.EMAIL,
    ContactKind.INSTAGRAM: Channel.IG_DM,
    ContactKind.MESSENGER: Channel.MESSENGER,
}


def take_forms(reader: Reader, now: datetime) -> Counter[str]:
    """Hear every form that came since last time, on the phone and the mail address it names; counts by intent.

    Only permission is read: whatever else it says, the desk reads with the inquiry.
    """
    counts: Counter[str] = Counter()
    while True:
        with reader.store.reading() as session:
            lot, named = unread(session, MOST, FORMS), Named(session.key(PSEUDONYM))
        if lot is None:
            return counts
        answers = list(_answers(reader, lot, named, now))
        with reader.store.writing(business_now=now) as session:
            if take(session, lot, FORMS):
                for answer in answers:
                    remember(session, answer.contact, now)
                    effects = Effects(session, reader.practice, answer, now)
                    effects.revoke()
                    if answer.understood.intent is ReplyIntent.STOP_LIKELY:
                        effects.errands.review_the_opt_out()
                counts.update(answer.understood.intent.value for answer in answers)


def _answers(reader: Reader, lot: Unread, named: Named, now: datetime) -> Iterator[Answer]:
    for row in lot.rows:
        record = InquiryRecord.model_validate_json(row["body"])
        at = min(record.received_at or row["effective_at"] or row["recorded_at"], now)
        permission = reader.hear(Heard(SecretStr(record.message), "web_form", at))
        if permission.intent in {ReplyIntent.STOP, ReplyIntent.STOP_LIKELY}:
            yield from _on_each(row, record, permission, named, Thread(reader.practice, at))


def _on_each(row: Row, record: InquiryRecord, permission: Permission, named: Named, thread: Thread) -> Iterator[Answer]:
    """Nobody says in a form which way of writing they mean: all that it names."""
    for written in (record.phone, record.email, record.thread):
        contact = named.contact(written)
        if contact is None or permission.intent is None:
            continue
        said = MessageRecord(
            vendor_id=f"{record.vendor_id}/{contact.kind}",
            channel=_CHANNELS[contact.kind],
            direction=Direction.INBOUND,
            contact=contact.value,
            sent_at=thread.at,
        )
        understood = Understood(permission.intent, permission.reading.word, permission)
        yield Answer(said, row, contact, thread.at, understood, thread)
