"""What somebody did or looked at with a command, as the practice's audit has it. Imported late: it needs the ledger."""

from collections.abc import Iterable
from datetime import datetime
from getpass import getuser

from canonical.clock import rfc3339
from ledger.audit.events import AuditBody, AuditTag
from ledger.session import Session


def did(session: Session, tag: AuditTag, subject: str, now: datetime, **refs: str) -> None:
    """One entry; `refs` beside the user, ids and codes only. `now` is business time."""
    said = {"user": getuser()} | refs
    body = AuditBody(tag=tag, at=rfc3339(now), practice=session.practice_id, subject_id=subject, refs=said)
    session.audit(body)


def looked_at(session: Session, subjects: Iterable[str], now: datetime, *, page: str, **refs: str) -> None:
    """One entry for each person, or contact point, whose data was shown: looking is an event too (C6)."""
    for subject in subjects:
        did(session, AuditTag.PERSON_VIEWED, subject, now, page=page, **refs)
