"""A vendor may count some paths apart: a request there draws from the account's budget and from theirs."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.kit.limits import Budgets, Nested
from connectors.kit.manifest import Limit, Rate

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LONG = timedelta(hours=1)
ACCOUNT = Limit(per="account", rate=Rate(requests=40, window=SECOND))
VISITS = Limit(per="account", rate=Rate(requests=10, window=SECOND), paths=("/appointments", "/available_slots"))


@dataclass
class Machine:
    """A clock that moves only when somebody waits."""

    at: datetime = START
    waited: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def budgets(tmp_path: Path, machine: Machine) -> Iterator[Budgets]:
    opened = Budgets(tmp_path, machine.now, machine.pause)
    yield opened
    opened.close()


def budget(budgets: Budgets, path: str) -> Nested:
    limits = (ACCOUNT, VISITS)
    narrower = budgets.narrower("nexhealth", "lumen", limits, path)
    return Nested((budgets.of("nexhealth", "lumen", limits), *narrower))


def ask(budgets: Budgets, path: str, patience: timedelta = LONG) -> timedelta | None:
    return budget(budgets, path).take(patience)


def most_in_a_second(instants: list[datetime]) -> int:
    window: deque[datetime] = deque()
    most = 0
    for instant in instants:
        window.append(instant)
        while instant - window[0] >= SECOND:
            window.popleft()
        most = max(most, len(window))
    return most


def test_the_narrow_limit_holds_only_its_own_paths(budgets: Budgets, machine: Machine) -> None:
    for _ in range(10):
        assert ask(budgets, "/appointments/7") is None
    for _ in range(20):
        assert ask(budgets, "/patients") is None
    assert machine.waited == []
    assert ask(budgets, "/available_slots") is None
    assert machine.waited != []


def test_what_goes_to_the_narrow_paths_counts_for_the_account_too(budgets: Budgets, machine: Machine) -> None:
    asked: list[datetime] = []
    visits: list[datetime] = []
    for number in range(200):
        path = "/appointments" if number % 2 else "/patients"
        assert ask(budgets, path) is None
        asked.append(machine.at)
        visits += [machine.at] if path == "/appointments" else []
    assert most_in_a_second(visits) == 10
    assert most_in_a_second(asked) <= 40


def test_impatience_hears_how_long_the_narrow_limit_still_takes(budgets: Budgets) -> None:
    for _ in range(10):
        ask(budgets, "/appointments")
    wait = ask(budgets, "/appointments", timedelta())
    assert wait is not None
    assert timedelta() < wait <= SECOND + timedelta(milliseconds=200)
    assert ask(budgets, "/providers", timedelta()) is None


def test_what_the_narrow_limit_turned_away_is_not_on_its_way(budgets: Budgets, machine: Machine) -> None:
    for _ in range(10):
        assert ask(budgets, "/appointments") is None
        budget(budgets, "/appointments").hear(200, {})
    assert ask(budgets, "/appointments", timedelta()) is not None
    machine.pause(1.11)
    assert [ask(budgets, "/patients", timedelta()) for _ in range(40)] == [None] * 40


def test_a_429_on_one_path_holds_the_whole_account(budgets: Budgets) -> None:
    budget(budgets, "/appointments").hear(429, {"retry-after": "30"})
    wait = ask(budgets, "/patients", timedelta())
    assert wait == timedelta(seconds=30)


def test_a_vendor_without_such_limits_has_one_budget(budgets: Budgets) -> None:
    assert budgets.narrower("twilio", "lumen", (ACCOUNT,), "/appointments") == ()


def test_a_path_begins_with_a_slash() -> None:
    with pytest.raises(ValidationError):
        Limit(per="account", rate=Rate(requests=1, window=SECOND), paths=("appointments",))
