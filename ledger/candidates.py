"""What the ledger knows about the subjects of a plan, as facts: visits, inquiries, persons, and what was said so far.

A handful of queries over small tables, each for all subjects at once. Nothing here reads what has only grown.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

from canonical.actions import ActionState
from canonical.ids import (
    ActionId,
    ConnectionId,
    ContactPointId,
    InquiryId,
    LocationId,
    PersonId,
    ProviderId,
    ServiceId,
    VisitId,
)
from canonical.inquiries import InquirySource
from canonical.owed import Candidates, Facts, Live, Settled, Subject, Tells
from canonical.practice import ServiceKind
from canonical.ranges import Plan
from canonical.subjects import NOTHING_AROUND, InquiryFacts, VisitAround, VisitFacts
from canonical.visits import AppointmentStatus, BookedBy, CompletionGrade
from ledger.acquaintance import contacts_of, people_to_plan
from ledger.action_rows import action_of
from ledger.among import rows_among
from ledger.around import read_around
from ledger.events import events_by_id
from ledger.planning import count_held, subjects_query
from ledger.session import Session

T = TypeVar("T")
Row = dict[str, Any]
_SAME_DAY = timedelta(hours=25)


def read_candidates(session: Session, plan: Plan, since: int, *, with_held: bool = True) -> Candidates:
    """Everything `desired` needs to judge a plan. `since` is the ledger's number up to which the last plan had looked.

    `with_held` counts what LIVE-01 and OWN-01 hold back; a single event's plan can do without.
    """
    query, params = subjects_query(plan, since)
    ids = [row["subject_id"] for row in session.generated(query, params)]
    return _known(session, ids, count_held(session, plan) if with_held else Counter())


def candidates_of(session: Session, subject_ids: Iterable[str]) -> Candidates:
    """The same about given visits or inquiries and what shares their phone, whatever a plan would look at."""
    return _known(session, sorted(set(subject_ids)), Counter())


def _known(session: Session, ids: list[str], held: Counter[tuple[str, str]]) -> Candidates:
    wanted = _with_siblings(session, ids)
    found = rows_among(session, "visits_to_plan", among={"ids": wanted})
    around = read_around(session, found)
    visits = [_visit(row, around.get(row["visit_id"], NOTHING_AROUND)) for row in found]
    inquiries = [_inquiry(row) for row in rows_among(session, "inquiries_to_plan", among={"ids": wanted})]
    facts_by_id = _by_id(visits, inquiries) | events_by_id(session, wanted)
    people = people_to_plan(session, [facts.person_id for facts in facts_by_id.values() if facts.person_id])
    live, settled = _live(session, wanted), _settled(session, wanted)
    subjects = tuple(
        Subject(facts, people.get(facts.person_id or ""), tuple(live.pop(key, ())), tuple(settled.get(key, ())))
        for key, facts in sorted(facts_by_id.items())
    )
    orphans = tuple(one for actions in live.values() for one in actions)
    return Candidates(subjects, orphans, held)


def _by_id(visits: list[VisitFacts], inquiries: list[InquiryFacts]) -> dict[str, Facts]:
    found: dict[str, Facts] = {visit.visit_id: visit for visit in visits}
    return found | {inquiry.inquiry_id: inquiry for inquiry in inquiries}


def _with_siblings(session: Session, ids: list[str]) -> list[str]:
    """Also the visits on the same phones whose day overlaps, and whatever else is about to be said there (R5, R6)."""
    visits = rows_among(session, "visits_to_plan", among={"ids": ids})
    if not visits:
        return ids
    persons = {row["person_id"] for row in visits}
    contacts = {one for found in contacts_of(session, persons).values() for one in found}
    sharers = {row["person_id"] for row in rows_among(session, "sharers_to_plan", among={"contacts": contacts})}
    beside = rows_among(
        session,
        "visits_of_persons",
        among={"persons": persons | sharers},
        since=min(row["start_at"] for row in visits) - _SAME_DAY,
        until=max(row["start_at"] for row in visits) + _SAME_DAY,
    )
    soon = rows_among(session, "subjects_on_contacts", among={"contacts": contacts})
    return sorted({row["visit_id"] for row in beside} | {row["subject_id"] for row in soon} | set(ids))


def _live(session: Session, ids: list[str]) -> dict[str, list[Live]]:
    found: dict[str, list[Live]] = defaultdict(list)
    for row in rows_among(session, "open_actions_of_subjects", among={"ids": ids}):
        found[row["subject_id"]].append(Live(action_of(row, session.practice_id), row["claimed_at"]))
    return found


def _settled(session: Session, ids: list[str]) -> dict[str, list[Settled]]:
    found: dict[str, list[Settled]] = defaultdict(list)
    for row in rows_among(session, "remembered_of_subjects", among={"ids": ids}):
        found[row["subject_id"]].append(
            Settled(
                seq=row["seq"],
                action_id=ActionId(row["action_id"]),
                step=row["step"],
                occurrence=row["occurrence"],
                state=ActionState(row["state"]),
                anchor_at=row["anchor_at"],
                tells=Tells(row["tells"] or ""),
                told_at=row["told_at"],
                location_id=_maybe(LocationId, row["location_id"]),
                provider_id=_maybe(ProviderId, row["provider_id"]),
                absorbed_by=_maybe(ActionId, row["absorbed_by"]),
                carrier_state=ActionState(row["carrier_state"]) if row["carrier_state"] else None,
            )
        )
    return found


def _visit(row: Row, around: VisitAround) -> VisitFacts:
    return VisitFacts(
        visit_id=VisitId(row["visit_id"]),
        seq=row["seq"],
        person_id=PersonId(row["person_id"]),
        status=AppointmentStatus(row["status"]),
        start_at=row["start_at"],
        changed_at=row["changed_at"] or row["recorded_at"],
        recorded_at=row["recorded_at"],
        location_id=_maybe(LocationId, row["location_id"]),
        provider_id=_maybe(ProviderId, row["provider_id"]),
        kind=ServiceKind(row["kind"] or ServiceKind.UNMAPPED),
        end_at=row["end_at"],
        booked_at=row["booked_at"],
        booked_vendor_time=bool(row["booked_vendor_time"]),
        booked_by=BookedBy(row["booked_by"] or BookedBy.UNKNOWN),
        moved_at=row["moved_at"],
        walk_in=bool(row["walk_in"]),
        service_id=_maybe(ServiceId, row["service_id"]),
        completion=CompletionGrade(row["completion"] or CompletionGrade.NONE),
        around=around,
    )


def _inquiry(row: Row) -> InquiryFacts:
    return InquiryFacts(
        inquiry_id=InquiryId(row["inquiry_id"]),
        seq=row["seq"],
        person_id=PersonId(row["person_id"]),
        source=InquirySource(row["source"]),
        recorded_at=row["recorded_at"],
        received_at=row["received_at"],
        vendor_time=bool(row["vendor_time"]),
        location_id=_maybe(LocationId, row["location_id"]),
        phone_id=_maybe(ContactPointId, row["phone_id"]),
        email_id=_maybe(ContactPointId, row["email_id"]),
        thread_id=_maybe(ContactPointId, row["thread_id"]),
        connection_id=_maybe(ConnectionId, row["connection_id"]),
        suspected_spam=bool(row["suspected_spam"]),
        same_as=_maybe(InquiryId, row["same_as"]),
        first_answered=bool(row["first_answered"]),
        first_cared_for=bool(row["first_cared_for"]),
        worded=bool(row["worded"]),
        phone_answered=bool(row["phone_answered"]),
        email_answered=bool(row["email_answered"]),
        called_at=row["called_at"],
        booked_at=row["booked_at"],
        replied_at=row["replied_at"],
        interested_at=row["interested_at"],
        closed=bool(row["closed"]),
    )


def _maybe(kind: Callable[[str], T], value: str | None) -> T | None:
    return kind(value) if value else None
