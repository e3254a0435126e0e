"""What a test or the demo can make happen at the pretend Square: somebody books, does not come, pays, gets money back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.kit.exchange import Given, Json
from emulators.square.calendar import moment, zulu

if TYPE_CHECKING:
    from emulators.square.emulator import SquareEmulator


class Controls:
    """POST `/_emulator/square/<name>`; the views answer GET."""

    def __init__(self, square: SquareEmulator) -> None:
        self._square = square

    def install(self) -> None:
        """Put them on the control port."""
        self._square.controls |= {
            "customer": lambda given: self._square.people.add(dict(given)),
            "merge": lambda given: self._square.people.merge(list(given["customers"])),
            "book": self.book,
            "move": self.move,
            "cancel": lambda given: self._become(given, "CANCELLED_BY_CUSTOMER"),
            "no_show": lambda given: self._become(given, "NO_SHOW"),
            "consent": self._square.oauth.consent,
            "withdraw": self._square.oauth.withdraw,
            "pay": self.pay,
            "refund": self.refund,
            "settings": self.settings,
        }
        merchant = self._square.merchant
        self._square.views |= {
            "bookings": lambda _: {"bookings": list(merchant.bookings.values())},
            "payments": lambda _: {"payments": list(merchant.payments.values())},
            "orders": lambda _: {"orders": list(merchant.orders.values())},
            "links": lambda _: {"links": list(merchant.links.values())},
        }

    def book(self, given: Given) -> Json:
        """`{customer_id, start_at, location_id?, service?, team_member?}`: somebody books online."""
        merchant = self._square.merchant
        service, who = given.get("service", next(iter(merchant.services))), given.get("team_member", merchant.team[0])
        segments = [{"service_variation_id": service, "team_member_id": who}]
        return self._square.calendar.book({**given, "appointment_segments": segments}, by="CUSTOMER")

    def move(self, given: Given) -> Json:
        """`{id, start_at}`."""
        row = self._square.merchant.bookings[given["id"]]
        return self._square.calendar.become(row | {"start_at": zulu(moment(given["start_at"]))})

    def _become(self, given: Given, status: str) -> Json:
        return self._square.calendar.become(self._square.merchant.bookings[given["id"]] | {"status": status})

    def pay(self, given: Given) -> Json:
        """`{link}`, or `{amount, tip?, sold?, customer_id?, note?, location_id?}`: a sale at the counter."""
        if "link" in given:
            return self._square.till.pay_link(given["link"])
        tip = {"tip_money": {"amount": given["tip"], "currency": "USD"}} if given.get("tip") else {}
        return self._square.till.pay({**given, "amount_money": {"amount": given["amount"], "currency": "USD"}, **tip})

    def refund(self, given: Given) -> Json:
        """`{payment, amount?}`: all of it unless said otherwise."""
        payment = self._square.merchant.payments[given["payment"]]
        return self._square.till.refund(payment["id"], given.get("amount", payment["amount_money"]["amount"]))

    def settings(self, given: Given) -> Json:
        """`{hook?, scopes?}`."""
        merchant = self._square.merchant
        merchant.hook = given.get("hook", merchant.hook)
        merchant.scopes = tuple(given.get("scopes", merchant.scopes))
        return {"hook": merchant.hook, "scopes": list(merchant.scopes)}
