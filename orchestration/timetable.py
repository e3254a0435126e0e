"""Jobs and when they run. How often a connection is read and which practices are ticked, the pipelines say."""

from typing import Final

import dagster as dg

from canonical.problems import SettingsError
from orchestration.installed import Installed
from orchestration.stages import STAGES
from pipelines.tick import work
from settings.installation import Installation, home, load_installation


def _only(*assets: str) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*assets).without_checks()


_JOBS: Final = {
    "sync": (_only("raw"), "Every connection whose cadence has passed."),
    "tick": (_only(*STAGES), "Every practice with due or changed work, all stages."),
    "reconcile": (_only("doubts"), "Sends whose outcome is unknown, looked up."),
    "checkpoint": (_only("checkpoints"), "Sign every audit; the note leaves the box."),
    "checks": (dg.AssetSelection.all_asset_checks(), "What must hold of every practice."),
    "prune": (_only("dagster_history", "planning_memory"), "Forget what nobody needs any more."),
    "backfill": (_only("practice_backfill"), "Catch practices up by hand, by the same functions; never sends."),
    "day": (
        dg.AssetSelection.assets("raw", *STAGES, "checkpoints"),
        "A day's work in one run: sync, tick, checkpoint, checks. The demo closes each of its days with it.",
    ),
}
JOBS: Final = {
    name: dg.define_asset_job(
        name,
        selection,
        description=says,
        executor_def=dg.in_process_executor,  # a process per step costs three seconds each
        run_tags={"glowline/job": name},  # dagster.yaml lets one run of a kind at a time
    )
    for name, (selection, says) in _JOBS.items()
}


def tick_minutes() -> int:
    """What installation.yaml says; the usual where there is no installation (yet), so that definitions always load."""
    try:
        return load_installation(home()).tick_minutes
    except SettingsError:
        return int(Installation.model_fields["tick_minutes"].default)


def every(minutes: int) -> str:
    """Cron for every so many minutes, counted from the full hour."""
    return f"*/{minutes} * * * *" if minutes < 60 else "0 * * * *"  # noqa: PLR2004 - an hour


RUNNING: Final = dg.DefaultScheduleStatus.RUNNING


@dg.schedule(job=JOBS["sync"], cron_schedule=every(5), default_status=RUNNING)
def sync_schedule(installed: dg.ResourceParam[Installed]) -> dg.RunRequest | dg.SkipReason:
    """Where a connection is due."""
    waiting = work.connections_waiting(installed.hub())
    return dg.RunRequest(tags={"glowline/connections": str(waiting)}) if waiting else dg.SkipReason("nothing is due")


@dg.schedule(job=JOBS["tick"], cron_schedule=every(tick_minutes()), default_status=RUNNING)
def tick_schedule(installed: dg.ResourceParam[Installed]) -> dg.RunRequest | dg.SkipReason:
    """Where there is due or changed work, or a call in the spool."""
    return dg.RunRequest() if work.anything(installed.hub()) else dg.SkipReason("no practice has work")


@dg.schedule(job=JOBS["reconcile"], cron_schedule=every(5), default_status=RUNNING)
def reconcile_schedule(installed: dg.ResourceParam[Installed]) -> dg.RunRequest | dg.SkipReason:
    """While something is ambiguous."""
    waiting = work.doubts(installed.hub())
    return dg.RunRequest(tags={"glowline/doubts": str(waiting)}) if waiting else dg.SkipReason("nothing is ambiguous")


SCHEDULES: Final = [
    sync_schedule,
    reconcile_schedule,
    tick_schedule,
    dg.ScheduleDefinition(
        "checkpoint_schedule", job=JOBS["checkpoint"], cron_schedule="17 * * * *", default_status=RUNNING
    ),
    dg.ScheduleDefinition("checks_schedule", job=JOBS["checks"], cron_schedule="37 * * * *", default_status=RUNNING),
    dg.ScheduleDefinition("prune_schedule", job=JOBS["prune"], cron_schedule="43 3 * * *", default_status=RUNNING),
]


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[JOBS["sync"]],
    request_job=JOBS["tick"],
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
