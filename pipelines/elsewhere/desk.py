"""Tags of the desk, carried out like its texts (R60)."""

from datetime import datetime

from canonical.practice import Practice
from ledger.session import Session
from pipelines.elsewhere.tags import SetTag
from pipelines.replies.control_words import Subject, obey
from pipelines.replies.desk_words import parse

UNKNOWN = "unknown"


def obey_as_said(session: Session, practice: Practice, tag: SetTag, now: datetime) -> str:
    """Carry out a tag: it is about the person it stands on, and about a visit only where that person has one visit today."""
    word = parse(tag.word)
    if word is None:
        return UNKNOWN
    return obey(session, practice, word, Subject(people=(tag.person_id,)), tag.connection_id, tag.source, now)
