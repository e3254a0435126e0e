"""A practice with other tools beside us: they write, call, tag and remember."""

from datetime import datetime
from typing import Any

from canonical.conversations import MessageRecord
from canonical.tasks import TaskRecord
from ledger.store import Store
from pipelines.resolve.evidence import PSEUDONYM, Named
from tests.pipelines.paperwork.desk import Desk
from tests.pipelines.resolve.landed import DAY, HOUR, NOW
from tests.pipelines.visits.world import PHONE, appointment

Row = dict[str, Any]


class Town(Desk):
    """Liz has an appointment in nine days, and our reminder of row 3.2 is due the day before."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.start = NOW + 9 * DAY + 3 * HOUR
        self.visit_1 = appointment("a1", self.start, booked_at=NOW)

    def contact(self, value: str = PHONE) -> str:
        with self.store.reading() as session:
            found = Named(session.key(PSEUDONYM)).contact(value)
        assert found is not None
        return found.contact_point_id

    def owe(self, row: str, due_at: datetime, *, state: str = "planned", purpose: str = "treatment") -> None:
        """An action of ours about the visit, to Liz's phone."""
        action = {
            "action_id": f"a-{row}-{due_at:%d%H}",
            "step": f"{row}-step",
            "row": row,
            "subject_kind": "visit",
            "subject_id": self.visit()["visit_id"],
            "contact_point_id": self.contact(),
            "channel": "sms",
            "purpose": purpose,
            "due_at": due_at,
            "state": state,
        }
        with self.store.writing() as session:
            session.insert("open_actions", [action])

    def heard(self, at: datetime) -> None:
        """Liz wrote to us."""
        row = {"reply_id": f"re-{at:%d%H%M}", "contact_point_id": self.contact(), "received_at": at, "intent": "human"}
        with self.store.writing() as session:
            session.insert("replies", [row])

    def wrote(self, attempt: str, at: datetime) -> None:
        """We wrote to Liz."""
        row = {"attempt_id": attempt, "contact_point_id": self.contact(), "claimed_at": at, "command": "send_sms"}
        with self.store.writing() as session:
            session.insert("attempts", [row])

    def pauses(self) -> list[Row]:
        with self.store.reading() as session:
            return session.rows("pauses_in_force", now=self.now)


def text(vendor_id: str, said: str, sent_at: datetime, **more: object) -> MessageRecord:
    """A text that left for Liz."""
    usual = {"channel": "sms", "direction": "outbound", "contact": PHONE, "text": said, "sent_at": sent_at}
    return MessageRecord.model_validate({"vendor_id": vendor_id} | usual | more)


def done(vendor_id: str, at: datetime, **more: object) -> TaskRecord:
    """A call that was made to contact `c1` of the CRM."""
    usual = {"status": "completed", "done": True, "kind": "call", "person_vendor_id": "c1", "at": at}
    return TaskRecord.model_validate({"vendor_id": vendor_id} | usual | more)
