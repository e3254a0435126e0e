"""A practice's calendar written straight into a ledger, for tests of planning."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from canonical.ids import LocationId, PersonId, VisitId
from canonical.subjects import InquiryFacts, PersonFacts, VisitFacts
from canonical.visits import AppointmentStatus, BookedBy
from ledger.lists import listed
from ledger.session import Session
from tests.journeys_fixture import LIVE_FROM

_KEPT = (
    "visit_id",
    "person_id",
    "location_id",
    "provider_id",
    "start_at",
    "end_at",
    "booked_at",
    "moved_at",
    "walk_in",
)


def write_people(session: Session, people: Iterable[PersonFacts], now: datetime) -> None:
    """Persons with their contact points; persons who name the same one share it."""
    found = list(people)
    session.insert(
        "persons",
        [
            {
                "person_id": one.person_id,
                "zone": one.zone,
                "flags": ",".join(sorted(one.flags)),
                "recorded_at": now,
            }
            for one in found
        ],
    )
    points = [
        (one.person_id, kind, point)
        for one in found
        for kind, point in (("phone", one.phone_id), ("email", one.email_id))
        if point
    ]
    session.insert(
        "contact_points",
        [
            {"contact_point_id": point, "kind": kind, "value": f"value of {point}", "recorded_at": now}
            for kind, point in {(kind, point) for _, kind, point in points}
        ],
    )
    session.insert(
        "person_contacts",
        [
            {"person_id": person, "contact_point_id": point, "rank": 1, "ended": False, "recorded_at": now}
            for person, _, point in points
        ],
    )


def write_visits(session: Session, visits: Iterable[VisitFacts]) -> None:
    """The newest version of some visits, as the visits stage leaves it. Numbers are given anew."""
    rows = [_visit_row(visit) for visit in visits]
    if rows:
        first = session.next_seq(len(rows))
        numbered = [row | {"seq": first + at} for at, row in enumerate(rows)]
        session.run("forget_open_visits", ids=listed(str(row["visit_id"]) for row in rows))
        session.insert("visit_versions", numbered)
        session.insert("open_visits", numbered)


def _visit_row(visit: VisitFacts) -> dict[str, object]:
    facts = asdict(visit)
    return {name: facts[name] for name in _KEPT} | {
        "ordinal": 2 if visit.moved_at or visit.recorded_at > (visit.booked_at or visit.recorded_at) else 1,
        "kind": visit.kind.value,
        "status": visit.status.value,
        "booked_by": visit.booked_by.value,
        "booked_vendor_time": visit.booked_vendor_time,
        "changed_at": visit.changed_at,
        "recorded_at": visit.recorded_at,
    }


_READ = frozenset(
    {
        "seq",
        "interested_at",
        "replied_at",
        "first_answered",
        "first_cared_for",
        "worded",
        "phone_answered",
        "email_answered",
    }
)
"""What is found out when an inquiry is read."""


def write_inquiries(session: Session, inquiries: Iterable[InquiryFacts]) -> None:
    """Rows of inquiries. Numbers are given anew."""
    session.insert(
        "inquiries",
        [
            {name: value for name, value in asdict(one).items() if name not in _READ} | {"source": one.source.value}
            for one in inquiries
        ],
    )


def imported(number: int, start: datetime) -> VisitFacts:
    """A visit of an import at go-live; the vendor says it was booked ten days earlier, or three before the import."""
    go_live = LIVE_FROM + timedelta(hours=8)
    booked = min(start - timedelta(days=10), go_live - timedelta(days=3))
    return VisitFacts(
        visit_id=VisitId(f"v-{number:05}"),
        seq=0,
        person_id=PersonId(f"p-{number % 800}"),
        status=AppointmentStatus.BOOKED,
        start_at=start,
        changed_at=booked,
        recorded_at=go_live,
        location_id=LocationId("downtown"),
        booked_at=booked,
        booked_vendor_time=True,
        booked_by=BookedBy.STAFF,
    )
