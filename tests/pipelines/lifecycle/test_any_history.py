"""Whatever happens to two visits on one phone, the last message states the truth (R5, R9, R10, R12, R46)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.actions import Action, ActionState
from canonical.visits import AppointmentStatus, BookedBy
from pipelines.lifecycle.bundles import Bundle
from pipelines.lifecycle.visit_steps import EXPECTED
from tests.journeys_fixture import UPTOWN, changed, journeys
from tests.pipelines.lifecycle.world import Text, World, local, ny

S = ActionState
FAMILY = "cp-family"
AUTUMN, SPRING = ny("2026-10-27 09:00"), ny("2026-03-03 09:00")
OUTCOMES = (S.SENT, S.SENT, S.SENT, S.REFUSED, S.NOT_SENT, S.AMBIGUOUS)


@dataclass(frozen=True)
class Event:
    """Something that happens to one of the visits, and how long it is quiet afterwards."""

    what: str
    visit: str
    days: int
    clock: str
    minutes: int
    outcome: ActionState


EVENTS = st.builds(
    Event,
    what=st.sampled_from(
        [
            "move",
            "move",
            "move",
            "cancel",
            "rebook",
            "confirm",
            "place",
            "hold",
            "release",
            "outcome",
            "resolve",
            "wait",
        ]
    ),
    visit=st.sampled_from(["v-1", "v-2"]),
    days=st.integers(0, 6),
    clock=st.sampled_from(["00:30", "01:30", "07:30", "09:00", "10:00", "10:30", "16:00", "23:30"]),
    minutes=st.sampled_from([1, 3, 6, 31, 90, 60 * 7, 60 * 26]),
    outcome=st.sampled_from(OUTCOMES),
)


class Watched(World):
    """A world that refuses to let an untrue text leave."""

    def _text(self, message: Bundle) -> Text:
        text = super()._text(message)
        for visit, start in text.named:
            facts = self.visits[visit]
            assert start == local(facts.start_at), "a text names a time that is not true when it leaves"
            assert (facts.status is AppointmentStatus.CANCELLED) is text.cancelled, "a text after the cancellation"
            assert text.cancelled or facts.status in EXPECTED
        return text


def _begin(now: datetime, notice: bool) -> Watched:
    live = {"live_from": now - timedelta(days=30)}
    rows: dict[str, dict[str, object]] = {row: {**live} for row in ("2.5", "2.7", "2.8", "3.1", "3.2", "4.1")}
    if not notice:
        rows["2.7"]["owner"] = "podium"
    world = Watched(now, journeys(*changed(*rows.items())))
    start = now.date() + timedelta(days=5)
    world.book("v-1", f"{start} 10:00", person="mum", phone=FAMILY, by=BookedBy.PATIENT)
    world.book("v-2", f"{start} 10:30", person="zoe", phone=FAMILY)
    return world


def _happen(world: World, event: Event) -> None:
    day = (world.now + timedelta(days=event.days)).date()
    deeds: dict[str, Callable[[], None]] = {
        "move": lambda: world.move(event.visit, f"{day} {event.clock}"),
        "cancel": lambda: world.cancel(event.visit),
        "rebook": lambda: world.status(event.visit, AppointmentStatus.BOOKED),
        "confirm": lambda: world.status(event.visit, AppointmentStatus.CONFIRMED),
        "place": lambda: world.place(event.visit, UPTOWN.location_id if event.days % 2 else "downtown"),
        "hold": lambda: setattr(world, "clears", lambda action: False),
        "release": lambda: setattr(world, "clears", lambda action: True),
        "outcome": lambda: setattr(world, "answer", _always(event.outcome)),
        "resolve": lambda: _resolve(world, event.outcome),
        "wait": lambda: None,
    }
    deeds[event.what]()
    world.tick()
    world.run(
        world.now + timedelta(minutes=event.minutes), max(timedelta(minutes=event.minutes / 3), timedelta(minutes=1))
    )


def _always(outcome: ActionState) -> Callable[[Action], ActionState]:
    return lambda action: outcome


def _resolve(world: World, outcome: ActionState) -> None:
    """The look-up proves that it was sent, or that it was not."""
    for action_id, live in list(world.open.items()):
        if live.action.state is not S.AMBIGUOUS:
            continue
        if outcome in {S.NOT_SENT, S.REFUSED}:
            world.texts = [
                text for text in world.texts if not (text.at == live.claimed_at and text.step == live.action.step)
            ]
            world.settle(action_id, S.NOT_SENT)
        else:
            world.settle(action_id, S.SENT)


def _finish(world: World) -> None:
    """Everything works again, doubts are settled, and both visits end up somewhere in the future."""
    world.clears, world.answer = (lambda action: True), _always(S.SENT)
    _resolve(world, S.SENT)
    world.tick()
    for visit, clock in (("v-1", "11:00"), ("v-2", "14:00")):
        if world.visits[visit].status in EXPECTED:
            world.move(visit, f"{(world.now + timedelta(days=4)).date()} {clock}")
    world.run(world.now + timedelta(hours=3))


HISTORIES = {
    "start": st.sampled_from([AUTUMN, SPRING]),
    "events": st.lists(EVENTS, max_size=18),
    "notice": st.booleans(),
}


@given(**HISTORIES)
def test_the_last_message_always_states_the_truth(start: datetime, events: list[Event], notice: bool) -> None:
    _is_true_whatever_happens(start, events, notice)


@pytest.mark.soak
@given(**HISTORIES)
@settings(max_examples=5_000)
def test_the_last_message_states_the_truth_for_hours(start: datetime, events: list[Event], notice: bool) -> None:
    _is_true_whatever_happens(start, events, notice)


def _is_true_whatever_happens(start: datetime, events: list[Event], notice: bool) -> None:
    world = _begin(start, notice)
    for event in events:
        _happen(world, event)
    _finish(world)
    if not notice:
        world.run(world.now + timedelta(days=3), timedelta(hours=1))
    for visit in ("v-1", "v-2"):
        _says_the_truth(world, visit, notice)
        _never_says_it_twice(world, visit)


def _says_the_truth(world: World, visit: str, notice: bool) -> None:
    said = world.said(visit)
    facts = world.visits[visit]
    refused = any(subject == visit and past.state is S.REFUSED for subject, past in world.past.values())
    if not said or refused:
        return  # a refusal is the vendor's last word for that time, and goes to a person (R57)
    truth = local(facts.start_at) if facts.status in EXPECTED else "cancelled"
    if truth == "cancelled" and facts.start_at <= world.now:
        return  # cancelled when it was over already
    assert said[-1][1] == truth, said
    if notice and truth != "cancelled":
        last = _about(world, visit)[-1]
        place = last.places[[named for named, _ in last.named].index(visit)]
        assert place == facts.location_id, "the last message sends the patient to another place"


def _never_says_it_twice(world: World, visit: str) -> None:
    """Never two texts of one step with the same content, unless something else was said in between."""
    last: dict[str, tuple[str, str]] = {}
    for text in _about(world, visit):
        content = "cancelled" if text.cancelled else dict(text.named)[visit]
        place = str(text.places)
        assert last.get(text.step) != (content, place), f"{text.step} said {content} twice in a row"
        for step in [step for step, before in last.items() if before != (content, place)]:
            del last[step]
        last[text.step] = (content, place)


def _about(world: World, visit: str) -> list[Text]:
    return [text for text in world.texts if visit in dict(text.named)]
