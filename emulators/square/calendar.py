"""Bookings: made, changed, cancelled, listed, and the slots that are free."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from emulators.kit.clock import iso
from emulators.kit.exchange import Answer, Call, Mark
from emulators.square.calls import call_out
from emulators.square.merchant import Json, length, page, stamped
from emulators.square.problems import Refusal

if TYPE_CHECKING:
    from emulators.square.emulator import SquareEmulator

WIDEST = timedelta(days=31)
OPENS, CLOSES = time(9), time(18)


@dataclass(frozen=True)
class Calendar:
    """The calendar of one merchant."""

    square: SquareEmulator

    def create(self, call: Call) -> Answer:
        """`POST /v2/bookings`."""
        made = self.square.merchant.once(call, lambda: {"booking": self.book(call.json().get("booking") or {})})
        return Answer(200, made, marks=[Mark("write", vendor_id=made["booking"]["id"])])

    def book(self, given: Json, *, by: str = "TEAM_MEMBER") -> Json:
        """A booking as it was asked for."""
        merchant, now = self.square.merchant, self.square.clock.now()
        start = moment(given.get("start_at"))
        row: Json = {
            "id": self.square.token(14).lower(),
            "version": 0,
            "status": "ACCEPTED",
            "created_at": iso(now),
            "updated_at": iso(now),
            "start_at": zulu(start),
            "location_id": given.get("location_id") or merchant.main,
            "customer_id": given.get("customer_id", ""),
            "customer_note": given.get("customer_note", ""),
            "appointment_segments": merchant.segments(given.get("appointment_segments") or []),
            "transition_time_minutes": 0,
            "all_day": False,
            "location_type": "BUSINESS_LOCATION",
            "creator_details": {"creator_type": by},
            "source": "API",
        }
        self._require_free(row)
        merchant.bookings[row["id"]] = row
        call_out(self.square, "booking.created", row)
        return row

    def update(self, call: Call) -> Answer:
        """`PUT /v2/bookings/{id}`: only with the version that is the newest."""
        row, given = self._one(call), call.json().get("booking") or {}
        if given.get("version") not in (None, row["version"]):
            raise Refusal("VERSION_MISMATCH")
        names = ("customer_note", "seller_note")
        changed = row | {name: given[name] for name in names if name in given}
        if given.get("start_at"):
            changed["start_at"] = zulu(moment(given["start_at"]))
        if given.get("appointment_segments"):
            changed["appointment_segments"] = self.square.merchant.segments(given["appointment_segments"])
        self._require_free(changed)
        return self._answered(self.become(changed))

    def cancel(self, call: Call) -> Answer:
        """`POST /v2/bookings/{id}/cancel`."""
        row, version = self._one(call), call.json().get("booking_version")
        if version not in (None, row["version"]):
            raise Refusal("VERSION_MISMATCH")
        return self._answered(self.become(row | {"status": "CANCELLED_BY_SELLER"}))

    def become(self, row: Json) -> Json:
        """The booking as it is from now on."""
        changed = stamped(row, self.square.clock.now()) | {"version": row["version"] + 1}
        self.square.merchant.bookings[row["id"]] = changed
        call_out(self.square, "booking.updated", changed)
        return changed

    def one(self, call: Call) -> Answer:
        """`GET /v2/bookings/{id}`."""
        return Answer(200, {"booking": self._one(call)})

    def listed(self, call: Call) -> Answer:
        """`GET /v2/bookings`, by start."""
        asked = call.arguments
        since = moment(asked["start_at_min"]) if "start_at_min" in asked else self.square.clock.now()
        until = moment(asked["start_at_max"]) if "start_at_max" in asked else since + WIDEST
        if until - since > WIDEST:
            raise Refusal("BAD_REQUEST", "The time range may not exceed 31 days.")
        rows = [each for each in self.square.merchant.bookings.values() if since <= moment(each["start_at"]) <= until]
        for name in ("location_id", "customer_id"):
            rows = [each for each in rows if asked.get(name) in (None, each[name])]
        who = asked.get("team_member_id")
        rows = [each for each in rows if who in (None, each["appointment_segments"][0]["team_member_id"])]
        rows.sort(key=lambda each: (each["start_at"], each["id"]))
        return page(rows, "bookings", asked.get("limit"), asked.get("cursor"))

    def free(self, call: Call) -> Answer:
        """`POST /v2/bookings/availability/search`."""
        merchant = self.square.merchant
        wanted = (call.json().get("query") or {}).get("filter") or {}
        filters = wanted.get("segment_filters") or []
        if not filters:
            raise Refusal("MISSING_REQUIRED_PARAMETER", "query.filter.segment_filters")
        between = wanted.get("start_at_range") or {}
        place = wanted.get("location_id") or merchant.main
        service = filters[0]["service_variation_id"]
        team = (filters[0].get("team_member_id_filter") or {}).get("any") or list(merchant.team)
        found = []
        at, until = moment(between.get("start_at")), moment(between.get("end_at"))
        zone, minutes = ZoneInfo(merchant.locations[place]), merchant.services[service]
        step = timedelta(minutes=minutes)
        here = datetime.combine(at.astimezone(zone).date(), OPENS, zone)
        while here < until:
            if here >= at and (here + step).time() <= CLOSES:
                who = next((each for each in team if not merchant.taken(each, here, minutes)), None)
                if who:
                    segments = merchant.segments([{"service_variation_id": service, "team_member_id": who}])
                    found.append({"start_at": zulu(here), "location_id": place, "appointment_segments": segments})
            here += step
            if here.time() >= CLOSES:
                here = datetime.combine(here.date() + timedelta(days=1), OPENS, zone)
        return Answer(200, {"availabilities": found, "errors": []})

    def _require_free(self, row: Json) -> None:
        who = row["appointment_segments"][0]["team_member_id"]
        if self.square.merchant.taken(who, moment(row["start_at"]), length(row), but=row["id"]):
            raise Refusal("CONFLICT")

    def _one(self, call: Call) -> Json:
        found = self.square.merchant.bookings.get(call.fields["id"])
        if found is None:
            raise Refusal("NOT_FOUND")
        return found

    def _answered(self, row: Json) -> Answer:
        return Answer(200, {"booking": row}, marks=[Mark("write", vendor_id=row["id"])])


def moment(written: object) -> datetime:
    """An instant with its offset."""
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        raise Refusal("BAD_REQUEST", "Not an RFC 3339 timestamp.") from None
    if found.tzinfo is None:
        raise Refusal("BAD_REQUEST", "Not an RFC 3339 timestamp.")
    return found


def zulu(at: datetime) -> str:
    """As Square writes starts: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
