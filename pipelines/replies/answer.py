"""One answer with everything around it that decides what follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from canonical.conversations import MessageRecord, Reply
from canonical.ids import ConnectionId, ContactPointId, PersonId, Prefix, ReplyId, derived_id
from canonical.people import ContactKind
from canonical.practice import THREADS, Channel, Location, Practice
from ledger.replies import Said
from pipelines.replies.thread import Thread
from pipelines.replies.understanding import Understood
from pipelines.resolve.evidence import Contact

Row = Mapping[str, Any]
_ACCOUNTS: Final = frozenset({ContactKind.INSTAGRAM, ContactKind.MESSENGER})


def is_borrowed(record: MessageRecord, contact: Contact | None) -> bool:
    """Whether somebody wrote from an account, and only a CRM's record says whose phone or address that goes with.

    It is enough to stop at once; it is not enough to give back, or to order anything as the desk does. And nothing of ours went
    out there to that phone, so a yes or a number answers whoever wrote there, and no text of ours (R22, R24).
    """
    return record.channel in THREADS and contact is not None and contact.kind not in _ACCOUNTS


def reply_id(connection_id: str, vendor_id: str) -> ReplyId:
    """The id of a reply: of the vendor's message, whatever stream it was seen in."""
    return ReplyId(derived_id(Prefix.REPLY, connection_id, vendor_id))


@dataclass(frozen=True, slots=True)
class Answer:
    """An inbound message, read: what it says, whose it is, what it answers."""

    record: MessageRecord
    row: Row
    """The version it stands in, with raw_id and connection_id."""
    contact: Contact
    received_at: datetime
    understood: Understood
    thread: Thread
    """What stood before it."""
    ours: bool = False
    """It comes from somebody who works here, or is made up: nobody is asked to answer (R8)."""
    staff: bool = False
    """It comes from a listed phone of the practice (R60)."""
    writer: PersonId | None = None
    """Who wrote, where the tool itself says it and names no phone: then nobody else on `contact` is meant."""
    also: tuple[Contact, ...] = ()
    """The writer's other contact points. Nobody says in a portal which way of writing they mean: a stop is for all."""

    @property
    def asked(self) -> Said | None:
        """The last message of ours to that contact point."""
        return self.thread.last

    @property
    def reply_id(self) -> ReplyId:
        """The same message has the same id, whether a webhook told it or the vendor's log."""
        return reply_id(self.row["connection_id"], self.record.vendor_id)

    @property
    def connection_id(self) -> ConnectionId:
        """The connection it came through."""
        return ConnectionId(self.row["connection_id"])

    @property
    def source(self) -> str:
        """Who says so. A word that revokes by law is heeded by the vendor too where it came as a text; all else only by us."""
        heeded = self.understood.permission.reading.per_se and self.record.channel is Channel.SMS
        return f"{self.connection_id}:{'keyword' if heeded else 'reply'}"

    def reply(self, person: PersonId | None) -> Reply:
        """As it is kept."""
        return Reply(
            reply_id=self.reply_id,
            contact_point_id=ContactPointId(self.contact.contact_point_id),
            person_id=person,
            channel=self.record.channel,
            intent=self.understood.intent,
            matched=self.understood.matched,
            received_at=self.received_at,
            answered_to=self.asked.attempt_id if self.asked else "",
        )

    def place(self, practice: Practice) -> Location:
        """Where it came to: the location whose number it was sent to, else the practice's own."""
        for place in practice.locations:
            if self.record.ours and place.sms_sender == self.record.ours:
                return place
        return practice.location(None) or practice.locations[0]
