"""Jobs and when they run. How often a connection is read and which practices are ticked, the pipelines say."""

from typing import Final

import dagster as dg

from canonical.problems import SettingsError
from orchestration.installed import Installed
from orchestration.stages import STAGES
from pipelines.tick import work
from settings.installation import Installation, home, load_installation


IN_PROCESS: Final = dg.in_process_executor
"""A process per step costs three seconds each."""


def _only(*assets: str) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*assets).without_checks()


SYNC: Final = dg.define_asset_job(
    "sync", _only("raw"), description="Every connection whose cadence has passed.", executor_def=IN_PROCESS
)
TICK: Final = dg.define_asset_job(
    "tick", _only(*STAGES), description="Every practice with due or changed work, all stages.", executor_def=IN_PROCESS
)
RECONCILE: Final = dg.define_asset_job(
    "reconcile", _only("doubts"), description="Sends whose outcome is unknown, looked up.", executor_def=IN_PROCESS
)
CHECKPOINT: Final = dg.define_asset_job(
    "checkpoint",
    _only("checkpoints"),
    description="Sign every audit; the note leaves the box.",
    executor_def=IN_PROCESS,
)
CHECKS: Final = dg.define_asset_job(
    "checks",
    dg.AssetSelection.all_asset_checks(),
    description="What must hold of every practice.",
    executor_def=IN_PROCESS,
)
PRUNE: Final = dg.define_asset_job(
    "prune",
    _only("dagster_history", "planning_memory"),
    description="Forget what nobody needs any more.",
    executor_def=IN_PROCESS,
)
BACKFILL: Final = dg.define_asset_job(
    "backfill",
    _only("practice_backfill"),
    description="Catch practices up by hand, by the same functions; never sends.",
    executor_def=IN_PROCESS,
)
DAY: Final = dg.define_asset_job(
    "day",
    dg.AssetSelection.assets("raw", *STAGES, "checkpoints"),
    description="A day's work in one run: sync, tick, checkpoint, checks. The demo closes each of its days with it.",
    executor_def=IN_PROCESS,
)
JOBS: Final = [SYNC, TICK, RECONCILE, CHECKPOINT, CHECKS, PRUNE, BACKFILL, DAY]


def tick_minutes() -> int:
    """What installation.yaml says; the usual where there is no installation (yet), so that definitions always load."""
    try:
        return load_installation(home()).tick_minutes
    except SettingsError:
        return int(Installation.model_fields["tick_minutes"].default)


EVERY_TICK: Final = f"*/{tick_minutes()} * * * *"
RUNNING: Final = dg.DefaultScheduleStatus.RUNNING


@dg.schedule(job=SYNC, cron_schedule="*/5 * * * *", default_status=RUNNING)
def sync_schedule(installed: dg.ResourceParam[Installed]) -> dg.RunRequest | dg.SkipReason:
    """Where a connection is due."""
    waiting = work.connections_waiting(installed.hub())
    return dg.RunRequest(tags={"glowline/connections": str(waiting)}) if waiting else dg.SkipReason("nothing is due")


@dg.schedule(job=RECONCILE, cron_schedule="*/5 * * * *", default_status=RUNNING)
def reconcile_schedule(installed: dg.ResourceParam[Installed]) -> dg.RunRequest | dg.SkipReason:
    """While something is ambiguous."""
    waiting = work.doubts(installed.hub())
    return dg.RunRequest(tags={"glowline/doubts": str(waiting)}) if waiting else dg.SkipReason("nothing is ambiguous")


SCHEDULES: Final = [
    sync_schedule,
    reconcile_schedule,
    dg.ScheduleDefinition("tick_schedule", job=TICK, cron_schedule=EVERY_TICK, default_status=RUNNING),
    dg.ScheduleDefinition("checkpoint_schedule", job=CHECKPOINT, cron_schedule="17 * * * *", default_status=RUNNING),
    dg.ScheduleDefinition("checks_schedule", job=CHECKS, cron_schedule="37 * * * *", default_status=RUNNING),
    dg.ScheduleDefinition("prune_schedule", job=PRUNE, cron_schedule="43 3 * * *", default_status=RUNNING),
]


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[SYNC],
    request_job=TICK,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def news(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    """A sync that changed something is followed by a tick at once."""
    run = context.dagster_run.run_id
    for event in context.instance.all_logs(run, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
        found = event.asset_materialization.metadata.get("news") if event.asset_materialization else None
        if found and found.value:
            return dg.RunRequest(run_key=f"after-{run}")
    return dg.SkipReason("nothing was new")
