"""Every check holds of a practice that is well, and fails, with the run, when what it watches over is broken."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orchestration.checks import QUESTIONS
from orchestration.running import Ran
from tests.orchestration.clockwork import MORNING, Clockwork, dagster_at, laid_out
from tests.receiver.world import Hand


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation after a sync, a tick and a checkpoint."""
    folder = tmp_path_factory.mktemp("well")
    with laid_out(folder, ("aster", "birch")) as made:
        for job in ("sync", "tick", "checkpoint"):
            ran = made.run(job)
            assert ran.success, ran.failed
    return made.home


@pytest.fixture
def clockwork(well: Path, tmp_path: Path) -> Iterator[Clockwork]:
    """A copy of it. Nothing is sent here, so there is no vendor."""
    home = Path(shutil.copytree(well, tmp_path / "home"))
    with dagster_at(tmp_path / "dagster") as instance:
        yield Clockwork(home, None, Hand(MORNING), instance)


def test_of_practices_that_are_well_everything_holds(clockwork: Clockwork) -> None:
    ran = clockwork.run("checks")
    assert ran.success, ran.failed
    assert ran.checks == dict.fromkeys(QUESTIONS, True)


def an_entry_was_changed(clockwork: Clockwork) -> None:
    with clockwork.hub().store("birch").writing() as session:
        session._cursor.execute("UPDATE audit SET body = '{}'::BLOB WHERE seq = 3")


def an_action_was_lost(clockwork: Clockwork) -> None:
    with clockwork.hub().store("birch").writing() as session:
        session.insert("transitions", [{"action_id": "act_x", "after": "planned", "happened_at": MORNING}])


def nobody_understands_the_rows(clockwork: Clockwork) -> None:
    mark = {"raw_id": "raw_1", "connection_id": "schedule", "stream": "contacts", "stage": "normalize", "code": "odd"}
    with clockwork.hub().store("birch").writing() as session:
        session.insert("quarantine", [mark | {"recorded_at": MORNING}])


def a_send_is_in_doubt(clockwork: Clockwork) -> None:
    doubt = {"attempt_id": "att_1", "action_id": "act_1", "vendor": "twilio"}
    with clockwork.hub().store("birch").writing() as session:
        session.insert("open_attempts", [doubt | {"ambiguous_since": MORNING - timedelta(minutes=61)}])


def nobody_has_exported_for_a_day(clockwork: Clockwork) -> None:
    clockwork.hand.pass_(hours=25)


@pytest.mark.parametrize(
    "check, breaks, says",
    [
        ("audit_chain", an_entry_was_changed, "glowline audit verify birch"),
        ("conservation", an_action_was_lost, "1 actions are unaccounted for"),
        ("quarantine_share", nobody_understands_the_rows, "1 of 1 rows are set aside"),
        ("ambiguous_over_an_hour", a_send_is_in_doubt, "att_1"),
        ("freshness", nobody_has_exported_for_a_day, "was last read completely 25.0 hours ago"),
    ],
)
def test_a_check_that_does_not_hold_fails_the_run(
    clockwork: Clockwork, check: str, breaks: Callable[[Clockwork], None], says: str
) -> None:
    breaks(clockwork)
    ran = clockwork.run("checks")
    assert not ran.success
    assert {name for name, holds in ran.checks.items() if not holds} == {check}
    assert says in said(ran)
    assert "birch" in said(ran)


def test_a_practice_that_cannot_be_asked_fails_every_check(clockwork: Clockwork) -> None:
    (clockwork.home / "birch" / "practice.yaml").write_text("practice_id: birch\nodd: yes\n")
    ran = clockwork.run("checks")
    assert ran.checks == dict.fromkeys(QUESTIONS, False)
    assert "could not be asked" in said(ran)


def said(ran: Ran) -> str:
    return "\n".join(ran.failed)
