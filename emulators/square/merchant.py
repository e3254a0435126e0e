"""One Square merchant: places, people, the calendar and the till."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from emulators.kit.clock import iso
from emulators.kit.exchange import Answer, Call
from emulators.square.problems import Refusal

Json = dict[str, Any]
ALL_SCOPES = (
    "MERCHANT_PROFILE_READ", "CUSTOMERS_READ", "CUSTOMERS_WRITE", "APPOINTMENTS_READ", "APPOINTMENTS_ALL_READ",
    "APPOINTMENTS_WRITE", "APPOINTMENTS_ALL_WRITE", "PAYMENTS_READ", "PAYMENTS_WRITE", "ORDERS_READ", "ORDERS_WRITE",
    "EMPLOYEES_READ", "ITEMS_READ",
)  # fmt: skip
GONE = ("CANCELLED_BY_CUSTOMER", "CANCELLED_BY_SELLER", "DECLINED", "NO_SHOW")


@dataclass(slots=True)
class Merchant:
    """What belongs to one merchant. Everything is kept as Square shows it."""

    token: str = "an-invented-access-token"  # noqa: S105 - opens nothing
    signature_key: str = "an-invented-signature-key"
    app: tuple[str, str] = ("sq0idp-emulated", "an-invented-app-secret")
    """The id and secret of the app that somebody may connect."""
    codes: set[str] = field(default_factory=set)
    granted: dict[str, datetime] = field(default_factory=dict)
    """Access tokens that were given out → when they end."""
    refresh_token: str = ""
    """Empty: the merchant has not said yes, or took it back."""
    hook: str = ""
    """Where it is called on a change; empty: nowhere."""
    merchant_id: str = "MLX3EMULATED"
    scopes: tuple[str, ...] = ALL_SCOPES
    locations: dict[str, str] = field(default_factory=lambda: {"LMAIN": "America/New_York"})
    """Square's id → zone. The first is the main one."""
    services: dict[str, int] = field(default_factory=lambda: {"SVISIT": 30})
    """Service variation → minutes."""
    team: tuple[str, ...] = ("TMOKAFOR",)
    names: dict[str, str] = field(default_factory=lambda: {"SVISIT": "Visit", "TMOKAFOR": "Invented Okafor"})
    """What services and team members are called."""
    customers: dict[str, Json] = field(default_factory=dict)
    bookings: dict[str, Json] = field(default_factory=dict)
    payments: dict[str, Json] = field(default_factory=dict)
    refunds: dict[str, Json] = field(default_factory=dict)
    links: dict[str, Json] = field(default_factory=dict)
    orders: dict[str, Json] = field(default_factory=dict)
    became: dict[str, str] = field(default_factory=dict)
    """Customers that went into a merge → the new one, which answers to their ids."""
    answered: dict[tuple[str, str], tuple[bytes, Json]] = field(default_factory=dict)
    """(path, idempotency key) → what was asked, and what was answered."""

    @property
    def main(self) -> str:
        """The place that is meant where none is named."""
        return next(iter(self.locations))

    def forget(self) -> None:
        """An empty world."""
        money = (self.payments, self.refunds, self.links, self.orders)
        for rows in (self.customers, self.bookings, self.answered, self.became, *money):
            rows.clear()

    def once(self, call: Call, make: Callable[[], Json]) -> Json:
        """What the key was answered before; another request under the same key is refused."""
        key = str(call.json().get("idempotency_key") or "")
        asked = json.dumps(call.json(), sort_keys=True).encode()
        before = self.answered.get((call.path, key)) if key else None
        if before is not None and before[0] != asked:
            raise Refusal("IDEMPOTENCY_KEY_REUSED")
        answer = before[1] if before else make()
        if key:
            self.answered[call.path, key] = (asked, answer)
        return answer

    def segments(self, listed: Iterable[Mapping[str, Any]]) -> list[Json]:
        """A booking's segments, the length of each from its service."""
        found = []
        for each in listed:
            service, who = str(each.get("service_variation_id") or ""), str(each.get("team_member_id") or "")
            if service not in self.services or who not in self.team:
                raise Refusal("BAD_REQUEST", "Unknown service or team member.")
            minutes = int(each.get("duration_minutes") or self.services[service])
            found.append(
                {
                    "duration_minutes": minutes,
                    "service_variation_id": service,
                    "team_member_id": who,
                    "service_variation_version": int(each.get("service_variation_version") or 1),
                }
            )
        if not found:
            raise Refusal("MISSING_REQUIRED_PARAMETER", "appointment_segments")
        return found

    def taken(self, who: str, start: datetime, minutes: int, but: str = "") -> bool:
        """Whether somebody else is booked with them then."""
        end = start + timedelta(minutes=minutes)
        for each in self.bookings.values():
            with_them = each["appointment_segments"][0]["team_member_id"] == who and each["status"] not in GONE
            begins = datetime.fromisoformat(each["start_at"])
            if with_them and each["id"] != but and begins < end and start < begins + timedelta(minutes=length(each)):
                return True
        return False


def length(booking: Mapping[str, Any]) -> int:
    """All its minutes."""
    return sum(int(each["duration_minutes"]) for each in booking["appointment_segments"])


def stamped(row: Json, now: datetime) -> Json:
    """The row, changed now."""
    return row | {"updated_at": iso(now)}


def page(
    rows: list[Json], name: str, limit: object, cursor: object, most: int = 100, more: Json | None = None
) -> Answer:
    """One page. An empty list is left out, and so is the cursor of the last page. `more` is what else it says."""
    size = min(int(str(limit or most)), most)
    first = int(str(cursor).removeprefix("cursor-")) if cursor else 0
    shown, further = rows[first : first + size], first + size < len(rows)
    found: Json = ({name: shown} if shown else {}) | (more or {})
    return Answer(200, found | ({"cursor": f"cursor-{first + size}"} if further else {}))
