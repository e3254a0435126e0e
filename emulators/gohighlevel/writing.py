"""What can be changed at the pretend HighLevel over its own interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emulators.gohighlevel import problems
from emulators.gohighlevel.place import STATUSES, Doc, stamp
from emulators.gohighlevel.problems import Refusal
from emulators.gohighlevel.rules import Ask, Rule
from emulators.kit.exchange import Answer, Mark

if TYPE_CHECKING:
    from emulators.gohighlevel.emulator import GoHighLevelEmulator


class Writing:
    """Handlers that change the world."""

    def __init__(self, highlevel: GoHighLevelEmulator) -> None:
        self._highlevel = highlevel

    def routes(self) -> Iterator[tuple[str, str, Rule]]:
        """Method, path and rule; the first that fits counts."""
        table = (
            ("POST", "/contacts/upsert", "contacts.write", self.upsert),
            ("POST", "/contacts/", "contacts.write", self.create),
            ("PUT", "/contacts/{id}", "contacts.write", self.update),
            ("DELETE", "/contacts/{id}", "contacts.write", self.delete),
            ("POST", "/contacts/{id}/tags", "contacts.write", self.tag),
            ("DELETE", "/contacts/{id}/tags", "contacts.write", self.untag),
            ("POST", "/contacts/{id}/tasks", "contacts.write", self.task),
            ("PUT", "/contacts/{id}/tasks/{task}/completed", "contacts.write", self.complete),
            ("POST", "/contacts/{id}/notes", "contacts.write", self.note),
            ("POST", "/calendars/events/appointments", "calendars/events.write", self.book),
            ("PUT", "/calendars/events/appointments/{id}", "calendars/events.write", self.change),
            ("DELETE", "/calendars/events/{id}", "calendars/events.write", self.remove),
        )
        for method, path, scope, handle in table:
            yield method, path, Rule(scope, handle, "write")
        yield "POST", "/conversations/messages", Rule("conversations/message.write", self.send, "send")

    def upsert(self, ask: Ask) -> Answer:
        """By address, then by phone; `tags` replaces."""
        given = ask.call.json()
        known = ask.place.contact_by("", given.get("email") or "") or ask.place.contact_by(given.get("phone") or "")
        contact = ask.place.put_contact(given, known["id"] if known else "")
        answer = {"new": known is None, "contact": contact, "traceId": "emulated"}
        return Answer(200, answer, marks=[_mark(contact)])

    def create(self, ask: Ask) -> Answer:
        """A duplicate is refused, as a sub-account that does not allow them does."""
        given = ask.call.json()
        if ask.place.contact_by(given.get("phone") or "", given.get("email") or ""):
            raise Refusal(400, "This location does not allow duplicated contacts.")
        contact = ask.place.put_contact(given)
        return Answer(201, {"contact": contact}, marks=[_mark(contact)])

    def update(self, ask: Ask) -> Answer:
        """The fields that are named; `dndSettings` as a whole."""
        contact = ask.place.put_contact(ask.call.json(), _contact(ask)["id"])
        return Answer(200, {"succeded": True, "contact": contact}, marks=[_mark(contact)])

    def delete(self, ask: Ask) -> Answer:
        """Gone."""
        contact = _contact(ask)
        del ask.place.contacts[contact["id"]]
        ask.place.notice(ask.place, "ContactDelete", contact)
        return Answer(200, {"succeded": True}, marks=[_mark(contact)])

    def tag(self, ask: Ask) -> Answer:
        """Added to those that are there."""
        contact = _contact(ask)
        tags = list(dict.fromkeys([*(contact.get("tags") or []), *ask.call.json()["tags"]]))
        ask.place.put_contact({"tags": tags}, contact["id"])
        return Answer(201, {"tags": tags}, marks=[_mark(contact)])

    def untag(self, ask: Ask) -> Answer:
        """Taken off, where they are there."""
        contact, given = _contact(ask), set(ask.call.json()["tags"])
        tags = [tag for tag in contact.get("tags") or [] if tag not in given]
        ask.place.put_contact({"tags": tags}, contact["id"])
        return Answer(200, {"tags": tags}, marks=[_mark(contact)])

    def task(self, ask: Ask) -> Answer:
        """A task beside the contact."""
        given, contact = ask.call.json(), _contact(ask)
        missing = [f"{name} should not be empty" for name in ("title", "dueDate", "completed") if name not in given]
        if missing:
            raise Refusal(422, missing)
        task = {"id": self._highlevel.token(20), "contactId": contact["id"], **given}
        ask.place.tasks[task["id"]] = task
        ask.place.notice(ask.place, "TaskCreate", task)
        return Answer(201, {"task": task}, marks=[Mark("write", vendor_id=task["id"])])

    def complete(self, ask: Ask) -> Answer:
        """Somebody closes it."""
        task = ask.place.finish(ask.call.fields["task"], done=bool(ask.call.json()["completed"]))
        return Answer(200, {"task": task}, marks=[Mark("write", vendor_id=task["id"])])

    def note(self, ask: Ask) -> Answer:
        """A note beside the contact."""
        contact = _contact(ask)
        note = {"id": self._highlevel.token(20), "contactId": contact["id"], "body": ask.call.json()["body"]}
        note["dateAdded"] = stamp(ask.place.now())
        ask.place.notes[note["id"]] = note
        return Answer(201, {"note": note}, marks=[Mark("write", vendor_id=note["id"])])

    def book(self, ask: Ask) -> Answer:
        """By a program."""
        given = ask.call.json()
        _check_status(given)
        if given["contactId"] not in ask.place.contacts:
            raise Refusal(400, "Contact not found")
        made = ask.place.book(given, "third_party")
        return Answer(201, made, marks=[Mark("write", vendor_id=made["id"])])

    def change(self, ask: Ask) -> Answer:
        """Moved, cancelled or marked; the sub-account's automations run unless `toNotify` is false."""
        given = ask.call.json()
        _check_status(given)
        if ask.call.fields["id"] not in ask.place.appointments:
            raise Refusal(404, problems.NOT_FOUND)
        changed = ask.place.change(ask.call.fields["id"], given)
        if given.get("toNotify", True):
            ask.place.automated.append(changed["id"])
        return Answer(200, changed, marks=[Mark("write", vendor_id=changed["id"])])

    def remove(self, ask: Ask) -> Answer:
        """Gone from the calendar and from every list."""
        gone = ask.place.appointments.pop(ask.call.fields["id"], None)
        if gone is None:
            raise Refusal(404, problems.NOT_FOUND)
        ask.place.notice(ask.place, "AppointmentDelete", {"appointment": gone})
        return Answer(201, {"succeeded": True}, marks=[Mark("write", vendor_id=gone["id"])])

    def send(self, ask: Ask) -> Answer:
        """A text or a mail really goes out."""
        given = ask.call.json()
        contact = ask.place.contacts.get(given.get("contactId", ""))
        if contact is None:
            raise Refusal(400, "Contact not found")
        text = given["type"] == "SMS"
        address = _address(ask, contact, given) if text else given.get("emailTo") or contact.get("email") or ""
        channel = "SMS" if text else "Email"
        if ask.place.muted(contact, channel):
            raise Refusal(400, f"Cannot send message as DND is active for {channel}.")
        words = {"body": given["message"]} if text else {"body": given["html"], "subject": given.get("subject", "")}
        message = ask.place.say(
            contact, "TYPE_SMS" if text else "TYPE_EMAIL", "outbound", source="api", to=address, **words
        )
        if text:
            message["from"] = given.get("fromNumber") or ask.place.numbers[0]
        answer = {"conversationId": message["conversationId"], "messageId": message["id"], "msg": "Message queued."}
        return Answer(
            201,
            answer | ({} if text else {"emailMessageId": f"em{message['id']}"[:20]}),
            marks=[Mark("send", recipient=address, vendor_id=message["id"])],
            after=[lambda: self._highlevel.progress(ask.place, message, address)],
        )


def _contact(ask: Ask) -> Doc:
    known = ask.place.contacts.get(ask.call.fields["id"])
    if known is None:
        raise Refusal(400, f"Contact with id {ask.call.fields['id']} not found")
    return known


def _address(ask: Ask, contact: Doc, given: Doc) -> str:
    """The phone a text goes to, from a number of the sub-account."""
    to = str(given.get("toNumber") or contact.get("phone") or "")
    if not to:
        raise Refusal(400, "Missing phone number")
    if given.get("fromNumber") and given["fromNumber"] not in ask.place.numbers:
        raise Refusal(400, "The from number does not belong to this location")
    return to


def _check_status(given: Doc) -> None:
    if given.get("appointmentStatus") and given["appointmentStatus"] not in STATUSES:
        raise Refusal(422, [f"appointmentStatus must be one of the following values: {', '.join(STATUSES)}"])


def _mark(contact: Doc) -> Mark:
    return Mark("write", recipient=contact.get("phone") or contact.get("email"), vendor_id=contact["id"])
