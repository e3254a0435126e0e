"""No robot talks over a conversation: where a person of the practice writes to somebody, follow-ups wait a day (R58)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from canonical.conversations import MessageRecord
from canonical.ids import ContactPointId
from canonical.pauses import PauseScope
from ledger.lists import SEPARATOR, listed
from ledger.pauses import extend_pause
from ledger.people import people_on
from ledger.progress import advance, newest_version, reached
from ledger.session import Session
from pipelines.resolve.evidence import PSEUDONYM, Named

STAGE: Final = "replies.staff"
LATELY: Final = timedelta(hours=2)
FOR: Final = timedelta(hours=24)
WHO: Final = "glowline:thread"
WHY: Final = "a person of the practice is writing with them"
_NEAR: Final = timedelta(minutes=10)
"""An attempt of ours so near to a message in a vendor's log may be that message, as long as we do not know its id there."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was written to people, by others than us, since last time."""

    since: int
    until: int
    contacts: tuple[tuple[str, datetime], ...]
    """Contact points, each with when it was last written to."""


def new_staff_messages(session: Session, now: datetime) -> Spoken | None:
    """Messages of the last two hours in the vendors' logs that no attempt of ours explains; None when there is no news."""
    since = reached(session, STAGE)
    until = newest_version(session, since)
    if until == since:
        return None
    rows = session.rows("outbound_unread", since=since, until=until, after=now - LATELY)
    records = [MessageRecord.model_validate_json(row["body"]) for row in rows]
    sent = [
        (one, one.sent_at or row["effective_at"] or row["recorded_at"]) for one, row in zip(records, rows, strict=True)
    ]
    mine, named = _ours(session, records), Named(session.key(PSEUDONYM))
    found: dict[str, datetime] = {}
    for record, at in sent:
        contact = named.contact(record.contact)
        if (
            contact is None
            or record.automated
            or record.reason
            or not now - LATELY <= at <= now
            or {record.reference, _bare(record)} & mine
        ):
            continue
        if not _may_be_ours(session, contact.contact_point_id, at):
            found[contact.contact_point_id] = max(at, found.get(contact.contact_point_id, at))
    return Spoken(since, until, tuple(found.items()))


def _bare(record: MessageRecord) -> str:
    """Statuses are events of their own, `SM1:delivered`; the message's id stands before the colon."""
    return record.vendor_id.split(":", maxsplit=1)[0]


def _ours(session: Session, records: Sequence[MessageRecord]) -> frozenset[str]:
    """References and vendor ids of messages that are ours."""
    references = listed(sorted({one.reference for one in records if one.reference and SEPARATOR not in one.reference}))
    ids = listed(sorted({_bare(one) for one in records if SEPARATOR not in one.vendor_id}))
    ours = {row["attempt_id"] for row in session.rows("attempts_by_id", attempts=references)}
    return frozenset(ours | {row["vendor_id"] for row in session.rows("attempts_by_vendor_id", vendor_ids=ids)})


def _may_be_ours(session: Session, contact: str, at: datetime) -> bool:
    return bool(session.rows("attempts_without_id", contact_point_id=contact, since=at - _NEAR, until=at + _NEAR))


def stay_out(session: Session, spoken: Spoken, now: datetime) -> int:
    """Hold what would talk over them, for a day from the last message; how many people. 0 when somebody else has counted them."""
    if reached(session, STAGE) != spoken.since:
        return 0
    advance(session, STAGE, spoken.until)
    people = people_on(session, [contact for contact, _ in spoken.contacts])
    held = [(person, at) for contact, at in spoken.contacts for person in people.get(ContactPointId(contact), ())]
    for person, at in held:
        extend_pause(session, PauseScope.FOLLOW_UP, person, who=WHO, why=WHY, now=now, until=at + FOR)
    return len(held)
