"""Due actions are decided: facts gathered at once, every rule asked, the answer kept, the state moved when it changed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from canonical.actions import Action, ActionState, Outcome, Verdict
from ledger.action_rows import action_of
from ledger.actions import Move, transition
from ledger.approvals import HELD_WHOLE, waiting_for_approval
from ledger.outbox import record_verdicts
from ledger.session import Session
from ledger.store import Store
from pipelines.outbox.facts import facts_for, local_time
from pipelines.outbox.route import Way, way_for
from pipelines.outbox.surroundings import Row, Surroundings, read_surroundings
from pipelines.outbox.texts import Said, speaks, text_for
from pipelines.outbox.workbench import Workbench
from pipelines.policy.card import Stage
from pipelines.policy.engine import settle
from pipelines.policy.facts import Ledger, Text

S = ActionState

STATE_AFTER: dict[Outcome, ActionState] = {
    Outcome.BLOCK: S.BLOCKED,
    Outcome.NEED_APPROVAL: S.AWAITING_APPROVAL,
    Outcome.DELAY_UNTIL: S.DELAYED,
    Outcome.REWRITE: S.BLOCKED,
    Outcome.NOT_BUILT: S.BLOCKED,
    Outcome.ALLOW_WITH_RISK: S.CLEARED,
    Outcome.ALLOW: S.CLEARED,
}
"""A rewrite that is still asked for after two rounds cannot be met, and what cannot be met is not sent."""


@dataclass(frozen=True)
class Decided:
    """One action with its verdict and, where it speaks, its text."""

    action: Action
    verdict: Verdict
    way: Way | None
    said: Said | None

    @property
    def state(self) -> ActionState:
        """Where the verdict puts the action."""
        return STATE_AFTER[self.verdict.outcome]

    @property
    def reason(self) -> str:
        """The rules that decided, as a code: `TCPA-02+BAA-02`, or `allowed`."""
        if self.state is S.CLEARED:
            return "allowed"
        return "+".join(a.rule for a in self.verdict.answers if a.outcome is self.verdict.outcome) or "undecided"


def decide_bundle(
    actions: Sequence[Action], around: Surroundings, bench: Workbench, *, ledger: Ledger, now: datetime, at_send: bool
) -> list[Decided]:
    """Decide actions that would share one text, the carrier first. Pure."""
    stage: Stage = "send" if at_send else "plan"
    decided = []
    for action in actions:
        way = way_for(action, bench.config.practice, bench.offers, around.held_in(action))
        last: list[Said] = []

        def render(rewrites: frozenset[str], last: list[Said] = last, action: Action = action) -> Text:
            if not speaks(action):
                return Text()
            last[:] = [text_for(actions, around, bench, rewrites)]
            return last[0].text

        said = None
        if speaks(action):
            render(frozenset())
            said = last[0]
        facts = facts_for(action, around, bench, way=way, said=said, ledger=ledger, now=now)
        verdict, _ = settle(action, facts, bench.config.policy, now, stage, render)
        verdict = verdict.model_copy(update={"local_time": local_time(facts, now)})
        decided.append(Decided(action, verdict, way, last[0] if last else None))
    return decided


def decide_due(store: Store, bench: Workbench, *, ledger: Ledger, now: datetime, run_id: str) -> Counter[str]:
    """Ask the policy about every due action that no one has claimed; counts by resulting state.

    What stays as it was leaves no row: only a changed answer is news. Facts may change between reading and writing, so
    every answer is asked again in the transaction that claims.
    """
    with store.reading() as session:
        rows, waiting = _to_decide(session, now)
        actions = [action_of(row, session.practice_id) for row in rows]
        around = read_surroundings(session, actions, now, bench.zone)
        before = _reasons(session, rows)
    decided = [decide_bundle([a], around, bench, ledger=ledger, now=now, at_send=False)[0] for a in actions]
    news = [d for d in decided if _is_news(d, before.get(d.action.action_id))]
    if news:
        with store.writing(business_now=now) as session:
            keep_decisions(session, _still_there(session, news), now=now, run_id=run_id)
    return Counter(d.state.value for d in decided) + Counter({S.AWAITING_APPROVAL.value: waiting})


def _to_decide(session: Session, now: datetime) -> tuple[list[Row], int]:
    """What is due, and how many of these wait for a person's answer and are not asked about (R50)."""
    asked, rows = waiting_for_approval(session), session.rows("due_actions", now=now)
    free = [
        row
        for row in rows
        if row["action_id"] not in asked
        or (row["state"] != S.AWAITING_APPROVAL and asked[row["action_id"]] not in HELD_WHOLE)
    ]
    return free, len(rows) - len(free)


def keep_decisions(session: Session, decided: Sequence[Decided], *, now: datetime, run_id: str) -> None:
    """Record verdicts and move the actions to where they put them."""
    record_verdicts(session, [d.verdict for d in decided])
    moves = [move for d in decided for move in _moves(d)]
    transition(session, moves, now=now, run_id=run_id)


def _moves(decided: Decided) -> list[Move]:
    action, verdict = decided.action, decided.verdict
    values = {"verdict_id": verdict.verdict_id, "not_before": verdict.until if decided.state is S.DELAYED else None}
    last = Move(action.action_id, decided.state, decided.reason, {"verdict": verdict.verdict_id}, values)
    if action.state is S.PLANNED or (action.state is S.CLEARED and decided.state is not S.CLEARED):
        return [last]
    return [Move(action.action_id, S.PLANNED, "asked_again"), last]


def _is_news(decided: Decided, before: tuple[str, datetime | None] | None) -> bool:
    until = decided.verdict.until if decided.state is S.DELAYED else None
    return decided.action.state is not decided.state or before != (decided.reason, until)


def _reasons(session: Session, rows: Sequence[Row]) -> dict[str, tuple[str, datetime | None]]:
    """What decided each action last time."""
    found = session.rows("last_reasons", ids=[row["action_id"] for row in rows])
    until = {row["action_id"]: row["not_before"] for row in rows}
    return {row["action_id"]: (row["reason"], until[row["action_id"]]) for row in found}


def _still_there(session: Session, decided: Sequence[Decided]) -> list[Decided]:
    """Those whose action has not moved on since it was read."""
    ids = [d.action.action_id for d in decided]
    states = {row["action_id"]: row["state"] for row in session.rows("open_actions_by_id", ids=ids)}
    return [d for d in decided if states.get(d.action.action_id) == d.action.state.value]
