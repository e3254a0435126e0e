"""What happened beside visits and inquiries, as facts for the planner: replies, revocations and their copies, tasks."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from canonical.conversations import ReplyIntent
from canonical.ids import ConnectionId, ContactPointId, LocationId, PersonId, Prefix, ReplyId, TaskId
from canonical.owed import Facts
from canonical.people import ContactKind
from canonical.practice import THREADS, Channel
from canonical.subjects import ReplyFacts, SuppressionFacts, TaskFacts
from canonical.tasks import TaskKind
from ledger.lists import listed
from ledger.session import Session

T = TypeVar("T")
Row = dict[str, Any]
_BY_KIND: Final[Mapping[str, Channel]] = {
    ContactKind.PHONE: Channel.SMS,
    ContactKind.EMAIL: Channel.EMAIL,
    ContactKind.INSTAGRAM: Channel.IG_DM,
    ContactKind.MESSENGER: Channel.MESSENGER,
}
_ACCOUNTS = frozenset({ContactKind.INSTAGRAM, ContactKind.MESSENGER})


def events_by_id(session: Session, ids: Iterable[str]) -> dict[str, Facts]:
    """The replies, suppressions, copies and tasks among some subjects. Ids say what they name; nothing is asked about nobody."""
    wanted = sorted(set(ids))
    found: dict[str, Facts] = {}
    for prefix, query, read in (
        (Prefix.REPLY, "replies_to_plan", _reply),
        (Prefix.SUPPRESSION, "suppressions_to_plan", _suppression),
        (Prefix.SUPPRESSION, "copies_to_plan", _suppression),
        (Prefix.TASK, "tasks_to_plan", _task),
    ):
        mine = [one for one in wanted if one.startswith(f"{prefix}-")]
        found |= {row["id"]: read(row) for row in (session.rows(query, ids=listed(mine)) if mine else [])}
    return found


def _reply(row: Row) -> Facts:
    return ReplyFacts(
        reply_id=ReplyId(row["id"]),
        seq=row["seq"],
        intent=ReplyIntent(row["intent"]),
        contact_point_id=ContactPointId(row["contact_point_id"]),
        at=row["received_at"],
        channel=_answered_by(row),
        connection_id=_maybe(ConnectionId, row["heard_by"]),
        confirms=row["confirms"] or 1,
        before_at=row["before_at"],
        person_id=_maybe(PersonId, row["person_id"]),
        location_id=_maybe(LocationId, row["location_id"]),
    )


def _suppression(row: Row) -> Facts:
    return SuppressionFacts(
        suppression_id=row["id"],
        seq=row["seq"],
        contact_point_id=ContactPointId(row["contact_point_id"]),
        at=row["effective_at"],
        told_us=row["told_us"],
        channel=_answered_by(row),
        heard_by=_maybe(ConnectionId, row["heard_by"]),
        connection_id=_maybe(ConnectionId, row["connection_id"]),
        person_id=_maybe(PersonId, row["person_id"]),
        location_id=_maybe(LocationId, row["location_id"]),
    )


def _answered_by(row: Row) -> Channel | None:
    """By what the contact point is: who wrote in a portal is answered on their phone. One that a CRM shows beside an account is not."""
    borrowed = row["channel"] in THREADS and row["kind"] not in _ACCOUNTS
    return None if borrowed else _BY_KIND.get(row["kind"], Channel.SMS)


def _task(row: Row) -> Facts:
    return TaskFacts(
        task_id=TaskId(row["id"]),
        seq=row["seq"],
        kind=TaskKind(row["kind"]),
        at=row["opened_at"],
        due_at=row["due_at"],
        expires_at=row["expires_at"],
        urgent=bool(row["urgent"]),
        closed=row["closed_at"] is not None,
        person_id=_maybe(PersonId, row["person_id"]),
        location_id=_maybe(LocationId, row["location_id"]),
    )


def _maybe(kind: Callable[[str], T], value: str | None) -> T | None:
    return kind(value) if value else None
