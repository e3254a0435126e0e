"""A row that is new begins with a few, and stops by itself where these few take it badly (R44).

New is a row whose `live_from` lies more than a day after the ledger's founding: on a practice's first day everything is new,
and what it would say has been shown before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from canonical.actions import ActionState
from canonical.ids import ActionId
from canonical.pauses import PauseScope
from canonical.practice import Practice
from ledger.actions import Move, transition
from ledger.approvals import Question, ask_approval
from ledger.pauses import set_pause
from ledger.people import by_ids
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import call_operator
from pipelines.oversight.approvals import BY_ITSELF, hold
from pipelines.oversight.wording import counted

Row = dict[str, Any]
S = ActionState
RULE: Final = "R44"
FEW: Final = 25
CANARY_DAY: Final = timedelta(hours=24)
WATCHED: Final = timedelta(hours=48)
"""How long what the few say about it is listened to."""
MOST_OPT_OUTS: Final = 0.03
MOST_FAILURES: Final = 0.05
BEGINS_WITH_A_FEW: Final = ("2.1", "2.6", "4.4", "5.", "6.")
"""Rows nobody waits for. A reminder that is held for a day is a call to everybody it was for: those rows are shown instead."""
_FIRST, _BEYOND = (5, 3), (7, 0)
_OURS: Final = "glowline"
_FAILED: Final = frozenset({S.REFUSED, S.BOUNCED, S.REJECTED})


@dataclass(frozen=True, slots=True)
class New:
    """A row that was switched on lately."""

    row: str
    live_from: datetime

    @property
    def rule(self) -> str:
        """What a yes to its being switched on is remembered under."""
        return f"{RULE}:{self.row}"

    @property
    def needs_second_person(self) -> bool:
        """Stages 5.3 and later."""
        return needs_second_person(self.row)


def needs_second_person(row: str) -> bool:
    """Whether a second person must approve that a row is switched on: from stage 5.3 to the last of stage 6."""
    stage, _, step = row.partition(".")
    return stage.isdigit() and step.isdigit() and _FIRST <= (int(stage), int(step)) < _BEYOND


def watch_canaries(store: Store, practice: Practice, now: datetime, run_id: str) -> int:
    """Hold back what a new row says to more than a few, and what nobody else has approved; stop a row that goes badly.

    Run it between the policy and the outbox; how many actions were moved.
    """
    with store.reading() as session:
        fresh = list(_new_rows(session, practice, now))
        cleared = session.rows("cleared_to_weigh") if fresh else []
        stopped = [(one, why) for one in fresh if (why := _goes_badly(session, one, now))]
        moves = {one.row: _beyond(session, one, cleared, now) for one in fresh}
        unapproved = {one.row: _unapproved(session, one, cleared) for one in fresh}
    if not stopped and not any(moves.values()) and not any(unapproved.values()):
        return 0
    with store.writing(business_now=now) as session:
        for one, why in stopped:
            set_pause(session, PauseScope.ROW, one.row, who=BY_ITSELF, why=why, now=now)
            call_operator(session, f"canary/{one.row}", f"Row {one.row} has stopped itself: {why}", now)
        return sum(_carry_out(session, one, unapproved[one.row], moves[one.row], now, run_id) for one in fresh)


def _new_rows(session: Session, practice: Practice, now: datetime) -> Iterator[New]:
    founded = session.head.created_at
    for one in practice.rows:
        if one.owner != _OURS or one.live_from is None or one.live_from > now:
            continue
        if founded is None or one.live_from > founded + timedelta(days=1):
            new = New(one.row, one.live_from)
            if now < one.live_from + WATCHED or (new.needs_second_person and not _is_approved(session, new)):
                yield new


def _is_approved(session: Session, one: New) -> bool:
    return bool(session.rows("approvals_of_rule", rule=one.rule))


def _beyond(session: Session, one: New, cleared: Sequence[Row], now: datetime) -> list[Row]:
    """What would go to more people than the first few on the canary's day."""
    mine = [row for row in cleared if row["row"] == one.row]
    if not mine or now >= one.live_from + CANARY_DAY or not one.row.startswith(BEGINS_WITH_A_FEW):
        return []
    people = {row["person_id"] for row in session.rows("reached_by_row", row=one.row, since=one.live_from)}
    beyond = []
    for row in mine:
        if row["person_id"] not in people and len(people) >= FEW:
            beyond.append(row)
        else:
            people.add(row["person_id"])
    return beyond


def _unapproved(session: Session, one: New, cleared: Sequence[Row]) -> list[Row]:
    if not one.needs_second_person or _is_approved(session, one):
        return []
    return [row for row in cleared if row["row"] == one.row]


def _carry_out(
    session: Session, one: New, unapproved: Sequence[Row], beyond: Sequence[Row], now: datetime, run_id: str
) -> int:
    if unapproved:
        ids = hold(session, unapproved, one.rule, now=now, run_id=run_id)
        why = f"Row {one.row} is switched on since {one.live_from:%Y-%m-%d} and no second person has approved it."
        last = max(row["expires_at"] for row in unapproved)
        ask_approval(session, Question(one.rule, why, ids, last, about=one.row), now)
        return len(ids)
    until = {"not_before": one.live_from + CANARY_DAY}
    transition(
        session,
        [Move(ActionId(row["action_id"]), S.DELAYED, RULE, values=until) for row in beyond],
        now=now,
        run_id=run_id,
    )
    return len(beyond)


def _goes_badly(session: Session, one: New, now: datetime) -> str:
    """Why a new row must stop; empty while it goes well, and where it has stopped itself before: then somebody knows."""
    if now >= one.live_from + WATCHED or _has_stopped(session, one):
        return ""
    told = session.rows("reached_by_row", row=one.row, since=one.live_from)
    if not told:
        return ""
    first = {row["contact_point_id"]: row["claimed_at"] for row in reversed(told)}
    stops = _after(first, by_ids(session, "stops_on_contacts", first.keys(), since=one.live_from), "effective_at")
    flags = _after(first, by_ids(session, "red_flags_on_contacts", first.keys(), since=one.live_from), "received_at")
    failed = sum(S(row["state"]) in _FAILED for row in told)
    if flags:
        return f"{counted(flags, 'person')} of {len(first)} wrote of a possible complication"
    if stops > MOST_OPT_OUTS * len(first):
        return f"{stops} of {len(first)} opted out"
    return f"{failed} of {counted(len(told), 'message')} failed" if failed > MOST_FAILURES * len(told) else ""


def _after(first: dict[str, datetime], rows: Sequence[Row], at: str) -> int:
    """How many contact points did it after they had been written to."""
    return len({row["contact_point_id"] for row in rows if row[at] >= first[row["contact_point_id"]]})


def _has_stopped(session: Session, one: New) -> bool:
    mine = (PauseScope.ROW.value, one.row, BY_ITSELF)
    past = session.rows("pause_history")
    return any((row["scope"], row["value"], row["who"]) == mine and row["set_at"] >= one.live_from for row in past)
