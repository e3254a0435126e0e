"""kill -9 at each named point of the send path. The vendor's journal judges, and no row of ours is believed about what left."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta

import pytest

from canonical.actions import ActionState
from canonical.delivery import BEFORE_CLAIM
from pipelines.outbox.hands import FIRST
from pipelines.outbox.points import Point
from pipelines.tick.health import audit_is_proved, no_doubt_is_old, sums_close
from tests.dying import Nursery, nursery
from tests.proofs.town import Town, local
from tests.seeds import drawn

SEEDS = 20
PHONES = tuple(f"+1212555014{number}" for number in (2, 2, 3, 4, 5, 6, 7, 8))
"""Two of them share one, so that a killed message may carry two actions."""
FAULTS = ("none", "none", "drop", "truncated", "status", "reset")
"""What the vendor does to the request whose process dies, or to the one before it."""
LEASE = timedelta(seconds=61)
OF_EACH_REQUEST = frozenset({Point.BEGUN, Point.ANSWERED})
"""The other points are met once for each hand."""


@pytest.fixture(autouse=True)
def ledgers() -> None:
    """Another process opens it."""


@pytest.fixture(scope="module")
def ward() -> Iterator[Nursery]:
    """Where the processes come from that are killed."""
    with nursery("tests.proofs.dies:deliver_until") as made:
        yield made


@pytest.mark.parametrize("point", Point)
def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(town: Town, ward: Nursery, point: Point) -> None:
    _killed_and_judged(town, ward, point, drawn(f"kill {point}"))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("point", Point)
def test_twenty_kills_per_point_lose_nothing_and_double_nothing(
    town: Town, ward: Nursery, point: Point, seed: int
) -> None:
    _killed_and_judged(town, ward, point, drawn(f"kill {point} {seed}"))


def _killed_and_judged(town: Town, ward: Nursery, point: Point, chance: random.Random) -> None:
    for number, phone in enumerate(PHONES[: chance.randint(2, len(PHONES))]):
        town.book(town.person(f"Ana{number} Reyes", phone), "2026-11-13 10:00")
    town.run(local("2026-11-11 09:30"))
    moment = local("2026-11-11 10:01")
    town.turn(moment)
    tickets = len({row["phone"] for row in town.people.values()})
    fault = chance.choice(FAULTS)
    if fault != "none":
        town.twilio.fail(fault, method="POST", skip=chance.randrange(tickets))
    nth = chance.randint(1, tickets if point in OF_EACH_REQUEST else _hands(tickets))
    assert ward.killed_at(0, str(town.home), town.practice, moment.isoformat(), point.value, str(nth))
    _nothing_left_twice(town)
    town.clock.ahead = LEASE
    for minutes in (1, 4, 34):
        town.run(moment + timedelta(minutes=minutes))
        _nothing_left_twice(town)
    doubts = 1 + (fault != "none")  # the request under way, and one that the vendor left unanswered before it
    assert len(_lapsed(town)) <= doubts, "what the killed process had not begun is proved not to have left"
    assert no_doubt_is_old(town.opened()).ok
    town.twilio.faults.clear()
    town.run(moment + timedelta(hours=25))
    _nothing_left_twice(town)
    _everything_has_an_end_or_an_owner(town)


def _hands(tickets: int) -> int:
    """In how many claims they are taken where vendors are quick: a first hand, then one of twice the size."""
    return 1 if tickets <= FIRST else 2


def _lapsed(town: Town) -> list[str]:
    """Attempts of which nobody knew what became of them when their lease was over."""
    return [row["attempt_id"] for row in town.table("attempt_outcomes") if row["how"] == "lease"]


def test_of_a_killed_hand_only_the_request_that_was_begun_is_in_doubt(town: Town, ward: Nursery) -> None:
    """A first hand and five more texts are claimed one after the other; the process dies with the second of the five."""
    for number in range(FIRST + 5):
        town.book(town.person(f"Ana{number} Reyes", f"+12125550{140 + number}"), "2026-11-13 10:00")
    town.run(local("2026-11-11 09:30"))
    moment = local("2026-11-11 10:01")
    town.turn(moment)
    assert ward.killed_at(0, str(town.home), town.practice, moment.isoformat(), Point.BEGUN.value, str(FIRST + 2))
    assert (len(town.table("open_attempts")), len(town.texts())) == (5, FIRST + 1)
    town.clock.ahead = LEASE
    town.run(moment + timedelta(minutes=1))
    _nothing_left_twice(town)
    [doubtful] = _lapsed(town)
    never = {row["attempt_id"] for row in town.table("attempt_outcomes") if row["how"] == "never_begun"}
    assert len(never) == 3
    assert doubtful not in never
    town.run(moment + timedelta(minutes=2))
    assert len(town.texts()) == FIRST + 4, "what never began is sent at the next tick; what is in doubt is not"
    hands = town.opened().outbox.hands
    assert hands.folder is not None
    assert list(hands.folder.glob(f"hand-{hands.ledger}-*")) == []


def _nothing_left_twice(town: Town) -> None:
    """At most one accepted request per attempt; at most one attempt per action that was not proved to have stayed."""
    accepted = Counter(entry.reference for entry in town.twilio.journal.accepted())
    assert None not in accepted
    assert set(accepted.values()) <= {1}, accepted
    attempts = {row["attempt_id"]: row["action_id"] for row in town.table("attempts")}
    assert accepted.keys() <= attempts.keys(), "a request left before its claim was on the disk"
    stayed = {row["attempt_id"] for row in town.table("attempt_outcomes") if row["outcome"] in {"not_sent", "refused"}}
    assert not stayed & accepted.keys(), "a text that arrived counts as not sent"
    unproved = Counter(action for attempt, action in attempts.items() if attempt not in stayed)
    assert set(unproved.values()) <= {1}, unproved
    assert _most_on_one_phone(town) <= 1 + (town.clock.business >= local("2026-11-12 10:00"))


def _most_on_one_phone(town: Town) -> int:
    """Bundled or not, killed or not: the 48-hour reminder is read once, and so is the one of the next day."""
    heard = Counter(entry.recipient for entry in town.twilio.journal.accepted())
    return max(heard.values(), default=0)


def _everything_has_an_end_or_an_owner(town: Town) -> None:
    for row in town.table("open_actions"):
        assert ActionState(row["state"]) in BEFORE_CLAIM, row["state"]
        assert row["due_at"] is not None
        assert row["expires_at"] is not None
    assert town.table("open_attempts") == []
    outcomes = defaultdict(set)
    for row in town.table("attempt_outcomes"):
        outcomes[row["attempt_id"]].add(row["outcome"])
    arrived = {entry.reference for entry in town.twilio.journal.accepted()}
    owned = {row["subject_id"] for row in town.table("tasks") if row["due_at"] is not None}
    for attempt, ends in outcomes.items():
        assert attempt in owned or ends & {"sent", "not_sent", "refused"}, (attempt, ends)
        assert attempt not in arrived or "sent" in ends or attempt in owned, (attempt, ends)
    assert sums_close(town.opened()).ok
    assert audit_is_proved(town.opened()).ok
