"""When something runs: the evaluation asks the pipelines, and skips with a reason."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.alerts import alert
from orchestration.pruning import prune_runs
from orchestration.running import Ran
from orchestration.timetable import news, reconcile_schedule, sync_schedule, tick_schedule
from tests.orchestration.clockwork import MORNING, Clockwork, laid_out


@pytest.fixture
def clockwork(tmp_path: Path) -> Iterator[Clockwork]:
    with laid_out(tmp_path, ("aster",)) as made:
        yield made


def evaluated(schedule: dg.ScheduleDefinition, clockwork: Clockwork) -> object:
    context = dg.build_schedule_context(instance=clockwork.instance, resources={"installed": clockwork.installed})
    return schedule(context)


def test_a_sync_is_asked_for_while_a_connection_is_due(clockwork: Clockwork) -> None:
    asked = evaluated(sync_schedule, clockwork)
    assert isinstance(asked, dg.RunRequest)
    assert asked.tags["glowline/connections"] == "2"
    clockwork.run("sync")
    assert isinstance(evaluated(sync_schedule, clockwork), dg.SkipReason)


def test_a_tick_is_asked_for_while_a_practice_has_work(clockwork: Clockwork) -> None:
    assert isinstance(evaluated(tick_schedule, clockwork), dg.RunRequest)
    for _ in range(3):
        clockwork.run("tick")
    assert isinstance(evaluated(tick_schedule, clockwork), dg.SkipReason)
    rows = clockwork.home / "aster" / "rows.yaml"
    rows.write_text(rows.read_text().replace("2026-11-01T04", "2026-11-02T04"))
    assert isinstance(evaluated(tick_schedule, clockwork), dg.RunRequest)


def test_reconcile_is_asked_for_while_something_is_ambiguous(clockwork: Clockwork) -> None:
    assert isinstance(evaluated(reconcile_schedule, clockwork), dg.SkipReason)
    with clockwork.hub().store("aster").writing() as session:
        session.insert("open_attempts", [{"attempt_id": "att_1", "action_id": "act_1", "ambiguous_since": MORNING}])
    assert isinstance(evaluated(reconcile_schedule, clockwork), dg.RunRequest)


def test_a_tick_follows_a_sync_that_changed_something_and_no_other(clockwork: Clockwork) -> None:
    assert isinstance(after(clockwork, clockwork.run("sync")), dg.RunRequest)
    assert isinstance(after(clockwork, clockwork.run("sync")), dg.SkipReason)


def after(clockwork: Clockwork, ran: Ran) -> object:
    """What the sensor says to a run that ended well."""
    return news(ended(clockwork, ran, dg.DagsterEventType.RUN_SUCCESS))


def ended(clockwork: Clockwork, ran: Ran, how: dg.DagsterEventType) -> dg.RunStatusSensorContext:
    run = clockwork.instance.get_run_by_id(ran.run_id)
    [entry] = clockwork.instance.all_logs(ran.run_id, of_type=how)
    assert run is not None
    return dg.build_run_status_sensor_context(
        "any", entry.get_dagster_event(), clockwork.instance, run, resources={"installed": clockwork.installed}
    )


def test_runs_that_ended_long_ago_are_forgotten_and_others_are_not(clockwork: Clockwork) -> None:
    old, new = clockwork.run("reconcile").run_id, clockwork.run("reconcile").run_id
    record = clockwork.instance.get_run_record_by_id(new)
    assert record is not None
    assert prune_runs(clockwork.instance, record.create_timestamp) == 1
    assert clockwork.instance.get_run_by_id(old) is None
    assert clockwork.instance.get_run_by_id(new) is not None
    files = {file.stem for file in clockwork.home.parent.glob("dagster/**/*.db")}
    assert new in files
    assert old not in files


def test_prune_keeps_a_month(clockwork: Clockwork) -> None:
    clockwork.run("reconcile")
    ran = clockwork.run("prune")
    assert ran.success, ran.failed
    assert ran.counts["dagster_history"]["deleted"] == 0


def test_a_run_that_failed_says_to_whom_and_what(clockwork: Clockwork) -> None:
    with (clockwork.home / "installation.yaml").open("a") as settings:
        settings.write("alerts: ops@glowline.example\n")
    (clockwork.home / "keys" / "signing.key").unlink()
    ran = clockwork.run("checkpoint")
    context = ended(clockwork, ran, dg.DagsterEventType.RUN_FAILURE).for_run_failure()
    told = alert(context, clockwork.installed)
    assert told.startswith("To ops@glowline.example: ")
    assert f"run {ran.run_id} of checkpoint failed" in told
    assert "aster" in told
    assert "signing.key" in told
