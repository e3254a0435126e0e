"""Somebody of the practice has called: a logged call, a finished task, a message a person wrote, after the inquiry (R56)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from canonical.raw import Kind
from canonical.tasks import TaskRecord
from ledger.elsewhere import subjects_of_actions, uncalled
from ledger.inquiries import came_from
from ledger.progress import advance, marks, newest_version
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import close_task
from ledger.visits import owners
from pipelines.elsewhere.strangers import strangers
from pipelines.resolve.evidence import PSEUDONYM, Named

Row = dict[str, Any]
STAGE: Final = "calls"
INQUIRIES: Final = "calls.inquiries"
MOST: Final = 1_000
LOOK_BACK: Final = timedelta(days=1)
"""How far back is looked again when inquiries came: a call may be in the CRM's answer before the lead it was about."""
BY_HAND: Final = timedelta(minutes=1)
"""Nobody reads an inquiry and writes back within this: what comes sooner is another tool's own answer."""


@dataclass(frozen=True, slots=True)
class _Step:
    rows: tuple[Row, ...]
    before: tuple[int, int]
    after: tuple[int, int]


@dataclass
class _Contacts:
    """When somebody of the practice got in touch, by what is known of whom."""

    inquiries: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    persons: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    points: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    done: dict[str, str] = field(default_factory=dict)
    """Tasks of ours that somebody finished in a tool, and which tool."""

    def of(self, row: Row) -> list[datetime]:
        """Everything that may have been about an inquiry, after it came."""
        asked: datetime = row["received_at"] or row["recorded_at"]
        spoken = [*self.inquiries.get(row["inquiry_id"], ()), *self.persons.get(row["person_id"], ())]
        written = [at for point in came_from(row) for at in self.points.get(point, ())]
        return [at for at in spoken if at >= asked] + [at for at in written if at >= asked + BY_HAND]


def note_calls(store: Store, now: datetime) -> Counter[str]:
    """Note which inquiries were called about, and close our tasks that somebody finished elsewhere; `called` and `closed`.

    Run it after inquiries and before planning: row 1.5 escalates what nobody called about. Booking is told by the inquiry itself.
    """
    counts: Counter[str] = Counter()
    while True:
        with store.reading() as session:
            step = _next(session, now)
        if step is None:
            return +counts
        with store.writing(business_now=now) as session:
            if _marks(session) == step.before:
                for mark, before, after in zip((STAGE, INQUIRIES), step.before, step.after, strict=True):
                    if after > before:
                        advance(session, mark, after)
                counts += _noted(session, _contacts(session, step.rows), now)


def _marks(session: Session) -> tuple[int, int]:
    found = marks(session)
    return found[STAGE], found[INQUIRIES]


def _next(session: Session, now: datetime) -> _Step | None:
    before = _marks(session)
    until = newest_version(session, before[0])
    newest = session.one("newest_inquiry", since=before[1]) or {}
    asked = newest.get("seq") or before[1]
    if (until, asked) == before:
        return None
    rows = session.rows("reached_out_after", since=before[0], until=until, most=MOST)
    until = rows[-1]["seq"] if len(rows) == MOST else until
    again = _lately(session, before[0], now) if asked > before[1] else []
    return _Step((*again, *rows), before, (until, asked))


def _lately(session: Session, until: int, now: datetime) -> list[Row]:
    last = session.one("last_version_before", at=now - LOOK_BACK) or {}
    since = last.get("seq") or 0
    return session.rows("reached_out_after", since=since, until=until, most=MOST) if since < until else []


def _contacts(session: Session, rows: Iterable[Row]) -> _Contacts:
    named, found = Named(session.key(PSEUDONYM)), _Contacts()
    told = list(rows)
    for message in strangers(session, named, [row for row in told if row["kind"] == Kind.MESSAGE]):
        if not message.record.automated:
            found.points[message.contact_point_id].append(message.sent_at)
    _add_tasks(session, named, [row for row in told if row["kind"] == Kind.TASK], found)
    return found


def _add_tasks(session: Session, named: Named, rows: Iterable[Row], found: _Contacts) -> None:
    read = [(row, TaskRecord.model_validate_json(row["body"])) for row in rows]
    done = [(row, record) for row, record in read if record.done]
    keys = {named.identity(row["connection_id"], one.person_vendor_id) for row, one in done if one.person_vendor_id}
    people = owners(session, keys)
    subjects = subjects_of_actions(session, (record.reference for _, record in done))
    for row, record in done:
        at = min(record.at or row["effective_at"] or row["recorded_at"], row["recorded_at"])
        kind, subject = subjects.get(record.reference, ("", ""))
        person = people.get(named.identity(row["connection_id"], record.person_vendor_id))
        if kind == "inquiry":
            found.inquiries[subject].append(at)
        if kind == "task":
            found.done[subject] = row["connection_id"]
        if person:
            found.persons[person].append(at)


def _noted(session: Session, found: _Contacts, now: datetime) -> Counter[str]:
    waiting = uncalled(session, set(found.inquiries), set(found.persons), set(found.points))
    called = [(row, min(times)) for row in waiting if (times := found.of(row))]
    session.insert("inquiries", [_without_seq(row) | {"called_at": at, "recorded_at": now} for row, at in called])
    closed = sum(close_task(session, task, by=tool, now=now) for task, tool in found.done.items())
    return Counter(called=len(called), closed=closed)


def _without_seq(row: Mapping[str, Any]) -> Row:
    return {name: value for name, value in row.items() if name != "seq"}
