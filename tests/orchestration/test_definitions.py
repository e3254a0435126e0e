"""What Dagster loads: everything the design names, all of it in process, and nothing that needs an installation to load."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from orchestration.checks import QUESTIONS
from orchestration.definitions import defs
from orchestration.stages import STAGES
from pipelines.tick.sequence import tick
from tests.orchestration.clockwork import laid_out
from tests.seeds import ROOT

JOBS = {"sync", "tick", "reconcile", "checkpoint", "checks", "prune", "backfill", "day"}


def test_dagster_validates_the_workspace_where_there_is_no_installation(tmp_path: Path) -> None:
    asked = [str(Path(sys.executable).parent / "dagster"), "definitions", "validate", "--workspace", "workspace.yaml"]
    said = subprocess.run(
        asked,
        cwd=ROOT,
        env=os.environ | {"DAGSTER_HOME": str(tmp_path), "GLOWLINE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr


def test_every_job_of_the_design_is_there_and_runs_in_one_process() -> None:
    jobs = {job.name: job for job in defs.resolve_all_job_defs() if not job.name.startswith("__")}
    assert set(jobs) == JOBS
    assert {job.executor_def.name for job in jobs.values()} == {"in_process"}


@pytest.mark.parametrize(
    "name, cron",
    [
        ("sync_schedule", "*/5 * * * *"),
        ("tick_schedule", "*/5 * * * *"),
        ("reconcile_schedule", "*/5 * * * *"),
        ("checkpoint_schedule", "17 * * * *"),
        ("checks_schedule", "37 * * * *"),
        ("prune_schedule", "43 3 * * *"),
    ],
)
def test_what_is_periodic_runs_without_being_switched_on(name: str, cron: str) -> None:
    schedule = defs.resolve_schedule_def(name)
    assert schedule.cron_schedule == cron
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING


def test_only_a_practice_makes_partitions() -> None:
    graph = defs.resolve_asset_graph()
    parted = {key.to_user_string() for key in graph.get_all_asset_keys() if graph.get(key).partitions_def}
    assert parted == {"practice_sync", "practice_tick", "practice_backfill"}


def test_the_stages_follow_each_other_as_the_pipelines_run_them(tmp_path: Path) -> None:
    with laid_out(tmp_path, ("aster",)) as clockwork:
        report = tick(clockwork.hub().open("aster"), "run-1")
    assert list(report.stages) == [step for stage in STAGES.values() for step in stage.steps]
    order = ["raw", *STAGES]
    for name, stage in STAGES.items():
        assert all(order.index(one) < order.index(name) for one in stage.reads), name


def test_every_check_stands_beside_an_asset_that_exists() -> None:
    keys = {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}
    assert {asset for asset, _ in QUESTIONS.values()} <= keys
