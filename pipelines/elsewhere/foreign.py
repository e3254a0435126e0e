"""One sender per row (R40): another tool's text about a visit whose row is ours alarms, and after three the row is held."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from canonical.ids import LocationId, Prefix, derived_id
from canonical.opening import staffed_from
from canonical.pauses import PauseScope
from canonical.plan import Anchor, Journeys, Step, Timing
from canonical.practice import Connection, Location, Practice
from canonical.tasks import Task, TaskKind
from ledger.elsewhere import Ours, Times, foreign_by_row, foreign_seen, heard_from, ours_about_visits
from ledger.pauses import set_pause
from ledger.progress import advance, newest_version, reached
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import open_tasks, task_id
from pipelines.elsewhere.naming import speaks_of_visit
from pipelines.elsewhere.strangers import Message, strangers
from pipelines.resolve.evidence import PSEUDONYM, Named

Row = dict[str, Any]
STAGE: Final = "foreign"
WHO: Final = "glowline"
MOST: Final = 1_000
AROUND: Final = timedelta(hours=12)
"""A text of somebody else's within this of ours is the same row's."""
HELD_AFTER: Final = 3
LOOK_BACK: Final = timedelta(days=30)
_A_DAY: Final = timedelta(days=1)
_LIFE: Final = timedelta(days=14)
_ALARM: Final = (
    "Another tool writes to patients about their visits, and row {row} is ours: switch its own messages off ({tool})"
)
_HELD: Final = "Row {row} is held, because another tool writes the same ({tool}): switch that off, then release the row"
_WHY: Final = "another tool writes about the same visits: {messages} messages seen"


@dataclass(frozen=True, slots=True)
class _Foreign:
    """A message of another tool, and what of ours it comes beside."""

    message: Message
    message_id: str
    beside: Ours


@dataclass(frozen=True, slots=True)
class _Division:
    """Who sends what: a tool that owns reminders may send them, whatever of ours was due beside them."""

    practice: Practice
    reminders: frozenset[str]
    """Rows that come before the visit, whoever sends them."""
    reach: Mapping[str, timedelta]
    """By connection: how long before a visit its own reminders begin. None of its own: not in it."""

    @classmethod
    def of(cls, practice: Practice, journeys: Journeys) -> "_Division":
        ahead = {step: lead for step in journeys.steps if (lead := _lead(step)) > timedelta(0)}
        reach = {
            one.connection_id: max(
                (lead for step, lead in ahead.items() if _is_sent_by(step, one)), default=timedelta(0)
            )
            for one in practice.connections
        }
        owned = {str(connection): lead for connection, lead in reach.items() if lead}
        return cls(practice, frozenset(step.row for step in ahead), owned)

    def is_its_own(self, message: Message, one: Ours) -> bool:
        """Whether the tool was to write about the visit then, and of ours it was no reminder."""
        reach = self.reach.get(message.connection_id)
        return reach is not None and one.row not in self.reminders and one.start_at - message.sent_at <= reach + AROUND


def _lead(step: Step) -> timedelta:
    """How long before the visit the step is due; nothing for steps that do not count from its start."""
    if step.anchor is not Anchor.VISIT_START:
        return timedelta(0)
    return _A_DAY if step.timing is Timing.MORNING_OF else -step.offset


def _is_sent_by(step: Step, connection: Connection) -> bool:
    return step.owner in {connection.vendor, connection.connection_id}


def watch_foreign(store: Store, practice: Practice, journeys: Journeys, now: datetime) -> Counter[str]:
    """Look through what other tools wrote since last time; counts of `read`, `foreign`, `alarms`, and rows newly `held`.

    A tool's text is counted against our row it comes beside, unless a row of its own was due about that visit. Run it after
    planning: what is due beside a message must be known. Raises a `LedgerError` as the store does.
    """
    counts, division = Counter[str](), _Division.of(practice, journeys)
    while True:
        with store.reading() as session:
            since = reached(session, STAGE)
            until = newest_version(session, since)
            rows = session.rows("outbound_after", since=since, until=until, most=MOST) if until > since else []
            found = _foreign(session, division, rows) if rows else []
        if until == since:
            return counts
        with store.writing(business_now=now) as session:
            if reached(session, STAGE) == since:
                advance(session, STAGE, rows[-1]["seq"] if len(rows) == MOST else until)
                counts["read"] += len(rows)
                counts += _written(session, practice, found, now)


def _foreign(session: Session, division: _Division, rows: list[Row]) -> list[_Foreign]:
    """A text that answers somebody who has just written is a conversation, and no machine's."""
    others = strangers(session, Named(session.key(PSEUDONYM)), rows)
    if not others:
        return []
    times = [one.sent_at for one in others]
    span = (min(times) - AROUND, max(times) + AROUND)
    contacts = {one.contact_point_id for one in others}
    ours, heard = ours_about_visits(session, contacts, *span), heard_from(session, contacts, *span)
    found = list(_beside(division, others, ours, heard))
    known = foreign_seen(session, {one.message_id for one in found})
    return [one for one in found if one.message_id not in known]


