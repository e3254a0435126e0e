"""Contacts that something else is about: by id, by phone or by mail address."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from connectors.gohighlevel import client
from connectors.gohighlevel.asking import asking, inside, segment, telling, wrapped
from connectors.gohighlevel.kinds import by_mail, by_text
from connectors.kit.access import Access
from connectors.kit.shapes import said


class Contact(msgspec.Struct, rename="camel"):
    """What we need of a contact, as far as it says it. The bytes of a value stay as the vendor wrote them."""

    id: str
    phone: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    dnd_settings: dict[str, object] | None = None


class _Said(msgspec.Struct, rename="camel"):
    """Whom a message is about, in its own words."""

    contact_id: Any = None
    direction: Any = None
    message_type: Any = None
    type: Any = None

    @property
    def kind(self) -> str:
        """What sort of message it is, by its word, else by its number."""
        return said(self.message_type) or said(self.type)


_NOTHING: Final = frozenset({b"null", b'""'})


@dataclass
class People:
    """Contacts that were asked for, each once."""

    access: Access
    capability: str
    known: dict[str, bytes] = field(default_factory=dict)

    def known_in(self, message: bytes) -> bytes:
        """The message with the phone or address of whom it is about, and our own number where it says one.

        A text may name both numbers itself; mail names them as people write them, and social channels name accounts, so the
        contact's own count. Who left neither is nobody we know.
        """
        try:
            told = msgspec.json.decode(message, type=_Said)
        except msgspec.MsgspecError:
            return message
        if not message.rstrip().endswith(b"}"):
            return message
        contact, kind = said(told.contact_id), told.kind
        if by_mail(kind):
            return with_fields(message, {"contactEmail": self._of_contact(contact, "email")})
        if by_text(kind):
            return with_fields(
                message, self._numbers(message, contact, inbound=said(told.direction)[:2].lower() == "in")
            )
        known = {"contactPhone": self._of_contact(contact, "phone"), "contactEmail": self._of_contact(contact, "email")}
        return with_fields(message, known)

    def _numbers(self, message: bytes, contact: str, *, inbound: bool) -> dict[str, bytes]:
        theirs, ours = _number(message, "from" if inbound else "to"), _number(message, "to" if inbound else "from")
        return {"contactPhone": theirs or self._of_contact(contact, "phone"), "ours": ours}

    def _of_contact(self, contact: str, name: str) -> bytes:
        if not contact:
            return b""
        if contact not in self.known:
            path = f"/contacts/{segment(contact)}"
            self.known[contact] = wrapped(self.access, path, "contact", self.capability) or b"{}"
        found = inside(self.known[contact], name) or b""
        return b"" if found in _NOTHING else found


_PHONE: Final = re.compile(rb'"[+\d().\s-]{7,}"')
"""A phone as people write it: `Studio 54` has digits, and is the name of a sub-account."""


def _number(message: bytes, name: str) -> bytes:
    """The bytes of a field that holds a phone; nothing for anything else."""
    found = inside(message, name) or b""
    return found if _PHONE.fullmatch(found) else b""


def with_fields(body: bytes, more: dict[str, bytes]) -> bytes:
    """A JSON object with further fields behind its own, whose bytes are not touched; empty ones are left out."""
    added = b"".join(b",%s:%s" % (json.dumps(name).encode(), value) for name, value in more.items() if value)
    return body.rstrip()[:-1] + added + b"}" if added else body


FOUND_BY: Final = {True: "email", False: "number"}
"""Whether it is a mail address → the name of the question."""


def by_address(access: Access, address: str, capability: str, reference: str = "") -> Contact | None:
    """The contact that has this phone or mail address, from the record and not from the index; None where nobody has."""
    query = {"locationId": client.location(access), FOUND_BY["@" in address]: address}
    request = asking(access, "/contacts/search/duplicate", query)
    answer = client.line(access).read(request, capability, reference)
    body = inside(answer.body, "contact")
    return contact_of(body) if body and body != b"null" else None


def everybody_with(access: Access, address: str, capability: str, reference: str = "") -> tuple[Contact, ...]:
    """All contacts of that phone or address: a mother and a daughter may share one, and it may be in nobody's index yet."""
    named = "email" if "@" in address else "phone"
    body = {
        "locationId": client.location(access),
        "page": 1,
        "pageLimit": 100,
        "filters": [{"field": named, "operator": "eq", "value": address}],
    }
    answer = client.line(access).read(telling(access, "/contacts/search", body), capability, reference)
    listed = msgspec.json.decode(inside(answer.body, "contacts") or b"[]", type=list[msgspec.Raw] | None) or []
    first = by_address(access, address, capability, reference)
    found = (contact_of(bytes(one)) for one in listed)
    return tuple({one.id: one for one in (first, *found) if one is not None}.values())


def contact_of(body: bytes) -> Contact | None:
    """The contact, or None where it is none; a field of another form than we know is left out."""
    try:
        return msgspec.json.decode(body, type=Contact)
    except msgspec.MsgspecError:
        plain = inside(body, "id")
    try:
        return Contact(msgspec.json.decode(plain or b"", type=str))
    except msgspec.MsgspecError:
        return None
