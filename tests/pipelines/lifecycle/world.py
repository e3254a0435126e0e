"""A practice in memory: facts change, ticks run desired → diff → bundle → send, and every text that left is kept.

It stands in for ledger, policy and outbox with the least that they promise, so that lifecycle is judged by what a
patient reads.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from canonical.actions import Action, ActionState
from canonical.delivery import BEFORE_CLAIM, may_follow
from canonical.ids import ContactPointId, LocationId, PersonId, ProviderId, VisitId
from canonical.owed import Candidates, Change, ChangeKind, Live, Settled, Subject, Tells
from canonical.plan import Journeys
from canonical.practice import Practice
from canonical.subjects import PersonFacts, VisitFacts
from canonical.visits import AppointmentStatus, BookedBy
from pipelines.lifecycle.bundles import Bundle, bundle
from pipelines.lifecycle.desired import Desired, desired
from pipelines.lifecycle.diff import diff
from pipelines.lifecycle.together import SAME_MINUTE
from tests.journeys_fixture import DOWNTOWN, PRACTICE, journeys

S = ActionState
NEW_YORK = ZoneInfo("America/New_York")
HORIZON = timedelta(days=3)


def ny(text: str) -> datetime:
    """An instant given as New York wall time, e.g. `2026-11-10 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(ZoneInfo("UTC"))


def local(instant: datetime) -> str:
    """New York wall time as text."""
    return instant.astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M")


@dataclass(frozen=True)
class Text:
    """One message that left: to whom, by which step, and the times it named, as New York wall time."""

    at: datetime
    phone: ContactPointId | None
    step: str
    named: tuple[tuple[str, str], ...]
    """(visit, local start) of everything it spoke about."""
    cancelled: bool = False
    places: tuple[str | None, ...] = ()

    @property
    def row(self) -> str:
        return self.step.split("-", 1)[0]


@dataclass
class World:
    """Facts, actions and what was sent."""

    now: datetime
    journeys: Journeys = field(default_factory=journeys)
    practice: Practice = PRACTICE
    visits: dict[str, VisitFacts] = field(default_factory=dict)
    people: dict[str, PersonFacts] = field(default_factory=dict)
    open: dict[str, Live] = field(default_factory=dict)
    past: dict[str, tuple[str, Settled]] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    not_before: dict[str, datetime] = field(default_factory=dict)
    answer: Callable[[Action], ActionState] = lambda action: S.SENT
    """What the vendor makes of a claim."""
    clears: Callable[[Action], bool] = lambda action: True
    """What policy makes of a due action."""
    _seq: int = 0

    # facts ------------------------------------------------------------------------------------------------------

    def book(
        self,
        visit: str,
        start: str,
        *,
        person: str = "ana",
        phone: str | None = None,
        by: BookedBy = BookedBy.STAFF,
        booked: datetime | None = None,
        place: str = DOWNTOWN.location_id,
        **fields: object,
    ) -> None:
        at = booked or self.now
        self.people.setdefault(person, PersonFacts(PersonId(person), phone_id=ContactPointId(phone or f"cp-{person}")))
        facts = VisitFacts(
            visit_id=VisitId(visit),
            seq=self._next(),
            person_id=PersonId(person),
            status=AppointmentStatus.BOOKED,
            start_at=ny(start),
            changed_at=at,
            recorded_at=self.now,
            location_id=LocationId(place),
            booked_at=at,
            booked_vendor_time=True,
            booked_by=by,
        )
        self.visits[visit] = replace(facts, **fields)  # type: ignore[arg-type]  # fields by name, from a test's own table

    def move(self, visit: str, start: str) -> None:
        if self.visits[visit].start_at != ny(start):
            self._change(visit, start_at=ny(start), moved_at=self.now, status=AppointmentStatus.BOOKED)

    def place(self, visit: str, place: str) -> None:
        self._change(visit, location_id=LocationId(place))

    def provider(self, visit: str, provider: str) -> None:
        self._change(visit, provider_id=ProviderId(provider))

    def status(self, visit: str, status: AppointmentStatus) -> None:
        self._change(visit, status=status)

    def cancel(self, visit: str) -> None:
        self.status(visit, AppointmentStatus.CANCELLED)

    def _change(self, visit: str, **fields: object) -> None:
        changed = replace(self.visits[visit], **fields)  # type: ignore[arg-type]  # fields by name, from a test's own table
        self.visits[visit] = replace(changed, seq=self._next(), changed_at=self.now, recorded_at=self.now)

    def _next(self) -> int:
        self._seq += 1
        return self._seq

    # ticks ------------------------------------------------------------------------------------------------------

    def candidates(self) -> Candidates:
        live: dict[str, list[Live]] = {}
        for one in self.open.values():
            live.setdefault(one.action.subject_id, []).append(one)
        subjects = tuple(
            Subject(facts, self.people.get(facts.person_id), tuple(live.pop(key, ())), self._settled(key))
            for key, facts in sorted(self.visits.items())
        )
        return Candidates(subjects, tuple(one for found in live.values() for one in found))

    def _settled(self, visit: str) -> tuple[Settled, ...]:
        return tuple(
            replace(past, **self._carrier(past))  # type: ignore[arg-type]  # fields by name, from a test's own table
            for subject, past in self.past.values()
            if subject == visit and past.action_id not in self.open
        )

    def _carrier(self, past: Settled) -> dict[str, object]:
        carrier = self.open.get(past.absorbed_by or "")
        if carrier is None:
            return {}
        return {"carrier_state": carrier.action.state, "told_at": carrier.claimed_at}

    def desired(self) -> Desired:
        return desired(self.candidates(), self.journeys, self.practice, self.now, self.now + HORIZON)

    def plan(self) -> list[Change]:
        changes = diff(self.desired(), self.candidates())
        for change in changes:
            self._apply(change)
        self.changes += changes
        return changes

    def tick(self, at: datetime | None = None) -> None:
        """Plan, clear what is due, and send bundle by bundle."""
        self.now = at or self.now
        self.plan()
        for action_id, live in list(self.open.items()):
            due = max(live.action.due_at, self.not_before.get(action_id, live.action.due_at))
            if live.action.state in BEFORE_CLAIM and due <= self.now and self.clears(live.action):
                self._state(action_id, S.CLEARED)
        cleared = [live.action for live in self.open.values() if live.action.state is S.CLEARED]
        for message in bundle(cleared, self.journeys):
            self._send(message)

    def run(self, until: datetime, every: timedelta = timedelta(minutes=5)) -> None:
        """Tick until then."""
        while self.now < until:
            self.tick(min(self.now + every, until))

    def settle(self, action_id: str, after: ActionState) -> None:
        """An ambiguous or claimed action gets its answer."""
        if after in {S.NOT_SENT, S.AMBIGUOUS}:
            self._state(action_id, after)
        else:
            self._close(action_id, after)

    def _send(self, message: Bundle) -> None:
        carrier = message.carrier
        for action in message.waiting:
            self._state(action.action_id, S.PLANNED)
            self._state(action.action_id, S.DELAYED)
            self.not_before[action.action_id] = self.now + SAME_MINUTE
        self._state(carrier.action_id, S.CLAIMED)
        self.open[carrier.action_id] = replace(self.open[carrier.action_id], claimed_at=self.now)
        for action in message.absorbed:
            self._close(action.action_id, S.ABSORBED, absorbed_by=carrier.action_id)
        after = self.answer(carrier)
        if after in {S.SENT, S.AMBIGUOUS}:
            self.texts.append(self._text(message))
        self.settle(carrier.action_id, after)

    def _text(self, message: Bundle) -> Text:
        named = tuple((one.subject_id, local(one.anchor_at)) for one in message.spoken if one.anchor_at)
        tells = message.carrier.facts.get("tells")
        return Text(
            self.now,
            message.carrier.contact_point_id,
            message.carrier.step,
            named,
            tells == Tells.CANCELLED.value,
            tuple(one.location_id for one in message.spoken),
        )

    def _apply(self, change: Change) -> None:
        kind, action = change.kind, change.action
        if kind in {ChangeKind.PLAN, ChangeKind.REVIVE}:
            assert action.action_id not in self.open
            before = self.past.get(action.action_id)
            assert before is None or may_follow(before[1].state, S.PLANNED), before
            assert (before[1].state if before else None) is change.before
            self.open[action.action_id] = Live(action)
        elif kind is ChangeKind.REFRESH:
            self.open[action.action_id] = replace(
                self.open[action.action_id], action=action.model_copy(update={"state": change.before})
            )
        elif kind is ChangeKind.REPLAN:
            assert self.open[action.action_id].action.state is change.before
            self.open[action.action_id] = Live(action)
            self._let_go(action.action_id, S.PLANNED)
        else:
            self._close(action.action_id, S.CANCELLED if kind is ChangeKind.CANCEL else S.EXPIRED)

    def _state(self, action_id: str, after: ActionState) -> None:
        live = self.open[action_id]
        if live.action.state is not after:
            if not may_follow(live.action.state, after):
                self._state(action_id, S.PLANNED)
            self.open[action_id] = replace(live, action=live.action.model_copy(update={"state": after}))

    def _close(self, action_id: str, after: ActionState, absorbed_by: str | None = None) -> None:
        live = self.open.pop(action_id)
        action = live.action
        told = after in {S.SENT, S.ABANDONED}
        provider = action.facts.get("provider")
        self.past[action_id] = (
            action.subject_id,
            Settled(
                seq=self._next(),
                action_id=action.action_id,
                step=action.step,
                occurrence=action.occurrence,
                state=after,
                anchor_at=action.anchor_at,
                tells=Tells(action.facts.get("tells", "")),
                told_at=live.claimed_at if told else None,
                location_id=action.location_id,
                provider_id=ProviderId(provider) if provider else None,
                absorbed_by=absorbed_by,  # type: ignore[arg-type]  # fields by name, from a test's own table
            ),
        )
        for key, (subject, past) in list(self.past.items()):
            if past.absorbed_by == action_id:
                self.past[key] = (
                    subject,
                    replace(past, carrier_state=after, told_at=live.claimed_at if told else None, seq=self._next()),
                )

    def _let_go(self, carrier: str, state: ActionState) -> None:
        for key, (subject, past) in list(self.past.items()):
            if past.absorbed_by == carrier:
                self.past[key] = (subject, replace(past, absorbed_by=None, carrier_state=state))

    # questions --------------------------------------------------------------------------------------------------

    def rows(self) -> list[str]:
        """The rows of all texts, in order."""
        return [text.row for text in self.texts]

    def said(self, visit: str) -> list[tuple[str, str]]:
        """(row, local start) of every text that named the visit, in order."""
        return [
            (text.row, "cancelled" if text.cancelled else start)
            for text in self.texts
            for named, start in text.named
            if named == visit
        ]
