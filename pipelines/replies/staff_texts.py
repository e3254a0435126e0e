"""Texts from the practice's own phones: control words, and never answers of a patient (R8, R60)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from canonical.conversations import MessageRecord, ReplyIntent
from canonical.ids import ReplyId
from canonical.practice import Practice
from ledger.control_words import obeyed, people_by_last_digits, phones_by_last_digits, visits_by_number, word_id
from ledger.session import Session
from pipelines.replies.answer import Answer, Row
from pipelines.replies.control_words import Subject, obey
from pipelines.replies.desk_words import ControlWord, parse
from pipelines.replies.errands import STILL_NEWS
from pipelines.replies.table import small

HEARD_FROM_STAFF: Final = frozenset({ReplyIntent.STOP, ReplyIntent.START, ReplyIntent.HELP})
"""What any phone may say, whosever it is."""
_LAST_DIGITS: Final = 4


def take_staff_text(session: Session, practice: Practice, answer: Answer, now: datetime) -> int:
    """Obey the word a text is; 0 for a text that is none, and for one that is too old to be meant now."""
    word = parse(answer.record.text, listed_phone=True)
    if word is None or now - answer.received_at > STILL_NEWS:
        return 0
    subject = meant(session, practice, word)
    obey(session, practice, word, subject, answer.contact.contact_point_id, _source(answer.row, answer.record), now)
    return 1


def told_before(
    session: Session, practice: Practice, found: Mapping[ReplyId, tuple[Row, MessageRecord]]
) -> frozenset[str]:
    """Those of some messages that are control words and were obeyed: a webhook and the vendor's log tell the same."""
    ids: dict[str, ReplyId] = {}
    for reply, (row, record) in found.items():
        word = parse(record.text, listed_phone=True) if record.contact in practice.staff_phones else None
        if word:
            ids[word_id(session, _source(row, record), word.written)] = reply
    return frozenset(ids[one] for one in obeyed(session, ids))


def _source(row: Row, record: MessageRecord) -> str:
    return f"{row['connection_id']}:{record.vendor_id}"


def meant(session: Session, practice: Practice, word: ControlWord) -> Subject:
    """Whom or what a text names: by a phone's last four digits, a visit's number, a provider's or a location's name.

    A number that may be two things names neither.
    """
    if not word.about:
        return Subject()
    people = people_by_last_digits(session, word.about) if _is_end_of_phone(word.about) else ()
    visits = visits_by_number(session, word.about)
    if people and visits:
        return Subject()
    if len(visits) == 1:
        [visit] = visits
        return Subject(people=(visit["person_id"],), visit_id=visit["visit_id"], location_id=visit["location_id"])
    if people:
        phones = phones_by_last_digits(session, people[0], word.about) if len(people) == 1 else ()
        return Subject(people=people, contact_point_id=phones[0] if len(phones) == 1 else None)
    return Subject(provider_id=_provider(practice, word.about), location_id=_location(practice, word.about))


def _is_end_of_phone(about: str) -> bool:
    return len(about) == _LAST_DIGITS and about.isdecimal()


def _provider(practice: Practice, about: str) -> str | None:
    found = [
        one.provider_id
        for one in practice.providers
        if about
        in {one.provider_id, *(part for name in (one.display_name, *one.names) for part in small(name).split())}
    ]
    return found[0] if len(found) == 1 else None


def _location(practice: Practice, about: str) -> str | None:
    found = [one.location_id for one in practice.locations if about in {one.location_id, small(one.name)}]
    return found[0] if len(found) == 1 else None
