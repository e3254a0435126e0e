"""What Podium keeps: locations, contacts, conversations with their messages, invitations, reviews, notes, appointments."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from emulators.podium.problems import Refusal

Record = dict[str, Any]
PHONE = re.compile(r"\+[1-9]\d{1,15}")
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"})
START = frozenset({"start", "unstop", "yes"})


def stamp(moment: datetime) -> str:
    """`2015-01-23T23:50:07Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class World:
    """One organization. Records are kept as Podium shows them, by uid, oldest first."""

    token: Callable[[], str]
    now: Callable[[], datetime]
    organization: str = "0a9b1c2d-0000-4000-8000-000000000001"
    locations: dict[str, Record] = field(default_factory=dict)
    contacts: dict[str, Record] = field(default_factory=dict)
    conversations: dict[str, Record] = field(default_factory=dict)
    messages: dict[str, Record] = field(default_factory=dict)
    invites: dict[str, Record] = field(default_factory=dict)
    reviews: dict[str, Record] = field(default_factory=dict)
    notes: dict[str, Record] = field(default_factory=dict)
    appointments: dict[str, Record] = field(default_factory=dict)
    hooks: dict[str, Record] = field(default_factory=dict)

    def uid(self) -> str:
        """A fresh one."""
        return str(UUID(self.token()))

    def at(self) -> str:
        """The present instant."""
        return stamp(self.now())

    def add_location(self, uid: str, name: str, number: str) -> Record:
        """A place of the organization, with the number people see."""
        kept = {"uid": uid, "name": name, "displayName": name, "podiumPhoneNumber": number, "phoneNumber": number}
        beside = {"archived": False, "archivedAt": None, "organizationUid": self.organization}
        self.locations[uid] = kept | beside | {"createdAt": self.at(), "updatedAt": self.at()}
        return self.locations[uid]

    def location(self, uid: Any) -> Record:  # noqa: ANN401 - whatever the request holds
        """A location by its uid. Raises `Refusal`."""
        if uid not in self.locations:
            raise Refusal(422, "locationUid is not one of the account's locations")
        return self.locations[uid]

    def contact(self, identifier: str) -> Record | None:
        """A contact by phone, mail address or a conversation's uid."""
        for each in self.contacts.values():
            threads = {thread["uid"] for thread in each["conversations"]}
            if identifier in {*each["phoneNumbers"], *each["emails"], *threads}:
                return each
        return None

    def reach(self, identifier: str, location: str, name: str = "") -> Record:
        """The contact with that phone or address at that location; a new one where there is none. A name is written over."""
        found = self.contact(identifier)
        if found is None:
            found = self._new_contact(identifier, location)
        if name:
            found["name"] = name
        if location not in {each["uid"] for each in found["locations"]}:
            found["locations"].append({"uid": location})
        found["updatedAt"] = self.at()
        return found

    def _new_contact(self, identifier: str, location: str) -> Record:
        mail = "@" in identifier
        channel = {"identifier": identifier, "type": "email" if mail else "phone", "label": None}
        channel |= {"createdAt": self.at(), "updatedAt": self.at(), "transactionalOptedOutAt": None}
        contact: Record = {
            "uid": self.uid(),
            "name": None,
            "phoneNumbers": [] if mail else [identifier],
            "emails": [identifier] if mail else [],
            "address": None,
            "attributes": [],
            "channels": [channel | {"marketingOptedInLocationUids": []}],
            "conversations": [],
            "locations": [{"uid": location}],
            "organization": {"uid": self.organization},
            "tags": [],
            "createdAt": self.at(),
            "updatedAt": self.at(),
        }
        self.contacts[contact["uid"]] = contact
        return contact

    def thread(self, identifier: str, location: str, name: str = "") -> Record:
        """The conversation of a phone or an address with a location; a new one where there is none."""
        contact = self.reach(identifier, location, name)
        for each in self.conversations.values():
            if (each["channel"]["identifier"], each["locationUid"]) == (identifier, location):
                each["contactName"] = contact["name"]
                return each
        kept: Record = {
            "uid": self.uid(),
            "channel": {"identifier": identifier, "type": "email" if "@" in identifier else "phone"},
            "contactName": contact["name"],
            "locationUid": location,
            "closed": True,
            "assignedUserUid": None,
            "assigneeUids": [],
            "createdAt": self.at(),
            "lastItemAt": None,
            "updatedAt": self.at(),
        }
        self.conversations[kept["uid"]] = kept
        contact["conversations"].append({"uid": kept["uid"]})
        return kept

    def say(self, thread: Record, body: str, source: str, status: str | None, at: str = "") -> Record:
        """A message in a conversation."""
        moment = at or self.at()
        item = {"uid": self.uid(), "type": "text", "body": body, "sendBody": None, "sourceType": source}
        item |= {"attachmentContentType": None, "attachmentUrl": None, "encryptedAt": None}
        conversation = {"uid": thread["uid"], "channel": thread["channel"], "startedAt": thread["createdAt"]}
        message: Record = {
            "uid": self.uid(),
            "body": body,
            "attachmentUrl": None,
            "contactName": thread["contactName"],
            "conversation": conversation | {"assignedUserUid": None},
            "createdAt": moment,
            "failureReason": None,
            "items": [item | {"createdAt": moment, "deliveryStatus": status}],
            "location": {"uid": thread["locationUid"], "organizationUid": self.organization},
            "senderUid": None,
            "webchatUrl": None,
        }
        self.messages[message["uid"]] = message
        thread |= {"lastItemAt": self.at(), "updatedAt": self.at()}
        return message

    def heed(self, identifier: str, word: str) -> None:
        """A keyword of somebody's text, as carriers know it."""
        contact = self.contact(identifier)
        if contact is None or word not in STOP | START:
            return
        for channel in contact["channels"]:
            if channel["identifier"] == identifier:
                channel["transactionalOptedOutAt"] = self.at() if word in STOP else None
        contact["updatedAt"] = self.at()

    def opted_out(self, identifier: str) -> bool:
        """Whether that channel of a contact takes no more texts."""
        contact = self.contact(identifier)
        channels = contact["channels"] if contact else []
        return any(one["transactionalOptedOutAt"] for one in channels if one["identifier"] == identifier)


def identified(channel: Any) -> str:  # noqa: ANN401 - whatever the request holds
    """The identifier of a request's channel. Raises `Refusal` where Podium's OpenAPI asks for more."""
    table = channel if isinstance(channel, dict) else {}
    kind, identifier = table.get("type"), str(table.get("identifier") or "")
    fits = {"phone": PHONE, "email": MAIL}.get(str(kind))
    if fits is None or not fits.fullmatch(identifier):
        raise Refusal(422, "channel needs a type (email, phone) and an identifier of that type")
    return identifier


def required(given: Any, *names: str) -> Record:  # noqa: ANN401 - JSON
    """A request's body. Raises `Refusal` for what its OpenAPI requires and is not there."""
    table = given if isinstance(given, dict) else {}
    lacking = [name for name in names if not table.get(name)]
    if lacking:
        raise Refusal(422, f"{', '.join(lacking)} can't be blank")
    return table
