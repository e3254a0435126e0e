"""The lifecycle tests' practice, with its actions in a ledger instead of in memory."""

from dataclasses import dataclass, field

from canonical.actions import ActionState
from canonical.ids import ActionId
from canonical.owed import Candidates, Change
from ledger.actions import Move, apply_changes, recall, transition
from ledger.candidates import candidates_of, read_candidates
from ledger.progress import advance, reached
from ledger.session import Session
from pipelines.lifecycle.desired import desired
from pipelines.lifecycle.diff import diff
from pipelines.lifecycle.ranges import compile_plan
from tests.ledger.calendar import write_people, write_visits
from tests.pipelines.lifecycle.world import HORIZON, World

S = ActionState


@dataclass
class LedgerWorld(World):
    """A world whose facts and actions lie in the ledger of `session`: one transaction for the whole story, to be quick."""

    session: Session = field(kw_only=True)
    _known: dict[str, object] = field(default_factory=dict)

    def candidates(self) -> Candidates:
        self._write_facts()
        since = reached(self.session, "lifecycle")
        recall(self.session, since)
        plan = compile_plan(self.journeys, self.now, self.now + HORIZON)
        return read_candidates(self.session, plan, since)

    def plan(self) -> list[Change]:
        found = self.candidates()
        wanted = desired(found, self.journeys, self.practice, self.now, self.now + HORIZON)
        changes = diff(wanted, found)
        counts = apply_changes(self.session, changes, self.now, "run")
        assert counts["stale"] == 0
        advance(self.session, "lifecycle", self.session.head.seq)
        self._reread()
        self.changes += changes
        return changes

    def all_candidates(self) -> Candidates:
        """What a planner that looked at everything would see."""
        self._write_facts()
        return candidates_of(self.session, self.visits)

    def _write_facts(self) -> None:
        people = [one for key, one in self.people.items() if self._known.get(f"person {key}") != one]
        visits = [one for key, one in self.visits.items() if self._known.get(f"visit {key}") != one]
        write_people(self.session, people, self.now)
        write_visits(self.session, visits)
        self._known |= {f"person {one.person_id}": one for one in people}
        self._known |= {f"visit {one.visit_id}": one for one in visits}

    def _reread(self) -> None:
        found = candidates_of(self.session, self.visits)
        live = [one for subject in found.subjects for one in subject.live] + list(found.orphans)
        self.open = {one.action.action_id: one for one in live}
        self.past = {past.action_id: (s.subject_id, past) for s in found.subjects for past in s.settled}

    def _move(self, action_id: str, *states: ActionState, **values: object) -> None:
        refs = {"attempt": f"at-{action_id}"}
        moves = [Move(ActionId(action_id), one, "test", refs, values if one is states[-1] else {}) for one in states]
        transition(self.session, moves, now=self.now, run_id="run")
        self._reread()

    def _state(self, action_id: str, after: ActionState) -> None:
        before = self.open[action_id].action.state
        if before is after:
            return
        by_way_of = {S.DELAYED, S.BLOCKED, S.AWAITING_APPROVAL, S.NOT_SENT}
        self._move(action_id, *([S.PLANNED, after] if before in by_way_of and after is not S.PLANNED else [after]))

    def _close(self, action_id: str, after: ActionState, absorbed_by: str | None = None) -> None:
        values = {"absorbed_by": absorbed_by, "message_id": f"m-{absorbed_by}"} if absorbed_by else {}
        self._move(action_id, after, **values)
