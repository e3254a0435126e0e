"""What was said before: for the caps, for who was asked already, and for how much goes at once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from canonical.actions import Action, ActionState, Purpose, SubjectKind
from canonical.clock import local_instant, start_of_local_day
from canonical.practice import Channel
from ledger.expectations import active_patients, planned_in
from ledger.lists import listed
from ledger.session import Session
from pipelines.policy.facts import NOBODYS, Sent, Surge
from pipelines.policy.rules.caps import CANARY

Row = dict[str, Any]
_A_DAY, _A_WEEK, _A_MONTH = timedelta(hours=24), timedelta(days=7), timedelta(days=30)
_AN_HOUR = timedelta(hours=1)
_WEEKS = 4
_FORESEEN = timedelta(hours=12)
"""What was planned so long before it was due, anybody who looked could expect."""
_FOLLOW_UPS = ("5.", "6.")
_NOT_COUNTED = (Purpose.INTERNAL, Purpose.OPT_OUT_CONFIRMATION, Purpose.REQUESTED_REPLY)
_LOGISTICS = frozenset({Purpose.TREATMENT, Purpose.OPERATIONS, Purpose.MISSED_CALL_TEXTBACK})
_WAITS = frozenset({ActionState.PLANNED, ActionState.DELAYED, ActionState.NOT_SENT, ActionState.AWAITING_APPROVAL})


@dataclass(frozen=True)
class History:
    """Rows of what left the house, or may have. A missing id was never told anything."""

    said: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    """By contact point, newest first, of the last 30 days."""
    answers: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    """By form: when people who used it were answered, in the last hour."""
    invited: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    """By person: the visits about which a review link went out, and when last."""
    complaints: Mapping[str, datetime] = field(default_factory=dict)
    """By person: since when an issue is open."""
    surge: Surge = field(default_factory=Surge)


def read_history(
    session: Session, actions: Sequence[Action], inquiries: Mapping[str, Row], now: datetime, zone: ZoneInfo
) -> History:
    """Read what deciding `actions` needs of the past: most of it only when something asks for it."""
    contacts = sorted({str(a.contact_point_id) for a in actions if a.contact_point_id})
    invites = sorted({str(a.person_id) for a in actions if a.labels.purpose is Purpose.REVIEW_REQUEST and a.person_id})
    rows = session.rows("said_lately", contact_points=contacts, since=now - _A_MONTH) if contacts else []
    invited = session.rows("invited_before", persons=invites) if invites else []
    complaints = session.rows("complaints_open", persons=invites) if invites else []
    return History(
        said=_grouped(rows, "contact_point_id"),
        answers=_answers(session, actions, inquiries, now),
        invited=_grouped(invited, "person_id"),
        complaints={row["person_id"]: row["since"] for row in complaints},
        surge=_surge(session, actions, now, zone),
    )


def _grouped(rows: Iterable[Row], key: str) -> dict[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return {name: tuple(theirs) for name, theirs in found.items()}


def _answers(
    session: Session, actions: Sequence[Action], inquiries: Mapping[str, Row], now: datetime
) -> dict[str, tuple[datetime, ...]]:
    """Read only when somebody who used a form is to be answered by text."""
    asking = [a for a in actions if a.labels.purpose is Purpose.REQUESTED_REPLY and a.channel is Channel.SMS]
    forms = sorted({str(inquiries[a.subject_id]["connection_id"]) for a in asking if a.subject_id in inquiries})
    if not forms:
        return {}
    found: dict[str, list[datetime]] = defaultdict(list)
    for row in session.rows("answers_of_forms", connections=forms, since=now - _AN_HOUR):
        found[row["connection_id"]].append(row["claimed_at"])
    return {form: tuple(times) for form, times in found.items()}


def _surge(session: Session, actions: Sequence[Action], now: datetime, zone: ZoneInfo) -> Surge:
    """How much is due beside what was to be expected. At the claim it has been weighed already; few are never too many."""
    due = [
        a for a in actions if a.state in _WAITS and a.channel not in NOBODYS and a.labels.purpose not in _NOT_COUNTED
    ]
    if len(due) <= CANARY:
        return Surge(tick_count=len(due))
    rows = session.rows("planned_when", ids=listed(a.action_id for a in due))
    foreseen = {row["action_id"] for row in rows if row["planned_at"] <= row["due_at"] - _FORESEEN}
    surprised = {a.person_id for a in due if a.action_id not in foreseen}
    return Surge(
        tick_count=len(due),
        forecast=max(_usual(session, now, zone), len(foreseen), CANARY),
        reached=len(surprised),
        active_patients=active_patients(session),
    )


def _usual(session: Session, now: datetime, zone: ZoneInfo) -> int:
    """How many were planned for this hour of this weekday, on average over four weeks."""
    hour = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    starts = [local_instant(hour.date() - timedelta(weeks=week), hour.time(), zone) for week in range(1, _WEEKS + 1)]
    return sum(planned_in(session, [(start, start + _AN_HOUR) for start in starts])) // _WEEKS


def sent_facts(action: Action, history: History, form: str, now: datetime, zone: ZoneInfo) -> Sent:
    """What the action's contact point has heard, by what it was (R39). `form` is the one an inquiry came by."""
    said = history.said.get(str(action.contact_point_id), ())
    answers = history.answers.get(form, ()) if action.subject_kind is SubjectKind.INQUIRY else ()
    if not said:
        return Sent(answers_of_form=answers)
    texts = [row for row in said if row["channel"] == Channel.SMS]
    return Sent(
        logistics=_times(texts, start_of_local_day(now, zone), _is_logistics),
        follow_up=_times(said, now - _A_WEEK, _is_follow_up),
        marketing=_times(said, now - _A_MONTH, lambda row: row["purpose"] == Purpose.MARKETING),
        same_subject=_times(texts, now - _A_DAY, lambda row: row["purpose"] == action.labels.purpose),
        treatment_texts=_times(texts, now - _A_WEEK, lambda row: row["purpose"] == Purpose.TREATMENT),
        answers_of_form=answers,
    )


def _times(rows: Iterable[Row], since: datetime, counts: Callable[[Row], bool]) -> tuple[datetime, ...]:
    return tuple(row["claimed_at"] for row in rows if row["claimed_at"] >= since and counts(row))


def _is_follow_up(row: Row) -> bool:
    asks = row["purpose"] in {Purpose.SURVEY, Purpose.REVIEW_REQUEST} or row["row"].startswith(_FOLLOW_UPS)
    return asks and row["purpose"] not in {Purpose.MARKETING, *_NOT_COUNTED}


def _is_logistics(row: Row) -> bool:
    return row["purpose"] in _LOGISTICS and not row["row"].startswith(_FOLLOW_UPS)
