"""What a test or the demo can make happen at the pretend HighLevel: people book, write, and do not come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.gohighlevel.place import Doc, Place, stamp, told
from emulators.kit.exchange import Given, Json

if TYPE_CHECKING:
    from emulators.gohighlevel.emulator import GoHighLevelEmulator


class Controls:
    """POST `/_emulator/gohighlevel/<name>`; each takes `location`, or means the first one. The views answer GET."""

    def __init__(self, highlevel: GoHighLevelEmulator) -> None:
        self._highlevel = highlevel

    def install(self) -> None:
        """Put them on the control port."""
        self._highlevel.controls |= {
            "contact": self.contact,
            "book": self.book,
            "change": self.change,
            "delete": self.delete,
            "reply": self.reply,
            "mail": self.mail,
            "write": self.write,
            "submit": self.submit,
            "opportunity": self.opportunity,
            "finish": self.finish,
            "outcome": self.outcome,
            "hook": self.hook,
            "code": self.code,
            "private_token": self.private_token,
            "expire_tokens": self.expire_tokens,
        }
        self._highlevel.views |= {
            "messages": self.messages,
            "contacts": self.contacts,
            "appointments": self.appointments,
            "tasks": self.tasks,
        }

    def contact(self, given: Given) -> Json:
        """`{id?, …fields}`: somebody at the desk makes or changes a contact."""
        fields = {name: value for name, value in given.items() if name not in {"location", "id"}}
        return self._place(given).put_contact(fields, given.get("id", ""))

    def book(self, given: Given) -> Json:
        """`{contact, start, calendar?, by?}`: by the person over the booking page, unless `by` says otherwise."""
        place = self._place(given)
        calendar = given.get("calendar", place.calendars[0].id)
        booking = {"contactId": given["contact"], "calendarId": calendar, "startTime": given["start"]}
        return place.book(booking | {"title": given.get("title", "")}, given.get("by", "booking_widget"))

    def change(self, given: Given) -> Json:
        """`{id, start?, status?}`: moved, cancelled, showed, noshow."""
        more = {"startTime": given["start"]} if "start" in given else {}
        more |= {"appointmentStatus": given["status"]} if "status" in given else {}
        return self._place(given).change(given["id"], more)

    def delete(self, given: Given) -> Json:
        """`{id}`: an appointment is deleted, which no list shows."""
        place = self._place(given)
        gone = place.appointments.pop(given["id"])
        place.notice(place, "AppointmentDelete", {"appointment": gone})
        return gone

    def reply(self, given: Given) -> Json:
        """`{from, body}`: a person texts the practice."""
        return self._place(given).hear(given["from"], given["body"])

    def mail(self, given: Given) -> Json:
        """`{from, body}`: a person mails the practice."""
        place = self._place(given)
        contact = place.contact_by(email=given["from"]) or place.put_contact({"email": given["from"]})
        message = place.say(contact, "TYPE_EMAIL", "inbound", body=given["body"])
        place.notice(place, "InboundMessage", {"messageId": message["id"], "messageType": "Email", **_ids(message)})
        return message

    def write(self, given: Given) -> Json:
        """`{contact, kind, body}`: a person writes on another channel, such as TYPE_INSTAGRAM; or a log is written."""
        place = self._place(given)
        said = place.say(place.contacts[given["contact"]], given["kind"], "inbound", body=given["body"])
        place.notice(place, "InboundMessage", told(said))
        return said

    def submit(self, given: Given) -> Json:
        """`{name, phone?, email?, message?}`: somebody fills in a form; they become a contact, too."""
        place = self._place(given)
        phone, email = given.get("phone", ""), given.get("email", "")
        known = place.contact_by(phone, email) or place.put_contact({"phone": phone, "email": email})
        made: Doc = {
            "id": self._highlevel.token(),
            "contactId": known["id"],
            "createdAt": stamp(place.now()),
            "formId": "formEmulated00000001",
            "name": given["name"],
            "email": email,
            "others": {"phone": phone, "message": given.get("message", "")},
        }
        place.submissions.append(made)
        return made

    def opportunity(self, given: Given) -> Json:
        """`{contact, name?, stage?}`."""
        place = self._place(given)
        person = place.contacts[given["contact"]]
        now = stamp(place.now())
        made: Doc = {
            "id": self._highlevel.token(20),
            "name": given.get("name", "New"),
            "pipelineStageId": given.get("stage", "first"),
            "status": "open",
            "createdAt": now,
            "updatedAt": now,
            "contactId": person["id"],
            "locationId": place.id,
            "contact": {name: person.get(name) for name in ("id", "phone", "email")},
        }
        place.opportunities[made["id"]] = made
        place.notice(place, "OpportunityCreate", made)
        return made

    def finish(self, given: Given) -> Json:
        """`{id}`: somebody at the desk closes a task."""
        return self._place(given).finish(given["id"], done=True)

    def outcome(self, given: Given) -> Json:
        """`{to, status}`: how messages to this phone or address end from now on."""
        self._highlevel.outcomes[given["to"]] = given["status"]
        return {"to": given["to"]}

    def hook(self, given: Given) -> Json:
        """`{url}`: where this sub-account's events are told."""
        self._place(given).webhook_url = given["url"]
        return {"url": given["url"]}

    def code(self, given: Given) -> Json:
        """`{code, agency?}`: somebody said yes on the consent page."""
        place = self._place(given)
        self._highlevel.tokens.code(given["code"], "" if given.get("agency") else place.id, place.company)
        return {"code": given["code"]}

    def private_token(self, given: Given) -> Json:
        """`{token, scopes?}`: a private integration of the sub-account."""
        place = self._place(given)
        self._highlevel.tokens.private(given["token"], place.id, place.company, given.get("scopes"))
        return {"token": given["token"]}

    def expire_tokens(self, given: Given) -> Json:
        """Every access token ends before its time."""
        del given
        return {"expired": self._highlevel.tokens.expire()}

    def messages(self, given: Given) -> Json:
        """Every message, oldest first."""
        return {"messages": list(self._place(given).messages.values())}

    def contacts(self, given: Given) -> Json:
        """Every contact."""
        return {"contacts": list(self._place(given).contacts.values())}

    def appointments(self, given: Given) -> Json:
        """Every appointment."""
        return {"appointments": list(self._place(given).appointments.values())}

    def tasks(self, given: Given) -> Json:
        """Every task."""
        return {"tasks": list(self._place(given).tasks.values())}

    def _place(self, given: Given) -> Place:
        places = self._highlevel.places
        return places[given["location"]] if given.get("location") else next(iter(places.values()))


def _ids(message: Doc) -> Doc:
    return {name: message[name] for name in ("contactId", "conversationId", "direction")}
