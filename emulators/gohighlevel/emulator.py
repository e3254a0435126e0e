"""The pretend HighLevel."""

import json
from collections import defaultdict, deque
from dataclasses import replace
from typing import Any

from typing_extensions import Unpack, override

from emulators.gohighlevel import problems
from emulators.gohighlevel.controls import Controls
from emulators.gohighlevel.listing import Listing
from emulators.gohighlevel.place import Doc, Place
from emulators.gohighlevel.problems import Refusal
from emulators.gohighlevel.rules import Ask, Rule
from emulators.gohighlevel.signature import signed
from emulators.gohighlevel.tokens import Token, Tokens
from emulators.gohighlevel.writing import Writing
from emulators.kit.emulator import HttpEmulator, Settings
from emulators.kit.exchange import Answer, Call, Json, Mark, Routes
from emulators.kit.faults import Fault
from emulators.kit.webhooks import Webhook

BURST, BURST_SECONDS, DAY = 100, 10, 200_000


class GoHighLevelEmulator(HttpEmulator):
    """One HighLevel with any number of sub-accounts, told apart by token.

    A text is `sent` and then `delivered` (or what the control `outcome` says for its phone), each told by a signed call.
    `search_lag` seconds of the emulator's clock hide changed contacts from the search; `burst` is the limit of requests in
    ten seconds of machine time, None for none.
    """

    vendor = "gohighlevel"

    def __init__(
        self, *places: Place, burst: int | None = BURST, search_lag: float = 0, **settings: Unpack[Settings]
    ) -> None:
        super().__init__(**settings)
        self.burst, self.search_lag = burst, search_lag
        self.outcomes: dict[str, str] = {}
        self.tokens = Tokens(lambda: self.clock.machine_milliseconds() / 1000, lambda: self.token(24))
        self.places: dict[str, Place] = {}
        for place in places or (Place("locEmulated000000001"),):
            self.adopt(place)
        self._taken: dict[str, deque[int]] = defaultdict(deque)
        self._today: dict[str, int] = defaultdict(int)
        reading, writing = Listing(self), Writing(self)
        self._routes: Routes[Rule] = Routes([*reading.routes(), *writing.routes()])
        Controls(self).install()

    def adopt(self, place: Place) -> None:
        """Take a sub-account in: it follows the emulator's clock, and what happens there is told."""
        place.now, place.token, place.notice = self.clock.now, lambda: self.token(20), self._noticed
        self.places[place.id] = place
        self.tokens.private(f"pit-{place.id}", place.id, place.company)

    @override
    def describe_ports(self) -> dict[str, Json]:
        rows = [{"location": one.id, "token": f"pit-{one.id}"} for one in self.places.values()]
        return super().describe_ports() | {"places": rows, "client_id": self.tokens.client_id}

    @override
    def forget(self) -> None:
        self.outcomes.clear()
        for place in self.places.values():
            place.forget()

    # HTTP

    @override
    def answer(self, call: Call) -> Answer:
        headers: dict[str, str] = {}
        try:
            answer = self._answer(call, headers)
        except Refusal as refusal:
            answer = refusal.answer()
            answer.marks = [replace(mark, accepted=False) for mark in self.describe(call)]
        except (ValueError, KeyError, TypeError, StopIteration):
            answer = Refusal(422, ["the request is not what the documents describe"]).answer()
            answer.marks = [replace(mark, accepted=False) for mark in self.describe(call)]
        answer.marks = answer.marks or self.describe(call)
        answer.headers = headers | answer.headers
        return answer

    def _answer(self, call: Call, headers: dict[str, str]) -> Answer:
        if (call.method, call.path) == ("POST", "/oauth/token"):
            return Answer(200, self.tokens.granted(call.form))
        if not call.headers.get("version"):
            raise Refusal(401, problems.NO_VERSION)
        token = self.tokens.opened(call)
        if (call.method, call.path) == ("POST", "/oauth/locationToken"):
            return Answer(201, self.tokens.of_location(token, call.form.get("locationId", "")))
        self._count(token, headers)
        found = self._routes.find(call)
        if found is None:
            raise Refusal(404, f"Cannot {call.method} {call.path}")
        rule, call = found
        if token.scopes is not None and rule.scope not in token.scopes:
            raise Refusal(401, problems.NO_SCOPE)
        return rule.handle(Ask(call, self._place(call, token), token))

    def _place(self, call: Call, token: Token) -> Place:
        """The sub-account a request means; one that names another than its token's is refused."""
        named = call.arguments.get("locationId") or call.arguments.get("location_id")
        body = _body(call) if call.method in {"POST", "PUT"} else {}
        named = named or body.get("locationId") or call.fields.get("location") or token.location
        if token.location != named or named not in self.places:
            raise Refusal(403, problems.OTHER_PLACE)
        return self.places[named]

    def _count(self, token: Token, headers: dict[str, str]) -> None:
        """100 requests in ten seconds and 200,000 a day for each sub-account, on machine time."""
        if self.burst is None:
            return
        now, taken = self.clock.machine_milliseconds(), self._taken[token.location]
        while taken and taken[0] <= now - BURST_SECONDS * 1000:
            taken.popleft()
        self._today[token.location] += 1
        left = self.burst - len(taken)
        headers |= {
            "x-ratelimit-limit-daily": str(DAY),
            "x-ratelimit-daily-remaining": str(max(DAY - self._today[token.location], 0)),
            "x-ratelimit-interval-milliseconds": str(BURST_SECONDS * 1000),
            "x-ratelimit-max": str(self.burst),
            "x-ratelimit-remaining": str(max(left - 1, 0)),
        }
        if left <= 0:
            raise Refusal(429, problems.TOO_MANY)
        taken.append(now)

    @override
    def describe(self, call: Call) -> list[Mark]:
        found = self._routes.find(call)
        if found is None or found[0].action == "read":
            return [Mark()]
        body = _body(call)
        recipient = body.get("toNumber") or body.get("emailTo") or body.get("phone") or body.get("contactId")
        return [Mark("send" if found[0].action == "send" else "write", recipient=recipient)]

    @override
    def error(self, fault: Fault) -> Answer:
        return problems.from_fault(fault)

    # What is told

    def progress(self, place: Place, message: Doc, address: str) -> None:
        """A message on its way to its end."""
        place.become(message, "sent")
        place.become(message, self.outcomes.get(address, "delivered"))

    def _noticed(self, place: Place, what: str, record: Doc) -> None:
        if not place.webhook_url:
            return
        told = {"type": what, "locationId": place.id, **record}
        told |= {"webhookId": self.token(), "timestamp": self.clock.now().isoformat()}
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **signed(body)}
        self.webhooks.send(Webhook(place.webhook_url, lambda _: (headers, body), what))


def _body(call: Call) -> dict[str, Any]:
    try:
        found = call.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
