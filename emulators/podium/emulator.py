"""The pretend Podium."""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

from typing_extensions import Unpack, override

from emulators.kit.emulator import HttpEmulator, Settings
from emulators.kit.exchange import Answer, Call, Handler, Json, Mark, Routes
from emulators.kit.faults import Fault
from emulators.podium import problems
from emulators.podium.calls import Calls
from emulators.podium.controls import Controls
from emulators.podium.listing import page, within
from emulators.podium.problems import Refusal
from emulators.podium.tokens import Tokens
from emulators.podium.world import Record, World, identified, required

DOWNTOWN = "10000000-0000-4000-8000-000000000001"
MESSAGES_A_PAGE, PER_MINUTE = 10, 300
SCOPES = {
    ("GET", "contacts"): "read_contacts",
    ("POST", "contacts"): "write_contacts",
    ("GET", "conversations"): "read_messages",
    ("POST", "conversations"): "write_messages",
    ("POST", "messages"): "write_messages",
    ("POST", "import"): "write_messages",
    ("GET", "reviews"): "read_reviews",
    ("POST", "reviews"): "write_reviews",
    ("POST", "appointments"): "write_appointments",
    ("GET", "locations"): "read_locations",
}


class PodiumEmulator(HttpEmulator):
    """One Podium organization with one location to begin with (`+12125550100`).

    After the answer a text is `sent` (or what `outcomes` says for its recipient), with signed calls to every webhook that
    wants them. `auto_progress` false leaves texts pending until the control `advance`.
    """

    vendor = "podium"

    def __init__(
        self, *, per_minute: int = PER_MINUTE, auto_progress: bool = True, **settings: Unpack[Settings]
    ) -> None:
        super().__init__(**settings)
        self.per_minute = per_minute
        self.auto_progress = auto_progress
        self.outcomes: dict[str, str] = {}
        self.tokens = Tokens(self.token, self.clock.now)
        self._asked: deque[float] = deque()
        self.forget()
        self.calls = Calls(self)
        Controls(self).install()
        self._routes: Routes[Handler] = Routes(
            [
                ("GET", "/v4/contacts", self._contacts),
                ("POST", "/v4/contacts/campaigns/opt_out", self._opt_out),
                ("GET", "/v4/contacts/{identifier}", self._contact),
                ("GET", "/v4/conversations", self._conversations),
                ("GET", "/v4/conversations/{uid}", self._conversation),
                ("GET", "/v4/conversations/{uid}/messages", self._messages),
                ("POST", "/v4/conversations/{uid}/notes", self._note),
                ("POST", "/v4/messages", self._send),
                ("POST", "/v4/import/messages", self._import),
                ("GET", "/v4/reviews", self._reviews),
                ("GET", "/v4/reviews/invites", self._invites),
                ("POST", "/v4/reviews/invites", self._invite),
                ("POST", "/v4/appointments", self._appointment),
                ("GET", "/v4/locations", self._locations),
                ("GET", "/v4/webhooks", self._hooks),
                ("POST", "/v4/webhooks", self._new_hook),
            ]
        )

    @override
    def describe_ports(self) -> dict[str, Json]:
        app = {"client_id": self.tokens.client_id, "client_secret": self.tokens.client_secret}
        places = {uid: each["podiumPhoneNumber"] for uid, each in self.world.locations.items()}
        return super().describe_ports() | app | {"refresh_token": self.tokens.refresh_token, "locations": places}

    @override
    def forget(self) -> None:
        self.world = World(self.token, self.clock.now)
        self.world.add_location(DOWNTOWN, "Downtown", "+12125550100")
        self.outcomes.clear()

    # HTTP

    @override
    def answer(self, call: Call) -> Answer:
        if call.path.startswith("/oauth/"):
            answer = self.tokens.answer(call) if call.method == "POST" else self.tokens.consent(call)
            answer.marks = [Mark("write", accepted=answer.status < 400)]  # noqa: PLR2004 - success, as HTTP defines it
            return answer
        return super().answer(call)

    @override
    def respond(self, call: Call) -> Answer:
        if not self.tokens.opens(call.headers.get("authorization", "")):
            raise Refusal(401, "The access token is missing or has ended")
        found = self._routes.find(call)
        if found is None:
            raise Refusal(404, "No such route", "route_not_found")
        scope = SCOPES.get((call.method, call.path.split("/")[2]), "")
        if scope and scope not in self.tokens.scopes:
            raise Refusal(403, f"Required scope: {scope}")
        self._count()
        return found[0](found[1])

    def _count(self) -> None:
        now = time.monotonic()  # a limit is on machine time, whatever the emulator's clock says
        while self._asked and now - self._asked[0] >= 60:  # noqa: PLR2004 - a minute
            self._asked.popleft()
        if len(self._asked) >= self.per_minute:
            raise Refusal(429, "Too many requests")
        self._asked.append(now)

    @override
    def describe(self, call: Call) -> list[Mark]:
        if call.method != "POST":
            return [Mark()]
        try:
            channel = call.json().get("channel")
        except (ValueError, AttributeError):
            channel = None
        recipient = channel.get("identifier") if isinstance(channel, dict) else None
        return [Mark("send" if call.path == "/v4/messages" else "write", recipient=recipient)]

    @override
    def error(self, fault: Fault) -> Answer:
        return problems.from_fault(fault)

    def _accepted(self, call: Call, record: Record) -> Answer:
        marks = [replace(mark, vendor_id=record["uid"]) for mark in self.describe(call)]
        return Answer(200, {"data": record, "metadata": {"url": self._url(call)}}, marks=marks)

    def _url(self, call: Call) -> str:
        return f"{self.url}{call.path}"

    def _body(self, call: Call, *names: str) -> Record:
        try:
            return required(call.json(), *names)
        except ValueError as wrong:
            raise Refusal(400, "The body is not JSON") from wrong

    # Reading

    def _contacts(self, call: Call) -> Answer:
        rows = sorted(self.world.contacts.values(), key=lambda each: str(each["updatedAt"]))
        return page(call, lambda asked: within(rows, asked), self._url(call))

    def _contact(self, call: Call) -> Answer:
        found = self.world.contact(call.fields["identifier"])
        if found is None:
            raise Refusal(404, "No such contact")
        return Answer(200, {"data": found, "metadata": {"url": self._url(call)}})

    def _conversations(self, call: Call) -> Answer:
        rows = sorted(self.world.conversations.values(), key=lambda each: each["lastItemAt"] or "", reverse=True)

        def choose(asked: Mapping[str, str]) -> Sequence[Record]:
            return [row for row in rows if asked.get("locationUid", row["locationUid"]) == row["locationUid"]]

        return page(call, choose, self._url(call))

    def _conversation(self, call: Call) -> Answer:
        found = self.world.conversations.get(call.fields["uid"])
        if found is None:
            raise Refusal(404, "No such conversation")
        return Answer(200, {"data": found, "metadata": {"url": self._url(call)}})

    def _messages(self, call: Call) -> Answer:
        if call.fields["uid"] not in self.world.conversations:
            raise Refusal(404, "No such conversation")
        said = [row for row in self.world.messages.values() if row["conversation"]["uid"] == call.fields["uid"]]
        rows = sorted(said, key=lambda each: str(each["createdAt"]), reverse=True)
        return page(call, lambda _: rows, self._url(call), size=MESSAGES_A_PAGE)

    def _reviews(self, call: Call) -> Answer:
        return self._by_creation(call, self.world.reviews)

    def _invites(self, call: Call) -> Answer:
        return self._by_creation(call, self.world.invites)

    def _by_creation(self, call: Call, kept: Mapping[str, Record]) -> Answer:
        rows = sorted(kept.values(), key=lambda each: str(each["createdAt"]), reverse=True)
        return page(call, lambda asked: within(rows, asked, "createdAt", "updatedAt"), self._url(call))

    def _locations(self, call: Call) -> Answer:
        rows = list(self.world.locations.values())
        return page(call, lambda _: rows, self._url(call))

    def _hooks(self, call: Call) -> Answer:
        return Answer(200, {"data": list(self.world.hooks.values()), "metadata": {"url": self._url(call)}})

    # Writing

    def _send(self, call: Call) -> Answer:
        asked = self._body(call, "body", "channel", "locationUid")
        place = self.world.location(asked["locationUid"])
        thread = self.world.thread(identified(asked["channel"]), place["uid"], str(asked.get("contactName") or ""))
        thread["closed"] = not asked.get("setOpenInbox", False) and thread["lastItemAt"] is None
        message = self.world.say(thread, str(asked["body"]), "outbound", "pending")
        answer = self._accepted(call, message)
        if self.auto_progress:
            answer.after.append(lambda: self.progress(message))
        return answer

    def _import(self, call: Call) -> Answer:
        asked = self._body(call, "body", "channel", "contactName", "direction", "locationUid", "publishedAt")
        if asked["direction"] not in {"inbound", "outbound"}:
            raise Refusal(422, "direction is inbound or outbound")
        place = self.world.location(asked["locationUid"])
        thread = self.world.thread(identified(asked["channel"]), place["uid"], str(asked["contactName"]))
        said = self.world.say(thread, str(asked["body"]), asked["direction"], None, str(asked["publishedAt"]))
        return self._accepted(call, said)

    def _note(self, call: Call) -> Answer:
        asked, uid = self._body(call, "body", "senderName"), call.fields["uid"]
        if uid not in self.world.conversations:
            raise Refusal(404, "No such conversation")
        place = {"location": {"uid": self.world.conversations[uid]["locationUid"]}, "conversation": {"uid": uid}}
        kept = {"uid": self.world.uid(), "body": asked["body"], "senderName": asked["senderName"]}
        self.world.notes[kept["uid"]] = kept | place | {"createdAt": self.world.at(), "updatedAt": self.world.at()}
        return self._accepted(call, self.world.notes[kept["uid"]])

    def _invite(self, call: Call) -> Answer:
        asked = self._body(call, "locationUid")
        mail = not asked.get("phoneNumber")
        identifier = identified(
            {"type": "email" if mail else "phone", "identifier": asked.get("phoneNumber") or asked.get("email")}
        )
        invite = self.calls.invite(identifier, self.world.location(asked["locationUid"])["uid"])
        return self._accepted(call, invite)

    def _appointment(self, call: Call) -> Answer:
        asked = self._body(call, "contactName", "contactPhoneNumber", "datetime", "locationUid")
        status = asked.get("status", "unconfirmed")
        if status not in {"cancelled", "completed", "confirmed", "no_show", "unconfirmed"}:
            raise Refusal(422, "status is none of the five")
        names = ("contactName", "contactPhoneNumber", "datetime", "durationMin", "note")
        kept: Record = {"uid": self.world.uid(), "status": status, "type": asked.get("type", "in_person")}
        kept |= {name: asked.get(name) for name in names} | {"assignedUser": None}
        kept |= {"location": {"uid": self.world.location(asked["locationUid"])["uid"]}}
        self.world.appointments[kept["uid"]] = kept | {"createdAt": self.world.at(), "updatedAt": self.world.at()}
        return self._accepted(call, self.world.appointments[kept["uid"]])

    def _opt_out(self, call: Call) -> Answer:
        channel = self._body(call, "channel")["channel"]
        if not isinstance(channel, dict) or channel.get("type") != "PHONE":
            raise Refusal(422, "channel.type is PHONE")
        contact = self.world.contact(str(channel.get("identifier")))
        if contact is None:
            raise Refusal(404, "No such contact")
        for each in contact["channels"]:
            each["marketingOptedInLocationUids"] = []
        contact["updatedAt"] = self.world.at()
        return self._accepted(call, contact)

    def _new_hook(self, call: Call) -> Answer:
        asked = self._body(call, "eventTypes", "url")
        return self._accepted(call, self.calls.listen(asked["url"], asked["eventTypes"], asked.get("secret")))

    # What happens to a text afterwards

    def progress(self, message: Record) -> None:
        """Send a text on."""
        identifier = message["conversation"]["channel"]["identifier"]
        refused = "The contact has opted out." if self.world.opted_out(identifier) else ""
        self.become(message, self.outcomes.get(identifier, "sent"), refused)

    def become(self, message: Record, status: str, failure: str = "") -> None:
        """Give a text a status, and say so to whoever listens."""
        failed = bool(failure) or status == "failed"
        message["items"][0]["deliveryStatus"] = "failed" if failed else status
        message["failureReason"] = (failure or "Attempted to send SMS to a landline.") if failed else None
        thread = self.world.conversations[message["conversation"]["uid"]]
        thread |= {"lastItemAt": self.world.at(), "updatedAt": self.world.at()}
        self.calls.tell("message.failed" if failed else "message.sent", message)
