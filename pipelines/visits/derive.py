"""What a chain of appointments makes of a visit, and what changed since the visit was last written (R12–R18). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from canonical.practice import ServiceKind
from canonical.visits import AppointmentStatus, BookedBy, CompletionGrade
from pipelines.visits.chain import Booked, Chain
from pipelines.visits.words import GONE, S

Row = dict[str, Any]
FRESH_AFTER = timedelta(hours=20)
"""How long after its end a visit must have been seen once more before it counts as having taken place (R14)."""
WALK_IN = timedelta(minutes=30)
_TOOK_PLACE = frozenset({S.BOOKED, S.CONFIRMED, S.ARRIVED, S.IN_PROGRESS})
"""States that the calendar alone turns into a completed visit. A request nobody accepted and an unknown word do not."""
_DENIED = GONE | {S.NO_SHOW, S.UNKNOWN}
_MARKED = {S.CHECKED_OUT: CompletionGrade.CHECKED_OUT, S.COMPLETED: CompletionGrade.MARKED}
_UNWRITTEN = frozenset({"seq", "ordinal", "recorded_at", "change", "version_id"})
"""Columns in which two versions of a visit may differ without the visit having changed."""


class Change(StrEnum):
    """What a version of a visit changed."""

    BOOKED = "booked"
    MOVED = "moved"
    """Start, place or provider."""
    CANCELLED = "cancelled"
    REBOOKED = "rebooked"
    """It was cancelled and is to take place again, by a new booking or the old one (R12)."""
    CORRECTED = "corrected"
    """Moved into the past, or after it had begun: nobody is told (R15)."""
    STATUS = "status"
    NONE = "none"
    """Something nobody would be told: another id, a name for the service, another person after a join."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What else a visit is judged by: the moment, when its stream was last read completely, and the person's other visits."""

    now: datetime
    complete_reads: Mapping[tuple[str, str], datetime]
    """By connection and stream."""

    def fresh_after(self, one: Booked) -> datetime:
        """The latest instant at which this record is known to have said what it says."""
        read = self.complete_reads.get((one.connection_id, one.stream))
        return max(one.said.seen_at, read) if read else one.said.seen_at


def visit_row(visit_id: str, person_id: str, chain: Chain, before: Row | None, seen: Seen) -> Row:
    """The visit as it is now, without number and times of writing."""
    one = chain.carrier
    encounter = next(group for group in chain.encounters if one in group)
    service = next((b.service for b in (one, *encounter) if b.service), None)
    changed_at = _changed_at(chain, before)
    return {
        "visit_id": visit_id,
        "person_id": person_id,
        "record_id": one.record_id,
        "version_id": one.version_id,
        "connection_id": one.connection_id,
        "stream": one.stream,
        "location_id": next((b.location_id for b in (one, *encounter) if b.location_id), None),
        "provider_id": next((b.provider_id for b in (one, *encounter) if b.provider_id), None),
        "service_id": service.service_id if service else None,
        "service_family": (service.family or service.service_id) if service else None,
        "kind": str(service.kind if service else ServiceKind.UNMAPPED),
        "status": str(one.said.status),
        "start_at": one.said.start,
        "end_at": one.said.end,
        "booked_by": one.said.booked_by or str(BookedBy.UNKNOWN),
        "changed_at": changed_at,
        "moved_at": _moved_at(one, before, changed_at),
        "completion": str(_completion(encounter, one, before, seen)),
        **_booking(chain, one),
    }


def _changed_at(chain: Chain, before: Row | None) -> datetime:
    """A new carrier brings the times of the whole chain with it: the cancellation that made it one is later than its booking."""
    one = chain.carrier
    if before is None:
        return one.said.changed_at
    last: datetime = before["changed_at"]
    if before["record_id"] == one.record_id:
        return max(last, one.said.changed_at)
    return max([last, *(b.said.changed_at for b in chain.carriers)]) if _told_differently(before, one) else last


def _told_differently(before: Row, one: Booked) -> bool:
    places = {before["location_id"], one.location_id} - {None}
    providers = {before["provider_id"], one.provider_id} - {None}
    same: bool = before["start_at"] == one.said.start and before["status"] == one.said.status
    return not same or len(places) > 1 or len(providers) > 1


