"""The pretend NexHealth."""

from collections import defaultdict, deque

from typing_extensions import Unpack, override

from emulators.kit.clock import iso
from emulators.kit.emulator import HttpEmulator, Settings
from emulators.kit.exchange import Answer, Call, Json, Mark
from emulators.kit.faults import Fault
from emulators.nexhealth import events
from emulators.nexhealth.files import reference_in
from emulators.nexhealth.institution import Endpoint, Institution, Record
from emulators.nexhealth.problems import Refusal, envelope, from_fault
from emulators.nexhealth.routes import COUNTED_APART, Route, routes
from emulators.nexhealth.world import World

LASTS = 3600.0
"""Seconds of machine time for which a token is good."""
VERSIONS = frozenset({"v3.0.0", "v20240412"})
SECOND = 1000


class NexHealthEmulator(HttpEmulator):
    """One NexHealth with any number of institutions, told apart by subdomain and key.

    `writes` says how a booking fares that was accepted: it reaches the health record after the answer (`complete`), or not
    (`failed`, `timed_out`). `says_no` writes are answered `code: false` with a 2xx, and not done. `rate`: requests a second on
    appointments and slots, None for no limit.
    """

    vendor = "nexhealth"

    def __init__(self, *institutions: Institution, rate: int | None = 10, **settings: Unpack[Settings]) -> None:
        super().__init__(**settings)
        self.institutions = {each.subdomain: each for each in institutions or (Institution(),)}
        self.rate = rate
        self.writes = "complete"
        self.says_no = 0
        self.tokens: dict[str, tuple[str, float]] = {}
        """Token → the key it was given for, and its end by the machine's clock."""
        self._lately: dict[str, deque[int]] = defaultdict(deque)
        self._routes = routes()
        World(self).install()

    @override
    def describe_ports(self) -> dict[str, Json]:
        opened = [{"subdomain": each.subdomain, "api_key": each.api_key} for each in self.institutions.values()]
        return super().describe_ports() | {"institutions": opened}

    @override
    def forget(self) -> None:
        self.tokens.clear()
        self._lately.clear()
        for institution in self.institutions.values():
            institution.forget()

    # HTTP

    @override
    def unmarked(self, call: Call) -> Mark:
        return Mark("read" if call.method == "GET" else "write")

    @override
    def respond(self, call: Call) -> Answer:
        if (call.method, call.path) == ("POST", "/authenticates"):
            return self._authenticate(call)
        found = self._routes.find(call)
        if found is None:
            raise Refusal(404)
        route, call = found
        institution = self._opened(call, route)
        if route.versioned and call.headers.get("nex-api-version") not in VERSIONS:
            raise Refusal(400, "Nex-Api-Version is missing or not known")
        self._limited(call, institution)
        if call.method != "GET" and self.says_no > 0:
            self.says_no -= 1
            return Answer(
                route.success, envelope(None, error=["Something went wrong"]), marks=[Mark("write", accepted=False)]
            )
        return route.handler(self, institution, call)

    def _authenticate(self, call: Call) -> Answer:
        """The key stands bare in the header: one with `Bearer` before it is not known."""
        key = call.headers.get("authorization", "")
        if key not in {each.api_key for each in self.institutions.values()}:
            raise Refusal(401)
        token = self.token(64)
        self.tokens[token] = (key, self.clock.machine_milliseconds() / SECOND + LASTS)
        return Answer(201, envelope({"token": token}), marks=[Mark("read")])

    def _opened(self, call: Call, route: Route) -> Institution:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        key, ends = self.tokens.get(token, ("", 0.0))
        if scheme != "Bearer" or ends <= self.clock.machine_milliseconds() / SECOND:
            raise Refusal(401)
        named = call.arguments.get("subdomain")
        if named is None and route.scoped:
            raise Refusal(400, "Missing required parameter: subdomain")
        for institution in self.institutions.values():
            if institution.api_key == key and named in {None, institution.subdomain}:
                return institution
        raise Refusal(403)

    def _limited(self, call: Call, institution: Institution) -> None:
        """Ten a second in any window of a second, on machine time."""
        if self.rate is None or call.method != "GET" or not call.path.startswith(COUNTED_APART):
            return
        lately, now = self._lately[institution.api_key], self.clock.machine_milliseconds()
        while lately and now - lately[0] >= SECOND:
            lately.popleft()
        if len(lately) >= self.rate:
            raise Refusal(429)
        lately.append(now)

    @override
    def describe(self, call: Call) -> list[Mark]:
        reads = call.method == "GET" or call.path == "/authenticates"
        return [Mark() if reads else Mark("write", reference=reference_in(call))]

    @override
    def error(self, fault: Fault) -> Answer:
        return from_fault(fault)

    # What happens in the health record

    def change(self, institution: Institution, record: Record, fields: Record) -> None:
        """An appointment changes, and NexHealth says so."""
        record |= fields | {"updated_at": iso(self.clock.now())}
        self.tell(institution, "appointment_updated", record)

    def insert(self, institution: Institution, record: Record) -> None:
        """An accepted booking on its way into the health record."""
        if self.writes == "complete":
            now = iso(self.clock.now())
            record |= {"foreign_id": self.token(8), "last_sync_time": now, "updated_at": now}
        self.tell(institution, f"appointment_insertion.{self.writes}", record)

    def tell(self, institution: Institution, name: str, record: Record) -> None:
        """Call every endpoint that is subscribed to it."""
        for endpoint in institution.endpoints.values():
            if events.subscribed(endpoint, name):
                self.webhooks.send(events.webhook(institution, endpoint, name, dict(record), self.clock))

    def new_endpoint(self, institution: Institution, url: str, secret: str = "") -> Endpoint:
        """An address to call."""
        number = 1 + len(institution.endpoints)
        institution.endpoints[number] = Endpoint(number, url, secret or self.token(24))
        return institution.endpoints[number]

    def subscribe(self, endpoint: Endpoint, event: str) -> int:
        """What to call it for; gives the subscription's id."""
        number = 1 + len(endpoint.events)
        endpoint.events[number] = (events.RESOURCES.get(event, "Appointment"), event)
        return number
