"""Practices as Dagster knows them: partitions that follow the folders, one loop over them, and how each shows its colour."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

import dagster as dg
from dagster._core.events import AssetMaterializationPlannedData  # no public name in 1.13; a test holds its effect

from orchestration.installed import Installed
from orchestration.trying import Failed, attempt
from pipelines.tick.founding import ensure_founded
from pipelines.tick.hub import Hub, PracticeHub

PRACTICES = dg.DynamicPartitionsDefinition(name="practices")
T = TypeVar("T")


@dataclass
class Outcomes(Generic[T]):
    """What a loop over practices came to."""

    worked: dict[str, T] = field(default_factory=dict)
    failed: dict[str, Failed] = field(default_factory=dict)

    @property
    def tried(self) -> int:
        """How many practices there were."""
        return len({*self.worked, *self.failed})

    def add(self, practice: str, result: "T | Failed") -> None:
        """Take in one practice's result."""
        if isinstance(result, Failed):
            self.failed[practice] = result
        else:
            self.worked[practice] = result


def each(hub: Hub, stage: str, work: Callable[[PracticeHub], T], only: tuple[str, ...] | None = None) -> Outcomes[T]:
    """Do `work` for every practice that has a folder, or for those named, each by itself. `stage` is what the work is called."""
    outcomes: Outcomes[T] = Outcomes()
    for practice in hub.practices() if only is None else only:
        found = attempt(partial(opened, hub, practice), "opening")
        outcomes.add(practice, found if isinstance(found, Failed) else attempt(partial(work, found), stage))
    return outcomes


def opened(hub: Hub, practice: str) -> PracticeHub:
    """A practice with its settings; one that was never seen gets its ledger. Raises SettingsError or a LedgerError."""
    if not hub.store(practice).path.exists():
        ensure_founded(hub, practice)
    return hub.open(practice)


def red(context: dg.AssetExecutionContext, asset: str, failed: dict[str, Failed]) -> Iterator[dg.AssetObservation]:
    """Let the partitions of practices that failed turn red, with the reason on their page.

    A partition is red when it was planned in a run that failed and did not come out of it. Dagster plans partitions of a
    run's own selection only, and a run over many practices has none, so the plan is written for those that failed.
    """
    for practice, one in failed.items():
        planned = AssetMaterializationPlannedData(dg.AssetKey(asset), partition=practice)
        event = dg.DagsterEvent.build_asset_materialization_planned_event(
            context.run.job_name, context.get_step_execution_context().step.key, planned
        )
        context.instance.report_dagster_event(event, context.run.run_id)
        metadata = {"stage": one.stage, "what": one.sentence, "next_step": one.next_step}
        yield dg.AssetObservation(asset_key=asset, partition=practice, metadata=metadata)


def changed_partitions(instance: dg.DagsterInstance, hub: Hub) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Practices that have a folder and no partition, and the other way round."""
    name = str(PRACTICES.name)
    known, there = set(instance.get_dynamic_partitions(name)), set(map(str, hub.practices()))
    return tuple(sorted(there - known)), tuple(sorted(known - there))


@dg.sensor(minimum_interval_seconds=20, default_status=dg.DefaultSensorStatus.RUNNING)
def practice_folders(context: dg.SensorEvaluationContext, installed: dg.ResourceParam[Installed]) -> dg.SensorResult:
    """A folder with a practice.yaml becomes a partition and gets its ledger; a folder that is gone takes its partition along.

    The ledger of a removed practice stays where it is, and so does its history here: it returns with the folder.
    """
    hub = installed.hub()
    new, gone = changed_partitions(context.instance, hub)
    requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    for practice in new:
        found = attempt(partial(ensure_founded, hub, practice), "founding")
        if isinstance(found, Failed):
            context.log.error("%s: %s Next: %s", practice, found.sentence, found.next_step)
    if new:
        requests.append(PRACTICES.build_add_request(list(new)))
    if gone:
        requests.append(PRACTICES.build_delete_request(list(gone)))
    return dg.SensorResult(dynamic_partitions_requests=requests)


def keep_partitions(instance: dg.DagsterInstance, hub: Hub) -> None:
    """The same at once, for a process that has no daemon beside it."""
    new, gone = changed_partitions(instance, hub)
    name = str(PRACTICES.name)
    if new:
        instance.add_dynamic_partitions(name, list(new))
    for practice in gone:
        instance.delete_dynamic_partition(name, practice)
