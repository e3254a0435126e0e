"""Bookings move, people answer, tools fail, in any order: what somebody read last is true, and nothing else ever left."""

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.proofs.week import SLOTS, Happenings
from tests.seeds import commit_seed

FEW, EXAMPLES_PER_PART, PARTS = 3, 10, 20
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def _happen(part: int, examples: int, steps: int, *, shrink: bool) -> None:
    @seed(part)
    class Seeded(Happenings):
        pass

    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=phases,
        deadline=None,
        database=None,
        suppress_health_check=QUIET,
    )
    run_state_machine_as_test(Seeded, settings=chosen)


def _a_change_long_before_the_reminder(silent_row: str) -> None:
    class Control(Happenings):
        pass

    Control.silent_row = silent_row
    week = Control()
    try:
        week.begin(slots=SLOTS[3:6])
        assert week.people["Ana Reyes"].read, "whoever was told nothing cannot have read anything untrue"
        if silent_row == "2.8":
            week.cancel("Ana Reyes", 20)
        else:
            week.move("Ana Reyes", SLOTS[-2], 20)
    finally:
        week.teardown()


def test_a_change_that_is_told_passes() -> None:
    _a_change_long_before_the_reminder("")


@pytest.mark.parametrize("silent_row", ["2.7", "2.8"])
def test_a_change_that_nobody_tells_is_found(silent_row: str) -> None:
    """The control: this proof fails where moves, or cancellations, are not told."""
    with pytest.raises(AssertionError, match="read last, and no longer true"):
        _a_change_long_before_the_reminder(silent_row)


@pytest.mark.timeout(600)
def test_a_few_weeks_end_with_everybody_knowing_the_true_time() -> None:
    _happen(commit_seed(), FEW, 12, shrink=False)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_two_hundred_weeks_end_with_everybody_knowing_the_true_time(part: int) -> None:
    _happen(part, EXAMPLES_PER_PART, 25, shrink=True)
