"""Who asked, when, and whether it is the same question again (R3, R4, R11, R43, R49). Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, time, timedelta
from typing import Any

from canonical.ids import Prefix, derived_id
from canonical.inquiries import InquiryRecord
from ledger.inquiries import Booking, came_from
from pipelines.resolve.names import Likeness, Name, likeness
from pipelines.resolve.profile import language_of
from pipelines.visits.house import House
from pipelines.visits.spam import judge

Row = dict[str, Any]
SAME = timedelta(hours=24)
"""Within this, a second inquiry from one contact point is the first one once more (R4)."""


@dataclass(frozen=True)
class InquiryCounts:
    """What one run of inquiries did."""

    read: int = 0
    inquiries_new: int = 0
    changed: int = 0
    repeated: int = 0
    """New inquiries that are an earlier one again (R4)."""
    suspected: int = 0
    """New inquiries that look like spam (R49)."""
    undated: int = 0
    """New inquiries whose tool does not say when they came: they count as old (R43)."""
    unknown_location: int = 0
    booked: int = 0
    """Inquiries that turned out to have led to a booking (R3)."""

    def __add__(self, other: "InquiryCounts") -> "InquiryCounts":
        """The counts of two steps of one run."""
        return InquiryCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Asked:
    """A version of an inquiry, and the contact points it came from."""

    row: Row
    said: InquiryRecord
    phone_id: str | None
    email_id: str | None
    thread_id: str | None

    @property
    def contacts(self) -> tuple[str, ...]:
        """Where the asker can be reached."""
        return tuple(contact for contact in (self.phone_id, self.email_id, self.thread_id) if contact)

    @property
    def received_at(self) -> datetime:
        """The vendor's time, else ours; a vendor's clock that runs ahead is not believed."""
        recorded: datetime = self.row["recorded_at"]
        return min(self.said.received_at, recorded) if self.said.received_at else recorded


@dataclass
class Seen:
    """What inquiries are judged by."""

    known: dict[str, Row]
    """By id: inquiries as they were last written; those decided in this step join them."""
    persons: Mapping[str, str]
    """By record."""
    languages: Mapping[str, str]
    """By person."""
    names: Mapping[str, Name]
    """By record: what the asker is called."""
    by_contact: Mapping[str, Sequence[Booking]]
    by_person: Mapping[str, Sequence[Booking]]
    _from: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        """Index what is known by where it came from."""
        for row in self.known.values():
            self.learn(row)

    def learn(self, row: Row) -> None:
        """An inquiry, as it now stands."""
        self.known[row["inquiry_id"]] = row
        for contact in came_from(row):
            self._from[contact].add(row["inquiry_id"])

    def asked_from(self, contacts: Iterable[str]) -> list[Row]:
        """Every known inquiry from one of some contact points."""
        ids = {inquiry_id for contact in contacts for inquiry_id in self._from.get(contact, ())}
        return [self.known[inquiry_id] for inquiry_id in sorted(ids)]


def decide(house: House, fresh: Iterable[Asked], seen: Seen) -> tuple[list[Row], InquiryCounts]:
    """New rows: inquiries that are new or changed, belong to somebody else now, or led to a booking."""
    written: dict[str, Row] = {}
    counts = InquiryCounts()
    for one in sorted(fresh, key=lambda one: (one.received_at, one.row["seq"])):
        before = seen.known.get(_id(house, one))
        row = _row(house, one, before, seen)
        counts += _counted(row, before)
        seen.learn(row)
        written[row["inquiry_id"]] = row
    late = list(_caught_up(house, seen, written))
    return [*written.values(), *late], counts + InquiryCounts(booked=_newly_booked(late, seen), changed=len(late))


def _id(house: House, one: Asked) -> str:
    return derived_id(Prefix.INQUIRY, house.practice.practice_id, one.row["record_id"])


def _row(house: House, one: Asked, before: Row | None, seen: Seen) -> Row:
    """What an inquiry was found to be stays so: spam, the same again, called, booked. Only what it says may change."""
    said, person = one.said, seen.persons.get(one.row["record_id"]) or (before["person_id"] if before else None)
    judged = judge(said)
    row = {
        "inquiry_id": _id(house, one),
        "person_id": person,
        **{name: one.row[name] for name in ("record_id", "version_id", "connection_id")},
        "phone_id": one.phone_id,
        "email_id": one.email_id,
        "thread_id": one.thread_id,
        "location_id": house.location(one.row["connection_id"], said.location),
        "source": str(said.source),
        "received_at": one.received_at,
        "vendor_time": said.received_at is not None,
        "language": language_of(said.language) or seen.languages.get(person or "", ""),
        "suspected_spam": before["suspected_spam"] if before else judged.suspected,
        "spam_reason": before["spam_reason"] if before else ",".join(judged.reasons if judged.suspected else ()),
        "same_as": before["same_as"] if before else _same_as(_id(house, one), one, seen),
        "called_at": before["called_at"] if before else None,
        "closed": bool(one.row["deleted"] or (before and before["closed"])),
    }
    return row | {"booked_at": (before and before["booked_at"]) or _booked_at(house, row, seen)}


def _same_as(own: str, one: Asked, seen: Seen) -> str | None:
    """The inquiry this one repeats: one contact point, a day, and names that do not differ. Else two people share a phone.

    Only one that begins such a day: who asks every evening asks anew each second time. Never one that nobody answers by itself.
    """
    name = seen.names.get(one.row["record_id"], Name())
    again = [
        row
        for row in seen.asked_from(one.contacts)
        if row["inquiry_id"] != own
        and row["same_as"] is None
        and row["vendor_time"]
        and not row["suspected_spam"]
        and abs(row["received_at"] - one.received_at) <= SAME
        and likeness(name, seen.names.get(row["record_id"], Name())) is not Likeness.DIFFERENT
    ]
    first = min(again, key=lambda row: (row["received_at"], row["inquiry_id"]), default=None)
    return first["inquiry_id"] if first else None


def _booked_at(house: House, row: Row, seen: Seen) -> datetime | None:
    """The first booking since, by the person or by anyone on the inquiry's phone, mail address or thread (R3)."""
    bookings = [*seen.by_person.get(row["person_id"] or "", ())]
    for contact in came_from(row):
        bookings += seen.by_contact.get(contact, ())
    return min(
        (booking.booked_at for booking in bookings if _follows(house, booking, row["received_at"])), default=None
    )


