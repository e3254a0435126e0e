"""Customers: made, changed, deleted, listed, searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.kit.clock import iso
from emulators.kit.exchange import Answer, Call, Mark
from emulators.square.calls import call_out
from emulators.square.merchant import Json, page, stamped
from emulators.square.problems import Refusal

if TYPE_CHECKING:
    from emulators.square.emulator import SquareEmulator

WRITABLE = (
    "given_name",
    "family_name",
    "nickname",
    "email_address",
    "phone_number",
    "birthday",
    "address",
    "note",
    "reference_id",
)


@dataclass(frozen=True)
class People:
    """The customers of one merchant."""

    square: SquareEmulator

    def create(self, call: Call) -> Answer:
        """`POST /v2/customers`: somebody must have a name, a phone or an address."""
        made = self.square.merchant.once(call, lambda: {"customer": self.add(call.json())})
        return Answer(200, made, marks=[Mark("write", vendor_id=made["customer"]["id"])])

    def add(self, given: Json) -> Json:
        """A customer."""
        known = {name: given[name] for name in WRITABLE if given.get(name)}
        if not known:
            raise Refusal("BAD_REQUEST", "At least one field is required.")
        now = iso(self.square.clock.now())
        row = {"id": self.square.token(26).upper(), "created_at": now, "updated_at": now} | known
        row |= {"preferences": {"email_unsubscribed": bool(given.get("email_unsubscribed"))}, "version": 0}
        self.square.merchant.customers[row["id"]] = row | {"creation_source": "THIRD_PARTY"}
        call_out(self.square, "customer.created", self.square.merchant.customers[row["id"]])
        return self.square.merchant.customers[row["id"]]

    def update(self, call: Call) -> Answer:
        """`PUT /v2/customers/{id}`."""
        row, given = self._one(call), call.json()
        changed = stamped(row | {name: given[name] for name in WRITABLE if name in given}, self.square.clock.now())
        changed["version"] = row["version"] + 1
        self.square.merchant.customers[row["id"]] = changed
        call_out(self.square, "customer.updated", changed)
        return Answer(200, {"customer": changed}, marks=[Mark("write", vendor_id=row["id"])])

    def delete(self, call: Call) -> Answer:
        """`DELETE /v2/customers/{id}`."""
        row = self._one(call)
        del self.square.merchant.customers[row["id"]]
        call_out(self.square, "customer.deleted", row, deleted=True)
        return Answer(200, {}, marks=[Mark("write", vendor_id=row["id"])])

    def merge(self, which: list[str]) -> Json:
        """Some customers become a new one, who has what the first of them had, and answers to their ids."""
        merchant, now = self.square.merchant, iso(self.square.clock.now())
        gone = [merchant.customers.pop(each) for each in which]
        new = {**gone[0], "id": self.square.token(26).upper(), "created_at": now, "updated_at": now}
        merchant.customers[new["id"]] = new | {"creation_source": "MERGE", "version": 0}
        merchant.became |= dict.fromkeys(which, new["id"])
        context = {"event_context": {"merge": {"from_customer_ids": which, "to_customer_id": new["id"]}}}
        for each in gone:
            call_out(self.square, "customer.deleted", each, deleted=True, told={"customer": each, **context})
        call_out(self.square, "customer.created", new, told={"customer": new, **context})
        return merchant.customers[new["id"]]

    def one(self, call: Call) -> Answer:
        """`GET /v2/customers/{id}`."""
        return Answer(200, {"customer": self._one(call)})

    def listed(self, call: Call) -> Answer:
        """`GET /v2/customers`."""
        return page(self._sorted(), "customers", call.arguments.get("limit"), call.arguments.get("cursor"))

    def search(self, call: Call) -> Answer:
        """`POST /v2/customers/search`."""
        asked = call.json()
        wanted = (asked.get("query") or {}).get("filter") or {}
        rows = [each for each in self._sorted() if _fits(each, wanted)]
        total = {"count": len(rows)} if asked.get("count") is True else {}
        return page(rows, "customers", asked.get("limit"), asked.get("cursor"), more=total)

    def _sorted(self) -> list[Json]:
        return sorted(self.square.merchant.customers.values(), key=lambda each: (each["created_at"], each["id"]))

    def _one(self, call: Call) -> Json:
        which = call.fields["id"]
        found = self.square.merchant.customers.get(self.square.merchant.became.get(which, which))
        if found is None:
            raise Refusal("NOT_FOUND")
        return found


def _fits(row: Json, wanted: dict[str, Any]) -> bool:
    for name in ("updated_at", "created_at"):
        between = wanted.get(name) or {}
        if not between.get("start_at", "") <= row[name] <= between.get("end_at", "9999"):
            return False
    for name in ("email_address", "phone_number"):
        exact = (wanted.get(name) or {}).get("exact")
        if exact is not None and row.get(name) != exact:
            return False
    return True
