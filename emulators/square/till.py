"""Payments, refunds and payment links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.kit.clock import iso
from emulators.kit.exchange import Answer, Call, Mark
from emulators.square.calls import call_out
from emulators.square.merchant import Json, page, stamped
from emulators.square.problems import Refusal

if TYPE_CHECKING:
    from emulators.square.emulator import SquareEmulator


@dataclass(frozen=True)
class Till:
    """The money of one merchant."""

    square: SquareEmulator

    def create_link(self, call: Call) -> Answer:
        """`POST /v2/online-checkout/payment-links` with `quick_pay`."""
        made = self.square.merchant.once(call, lambda: {"payment_link": self._link(call.json())})
        reference = str(call.json().get("idempotency_key") or "") or None
        return Answer(200, made, marks=[Mark("write", reference=reference, vendor_id=made["payment_link"]["id"])])

    def _link(self, given: Json) -> Json:
        quick = given.get("quick_pay") or {}
        for name in ("name", "price_money", "location_id"):
            if not quick.get(name):
                raise Refusal("MISSING_REQUIRED_PARAMETER", f"quick_pay.{name}")
        if quick["location_id"] not in self.square.merchant.locations:
            raise Refusal("NOT_FOUND")
        which = self.square.token(16).upper()
        row = {
            "id": which,
            "version": 1,
            "order_id": self.square.token(28),
            "url": f"https://square.link/u/{which[:8]}",
            "long_url": f"https://checkout.square.site/{which}",
            "created_at": iso(self.square.clock.now()),
            "payment_note": given.get("payment_note", ""),
        }
        self.square.merchant.links[which] = row | {"quick_pay": quick}
        self.square.orders.begin(row["order_id"], quick["location_id"], quick["price_money"], quick["name"])
        return row

    def links(self, call: Call) -> Answer:
        """`GET /v2/online-checkout/payment-links`."""
        rows = [
            {name: value for name, value in each.items() if name != "quick_pay"}
            for each in self.square.merchant.links.values()
        ]
        return page(rows, "payment_links", call.arguments.get("limit"), call.arguments.get("cursor"), 1000)

    def create_payment(self, call: Call) -> Answer:
        """`POST /v2/payments`."""
        given = call.json()
        if not given.get("source_id") or not given.get("idempotency_key"):
            raise Refusal("MISSING_REQUIRED_PARAMETER", "source_id, idempotency_key")
        made = self.square.merchant.once(call, lambda: {"payment": self.pay(given)})
        return Answer(200, made, marks=[Mark("write", vendor_id=made["payment"]["id"])])

    def pay(self, given: Json) -> Json:
        """Money that came in."""
        money, now = dict(given["amount_money"]), iso(self.square.clock.now())
        row: Json = {
            "id": self.square.token(29),
            "created_at": now,
            "updated_at": now,
            "amount_money": money,
            "total_money": money,
            "approved_money": money,
            "status": given.get("status", "COMPLETED"),
            "source_type": "CARD",
            "location_id": given.get("location_id") or self.square.merchant.main,
            "order_id": given.get("order_id") or self.square.token(28),
            "version_token": self.square.token(12),
        }
        row |= {name: given[name] for name in ("customer_id", "note", "reference_id") if given.get(name)}
        if given.get("tip_money"):
            whole = money | {"amount": money["amount"] + given["tip_money"]["amount"]}
            row |= {"tip_money": given["tip_money"], "total_money": whole, "approved_money": whole}
        self.square.merchant.payments[row["id"]] = row
        self._ring_up(row, given)
        call_out(self.square, "payment.created", row)
        return row

    def _ring_up(self, payment: Json, given: Json) -> None:
        """Every payment has an order: that of the link, or a sale at the counter."""
        order = payment["order_id"]
        if order not in self.square.merchant.orders:
            sold = str(given.get("sold") or "Custom amount")
            self.square.orders.begin(order, payment["location_id"], payment["amount_money"], sold)
        if payment["status"] == "COMPLETED":
            self.square.orders.paid(order, payment)

    def pay_link(self, which: str) -> Json:
        """Somebody pays by a link."""
        link = self.square.merchant.links[which]
        quick = link["quick_pay"]
        return self.pay(
            {
                "amount_money": quick["price_money"],
                "location_id": quick["location_id"],
                "order_id": link["order_id"],
                "note": link["payment_note"],
            }
        )

    def payment(self, call: Call) -> Answer:
        """`GET /v2/payments/{id}`."""
        found = self.square.merchant.payments.get(call.fields["id"])
        if found is None:
            raise Refusal("NOT_FOUND")
        return Answer(200, {"payment": found})

    def payments(self, call: Call) -> Answer:
        """`GET /v2/payments`, of one place, by change or creation."""
        asked = call.arguments
        place = asked.get("location_id") or self.square.merchant.main
        by = "updated_at" if asked.get("sort_field") == "UPDATED_AT" else "created_at"
        rows = [each for each in self.square.merchant.payments.values() if each["location_id"] == place]
        rows = [each for each in rows if asked.get("updated_at_begin_time", "") <= each["updated_at"]]
        rows = [each for each in rows if each["updated_at"] <= asked.get("updated_at_end_time", "9999")]
        rows.sort(key=lambda each: (each[by], each["id"]), reverse=asked.get("sort_order", "DESC") != "ASC")
        return page(rows, "payments", asked.get("limit"), asked.get("cursor"))

    def create_refund(self, call: Call) -> Answer:
        """`POST /v2/refunds`."""
        given = call.json()
        if not given.get("idempotency_key"):
            raise Refusal("MISSING_REQUIRED_PARAMETER", "idempotency_key")
        made = self.square.merchant.once(
            call, lambda: {"refund": self.refund(str(given.get("payment_id")), int(given["amount_money"]["amount"]))}
        )
        return Answer(200, made, marks=[Mark("write", vendor_id=made["refund"]["id"])])

    def refund(self, payment_id: str, amount: int) -> Json:
        """Money that is given back; the payment says how much."""
        merchant, now = self.square.merchant, self.square.clock.now()
        payment = merchant.payments.get(payment_id)
        if payment is None:
            raise Refusal("NOT_FOUND")
        back = payment.get("refunded_money", {}).get("amount", 0) + amount
        if back > payment["amount_money"]["amount"]:
            raise Refusal("BAD_REQUEST", "The requested refund amount exceeds the amount available to refund.")
        currency = payment["amount_money"]["currency"]
        row = {
            "id": f"{payment_id}_{self.square.token(20)}",
            "status": "COMPLETED",
            "amount_money": {"amount": amount, "currency": currency},
            "payment_id": payment_id,
            "order_id": payment["order_id"],
            "location_id": payment["location_id"],
            "created_at": iso(now),
            "updated_at": iso(now),
        }
        merchant.refunds[str(row["id"])] = row
        more: Json = {"refunded_money": {"amount": back, "currency": currency}}
        more |= {"refund_ids": [*payment.get("refund_ids", []), row["id"]]}
        merchant.payments[payment_id] = stamped(payment | more, now)
        self.square.orders.given_back(payment, {"amount": amount, "currency": currency})
        call_out(self.square, "refund.created", row)
        call_out(self.square, "payment.updated", merchant.payments[payment_id])
        return row

    def refunds(self, call: Call) -> Answer:
        """`GET /v2/refunds`."""
        rows = sorted(self.square.merchant.refunds.values(), key=lambda each: (each["updated_at"], each["id"]))
        return page(rows, "refunds", call.arguments.get("limit"), call.arguments.get("cursor"))
