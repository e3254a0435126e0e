"""A ledger with visits and messages about them, each put where a test wants it: no vendor, no policy, no planner."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from canonical.actions import Action, ActionState, SubjectKind
from canonical.ids import ActionId, ContactPointId, LocationId, PersonId, VisitId
from canonical.owed import Change, ChangeKind
from canonical.practice import Channel, Location, Practice, WeeklyHours
from canonical.subjects import VisitFacts
from canonical.visits import AppointmentStatus
from ledger.actions import Move, apply_changes, transition
from ledger.lists import listed
from ledger.session import Session
from ledger.store import Store
from tests.journeys_fixture import DOWNTOWN, PRACTICE
from tests.ledger.calendar import write_visits
from tests.pipelines.policy.world import an_action

S = ActionState
NEW_YORK = ZoneInfo("America/New_York")
OPEN = WeeklyHours(days={day: ((time(9), time(18)),) for day in range(5)})
HOUSE: Location = DOWNTOWN.model_copy(update={"hours": OPEN})
"""Open from 9 to 18, Monday to Friday."""
LUMEN: Practice = PRACTICE.model_copy(update={"locations": (HOUSE,)})
WAYS: Mapping[ActionState, tuple[ActionState, ...]] = {
    S.PLANNED: (),
    S.CLEARED: (S.CLEARED,),
    S.DELAYED: (S.DELAYED,),
    S.BLOCKED: (S.BLOCKED,),
    S.AWAITING_APPROVAL: (S.AWAITING_APPROVAL,),
    S.CLAIMED: (S.CLEARED, S.CLAIMED),
    S.AMBIGUOUS: (S.CLEARED, S.CLAIMED, S.AMBIGUOUS),
    S.SENT: (S.CLEARED, S.CLAIMED, S.SENT),
    S.REFUSED: (S.CLEARED, S.CLAIMED, S.REFUSED),
    S.ABANDONED: (S.CLEARED, S.CLAIMED, S.AMBIGUOUS, S.ABANDONED),
    S.DELIVERED: (S.CLEARED, S.CLAIMED, S.SENT, S.DELIVERED),
    S.BOUNCED: (S.CLEARED, S.CLAIMED, S.SENT, S.BOUNCED),
    S.REJECTED: (S.CLEARED, S.CLAIMED, S.SENT, S.REJECTED),
    S.EXPIRED: (S.EXPIRED,),
    S.DROPPED: (S.DROPPED,),
    S.CANCELLED: (S.CANCELLED,),
}
"""The states an action goes through on its way to each."""


def at(text: str) -> datetime:
    """A New York wall-clock time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(ZoneInfo("UTC"))


def a_visit(number: int, start: datetime, **changes: Any) -> VisitFacts:  # noqa: ANN401 - fields of a visit
    """A booked visit of person p-N."""
    facts: dict[str, Any] = {
        "visit_id": VisitId(f"v-{number}"),
        "seq": 0,
        "person_id": PersonId(f"p-{number}"),
        "status": AppointmentStatus.BOOKED,
        "start_at": start,
        "changed_at": start - timedelta(days=20),
        "recorded_at": start - timedelta(days=20),
        "location_id": LocationId("downtown"),
        "booked_at": start - timedelta(days=20),
    }
    return VisitFacts(**facts | changes)