def _follows(house: House, booking: Booking, asked_at: datetime) -> bool:
    """A tool that knows only the day of a booking says midnight: then our first sight of it decides."""
    if booking.booked_at >= asked_at:
        return True
    zones = {place.tz for place in house.practice.locations}
    day_only = any(booking.booked_at.astimezone(zone).time() == time(0) for zone in zones)
    return day_only and booking.booked_at > asked_at - SAME and booking.first_seen_at >= asked_at


def _counted(row: Row, before: Row | None) -> InquiryCounts:
    if before is not None:
        return InquiryCounts(read=1, changed=1, booked=bool(row["booked_at"] and not before["booked_at"]))
    return InquiryCounts(
        read=1,
        inquiries_new=1,
        repeated=row["same_as"] is not None,
        suspected=row["suspected_spam"],
        undated=not row["vendor_time"],
        unknown_location=row["location_id"] is None,
        booked=row["booked_at"] is not None,
    )


def _caught_up(house: House, seen: Seen, written: Mapping[str, Row]) -> Iterator[Row]:
    """Inquiries that say nothing new, but are somebody else's now or led to a booking."""
    for inquiry_id, row in sorted(seen.known.items()):
        if inquiry_id in written:
            continue
        person = seen.persons.get(row["record_id"], row["person_id"])
        booked_at = row["booked_at"] or _booked_at(house, row | {"person_id": person}, seen)
        if (person, booked_at) != (row["person_id"], row["booked_at"]):
            rest = {name: value for name, value in row.items() if name not in {"seq", "recorded_at"}}
            yield rest | {"person_id": person, "booked_at": booked_at}


def _newly_booked(rows: Iterable[Row], seen: Seen) -> int:
    return sum(bool(row["booked_at"]) and not seen.known[row["inquiry_id"]]["booked_at"] for row in rows)
