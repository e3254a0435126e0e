"""Journeys compiled to ranges: which subjects a step could be owed to in this tick.

Ranges are generous by hours where the exact answer needs a zone, and never too small: `desired` decides, the ledger
only narrows a practice's whole calendar to the rows worth a look. What is pulled forward by a sibling on the same phone
(R5) comes with that sibling, not by a wider range.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from canonical.plan import Anchor, Journeys, Need, Step, Timing
from canonical.practice import Practice
from canonical.ranges import Bound, Column, Plan, Range, Table, Watermark
from canonical.visits import AppointmentStatus
from pipelines.lifecycle.after_steps import AFTERWARDS, LONGEST_HOLD
from pipelines.lifecycle.moment import MAIL
from pipelines.lifecycle.needs import services_that_ask
from pipelines.lifecycle.visit_steps import EXPECTED
from pipelines.lifecycle.watermark import OFF, RowClass, held_by, row_class

A, C = Anchor, Column

_MORNING_AHEAD = timedelta(hours=17)
"""How long before its start a visit's morning text can be due: from 08:00 to midnight, or from 18:00 of the evening before
to 09:00, and one hour for the night the clocks go back (R29)."""
_ONE_DAY = timedelta(days=1)
_TABLES = {
    A.INQUIRY_RECEIVED: Table.INQUIRIES,
    A.INQUIRY_INTEREST: Table.INQUIRIES,
    A.REPLY_RECEIVED: Table.REPLIES,
    A.SUPPRESSION_RECORDED: Table.SUPPRESSIONS,
    A.SUPPRESSION_SPREADS: Table.OPT_OUT_COPIES,
    A.TASK_OPENED: Table.TASKS,
}
"""Where the subjects of anchors stand that are no visits; their facts have a time at which they came (`received_at`)."""
_EXPECTED = tuple(sorted(status.value for status in EXPECTED))


_INSTRUCTED_AHEAD = timedelta(days=30)
"""The longest lead an instruction or a deposit's deadline may have (rows 2.4, 3.3): the settings refuse a longer one."""
_SOONEST_REBOOK = timedelta(days=7)
_LATEST_REBOOK = timedelta(days=90)
"""Between them lies whatever a service may say about the next appointment (row 5.4): the settings refuse anything else."""
_CONDITIONS_AHEAD = timedelta(days=1)
_AFTERWARDS_AHEAD = timedelta(days=1)
"""What follows a visit hangs on many facts; writing it down earlier would only be work."""
_SURVEYED_AFTER = timedelta(days=20)
"""How long after its end a visit may be asked about, holds included (rows 6.1 to 6.3; R54)."""


def compile_plan(
    journeys: Journeys, now: datetime, horizon: datetime, practice: Practice | None = None, *, thrifty: bool = False
) -> Plan:
    """The plan of one tick at `now` for everything due before `horizon` (both UTC).

    A row that is off asks for nothing and holds nothing back. With the practice's settings at hand, visits whose service can never ask for a step are left out. `thrifty` looks at
    steps with conditions a day ahead only: what does not hold today is looked at in every tick, and may hold tomorrow.
    """
    wanted = (step for step in journeys.steps if step.owner != OFF and _is_of_the_mode(step, journeys))
    soon = min(horizon, now + _CONDITIONS_AHEAD) if thrifty else horizon
    ranges = (_range(step, now, soon if step.needs else horizon, practice) for step in wanted)
    return Plan(now=now, horizon=horizon, journeys=journeys.hash, ranges=tuple(ranges))


def _is_of_the_mode(step: Step, journeys: Journeys) -> bool:
    return not step.modes or journeys.review_mode in step.modes


def _range(step: Step, now: datetime, horizon: datetime, practice: Practice | None) -> Range:
    bounds = _bounds(step, now, horizon)
    table = _TABLES.get(step.anchor, Table.VISITS)
    expected = (AppointmentStatus.CANCELLED.value,) if step.anchor is A.VISIT_CANCELLED else _EXPECTED
    return Range(
        step=step.key,
        row=step.row,
        table=table,
        bounds=bounds,
        statuses=expected if table is Table.VISITS and step.anchor not in AFTERWARDS else (),
        kinds=tuple(kind.value for kind in step.kinds),
        completed=step.anchor in AFTERWARDS,
        mailed=step.where_reachable and table is Table.VISITS and set(step.channels) <= MAIL,
        services=services_that_ask(step, practice) if practice and table is Table.VISITS else (),
        rebooked=Need.NO_FUTURE_VISIT not in step.needs,
        told=step.anchor in {A.VISIT_MOVED, A.VISIT_CANCELLED},
        watermark=_watermark(step),
        held_by=held_by(step),
    )


