"""All that Dagster loads. Everything else is imported here and nowhere else."""

import dagster as dg

from orchestration.alerts import failed_runs
from orchestration.checks import checks
from orchestration.installed import Installed
from orchestration.practices import practice_folders
from orchestration.stages import practice_tick, stages
from orchestration.syncing import practice_sync, raw
from orchestration.timetable import JOBS, SCHEDULES, news
from orchestration.upkeep import checkpoints, dagster_history, doubts, planning_memory, practice_backfill


def definitions(installed: Installed) -> dg.Definitions:
    """The whole clockwork over one installation."""
    return dg.Definitions(
        assets=[
            raw,
            stages,
            practice_sync,
            practice_tick,
            practice_backfill,
            doubts,
            checkpoints,
            planning_memory,
            dagster_history,
        ],
        asset_checks=[checks],
        jobs=[*JOBS.values()],
        schedules=SCHEDULES,
        sensors=[practice_folders, news, failed_runs],
        resources={"installed": installed},
        executor=dg.in_process_executor,
    )


defs = definitions(Installed())
