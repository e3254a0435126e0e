"""Orders: one for each link to pay and each sale at the counter; what is given back is an order of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.kit.clock import iso
from emulators.kit.exchange import Answer, Call
from emulators.square.calls import call_out
from emulators.square.merchant import Json, page, stamped
from emulators.square.problems import Refusal

if TYPE_CHECKING:
    from emulators.square.emulator import SquareEmulator

MOST_PLACES, LARGEST_PAGE = 10, 1000
TERMINAL = ("COMPLETED", "CANCELED")


@dataclass(frozen=True)
class Orders:
    """The orders of one merchant."""

    square: SquareEmulator

    def search(self, call: Call) -> Answer:
        """`POST /v2/orders/search`: of places that are named, sorted by the time they are filtered by."""
        asked = call.json()
        places = asked.get("location_ids") or []
        if not places or len(places) > MOST_PLACES:
            raise Refusal("BAD_REQUEST", "location_ids must have between 1 and 10 elements.")
        if any(place not in self.square.merchant.locations for place in places):
            raise Refusal("NOT_FOUND")
        query = asked.get("query") or {}
        sort = query.get("sort") or {"sort_field": "CREATED_AT"}
        name = str(sort["sort_field"]).lower()
        between = (query.get("filter") or {}).get("date_time_filter") or {}
        if between and set(between) != {name}:
            raise Refusal("BAD_REQUEST", "sort_field must be the field of the date_time_filter.")
        rows = [each for each in self.square.merchant.orders.values() if each["location_id"] in places]
        rows = [each for each in rows if _within(each, name, between.get(name) or {})]
        down = sort.get("sort_order", "DESC") != "ASC"
        rows.sort(key=lambda each: (each.get(name, ""), each["id"]), reverse=down)
        return page(rows, "orders", asked.get("limit") or 500, asked.get("cursor"), LARGEST_PAGE)

    def one(self, call: Call) -> Answer:
        """`GET /v2/orders/{id}`."""
        found = self.square.merchant.orders.get(call.fields["id"])
        if found is None:
            raise Refusal("NOT_FOUND")
        return Answer(200, {"order": found})

    def begin(self, order_id: str, place: str, amount: Json, name: str, **more: object) -> Json:
        """A sale that nobody has paid yet."""
        now, currency = iso(self.square.clock.now()), str(amount["currency"])
        none = {"amount": 0, "currency": currency}
        line = {"uid": self.square.token(12), "name": name, "quantity": "1", "base_price_money": amount}
        row: Json = {
            "id": order_id,
            "location_id": place,
            "line_items": [line | {"total_money": amount}],
            "created_at": now,
            "updated_at": now,
            "state": "OPEN",
            "version": 1,
            "total_money": amount,
            "total_tax_money": none,
            "total_discount_money": none,
            "total_tip_money": none,
            "net_amount_due_money": amount,
            **more,
        }
        self.square.merchant.orders[order_id] = row
        return row

    def paid(self, order_id: str, payment: Json) -> None:
        """A payment came in for it, in full, and perhaps a tip with it."""
        order, now = self.square.merchant.orders[order_id], self.square.clock.now()
        tip = payment.get("tip_money") or {"amount": 0, "currency": order["total_money"]["currency"]}
        whole = order["total_money"] | {"amount": order["total_money"]["amount"] + tip["amount"]}
        tender = {"id": payment["id"], "location_id": order["location_id"], "type": "CARD", "amount_money": whole}
        change: Json = {"state": "COMPLETED", "closed_at": iso(now), "version": order["version"] + 1}
        change |= {"total_money": whole, "total_tip_money": tip, "tenders": [tender | {"payment_id": payment["id"]}]}
        change |= {"net_amount_due_money": whole | {"amount": 0}}
        if payment.get("customer_id"):
            change |= {"customer_id": payment["customer_id"]}
        self.become(order | change)

    def given_back(self, payment: Json, money: Json) -> None:
        """Part or all of a sale was given back: another order, which names the first one."""
        back = {"total_money": money, "tip_money": money | {"amount": 0}}
        now = iso(self.square.clock.now())
        made: Json = {
            "id": self.square.token(28),
            "location_id": payment["location_id"],
            "created_at": now,
            "updated_at": now,
            "closed_at": now,
            "state": "COMPLETED",
            "version": 1,
            "returns": [{"uid": self.square.token(12), "source_order_id": payment["order_id"], "return_amounts": back}],
            "return_amounts": back,
            "net_amounts": {"total_money": money | {"amount": -money["amount"]}},
        }
        self.square.merchant.orders[made["id"]] = made

    def become(self, row: Json) -> Json:
        """Changed now, and told of."""
        changed = stamped(row, self.square.clock.now())
        self.square.merchant.orders[row["id"]] = changed
        call_out(self.square, "order.updated", changed, told=_told(changed))
        return changed


def _told(order: Json) -> Json:
    names = ("location_id", "state", "version", "created_at", "updated_at")
    return {"order_updated": {"order_id": order["id"]} | {name: order[name] for name in names}}


def _within(row: Json, name: str, between: Json) -> bool:
    return bool(between.get("start_at", "") <= str(row.get(name, "")) <= between.get("end_at", "9999"))
