"""What is done between ticks: doubt looked up, checkpoints signed, history pruned, a practice caught up without sending."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

import dagster as dg

from canonical.ids import RunId
from ledger.actions import forget
from orchestration.installed import Installed
from orchestration.practices import PRACTICES, each
from orchestration.pruning import prune_runs
from orchestration.reporting import Counts, Metadata, counts_of, failures, summed, sync_metadata, table, tick_metadata
from pipelines.outbox.reconcile import reconcile as look_up
from pipelines.tick.hub import PracticeHub
from pipelines.tick.sequence import run_id, tick
from pipelines.tick.standing import standing
from pipelines.tick.sync import sync

DAYS_KEPT: Final = 30
Context = dg.AssetExecutionContext
Result = Iterator[dg.MaterializeResult[None]]


@dg.asset(group_name="upkeep", output_required=False, kinds={"duckdb"})
def doubts(context: Context, installed: dg.ResourceParam[Installed]) -> Result:
    """Sends whose outcome is unknown, looked up at their vendors. Nothing is ever sent again on a guess."""
    yield from _over_all(context, installed, "reconcile", lambda one, run: counts_of(look_up(one.outbox, run)))


@dg.asset(group_name="upkeep", output_required=False, kinds={"duckdb"})
def checkpoints(context: Context, installed: dg.ResourceParam[Installed]) -> Result:
    """The audit of every practice, signed as it stands and taken off the box."""
    yield from _over_all(context, installed, "checkpoint", lambda one, _: {"entries": one.hub.sealing.sign(one.store)})


@dg.asset(group_name="upkeep", output_required=False, kinds={"duckdb"})
def planning_memory(context: Context, installed: dg.ResourceParam[Installed]) -> Result:
    """Subjects that can ask for nothing any more are forgotten by the planner; the growing tables keep what was said."""
    yield from _over_all(context, installed, "forget", lambda one, _: {"forgotten": _forget(one)})


class Kept(dg.Config):
    """How long Dagster remembers."""

    days: int = DAYS_KEPT
    """Runs older than this are deleted, with their logs; ledgers keep their own history."""


@dg.asset(group_name="upkeep", kinds={"dagster"})
def dagster_history(
    context: Context, config: Kept, installed: dg.ResourceParam[Installed]
) -> dg.MaterializeResult[None]:
    """Runs that ended long ago leave Dagster's store (`orchestration.pruning`)."""
    before = installed.hub().clock.machine_now() - timedelta(days=config.days)
    deleted = prune_runs(context.instance, before)
    return dg.MaterializeResult(metadata={"deleted": deleted, "older_than": before.isoformat()})


@dg.multi_asset(
    name="practice_backfill",
    specs=[
        dg.AssetSpec(
            "practice_backfill",
            partitions_def=PRACTICES,
            skippable=True,
            group_name="practices",
            description="One practice read and decided anew, by the same functions. Nothing is sent, whatever is due.",
        )
    ],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def practice_backfill(context: Context, installed: dg.ResourceParam[Installed]) -> Iterator[dg.AssetMaterialization]:
    """Sync the chosen practices and run every stage but the outbox."""
    hub = installed.hub()

    def one(practice: PracticeHub) -> Metadata:
        run = run_id(practice.practice_id, "backfill", hub.clock.machine_now(), context.run.run_id)
        synced = sync(practice, run)
        return sync_metadata(synced) | tick_metadata(tick(practice, run, send=False), standing(practice))

    outcomes = each(hub, "backfill", one, tuple(context.partition_keys))
    for practice, metadata in outcomes.worked.items():
        yield dg.AssetMaterialization(asset_key="practice_backfill", partition=practice, metadata=metadata)
    if outcomes.failed:
        raise failures(outcomes.failed, outcomes.tried, "backfill")


def _over_all(
    context: Context, installed: Installed, kind: str, work: Callable[[PracticeHub, RunId], Counts]
) -> Result:
    hub = installed.hub()

    def one(practice: PracticeHub) -> Counts:
        return work(practice, run_id(practice.practice_id, kind, hub.clock.machine_now(), context.run.run_id))

    outcomes = each(hub, kind, one)
    total = summed(outcomes.worked.values())
    rows = [(practice, *(counts.get(name, 0) for name in total)) for practice, counts in outcomes.worked.items()]
    by_practice = table(("practice", *total), rows)
    yield dg.MaterializeResult(metadata={"practices": len(rows), **total, "by_practice": by_practice})
    if outcomes.failed:
        raise failures(outcomes.failed, outcomes.tried, kind)


def _forget(practice: PracticeHub) -> int:
    now = practice.hub.clock.business_now()
    with practice.store.writing() as session:
        return forget(session, now)