def _moved_at(one: Booked, before: Row | None, changed_at: datetime) -> datetime | None:
    if before is None:
        return one.said.moved_at
    moved: datetime | None = before["moved_at"]
    return moved if before["start_at"] == one.said.start else changed_at


def _booking(chain: Chain, one: Booked) -> Row:
    """A visit was booked when the first appointment of its chain was. Without the vendor's word: when we first saw it.

    Two tools, or two ids, say it of one slot: a tool that was filled from another one stamps everything anew, so the earlier
    word counts (R41).
    """
    first = chain.carriers[0]
    said = _said_booked(next(group for group in chain.encounters if first in group))
    again = _said_booked(next(group for group in chain.encounters if one in group))
    walked_in = again is not None and again > one.said.start - WALK_IN
    return {
        "booked_at": said or chain.first.said.first_seen_at,
        "booked_vendor_time": said is not None,
        "walk_in": walked_in,
    }


def _said_booked(encounter: Iterable[Booked]) -> datetime | None:
    return min((b.said.booked_at for b in encounter if b.said.booked_at), default=None)


def _completion(encounter: Iterable[Booked], one: Booked, before: Row | None, seen: Seen) -> CompletionGrade:
    """R14: an explicit checkout, else somebody's mark, else the calendar once it has been read again."""
    if one.said.status in _DENIED:
        return CompletionGrade.NONE
    every = list(encounter)
    if any(b.said.checked_out or b.said.status is S.CHECKED_OUT for b in every if b.said.status not in _DENIED):
        return CompletionGrade.CHECKED_OUT
    if any(b.said.status is S.COMPLETED for b in every):
        return CompletionGrade.MARKED
    if one.said.status not in _TOOK_PLACE:
        return CompletionGrade.NONE
    due = one.said.over_at + FRESH_AFTER
    known = (
        before is not None and before["completion"] == CompletionGrade.DERIVED and before["start_at"] == one.said.start
    )
    if seen.now >= due and (known or any(seen.fresh_after(b) >= due for b in every)):
        return CompletionGrade.DERIVED
    return CompletionGrade.NONE


def change_of(row: Row, before: Row | None) -> Change | None:
    """What to call the difference; None when there is nothing to write."""
    if before is None:
        return Change.BOOKED
    if all(before[name] == value for name, value in row.items() if name not in _UNWRITTEN):
        return None
    was, now = AppointmentStatus(before["status"]), AppointmentStatus(row["status"])
    if was in GONE or now in GONE:
        return _gone_change(was, now)
    if any(_differs(before[name], row[name]) for name in ("start_at", "location_id", "provider_id")):
        return Change.CORRECTED if _is_correction(row, before) else Change.MOVED
    return Change.STATUS if was is not now or before["completion"] != row["completion"] else Change.NONE


def _gone_change(was: AppointmentStatus, now: AppointmentStatus) -> Change:
    if now in GONE:
        return Change.NONE if was in GONE else Change.CANCELLED
    return Change.REBOOKED


def _differs(before: object, now: object) -> bool:
    """A place or provider that becomes known is no move."""
    return before is not None and now is not None and before != now


def _is_correction(row: Row, before: Row) -> bool:
    moved: bool = row["start_at"] != before["start_at"]
    began: bool = min(row["start_at"], before["start_at"]) <= row["changed_at"]
    return moved and began


def retired(before: Row) -> Row:
    """The last version of a visit that turned out to be another one: nothing is said about it any more."""
    return before | {"status": str(S.RESCHEDULED), "completion": str(CompletionGrade.NONE)}


def with_first_visits(rows: Iterable[Row], *, known: bool = False) -> list[Row]:
    """One person's visits, each told whether it is the first that took place or is to; `known`: there were others before."""
    found = []
    for row in sorted(rows, key=lambda row: (row["start_at"], row["visit_id"])):
        found.append(row | {"first_visit": not known})
        known = known or AppointmentStatus(row["status"]) not in _DENIED
    return found