def _beside(
    division: _Division, others: Iterable[Message], ours: Mapping[str, list[Ours]], heard: Times
) -> Iterable[_Foreign]:
    for message in others:
        answers = any(timedelta(0) <= message.sent_at - at <= AROUND for at in heard.get(message.contact_point_id, ()))
        about = [one for one in ours.get(message.contact_point_id, ()) if _is_about(division, message, one)]
        if about and not answers:
            nearest = min(about, key=lambda one: (abs(one.due_at - message.sent_at), one.row))
            identity = derived_id(
                Prefix.EVENT, division.practice.practice_id, "foreign", message.connection_id, message.message_id
            )
            yield _Foreign(message, identity, nearest)


def _is_about(division: _Division, message: Message, one: Ours) -> bool:
    if abs(one.due_at - message.sent_at) > AROUND or one.start_at <= message.sent_at:
        return False
    if division.is_its_own(message, one):
        return False
    zone = _place(division.practice, one.location_id).tz
    return speaks_of_visit(message.record.text, one.start_at.astimezone(zone), message.sent_at.astimezone(zone))


def _written(session: Session, practice: Practice, found: list[_Foreign], now: datetime) -> Counter[str]:
    counts = Counter(foreign=len(found))
    if not found:
        return +counts
    session.insert("foreign_messages", [_row(one, now) for one in found])
    alarms = {(one.message.connection_id, one.beside.row): one for one in found}
    counts["alarms"] = open_tasks(session, [_task(practice, _ALARM, one, now) for one in alarms.values()], urgent=True)
    seen = foreign_by_row(session, now - LOOK_BACK)
    paused = {row["value"] for row in session.rows("pauses_in_force", now=now) if row["scope"] == PauseScope.ROW}
    for one in {one.beside.row: one for one in found}.values():
        row = one.beside.row
        if seen.get(row, 0) >= HELD_AFTER and row not in paused:
            set_pause(session, PauseScope.ROW, row, who=WHO, why=_WHY.format(messages=seen[row]), now=now)
            open_tasks(session, [_task(practice, _HELD, one, now)], urgent=True)
            counts["held"] += 1
    return +counts


def _row(one: _Foreign, now: datetime) -> Row:
    return {
        "message_id": one.message_id,
        "connection_id": one.message.connection_id,
        "contact_point_id": one.message.contact_point_id,
        "visit_id": one.beside.visit_id,
        "row": one.beside.row,
        "sent_at": one.message.sent_at,
        "recorded_at": now,
    }


def _task(practice: Practice, title: str, one: _Foreign, now: datetime) -> Task:
    """One for each tool and row, however many messages; it opens again where the tool goes on after somebody closed it."""
    row, tool = one.beside.row, one.message.connection_id
    about = f"{row}/{tool}" if title is _ALARM else row
    due = staffed_from(_place(practice, one.beside.location_id), now)
    return Task(
        task_id=task_id(practice.practice_id, TaskKind.FOREIGN_TEXT, about),
        kind=TaskKind.FOREIGN_TEXT,
        subject_id=one.beside.visit_id,
        location_id=LocationId(one.beside.location_id) if one.beside.location_id else None,
        title=title.format(row=row, tool=tool),
        due_at=due,
        expires_at=due + _LIFE,
        opened_at=now,
    )


def _place(practice: Practice, location_id: str | None) -> Location:
    return practice.location(location_id) or practice.locations[0]
