"""What appointment records say, and the times at which what they say changed. One record at a time, no ledger."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from canonical.visits import Appointment, AppointmentStatus

S = AppointmentStatus
GONE = frozenset({S.CANCELLED, S.RESCHEDULED})
"""States in which an appointment will not take place at its time."""
FINAL = frozenset({S.CHECKED_OUT, S.COMPLETED, S.NO_SHOW})
"""States that the deletion of an old record does not undo."""
USUAL_LENGTH = timedelta(hours=1)
"""How long a visit is taken to last when its tool does not say."""


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an appointment record says now. Names are the vendor's; what they mean here is asked anew each time."""

    start: datetime
    status: AppointmentStatus
    first_seen_at: datetime
    """When the ledger first had the record."""
    seen_at: datetime
    """When it had this version."""
    changed_at: datetime
    """When start, place, provider or status last changed: the vendor's word, else ours."""
    end: datetime | None = None
    location: str = ""
    provider: str = ""
    service: str = ""
    booked_at: datetime | None = None
    """The vendor's word only."""
    booked_by: str = ""
    moved_at: datetime | None = None
    cancelled_at: datetime | None = None
    """None also when it was cancelled before we saw it and the vendor does not say when."""
    rescheduled_from: str = ""
    rescheduled_to: str = ""
    checked_out: bool = False

    @property
    def made_at(self) -> datetime:
        """When it was booked, or else first seen."""
        return self.booked_at or self.first_seen_at

    @property
    def over_at(self) -> datetime:
        """When the visit is over by the calendar."""
        return self.end or self.start + USUAL_LENGTH


@dataclass(frozen=True, slots=True)
class Reading:
    """A version as read: the appointment, when the ledger learned it, and whether the record is gone."""

    appointment: Appointment
    recorded_at: datetime
    effective_at: datetime | None
    deleted: bool

    @property
    def vendor_time(self) -> datetime | None:
        """When the vendor says this version came about; a clock that runs ahead of ours is not believed.

        A deletion repeats what the record said last: what is written in it tells of an earlier day.
        """
        said = self.effective_at if self.deleted else self.appointment.updated_at or self.effective_at
        return min(said, self.recorded_at) if said else None


def said_by(reading: Reading, before: Said | None) -> Said:
    """What the record says with this version, after what it said before."""
    booked = reading.appointment
    status = _status(reading, before)
    when = reading.vendor_time or reading.recorded_at
    moved = before is not None and before.start != booked.start
    return Said(
        start=booked.start,
        status=status,
        first_seen_at=before.first_seen_at if before else reading.recorded_at,
        seen_at=reading.recorded_at,
        changed_at=_changed_at(reading, status, before),
        end=booked.end,
        location=booked.location,
        provider=booked.provider,
        service=booked.service,
        booked_at=booked.booked_at or (before.booked_at if before else None),
        booked_by=booked.booked_by,
        moved_at=when if moved else before.moved_at if before else None,
        cancelled_at=_cancelled_at(reading, status, before),
        rescheduled_from=booked.rescheduled_from,
        rescheduled_to=booked.rescheduled_to,
        checked_out=booked.checked_out_at is not None,
    )


def _status(reading: Reading, before: Said | None) -> AppointmentStatus:
    """A deleted record is cancelled, unless its visit is history already."""
    said = reading.appointment.status
    if not reading.deleted:
        return said
    last = before.status if before else said
    return last if last in FINAL or last is S.RESCHEDULED else S.CANCELLED


def _changed_at(reading: Reading, status: AppointmentStatus, before: Said | None) -> datetime:
    booked, when = reading.appointment, reading.vendor_time or reading.recorded_at
    if before is None:
        return when if status in GONE or booked.booked_at is None else booked.booked_at
    was = (before.start, before.location, before.provider, before.status)
    now = (booked.start, booked.location, booked.provider, status)
    return before.changed_at if was == now else max(when, before.changed_at)


def _cancelled_at(reading: Reading, status: AppointmentStatus, before: Said | None) -> datetime | None:
    if status not in GONE:
        return None
    if before is None:
        return reading.vendor_time
    return before.cancelled_at if before.status in GONE else reading.vendor_time or reading.recorded_at
