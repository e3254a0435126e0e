"""The pretend Paubox."""

import json
from dataclasses import replace
from functools import partial
from uuid import UUID

from typing_extensions import Unpack, override

from emulators.kit.clock import iso
from emulators.kit.emulator import HttpEmulator, Settings
from emulators.kit.exchange import Answer, Call, Given, Handler, Json, Mark, Routes
from emulators.kit.faults import Fault
from emulators.kit.webhooks import Webhook
from emulators.paubox import problems
from emulators.paubox.messages import DELIVERED, ENDS, NO_TLS, PORTAL, STATUSES, Delivery, Message, read
from emulators.paubox.problems import Refusal

MOST_RECIPIENTS, MOST_IN_BULK = 100, 50
SETTINGS = ("auto_progress", "webhook_url", "without_tls")


class PauboxEmulator(HttpEmulator):
    """One Paubox account, at whatever path a client's base URL begins with.

    After the answer a message is delivered (or what `outcomes` says for its recipient), with an unsigned webhook where
    `webhook_url` is set. `auto_progress` false leaves it in processing, its receipt without deliveries, until the control
    `advance`. A recipient whose domain is in `without_tls` is reached by the portal, unless the message allows otherwise.
    """

    vendor = "paubox"

    def __init__(
        self,
        key: str = "an-invented-paubox-key",
        domains: tuple[str, ...] = ("clinic.example",),
        *,
        webhook_url: str = "",
        auto_progress: bool = True,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(**settings)
        self.key = key
        self.domains = frozenset(domains)
        self.webhook_url = webhook_url
        self.auto_progress = auto_progress
        self.without_tls: tuple[str, ...] = ()
        self.messages: dict[str, Message] = {}
        self.outcomes: dict[str, str] = {}
        self._told = 0
        self._routes: Routes[Handler] = Routes(
            [
                ("POST", "/{base:path}/bulk_messages", self._send_many),
                ("POST", "/{base:path}/messages", self._send),
                ("GET", "/{base:path}/message_receipt", self._receipt),
            ]
        )
        self.controls |= {
            "advance": self._advance,
            "outcome": self._outcome,
            "open": self._open,
            "settings": self._settings,
        }
        self.views |= {"messages": self._messages}

    @override
    def describe_ports(self) -> dict[str, Json]:
        base = f"{self.url}/v1/email"
        return super().describe_ports() | {"base_url": base, "api_key": self.key, "domains": sorted(self.domains)}

    @override
    def forget(self) -> None:
        self.messages.clear()
        self.outcomes.clear()

    # HTTP

    @override
    def respond(self, call: Call) -> Answer:
        if call.headers.get("authorization") not in {f"Bearer {self.key}", f"Token token={self.key}"}:
            raise Refusal(401)
        found = self._routes.find(call)
        if found is None:
            return Answer(404, {"errors": [{"code": 404, "title": "Not Found", "details": "No such resource"}]})
        return found[0](found[1])

    @override
    def describe(self, call: Call) -> list[Mark]:
        if call.method != "POST":
            return [Mark()]
        return [_mark(message) for message in _asked_for(call)] or [Mark("write")]

    @override
    def error(self, fault: Fault) -> Answer:
        return problems.from_fault(fault)

    def _send(self, call: Call) -> Answer:
        [asked] = _asked_for(call) or [None]
        message = self._kept(asked)
        answer = Answer(200, message.accepted(), marks=[replace(_mark(asked), vendor_id=message.tracking_id)])
        return self._moving(answer, [message])

    def _send_many(self, call: Call) -> Answer:
        asked = _asked_for(call)
        if not 0 < len(asked) <= MOST_IN_BULK:
            raise Refusal(400, f"A batch has 1 to {MOST_IN_BULK} messages")
        messages = [self._kept(one) for one in asked]
        marks = [
            replace(_mark(one), vendor_id=message.tracking_id) for one, message in zip(asked, messages, strict=True)
        ]
        answer = Answer(200, {"messages": [message.accepted() for message in messages]}, marks=marks)
        return self._moving(answer, messages)

    def _kept(self, asked: Json) -> Message:
        message = read(asked, str(UUID(self.token())), self.domains, self.clock.now())
        if len(message.deliveries) > MOST_RECIPIENTS:
            raise Refusal(400, f"A message has at most {MOST_RECIPIENTS} recipients")
        self.messages[message.tracking_id] = message
        return message

    def _moving(self, answer: Answer, messages: list[Message]) -> Answer:
        if self.auto_progress:
            answer.after += [partial(self.progress, message) for message in messages]
        return answer

    def _receipt(self, call: Call) -> Answer:
        tracking_id = call.arguments.get("sourceTrackingId", "")
        message = self.messages.get(tracking_id.lower())
        if message is None:
            raise Refusal(404, sourceTrackingId=tracking_id)
        return Answer(200, message.receipt())

    # What happens to a message afterwards

    def progress(self, message: Message) -> None:
        """Send a message on to its end at every recipient."""
        message.listed = True
        for delivery in message.deliveries:
            domain = delivery.recipient.rpartition("@")[2]
            if domain in self.without_tls and not message.plain:
                self.become(message, delivery, NO_TLS)
            usual = PORTAL if delivery.status == NO_TLS else DELIVERED
            self.become(message, delivery, self.outcomes.get(delivery.recipient, usual))

    def become(self, message: Message, delivery: Delivery, status: str) -> None:
        """Give a delivery a status, and tell of it where Paubox would."""
        if status not in STATUSES:
            raise ValueError(f"{status!r} is none of: {', '.join(sorted(STATUSES))}.")
        message.listed, delivery.status = True, status
        delivery.at = self.clock.now() if status in ENDS else None
        if status in ENDS:
            self._tell(message, delivery, ENDS[status])

    def _tell(self, message: Message, delivery: Delivery, event: str) -> None:
        if not self.webhook_url:
            return
        self._told += 1
        payload = {
            "id": self._told,
            "subject": message.subject,
            "header_message_id": message.message_id,
            "source_tracking_id": message.tracking_id,
            "outbound_queue_id": self._told,
            "time": iso(self.clock.now()),
            "from": message.sender,
            "to": delivery.recipient,
            "custom_headers": message.custom,
        }
        body = json.dumps({"event_name": event, "payload": payload}).encode()
        self.webhooks.send(
            Webhook(self.webhook_url, lambda _: ({"Content-Type": "application/json"}, body), message.tracking_id)
        )

    # Controls: POST `/_emulator/paubox/<name>`

    def _advance(self, given: Given) -> Json:
        """`{id?, to?, status?}`: send on what waits, or give its deliveries a status."""
        chosen = [one for one in self.messages.values() if _chosen(one, given)]
        for message in chosen:
            for delivery in message.deliveries if "status" in given else ():
                self.become(message, delivery, given["status"])
            if "status" not in given:
                self.progress(message)
        return {"advanced": [message.tracking_id for message in chosen]}

    def _outcome(self, given: Given) -> Json:
        """`{to, status}`: how mail to this address ends from now on."""
        self.outcomes[given["to"]] = given["status"]
        return {"to": given["to"]}

    def _open(self, given: Given) -> Json:
        """`{id}`: somebody reads their mail."""
        message = self.messages[given["id"]]
        for delivery in message.deliveries:
            delivery.opened_at = self.clock.now()
            self._tell(message, delivery, "api_mail_log_opened")
        return message.receipt()

    def _settings(self, given: Given) -> Json:
        """`{auto_progress?, webhook_url?, without_tls?}`."""
        for name in SETTINGS:
            setattr(self, name, given.get(name, getattr(self, name)))
        return {name: getattr(self, name) for name in SETTINGS}

    def _messages(self, given: Given) -> Json:
        """Every message, oldest first, with text and receipt."""
        del given
        rows = self.messages.values()
        return {"messages": [one.receipt() | {"text": one.text, "subject": one.subject} for one in rows]}


def _asked_for(call: Call) -> list[Json]:
    """The messages of a request, as far as it can be read."""
    try:
        data = call.json().get("data")
        return list(data["messages"]) if "messages" in data else [data["message"]]
    except (ValueError, AttributeError, TypeError, KeyError):
        return []


def _mark(asked: Json) -> Mark:
    table = asked if isinstance(asked, dict) else {}
    recipients, headers = table.get("recipients") or [None], table.get("headers") or {}
    reference = next((str(value) for name, value in headers.items() if name.lower().startswith("x-")), None)
    return Mark("send", reference=reference, recipient=recipients[0])


def _chosen(message: Message, given: Given) -> bool:
    named = ("id" not in given or message.tracking_id == given["id"]) and (
        "to" not in given or any(each.recipient == given["to"] for each in message.deliveries)
    )
    waits = any(each.status in {"processing", NO_TLS} for each in message.deliveries)
    return named and (waits or "id" in given or "to" in given)
