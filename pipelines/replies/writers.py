"""Where a message came from: the phone or address it names, else (a portal, a chat) whoever the tool's own id leads to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from canonical.conversations import MessageRecord
from canonical.ids import PersonId
from canonical.people import ContactPoint
from ledger.people import contact_points
from ledger.session import Session
from ledger.visits import owners
from pipelines.replies.answer import Row
from pipelines.resolve.evidence import Contact, Named


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom a message came from, as far as anybody can tell."""

    contact: Contact | None
    """The phone or address it came from, or the first one of its writer."""
    writer: PersonId | None = None
    """Who wrote, where only the tool says it."""
    also: tuple[Contact, ...] = ()
    """The writer's other phones and addresses."""
    unplaced: bool = False
    """The tool names its person, and nothing is known by which they could be reached."""


def origins(session: Session, named: Named, messages: Sequence[tuple[Row, MessageRecord]]) -> list[Origin]:
    """Where each message came from, in their order."""
    written = [named.contact(record.contact) for _, record in messages]
    keys = [
        named.identity(row["connection_id"], record.person_vendor_id)
        if record.person_vendor_id and contact is None
        else ""
        for (row, record), contact in zip(messages, written, strict=True)
    ]
    people = {key: PersonId(person) for key, person in owners(session, {key for key in keys if key}).items()}
    points = contact_points(session, set(people.values()))
    return [
        _by_person(people.get(key), points) if key else Origin(contact)
        for key, contact in zip(keys, written, strict=True)
    ]


def _by_person(person: PersonId | None, points: Mapping[PersonId, tuple[ContactPoint, ...]]) -> Origin:
    theirs = points.get(person, ()) if person else ()
    contacts = tuple(Contact(one.contact_point_id, one.kind, one.value.get_secret_value()) for one in theirs)
    if not contacts:
        return Origin(None, person, unplaced=True)
    return Origin(contacts[0], person, contacts[1:])
