"""A request counts from when it reached the vendor, not from when we wished to make it: slow lines break no limit."""

import heapq
import random
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.kit import underway
from connectors.kit.limits import SharedBudget
from connectors.kit.manifest import Limit, Rate

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
WINDOW = timedelta(seconds=2)
LIMIT = Limit(per="account", rate=Rate(requests=6, window=WINDOW))


class World:
    """Machine time, who is at work, and a vendor that counts what arrives in a sliding window."""

    def __init__(self, folder: Path) -> None:
        self.at = START
        self.who = "1"
        self.arrivals: deque[datetime] = deque()
        self.refused = self.accepted = 0
        self.budget = SharedBudget(folder / "account", (LIMIT,), lambda: self.at, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def arrive(self) -> None:
        while self.arrivals and self.at - self.arrivals[0] >= WINDOW:
            self.arrivals.popleft()
        if len(self.arrivals) >= LIMIT.rate.requests:
            self.refused += 1
        else:
            self.accepted += 1
            self.arrivals.append(self.at)

    def waits(self) -> float:
        """How long a request would still have to wait, in seconds; none is taken where it may not be made."""
        wait = self.budget.take(timedelta())
        return wait.total_seconds() if wait is not None else 0.0


@contextmanager
def opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(folder)
    monkeypatch.setattr(underway, "_who", lambda: world.who)
    yield world
    world.budget.close()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with opened(tmp_path, monkeypatch) as found:
        yield found


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_line_takes_the_vendor_never_counts_one_too_many(world: World, seed: int) -> None:
    """Five workers; a request takes up to three seconds there, and some are never answered."""
    dice = random.Random(seed)
    queue = [(START, number, "take", str(number)) for number in range(5)]
    order = len(queue)
    while queue and world.at < START + timedelta(minutes=1):
        world.at, _, step, who = heapq.heappop(queue)
        world.who = who
        following, seconds = "take", 0.0
        if step == "take":
            seconds = world.waits()
            following = "take" if seconds else "arrive"
            seconds = seconds or dice.choice([0.01, 0.05, dice.uniform(0, 3)])
        elif step == "arrive":
            world.arrive()
            following, seconds = ("answer" if dice.random() < 0.9 else "take"), dice.choice([0.01, dice.uniform(0, 1)])
        else:
            world.budget.hear(200, {})
        order += 1
        heapq.heappush(queue, (world.at + timedelta(seconds=seconds), order, following, who))
    assert world.refused == 0
    assert world.accepted > 50


def test_what_is_answered_at_once_costs_nothing_more_than_the_window(world: World) -> None:
    for _ in range(6):
        assert world.waits() == 0
        world.arrive()
        world.budget.hear(200, {})
    assert world.waits() == pytest.approx(2.1, abs=0.01)


def test_a_slow_answer_counts_from_when_it_came(world: World) -> None:
    assert world.waits() == 0
    world.sleep(1.5)
    world.budget.hear(200, {})
    for _ in range(5):
        assert world.waits() == 0
        world.budget.hear(200, {})
    world.sleep(1)
    assert world.waits() == pytest.approx(1, abs=0.01)
    world.sleep(1.01)
    assert world.waits() == 0


def test_what_is_still_on_its_way_is_waited_for_and_given_up_after_a_minute(world: World) -> None:
    assert world.waits() == 0
    for worker in "23456":
        world.who = worker
        assert world.waits() == 0
        world.budget.hear(200, {})
    world.sleep(30)
    world.who = "7"
    assert [world.waits() > 0 for _ in range(6)] == [False] * 5 + [True], "the first may arrive any moment"
    world.sleep(33)
    assert [world.waits() for _ in range(6)] == [0] * 6


def test_one_that_hangs_takes_its_own_place_and_nobody_elses(world: World) -> None:
    assert world.waits() == 0
    world.who = "2"
    for _ in range(4):
        world.sleep(2.2)
        for _ in range(5):
            assert world.waits() == 0
            world.budget.hear(200, {})
        assert world.waits() > 0


def test_slow_ones_are_forgotten_with_their_window(tmp_path: Path) -> None:
    book = underway.Underway(tmp_path / "book", 20_000)
    for number in range(400):
        book.begun(number * 200)
        book.ended(number * 200 + 150)
    assert len(book.ended(80_000)) == 100
    assert book.ended(180_000) == ()
    book.close()


def test_a_damaged_file_holds_nobody(world: World, tmp_path: Path) -> None:
    (tmp_path / "account.underway").write_text("[1]")
    assert world.waits() == 0
