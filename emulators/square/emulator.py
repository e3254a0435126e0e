"""The pretend Square."""

from typing_extensions import Unpack, override

from emulators.kit.emulator import HttpEmulator, Settings
from emulators.kit.exchange import Answer, Call, Handler, Json, Mark, Routes
from emulators.kit.faults import Fault
from emulators.square import problems
from emulators.square.calendar import Calendar
from emulators.square.controls import Controls
from emulators.square.merchant import Merchant, page
from emulators.square.oauth import OAuth
from emulators.square.orders import Orders
from emulators.square.people import People
from emulators.square.problems import Refusal
from emulators.square.till import Till

READ_BY_POST = ("/search", "/token/status", "/oauth2/token")
NEEDED = (
    ("GET", "/v2/locations", "MERCHANT_PROFILE_READ"),
    ("POST", "/v2/customers/search", "CUSTOMERS_READ"),
    ("GET", "/v2/customers", "CUSTOMERS_READ"),
    ("POST", "/v2/bookings/availability", "APPOINTMENTS_READ"),
    ("GET", "/v2/bookings", "APPOINTMENTS_READ"),
    ("GET", "/v2/payments", "PAYMENTS_READ"),
    ("POST", "/v2/online-checkout", "ORDERS_WRITE"),
    ("POST", "/v2/orders/search", "ORDERS_READ"),
    ("GET", "/v2/orders", "ORDERS_READ"),
    ("POST", "/v2/team-members/search", "EMPLOYEES_READ"),
    ("GET", "/v2/catalog/list", "ITEMS_READ"),
)
"""Method, beginning of the path, and the scope without which it is refused; the first that fits counts."""


class SquareEmulator(HttpEmulator):
    """One Square with one merchant."""

    vendor = "square"

    def __init__(self, merchant: Merchant | None = None, **settings: Unpack[Settings]) -> None:
        super().__init__(**settings)
        self.merchant = merchant or Merchant()
        self.calendar, self.people = Calendar(self), People(self)
        self.till, self.orders, self.oauth = Till(self), Orders(self), OAuth(self)
        self._routes: Routes[Handler] = Routes(
            [
                ("POST", "/oauth2/token/status", self._token_status),
                ("GET", "/v2/locations", self._locations),
                ("GET", "/v2/webhooks/subscriptions", self._subscriptions),
                ("POST", "/v2/customers", self.people.create),
                ("GET", "/v2/customers", self.people.listed),
                ("POST", "/v2/customers/search", self.people.search),
                ("GET", "/v2/customers/{id}", self.people.one),
                ("PUT", "/v2/customers/{id}", self.people.update),
                ("DELETE", "/v2/customers/{id}", self.people.delete),
                ("POST", "/v2/bookings", self.calendar.create),
                ("GET", "/v2/bookings", self.calendar.listed),
                ("POST", "/v2/bookings/availability/search", self.calendar.free),
                ("GET", "/v2/bookings/{id}", self.calendar.one),
                ("PUT", "/v2/bookings/{id}", self.calendar.update),
                ("POST", "/v2/bookings/{id}/cancel", self.calendar.cancel),
                ("POST", "/v2/payments", self.till.create_payment),
                ("GET", "/v2/payments", self.till.payments),
                ("GET", "/v2/payments/{id}", self.till.payment),
                ("POST", "/v2/refunds", self.till.create_refund),
                ("GET", "/v2/refunds", self.till.refunds),
                ("POST", "/v2/orders/search", self.orders.search),
                ("GET", "/v2/orders/{id}", self.orders.one),
                ("POST", "/v2/team-members/search", self._team),
                ("GET", "/v2/catalog/list", self._catalog),
                ("POST", "/v2/online-checkout/payment-links", self.till.create_link),
                ("GET", "/v2/online-checkout/payment-links", self.till.links),
            ]
        )
        Controls(self).install()

    @override
    def describe_ports(self) -> dict[str, Json]:
        merchant = self.merchant
        return super().describe_ports() | {"access_token": merchant.token, "signature_key": merchant.signature_key}

    @override
    def forget(self) -> None:
        self.merchant.forget()

    @override
    def answer(self, call: Call) -> Answer:
        answer = super().answer(call)
        answer.headers |= {"square-version": call.headers.get("square-version", "2026-07-15")}
        return answer

    @override
    def respond(self, call: Call) -> Answer:
        if call.path == "/oauth2/token":
            return self.oauth.token(call)
        self.oauth.require(call)
        found = self._routes.find(call)
        if found is None:
            raise Refusal("NOT_FOUND")
        needed = next(
            (scope for verb, path, scope in NEEDED if verb == call.method and call.path.startswith(path)), None
        )
        if needed and needed not in self.merchant.scopes:
            raise Refusal("INSUFFICIENT_SCOPES", needed)
        try:
            return found[0](found[1])
        except (KeyError, TypeError, ValueError):
            raise Refusal("BAD_REQUEST", "The request is not of the documented shape.") from None

    @override
    def describe(self, call: Call) -> list[Mark]:
        reads = call.method == "GET" or call.path.endswith(READ_BY_POST)
        return [Mark() if reads else Mark("write")]

    @override
    def error(self, fault: Fault) -> Answer:
        return problems.from_fault(fault)

    def _token_status(self, _: Call) -> Answer:
        scopes = list(self.merchant.scopes)
        return Answer(200, {"scopes": scopes, "client_id": "sq0idp-emulated", "merchant_id": self.merchant.merchant_id})

    def _locations(self, _: Call) -> Answer:
        rows = [
            {
                "id": each,
                "name": each.title(),
                "timezone": zone,
                "status": "ACTIVE",
                "merchant_id": self.merchant.merchant_id,
            }
            for each, zone in self.merchant.locations.items()
        ]
        return Answer(200, {"locations": rows})

    def _team(self, call: Call) -> Answer:
        names = self.merchant.names
        rows: list[Json] = [
            {"id": each, "status": "ACTIVE", "given_name": names.get(each, each), "is_owner": False}
            for each in self.merchant.team
        ]
        return page(rows, "team_members", call.json().get("limit"), call.json().get("cursor"), 200)

    def _catalog(self, call: Call) -> Answer:
        """Items with their variations; an item of one variation calls it "Regular", as Square does."""
        rows: list[Json] = [self._item(each) for each in self.merchant.services]
        return page(rows, "objects", None, call.arguments.get("cursor"))

    def _item(self, service: str) -> Json:
        minutes = self.merchant.services[service] * 60_000
        data = {"item_id": f"I{service}", "name": "Regular", "service_duration": minutes}
        variation: Json = {"type": "ITEM_VARIATION", "id": service, "item_variation_data": data}
        named = {"name": self.merchant.names.get(service, service), "product_type": "APPOINTMENTS_SERVICE"}
        return {"type": "ITEM", "id": f"I{service}", "item_data": named | {"variations": [variation]}}

    def _subscriptions(self, _: Call) -> Answer:
        events = ["booking.created", "booking.updated", "customer.created", "customer.updated", "customer.deleted"]
        events += ["payment.created", "payment.updated", "refund.created", "order.created", "order.updated"]
        row = {
            "id": "wbhk_1",
            "name": "all",
            "enabled": True,
            "event_types": events,
            "notification_url": self.merchant.hook,
        }
        return Answer(200, {"subscriptions": [row]} if self.merchant.hook else {})
