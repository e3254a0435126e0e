"""Whom a record is about. A search does not say it, and an association moves no date: it is read with every row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from canonical.problems import ProtocolBroken
from connectors.hubspot.asking import BATCH, Reading
from connectors.hubspot.objects import CONTACTS, Kind, key_property, selected
from connectors.hubspot.rows import Row, is_ours, rows_of
from connectors.kit.calls import broken_page
from connectors.kit.shapes import Misshapen

PRIMARY: Final = 578
"""The association type of a lead's primary contact; 608 is any other (hubspot-api-client, 2026-11)."""
PERSON: Final = ("firstname", "lastname", "email", "phone", "mobilephone", "hs_language")
"""What a lead needs of its contact."""


class _Link(msgspec.Struct, rename="camel"):
    to_object_id: int | str
    association_types: Any = None


class _From(msgspec.Struct):
    id: int | str


class _Association(msgspec.Struct, rename={"one": "from"}):
    one: _From
    to: msgspec.Raw


class _Associations(msgspec.Struct):
    results: list[msgspec.Raw] | None


@dataclass(frozen=True, slots=True)
class Links:
    """A record's associations as HubSpot wrote them, and the one that counts."""

    all: bytes
    counts: bytes
    contact_id: str


@dataclass(frozen=True)
class Related:
    """Rows of a page with whom they are about."""

    links: Mapping[str, Links]
    contacts: Mapping[str, Row]

    def body(self, row: Row) -> bytes:
        """The row with its associations inside, each piece as it came."""
        links = self.links.get(row.id)
        parts = [b'"contacts":' + (links.all if links else b"[]")]
        if links:
            parts.append(b'"contact":' + links.counts)
            person = self.contacts.get(links.contact_id)
            parts += [b'"person":' + person.body] if person else []
        return row.body.rstrip()[:-1] + b"," + b",".join(parts) + b"}"

    def contact(self, row: Row) -> Row | None:
        """The contact a row is about, where it was read."""
        links = self.links.get(row.id)
        return self.contacts.get(links.contact_id) if links else None


def related(reading: Reading, kind: Kind, rows: Sequence[Row]) -> Related:
    """Whom rows are about: the associations in one question, and contacts only where somebody needs them."""
    if not kind.about_contacts or not rows:
        return Related({}, {})
    links = _links(reading, kind, [row.id for row in rows])
    selecting = selected(reading.access)
    if not (kind.with_contact or selecting):
        return Related(links, {})
    ids = list(dict.fromkeys(link.contact_id for link in links.values()))
    return Related(links, dict(_contacts(reading, ids)))


def ours(reading: Reading, kind: Kind, rows: Sequence[Row], whose: Related) -> tuple[Row, ...]:
    """On a shared portal, only what is about one of our contacts; a record about nobody is nobody's there."""
    selecting = selected(reading.access)
    if not selecting or not kind.about_contacts:
        return tuple(rows)
    found = [(row, whose.contact(row)) for row in rows]
    return tuple(row for row, contact in found if contact and is_ours(contact.properties, selecting))


def _links(reading: Reading, kind: Kind, ids: Sequence[str]) -> dict[str, Links]:
    """Only the first page of each record's contacts is read: one contact counts, and more than 100 are no conversation."""
    problem: ProtocolBroken
    answer = reading.contacts_of(kind.object_type, ids)
    try:
        found = msgspec.json.decode(answer.body, type=_Associations).results or []
        return dict(pair for each in found for pair in _association(bytes(each)))
    except msgspec.MsgspecError:
        where = reading.where
        problem = broken_page(where, Misshapen("is not JSON with a list of associations"))
    raise problem


def _association(written: bytes) -> Iterator[tuple[str, Links]]:
    """A record's id and its contacts. One that cannot be read is as if it were not there, and costs the others nothing."""
    try:
        found = msgspec.json.decode(written, type=_Association)
        pieces = msgspec.json.decode(found.to, type=list[msgspec.Raw] | None) or []
        links = [(bytes(piece), msgspec.json.decode(piece, type=_Link)) for piece in pieces]
    except msgspec.MsgspecError:
        return
    if links:
        counts, link = next((pair for pair in links if _is_primary(pair[1])), links[0])
        yield str(found.one.id), Links(bytes(found.to), counts, str(link.to_object_id))


def _is_primary(link: _Link) -> bool:
    types = link.association_types if isinstance(link.association_types, list) else []
    return any(isinstance(each, dict) and each.get("typeId") == PRIMARY for each in types)


def _contacts(reading: Reading, ids: Sequence[str]) -> Iterator[tuple[str, Row]]:
    access = reading.access
    key = (key_property(access),) if key_property(access) else ()
    wanted = tuple(dict.fromkeys((*PERSON, *key, *access.connection.select)))
    for start in range(0, len(ids), BATCH):
        answer = reading.by_ids(CONTACTS.object_type, ids[start : start + BATCH], wanted)
        page = rows_of(answer.body, CONTACTS, reading.where, "contacts")
        yield from ((row.id, row) for row in page.rows)
