"""A real Dagster run without a daemon: in this process, on a given instance, seen by everybody who opens that instance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import dagster as dg

from canonical.problems import GlowlineError
from orchestration.definitions import definitions
from orchestration.installed import Installed
from orchestration.practices import keep_partitions

QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Whoever asks gets an answer; the run's own page has its log."""


class NoSuchJob(GlowlineError):
    """Nothing here has that name."""


@dataclass
class Ran:
    """What a run came to: counts and ids."""

    job: str
    run_id: str
    success: bool
    failed: list[str] = field(default_factory=list)
    """What each failed step said: practice, stage, next step."""
    checks: dict[str, bool] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """By asset: the numbers in its metadata."""


def execute(
    job: str,
    instance: dg.DagsterInstance,
    installed: Installed,
    *,
    config: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
) -> Ran:
    """Execute a job now, whatever its schedule says. A run that fails is an answer, not an error.

    Raises:
        NoSuchJob: the timetable has no job of that name.
        SettingsError, LedgerKeyMissing: there is no installation.
    """
    defs = _loaded(installed)
    known = sorted(one.name for one in defs.resolve_all_job_defs() if not one.name.startswith("__"))
    if job not in known:
        raise NoSuchJob(f"there is no job '{job}'", next_step=f"Jobs: {', '.join(known)}.")
    keep_partitions(instance, installed.hub())
    result = defs.resolve_job_def(job).execute_in_process(
        instance=instance, run_config={**QUIET, **(config or {})}, tags=dict(tags or {}), raise_on_error=False
    )
    return _ran(job, result)


@lru_cache(maxsize=4)
def _loaded(installed: Installed) -> dg.Definitions:
    return definitions(installed)


def _ran(job: str, result: dg.ExecuteInProcessResult) -> Ran:
    ran = Ran(job, result.run_id, result.success)
    for event in result.all_events:
        if event.is_step_failure:
            ran.failed.append(_said(event))
        elif event.is_step_materialization and event.partition is None:
            asset = event.step_materialization_data.materialization
            ran.counts[asset.asset_key.to_user_string()] = _numbers(asset.metadata)
        elif event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            evaluated = event.asset_check_evaluation_data
            ran.checks[evaluated.check_name] = evaluated.passed
    return ran


def _said(event: dg.DagsterEvent) -> str:
    """What the step itself said; of anything else only its class, because its text may quote a record."""
    told, error = event.step_failure_data.user_failure_data, event.step_failure_data.error
    cause = error.cause if error and error.cause else error
    return (told.description if told else None) or f"{event.step_key}: {cause.cls_name if cause else 'failed'}"


def _numbers(metadata: Mapping[str, dg.MetadataValue[Any]]) -> dict[str, int]:
    return {name: one.value for name, one in metadata.items() if type(one.value) is int}
