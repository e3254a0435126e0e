"""Journeys compiled to ranges: which subjects a step could be owed to in this tick.

Ranges are generous by hours where the exact answer needs a zone, and never too small: `desired` decides, the ledger
only narrows a practice's whole calendar to the rows worth a look. What is pulled forward by a sibling on the same phone
(R5) comes with that sibling, not by a wider range.
"""

from datetime import datetime, timedelta

from canonical.plan import Anchor, Bound, Column, Journeys, Plan, Range, Step, Table, Timing, Watermark
from canonical.visits import AppointmentStatus
from pipelines.lifecycle.visit_steps import EXPECTED
from pipelines.lifecycle.watermark import RowClass, held_by, row_class

A, C = Anchor, Column

_MORNING_AHEAD = timedelta(hours=17)
"""How long before its start a visit's morning text can be due: from 08:00 to midnight, or from 18:00 of the evening before
to 09:00, and one hour for the night the clocks go back (R29)."""
_TABLES = {
    A.INQUIRY_RECEIVED: Table.INQUIRIES,
    A.REPLY_RECEIVED: Table.REPLIES,
    A.SUPPRESSION_RECORDED: Table.SUPPRESSIONS,
    A.SUPPRESSION_SPREADS: Table.OPT_OUT_COPIES,
    A.TASK_OPENED: Table.TASKS,
}
"""Where the subjects of anchors stand that are no visits; their facts have a time at which they came (`received_at`)."""
_EXPECTED = tuple(sorted(status.value for status in EXPECTED))


def compile_plan(journeys: Journeys, now: datetime, horizon: datetime) -> Plan:
    """The plan of one tick at `now` for everything due before `horizon` (both UTC)."""
    ranges = (_range(step, now, horizon) for step in journeys.steps)
    return Plan(now=now, horizon=horizon, journeys=journeys.hash, ranges=tuple(found for found in ranges if found))


def _range(step: Step, now: datetime, horizon: datetime) -> Range | None:
    bounds = _bounds(step, now, horizon)
    if not bounds:
        return None
    table = _TABLES.get(step.anchor, Table.VISITS)
    expected = (AppointmentStatus.CANCELLED.value,) if step.anchor is A.VISIT_CANCELLED else _EXPECTED
    return Range(
        step=step.key,
        row=step.row,
        table=table,
        bounds=bounds,
        statuses=expected if table is Table.VISITS else (),
        kinds=tuple(kind.value for kind in step.kinds),
        told=step.anchor in {A.VISIT_MOVED, A.VISIT_CANCELLED},
        watermark=_watermark(step),
        held_by=held_by(step),
    )


def _bounds(step: Step, now: datetime, horizon: datetime) -> tuple[Bound, ...]:
    """Empty for an anchor that no table answers yet."""
    if step.anchor is A.VISIT_START:
        return (_starting(step, now, horizon),)
    if step.anchor is A.VISIT_BOOKED:
        return (*_heard_of(step, now), Bound(column=C.BOOKED, until=horizon - step.offset))
    if step.anchor in {A.VISIT_MOVED, A.VISIT_CANCELLED}:
        return _heard_of(step, now)
    if step.anchor is A.INQUIRY_RECEIVED:
        return (Bound(column=C.RECEIVED, since=now - step.expires, until=horizon - step.offset),)
    if step.anchor in _TABLES:
        return (Bound(column=C.RECEIVED, since=now - step.expires),)
    return ()


def _starting(step: Step, now: datetime, horizon: datetime) -> Bound:
    if step.timing is Timing.MORNING_OF:
        return Bound(column=C.START, since=now - step.expires, until=horizon + _MORNING_AHEAD)
    return Bound(column=C.START, since=now - step.expires, until=horizon - step.offset)


def _heard_of(step: Step, now: datetime) -> tuple[Bound, ...]:
    """A triggered step looks at what was written lately, not at all that was ever booked."""
    heard = Bound(column=C.RECORDED, since=now - step.reach)
    if step.expires_from is A.VISIT_START:
        return heard, Bound(column=C.START, since=now - step.expires)
    return (heard,)


def _watermark(step: Step) -> Watermark | None:
    if step.live_from is None:
        return None
    if row_class(step.row) is RowClass.AFTER:
        return Watermark(column=C.END, since=step.live_from)
    if step.anchor is A.VISIT_START:
        ahead = timedelta(0) if step.timing is Timing.MORNING_OF else -step.offset
        return Watermark(column=C.START, since=step.live_from + ahead)
    if step.anchor in _TABLES:
        return Watermark(column=C.RECEIVED, since=step.live_from, vendor_time=step.anchor is A.INQUIRY_RECEIVED)
    column = C.BOOKED if step.anchor is A.VISIT_BOOKED else C.CHANGED
    return Watermark(column=column, since=step.live_from, vendor_time=column is not C.CHANGED)
