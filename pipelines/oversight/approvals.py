"""Asking people, and doing what they say: what waits for a yes becomes an item, an item is approved, dropped or expires (R50)."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from canonical.actions import ActionState, Outcome
from canonical.ids import ActionId
from canonical.problems import GlowlineError
from ledger.actions import Move, transition
from ledger.approvals import (
    APPROVED,
    DROPPED,
    EXPIRED,
    HELD_WHOLE,
    NEEDLESS,
    Approval,
    Question,
    approval_by_id,
    ask_approval,
    decide_approval,
    undecided,
    waiting_for_approval,
)
from ledger.session import Session
from ledger.store import Store
from pipelines.oversight.forecast import forecast, keep_surge
from pipelines.oversight.wording import counted

Row = dict[str, Any]
S = ActionState
MOST_WITHOUT_COUNT: Final = 50
"""More than so many are approved only by whoever types how many they are (R50)."""
TO_ANSWER: Final = timedelta(hours=1)
"""So long, at least, somebody has to answer before a whole surge is dropped; what expires sooner expires by itself."""
BY_ITSELF: Final = "glowline"
SURGE: Final = "SURGE-01"
SECOND_PERSON: Final[Mapping[str, str]] = {
    "SURGE-01": "whoever caused it would only wave it through (R48)",
    "R44": "switching on a row of stage 5.3 or later needs a second person (R44)",
    "REV-01": "asking only promoters is a risk two people take (R53)",
    "NEVER-01": "a mark for the deceased, the dismissed or a legal hold is lifted by two people (R37)",
}
"""Rules whose yes must come from somebody other than whoever asked, and why."""


class NotApproved(GlowlineError):
    """A decision that cannot be taken so. Nothing was changed."""


def ask_for_approval(store: Store, zone: ZoneInfo, now: datetime, run_id: str) -> Counter[str]:
    """Carry out what expired, forget what became needless, and ask about whatever waits and nobody was asked about; counts.

    The default is to drop: nobody's silence sends anything.
    """
    with store.reading() as session:
        items, rows = undecided(session), session.rows("awaiting_approval")
        asked = waiting_for_approval(session)
        held = {row["action_id"] for one in items if one.rules & HELD_WHOLE for row in _awaiting(session, one)}
    over = [one for one in items if one.expires_at <= now]
    waiting = {row["action_id"] for row in rows} | held
    needless = [one for one in items if one not in over and one.action_ids and not waiting & set(one.action_ids)]
    fresh = [row for row in rows if row["action_id"] not in asked]
    if not over and not needless and not fresh:
        return Counter()
    with store.writing(business_now=now) as session:
        for one in over:
            _end(session, one, EXPIRED, by=BY_ITSELF, now=now, run_id=run_id)
        for one in needless:
            decide_approval(session, one, NEEDLESS, by=BY_ITSELF, now=now)
        questions = _questions(session, fresh, now)
        for question in questions:
            asked_for = ask_approval(session, question, now)
            if SURGE in asked_for.rules:
                expected = forecast(
                    session, [row for row in fresh if row["action_id"] in asked_for.action_ids], now, zone
                )
                keep_surge(session, asked_for.approval_id, len(asked_for.action_ids), expected, now)
    return +Counter(expired=len(over), needless=len(needless), asked=len(questions))


def approve(
    session: Session, approval_id: str, *, who: str, now: datetime, count: int | None = None, run_id: str = ""
) -> Approval:
    """Say yes: its actions are decided again, and the rules that asked count as answered. Raises NotApproved."""
    found = _to_decide(session, approval_id)
    reasons = [SECOND_PERSON[rule] for one in sorted(found.rules) if (rule := one.partition(":")[0]) in SECOND_PERSON]
    if reasons and who == found.asked_by:
        message = f"{approval_id} was asked for by {who}: {reasons[0]}"
        raise NotApproved(message, next_step="Somebody else must approve it.")
    many = len(found.action_ids)
    if many > MOST_WITHOUT_COUNT and count != many:
        raise NotApproved(
            f"{approval_id} is about {many} messages, and more than {MOST_WITHOUT_COUNT} are not approved unseen",
            next_step=f"Look at them, then say how many they are: --count {many}.",
        )
    decide_approval(session, found, APPROVED, by=who, now=now)
    moves = [
        Move(ActionId(row["action_id"]), S.PLANNED, APPROVED, {"approval": found.approval_id}, {"not_before": None})
        for row in _awaiting(session, found)
        if row["state"] == S.AWAITING_APPROVAL
    ]
    transition(session, moves, now=now, run_id=run_id)
    return found


def drop(session: Session, approval_id: str, *, who: str, now: datetime, run_id: str = "") -> Approval:
    """Say no: its actions are never sent. Raises NotApproved."""
    found = _to_decide(session, approval_id)
    _end(session, found, DROPPED, by=who, now=now, run_id=run_id)
    return found


def hold(session: Session, rows: Sequence[Row], reason: str, *, now: datetime, run_id: str) -> list[str]:
    """Bring open actions to `awaiting_approval`, whatever they wait for now; the ids of those that were moved.

    The caller asks in the same transaction: what waits without a question would be asked about by its reason alone.
    """
    moves: list[Move] = []
    for row in rows:
        if S(row["state"]) not in {S.PLANNED, S.CLEARED}:
            moves.append(Move(ActionId(row["action_id"]), S.PLANNED, "asked_again"))
        moves.append(Move(ActionId(row["action_id"]), S.AWAITING_APPROVAL, reason, values={"not_before": None}))
    transition(session, moves, now=now, run_id=run_id)
    return [row["action_id"] for row in rows]


def _end(session: Session, approval: Approval, decided: str, *, by: str, now: datetime, run_id: str) -> None:
    decide_approval(session, approval, decided, by=by, now=now)
    refs = {"approval": approval.approval_id}
    moves = [
        Move(ActionId(row["action_id"]), S.DROPPED, f"approval_{decided}", refs) for row in _awaiting(session, approval)
    ]
    transition(session, moves, now=now, run_id=run_id)


def _awaiting(session: Session, approval: Approval) -> list[Row]:
    """Those of its actions that still wait. One that is held with many others waits however it was planned anew meanwhile."""
    if not approval.action_ids:
        return []
    rows = session.rows("open_actions_by_id", ids=list(approval.action_ids))
    states = {S.AWAITING_APPROVAL, S.PLANNED} if approval.rules & HELD_WHOLE else {S.AWAITING_APPROVAL}
    return [row for row in rows if S(row["state"]) in states]


def _to_decide(session: Session, approval_id: str) -> Approval:
    found = approval_by_id(session, approval_id)
    if found is None or found.decided:
        how = f"was decided already: {found.decided}" if found else "is not known here"
        raise NotApproved(f"{approval_id} {how}", next_step="Run: glowline approvals list")
    return found


def _questions(session: Session, rows: Iterable[Row], now: datetime) -> list[Question]:
    """One item for each rule, step and channel; a surge is one item, whatever it is made of (R48)."""
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        surges = SURGE in row["reason"].split("+")
        groups[(SURGE, "", "") if surges else (row["reason"], row["step"], row["channel"])].append(row)
    return [_question(session, members, now) for _, members in sorted(groups.items())]


def _question(session: Session, members: Sequence[Row], now: datetime) -> Question:
    rules = sorted({rule for row in members for rule in row["reason"].split("+")})
    alike = len({(row["step"], row["channel"]) for row in members}) == 1
    what = f" of row {members[0]['row']} ({members[0]['channel'].replace('_', ' ')})" if alike else ""
    return Question(
        rule="+".join(rules),
        why=_why(session, members[0], "+".join(rules)),
        action_ids=[row["action_id"] for row in members],
        expires_at=max(min(row["expires_at"] for row in members), now + TO_ANSWER if SURGE in rules else now),
        title=f"Wanted, a yes to {counted(len(members), 'message')}{what}: {'+'.join(rules)}",
    )


def _why(session: Session, row: Row, reason: str) -> str:
    """What the deciding rules said about the first of them."""
    verdict = session.rows("verdict_of", verdict_id=row["verdict_id"]) if row["verdict_id"] else []
    answers = json.loads(verdict[-1]["answers"]) if verdict else []
    said = [a["reason"] for a in answers if a["outcome"] == Outcome.NEED_APPROVAL and a.get("reason")]
    return " ".join(said) or reason