@dataclass
class Office:
    """One practice's ledger, with a hand that puts things there."""

    store: Store
    practice: Practice = LUMEN
    made: dict[str, Action] = field(default_factory=dict)

    def visits(self, *visits: VisitFacts, now: datetime, change: str = "") -> None:
        """Write visits, as the stage of visits leaves them."""
        with self.store.writing() as session:
            write_visits(session, visits)
            if change:
                _name_the_change(session, visits, change)

    def version(self, visit: VisitFacts, change: str) -> None:
        """The newest version of a visit once more, saying what it changed."""
        with self.store.writing() as session:
            (row,) = session.rows("visits_by_id", ids=listed([visit.visit_id]))
            row.pop("seq")
            session.insert("visit_versions", [row | {"change": change}])

    def message(self, visit: VisitFacts, row: str, due: datetime, **changes: Any) -> Action:  # noqa: ANN401 - fields of an action
        """A text about a visit, planned a day before it is due."""
        number = f"a-{len(self.made) + 1}"
        action = self.made[number] = self._action(number, visit, row, due, changes)
        planned = due - timedelta(days=1)
        with self.store.writing() as session:
            apply_changes(session, [Change(ChangeKind.PLAN, action, None, "owed")], planned, "run-0")
        return action

    def _action(self, number: str, visit: VisitFacts, row: str, due: datetime, changes: Mapping[str, Any]) -> Action:
        tells = {"2.8": "cancelled", "2.5": "time", "2.7": "time", "3.1": "time", "3.2": "time", "4.1": "time"}
        fields: dict[str, Any] = {
            "action_id": ActionId(number),
            "step": f"{row}-step",
            "row": row,
            "subject_kind": SubjectKind.VISIT,
            "subject_id": visit.visit_id,
            "person_id": visit.person_id,
            "contact_point_id": ContactPointId(f"cp-{visit.person_id}"),
            "location_id": visit.location_id,
            "channel": Channel.SMS,
            "due_at": due,
            "expires_at": visit.start_at,
            "anchor_at": visit.start_at,
            "facts": {"tells": tells.get(row, ""), "seq": "0"},
        }
        return an_action(**fields | dict(changes))

    def messages(
        self,
        about: Sequence[tuple[VisitFacts, str]],
        due: datetime,
        planned: datetime,
        **changes: Any,  # noqa: ANN401 - fields of an action
    ) -> list[Action]:
        """Many texts at once, all due and planned at the same times."""
        made = []
        for visit, row in about:
            number = f"a-{len(self.made) + 1}"
            self.made[number] = self._action(number, visit, row, due, changes)
            made.append(self.made[number])
        with self.store.writing() as session:
            plans = [Change(ChangeKind.PLAN, action, None, "owed") for action in made]
            apply_changes(session, plans, planned, "run-0")
        return made

    def put_all(self, actions: Sequence[Action], state: ActionState, now: datetime) -> None:
        """Move many planned actions to a state."""
        with self.store.writing() as session:
            moves = [
                Move(action.action_id, one, "test", {"attempt": "at"}) for action in actions for one in WAYS[state]
            ]
            transition(session, moves, now=now, run_id="run-1")

    def attempted(self, action: Action, now: datetime, *, outcome: str = "sent", vendor: str = "twilio") -> str:
        """A cleared action is claimed and its attempt has an outcome; returns the attempt's id."""
        attempt = f"at-{action.action_id}"
        row = {
            "attempt_id": attempt,
            "action_id": action.action_id,
            "vendor": vendor,
            "product": "sms",
            "command": "send_sms",
            "contact_point_id": action.contact_point_id,
            "person_id": action.person_id,
            "claimed_at": now,
        }
        with self.store.writing() as session:
            session.insert("attempts", [row])
            held = {"attempt_id": attempt, "message_id": f"m-{action.action_id}"}
            session.insert("attempt_outcomes", [{"attempt_id": attempt, "outcome": outcome, "happened_at": now}])
            ways = {"sent": S.SENT, "refused": S.REFUSED}
            moves = [
                Move(action.action_id, S.CLAIMED, "test", {"attempt": attempt}, held),
                Move(action.action_id, ways[outcome], "test", {"attempt": attempt}),
            ]
            transition(session, moves, now=now, run_id="run-1")
        return attempt

    def put(self, action: Action, state: ActionState, now: datetime, reason: str = "test", **values: object) -> None:
        """Move an action to a state by the way that leads there."""
        with self.store.writing() as session:
            way = WAYS[state]
            refs = {"attempt": f"at-{action.action_id}"}
            moves = [Move(action.action_id, one, reason, refs, values if one is way[-1] else {}) for one in way]
            transition(session, moves, now=now, run_id="run-1")

    def put_next(self, action: Action, state: ActionState, now: datetime) -> None:
        """Move an action one step on, from wherever it is."""
        with self.store.writing() as session:
            transition(session, [Move(action.action_id, state, "test", {"attempt": "at"})], now=now, run_id="run-1")

    def rows(self, query: str, **params: object) -> list[dict[str, Any]]:
        """The rows of a named query."""
        with self.store.reading() as session:
            return session.rows(query, **params)

    def state(self, action: Action) -> str:
        """Where an action is."""
        (row,) = self.rows("last_states", ids=[action.action_id])
        return str(row["after"])

    def tasks(self, kind: str = "call_list") -> list[dict[str, Any]]:
        """Open tasks of a kind."""
        return self.rows("open_tasks_of_kind", kind=kind)


def _name_the_change(session: Session, visits: Iterable[VisitFacts], change: str) -> None:
    """The open rows of some visits, saying what their newest version changed."""
    rows = session.rows("open_visits_by_id", ids=listed(visit.visit_id for visit in visits))
    session.run("forget_open_visits", ids=listed(row["visit_id"] for row in rows))
    session.insert("open_visits", [row | {"change": change} for row in rows])
