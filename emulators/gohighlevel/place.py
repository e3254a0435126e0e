"""A sub-account and everything in it, as the JSON that HighLevel answers with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

Doc: TypeAlias = dict[str, Any]
STATUSES = ("new", "confirmed", "cancelled", "showed", "noshow", "invalid")
NUMBERS = {"TYPE_CALL": 1, "TYPE_SMS": 2, "TYPE_EMAIL": 3}
"""A kind of message as a number, as far as it is documented."""
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
START = frozenset({"START", "UNSTOP", "YES"})


def _nowhere() -> Any:  # noqa: ANN401 - never answers
    raise RuntimeError("A sub-account lives in an emulator: give it to GoHighLevelEmulator.")


@dataclass(slots=True)
class Calendar:
    """A calendar of a sub-account. Booked over its own page, an appointment is `confirmed` at once where `confirms`."""

    id: str
    name: str
    minutes: int = 30
    confirms: bool = True
    active: bool = True

    def resource(self, location: str) -> Doc:
        """As the list of calendars shows it."""
        return {
            "id": self.id,
            "locationId": location,
            "name": self.name,
            "isActive": self.active,
            "slotDuration": self.minutes,
            "autoConfirm": self.confirms,
            "openHours": [],
        }


@dataclass
class Place:
    """One sub-account. `stamp` and `token` are the emulator's clock and its maker of ids."""

    id: str
    name: str = "Emulated practice"
    company: str = "cmEmulated0000000001"
    zone: str = "America/New_York"
    numbers: tuple[str, ...] = ("+12125550110",)
    calendars: tuple[Calendar, ...] = (Calendar("calEmulated000000001", "Visit"),)
    webhook_url: str = ""
    contacts: dict[str, Doc] = field(default_factory=dict)
    appointments: dict[str, Doc] = field(default_factory=dict)
    messages: dict[str, Doc] = field(default_factory=dict)
    tasks: dict[str, Doc] = field(default_factory=dict)
    notes: dict[str, Doc] = field(default_factory=dict)
    submissions: list[Doc] = field(default_factory=list)
    opportunities: dict[str, Doc] = field(default_factory=dict)
    automated: list[str] = field(default_factory=list)
    """Appointments whose change set the sub-account's own automations off: those write to the person."""
    now: Callable[[], datetime] = field(default=_nowhere, repr=False)
    token: Callable[[], str] = field(default=_nowhere, repr=False)
    notice: Callable[["Place", str, Doc], None] = field(default=lambda *_: None, repr=False)

    def resource(self) -> Doc:
        """The sub-account itself."""
        return {"id": self.id, "companyId": self.company, "name": self.name, "timezone": self.zone}

    def forget(self) -> None:
        """Empty, as at the start."""
        for held in (self.contacts, self.appointments, self.messages, self.tasks, self.notes, self.opportunities):
            held.clear()
        self.submissions.clear()
        self.automated.clear()

    # People

    def put_contact(self, given: Doc, contact_id: str = "") -> Doc:
        """A new contact, or one that is changed. `tags` replaces, as the vendor's upsert does."""
        now = stamp(self.now())
        known = self.contacts.get(contact_id)
        made = known is None
        contact = known or {"id": self.token()[:20], "locationId": self.id, "dateAdded": now, "dnd": False, "tags": []}
        muted = contact.get("dndSettings")
        contact |= {name: value for name, value in given.items() if name not in {"locationId", "id", "customFields"}}
        contact["customFields"] = _fields(contact.get("customFields", []), given.get("customFields", []))
        contact["dateUpdated"] = now
        self.contacts[contact["id"]] = contact
        changed = "ContactDndUpdate" if contact.get("dndSettings") != muted else "ContactUpdate"
        self.notice(self, "ContactCreate" if made else changed, contact)
        return contact

    def contact_by(self, phone: str = "", email: str = "") -> Doc | None:
        """The first contact with that phone or address."""
        for contact in self.contacts.values():
            if phone and contact.get("phone") == phone:
                return contact
            if email and str(contact.get("email") or "").lower() == email.lower():
                return contact
        return None

    def muted(self, contact: Doc, channel: str) -> bool:
        """Whether do-not-disturb is on for that channel."""
        settings = contact.get("dndSettings") or {}
        return bool(contact.get("dnd")) or settings.get(channel, {}).get("status") in {"active", "permanent"}

    # Calendar

    def book(self, given: Doc, source: str) -> Doc:
        """A new appointment."""
        calendar = next(one for one in self.calendars if one.id == given["calendarId"])
        start = datetime.fromisoformat(given["startTime"])
        end = given.get("endTime") or (start + timedelta(minutes=calendar.minutes)).isoformat()
        now = stamp(self.now())
        appointment: Doc = {
            "id": self.token()[:20],
            "calendarId": calendar.id,
            "locationId": self.id,
            "contactId": given["contactId"],
            "title": given.get("title", calendar.name),
            "appointmentStatus": given.get("appointmentStatus") or ("confirmed" if calendar.confirms else "new"),
            "assignedUserId": given.get("assignedUserId", ""),
            "users": [],
            "groupId": None,
            "startTime": self.local(start),
            "endTime": self.local(datetime.fromisoformat(end)),
            "dateAdded": now,
            "dateUpdated": now,
            "createdBy": {"source": source},
        }
        self.appointments[appointment["id"]] = appointment
        self.notice(self, "AppointmentCreate", {"appointment": appointment})
        return appointment

    def change(self, appointment_id: str, given: Doc) -> Doc:
        """Moved, cancelled, or marked."""
        appointment = self.appointments[appointment_id]
        if "startTime" in given:
            before = datetime.fromisoformat(appointment["endTime"]) - datetime.fromisoformat(appointment["startTime"])
            start = datetime.fromisoformat(given["startTime"])
            appointment["startTime"] = self.local(start)
            end = datetime.fromisoformat(given["endTime"]) if given.get("endTime") else start + before
            appointment["endTime"] = self.local(end)
        for name in ("appointmentStatus", "title", "calendarId", "assignedUserId"):
            appointment[name] = given.get(name, appointment[name])
        appointment["dateUpdated"] = stamp(self.now())
        self.notice(self, "AppointmentUpdate", {"appointment": appointment})
        return appointment

    def local(self, moment: datetime) -> str:
        """With the offset of the sub-account's zone, as HighLevel answers."""
        zone = ZoneInfo(self.zone)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone).isoformat()

    # Tasks

    def finish(self, task_id: str, *, done: bool) -> Doc:
        """Closed, or opened again."""
        task = self.tasks[task_id]
        task["completed"] = done
        if done:
            self.notice(self, "TaskComplete", {name: value for name, value in task.items() if name != "completed"})
        return task

    # Conversations

    def say(self, contact: Doc, kind: str, direction: str, **more: str) -> Doc:
        """A message of that contact's conversation."""
        now = stamp(self.now())
        message: Doc = {
            "id": self.token()[:20],
            "type": NUMBERS.get(kind, 0),
            "messageType": kind,
            "locationId": self.id,
            "contactId": contact["id"],
            "conversationId": f"cv{contact['id']}"[:20],
            "dateAdded": now,
            "dateUpdated": now,
            "direction": direction,
            "status": "delivered" if direction == "inbound" else "pending",
            "contentType": "text/plain",
            "attachments": [],
        }
        message |= more
        self.messages[message["id"]] = message
        return message

    def hear(self, phone: str, body: str) -> Doc:
        """Somebody texts the practice; whoever is unknown becomes a contact, and STOP is heeded."""
        contact = self.contact_by(phone=phone) or self.put_contact({"phone": phone})
        message = self.say(contact, "TYPE_SMS", "inbound", body=body)
        word = body.strip().upper()
        if word in STOP | START:
            status = "active" if word in STOP else "inactive"
            setting = {"status": status, "message": f"Updated by {word}", "code": "103"}
            self.put_contact({"dndSettings": {**(contact.get("dndSettings") or {}), "SMS": setting}}, contact["id"])
        self.notice(self, "InboundMessage", told(message))
        return message

    def become(self, message: Doc, status: str) -> None:
        """A message's status changes."""
        message["status"], message["dateUpdated"] = status, stamp(self.now())
        self.notice(self, "OutboundMessage", told(message))


def told(message: Doc) -> Doc:
    """A message as a call tells it: under other names, and without the numbers."""
    return {
        "messageId": message["id"],
        "messageType": message["messageType"].removeprefix("TYPE_").replace("EMAIL", "Email"),
        **{
            name: message.get(name)
            for name in ("contactId", "conversationId", "dateAdded", "direction", "status", "body")
        },
    }


def stamp(moment: datetime) -> str:
    """An instant as HighLevel writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _fields(known: list[Doc], given: list[Doc]) -> list[Doc]:
    """Custom fields by id or key; what is given anew replaces."""
    merged = {str(one.get("id") or one.get("key")): one for one in known}
    for one in given:
        name = str(one.get("id") or one.get("key"))
        merged[name] = {"id": name, "value": one.get("field_value", one.get("value"))}
    return list(merged.values())
