"""Dagster keeps every run for ever; we keep a month.

Measured with dagster 1.13.28 on SQLite, its store as `make dev` has it (README.md has the table): `delete_run` empties a run's
own file and leaves it lying there, so the file is removed too. The index keeps its size and fills the freed pages again. A
partition's colour goes with the last run that materialized it: a practice that is ticked keeps it, one that was removed
loses it.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

import dagster as dg
from dagster._core.storage.event_log import (
    SqliteEventLogStorage,
)  # no public name; elsewhere (Postgres) there are no files

AT_ONCE: Final = 500
"""Runs asked for together."""
ENDED: Final = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def prune_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete every ended run that was created before `before` (machine time), with its log; how many there were."""
    old = dg.RunsFilter(statuses=ENDED, created_before=before)
    deleted = 0
    while records := instance.get_run_records(old, limit=AT_ONCE):
        for record in records:
            _delete(instance, record.dagster_run.run_id)
        deleted += len(records)
    return deleted


def _delete(instance: dg.DagsterInstance, run: str) -> None:
    instance.delete_run(run)
    storage = instance.event_log_storage
    if isinstance(storage, SqliteEventLogStorage):
        Path(storage.path_for_shard(run)).unlink(missing_ok=True)