def _bounds(step: Step, now: datetime, horizon: datetime) -> tuple[Bound, ...]:
    """The columns and spans in which the step's anchor can lie."""
    if step.anchor in AFTERWARDS:
        return (_ended(step, now),)
    bounds = _BOUNDS.get(step.anchor)
    return bounds(step, now, horizon) if bounds else (Bound(column=C.RECEIVED, since=now - step.expires),)


def _booked(step: Step, now: datetime, horizon: datetime) -> tuple[Bound, ...]:
    return (*_heard_of(step, now), Bound(column=C.BOOKED, until=horizon - step.offset))


def _came(column: Column) -> Callable[[Step, datetime, datetime], tuple[Bound, ...]]:
    return lambda step, now, horizon: (Bound(column=column, since=now - step.expires, until=horizon - step.offset),)


def _starting(step: Step, now: datetime, horizon: datetime) -> Bound:
    if step.timing is Timing.MORNING_OF:
        return Bound(column=C.START, since=now - step.expires, until=horizon + _MORNING_AHEAD)
    early = step.timing in {Timing.INSTRUCTION, Timing.DEPOSIT_DEADLINE}
    ahead = -_INSTRUCTED_AHEAD if early else step.offset
    return Bound(column=C.START, since=now - step.expires, until=horizon - ahead)


def _ended(step: Step, now: datetime) -> Bound:
    """When a visit must have ended that the step may be due for now. Answers and links follow the visit within three weeks."""
    ahead = now + _AFTERWARDS_AHEAD
    if step.timing is Timing.REBOOK:
        return Bound(column=C.END, since=now - _LATEST_REBOOK - step.expires, until=ahead - _SOONEST_REBOOK)
    if step.anchor in {A.VISIT_END, A.VISIT_CHECKED_OUT}:
        held = LONGEST_HOLD if row_class(step.row) is RowClass.AFTER and step.row.startswith("6.") else timedelta(0)
        return Bound(column=C.END, since=now - step.expires - held, until=ahead - step.offset)
    return Bound(column=C.END, since=now - _SURVEYED_AFTER - step.expires, until=ahead)


def _heard_of(step: Step, now: datetime) -> tuple[Bound, ...]:
    """A triggered step looks at what was written lately, not at all that was ever booked."""
    heard = Bound(column=C.RECORDED, since=now - step.reach)
    if step.expires_from is A.VISIT_START:
        return heard, Bound(column=C.START, since=now - step.expires)
    return (heard,)


_BOUNDS: Mapping[Anchor, Callable[[Step, datetime, datetime], tuple[Bound, ...]]] = {
    A.VISIT_START: lambda step, now, horizon: (_starting(step, now, horizon),),
    A.VISIT_BOOKED: _booked,
    A.VISIT_MOVED: lambda step, now, _: _heard_of(step, now),
    A.VISIT_CANCELLED: lambda step, now, _: _heard_of(step, now),
    A.VISIT_DELAYED: lambda _, now, __: (Bound(column=C.START, since=now, until=now + _ONE_DAY),),
    A.INQUIRY_RECEIVED: _came(C.RECEIVED),
    A.INQUIRY_INTEREST: _came(C.INTERESTED),
}
_MARKED = {
    A.VISIT_BOOKED: C.BOOKED,
    A.VISIT_MOVED: C.CHANGED,
    A.VISIT_CANCELLED: C.CHANGED,
    A.VISIT_CHECKED_OUT: C.CHANGED,
    A.INQUIRY_INTEREST: C.INTERESTED,
}
"""The column that LIVE-01 compares for rows that answer a fact; for all others that came, when they came."""
_BY_THE_VENDOR = frozenset({A.VISIT_BOOKED, A.INQUIRY_RECEIVED})
"""Facts that must carry the vendor's own time; the others we saw happen."""


def _watermark(step: Step) -> Watermark | None:
    if step.live_from is None or step.anchor is A.VISIT_DELAYED:
        return None
    if row_class(step.row) is RowClass.AFTER:
        return Watermark(column=C.END, since=step.live_from)
    if step.anchor is A.VISIT_START:
        ahead = timedelta(0) if step.timing is Timing.MORNING_OF else -step.offset
        return Watermark(column=C.START, since=step.live_from + ahead)
    column = _MARKED.get(step.anchor, C.RECEIVED)
    return Watermark(column=column, since=step.live_from, vendor_time=step.anchor in _BY_THE_VENDOR)
