"""Messages that left for people and are none of ours: some other tool, or somebody of the practice, has written to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from canonical.conversations import MessageRecord
from ledger.elsewhere import ours_among, written_to
from ledger.session import Session
from pipelines.resolve.evidence import Named

Row = dict[str, Any]
BESIDE: Final = timedelta(minutes=15)
"""A message this near to an attempt of ours on the same contact point may be that attempt: a doubt accuses nobody."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of somebody else's to a contact point."""

    record: MessageRecord
    connection_id: str
    contact_point_id: str
    sent_at: datetime

    @property
    def message_id(self) -> str:
        """The tool's id of the message itself: what became of it is told under `SM1:delivered`."""
        return _bare(self.record.vendor_id)


def strangers(session: Session, named: Named, rows: Sequence[Row]) -> list[Message]:
    """Those of some outbound messages that are not ours, each once, earliest first.

    Ours are known by our reference, by the vendor's id, and where neither has come back yet by when and whom we wrote to.
    """
    found: dict[tuple[str, str], Message] = {}
    for message in _read(named, rows):
        found.setdefault((message.connection_id, message.message_id), message)
    if not found:
        return []
    records = [message.record for message in found.values()]
    ours = ours_among(session, (one.reference for one in records), (_bare(one.vendor_id) for one in records))
    left = [one for one in found.values() if not {one.record.reference, one.message_id} & ours]
    if not left:
        return []
    times = [one.sent_at for one in left]
    since, until = min(times) - BESIDE, max(times) + BESIDE
    wrote = written_to(session, {one.contact_point_id for one in left}, since, until)
    mine = (one for one in left if not _near(one.sent_at, wrote.get(one.contact_point_id, ())))
    return sorted(mine, key=lambda one: (one.sent_at, one.message_id))


def _read(named: Named, rows: Iterable[Row]) -> Iterable[Message]:
    for row in rows:
        record = MessageRecord.model_validate_json(row["body"])
        contact = named.contact(record.contact)
        if contact is not None:
            sent_at = min(record.sent_at or row["effective_at"] or row["recorded_at"], row["recorded_at"])
            yield Message(record, row["connection_id"], contact.contact_point_id, sent_at)


def _near(at: datetime, times: Iterable[datetime]) -> bool:
    return any(abs(at - time) <= BESIDE for time in times)


def _bare(vendor_id: str) -> str:
    return vendor_id.split(":", maxsplit=1)[0]
