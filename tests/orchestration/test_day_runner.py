"""The long-lived process that runs days: commands in, answers out, real runs on the instance."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.checks import QUESTIONS
from orchestration.day_runner import answers
from tests.orchestration.clockwork import NAMES, Clockwork, laid_out


@pytest.fixture
def clockwork(tmp_path: Path) -> Iterator[Clockwork]:
    with laid_out(tmp_path, NAMES[:2]) as made:
        yield made


def test_a_day_is_one_run_with_everything_in_it(clockwork: Clockwork) -> None:
    command = json.dumps({"job": "day", "tags": {"day": "2026-11-09"}})
    [answer] = answers(iter([command]), clockwork.instance, clockwork.installed)

    assert answer["success"], answer["failed"]
    assert answer["checks"] == dict.fromkeys(QUESTIONS, True)
    assert answer["stages"]["raw"]["new"] == 4
    assert answer["stages"]["outbox"]["sent"] == 2
    run = clockwork.instance.get_run_by_id(answer["run_id"])
    assert run is not None
    assert run.tags["day"] == "2026-11-09"
    assert list(clockwork.instance.get_dynamic_partitions("practices")) == list(NAMES[:2])
    json.dumps(answer)


def test_what_is_no_command_is_answered_with_the_next_step(clockwork: Clockwork) -> None:
    lines = ["{", "\n", "[]", '{"job": 3}', '{"job": "night"}']
    got = list(answers(iter(lines), clockwork.instance, clockwork.installed))
    assert len(got) == 4
    assert all(answer["error"] and answer["next_step"] for answer in got)
    assert "tick" in got[-1]["next_step"]


def test_a_run_that_fails_is_an_answer(clockwork: Clockwork) -> None:
    (clockwork.home / "aster" / "practice.yaml").write_text("odd: yes\n")
    [answer] = answers(iter(['{"job": "tick"}']), clockwork.instance, clockwork.installed)
    assert answer["success"] is False
    assert "aster" in answer["failed"][0]
