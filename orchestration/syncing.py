"""The sync: every connection whose cadence has passed, in one run. Vendor accounts side by side, each account by one thread."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from typing import Final, NamedTuple

import dagster as dg

from canonical.ids import ConnectionId
from orchestration.installed import Installed
from orchestration.practices import PRACTICES, Outcomes, each, red
from orchestration.reporting import Metadata, failures, sync_metadata
from orchestration.trying import Failed, attempt
from pipelines.tick.hub import Hub, PracticeHub
from pipelines.tick.sequence import run_id
from pipelines.tick.sync import Synced, sync
from pipelines.tick.work import connections_due

PRACTICE_SYNC: Final = "practice_sync"
ACCOUNTS_AT_ONCE: Final = 8
"""Vendor accounts read side by side. They wait for the network; landings queue at the ledger's turnstile."""


class SyncScope(dg.Config):
    """Which connections a sync reads."""

    everything: bool = False
    """Also connections whose cadence has not passed."""


class Errand(NamedTuple):
    """One connection to read."""

    account: tuple[str, str]
    practice: PracticeHub
    connection: ConnectionId


@dg.asset(name="raw", group_name="stages", kinds={"duckdb"}, output_required=False)
def raw(
    context: dg.AssetExecutionContext, config: SyncScope, installed: dg.ResourceParam[Installed]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetMaterialization | dg.AssetObservation]:
    """What vendors say, byte for byte: every due connection read on from where it was."""
    hub = installed.hub()
    outcomes = _read(hub, context.run.run_id, everything=config.everything)
    read = {practice: synced for practice, synced in outcomes.worked.items() if synced.polled}
    yield from _partitions(context, read, outcomes)
    yield dg.MaterializeResult(metadata=_totals(read, outcomes))
    if outcomes.failed:
        raise failures(outcomes.failed, outcomes.tried, "sync")


@dg.multi_asset(
    name=PRACTICE_SYNC,
    specs=[
        dg.AssetSpec(
            PRACTICE_SYNC,
            partitions_def=PRACTICES,
            skippable=True,
            group_name="practices",
            description="One practice's sync. Materialize a partition to read all tools of that practice now.",
        )
    ],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def practice_sync(
    context: dg.AssetExecutionContext, installed: dg.ResourceParam[Installed]
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation]:
    """Read every connection of the chosen practices."""
    outcomes = _read(installed.hub(), context.run.run_id, everything=True, only=tuple(context.partition_keys))
    yield from _partitions(context, outcomes.worked, outcomes)
    if outcomes.failed:
        raise failures(outcomes.failed, outcomes.tried, "sync")


def _read(hub: Hub, nonce: str, *, everything: bool, only: tuple[str, ...] | None = None) -> Outcomes[Synced]:
    found = each(hub, "sync", partial(_errands, everything=everything), only)
    errands = sorted((one for many in found.worked.values() for one in many), key=lambda one: one.account)
    accounts = [tuple(group) for _, group in groupby(errands, key=lambda one: one.account)]

    def through(account: tuple[Errand, ...]) -> list[Synced | Failed]:
        return [attempt(partial(_run, hub, one, nonce), str(one.connection)) for one in account]

    with ThreadPoolExecutor(ACCOUNTS_AT_ONCE, thread_name_prefix="account") as pool:
        results = [result for account in pool.map(through, accounts) for result in account]
    return _by_practice(found, list(zip(errands, results, strict=True)))


def _errands(practice: PracticeHub, *, everything: bool) -> list[Errand]:
    due = None if everything else connections_due(practice)
    return [
        Errand((one.vendor, one.account), practice, one.connection_id)
        for one in practice.config.practice.connections
        if one.streams and (due is None or one.connection_id in due)
    ]


def _run(hub: Hub, one: Errand, nonce: str) -> Synced:
    run = run_id(one.practice.practice_id, "sync", hub.clock.machine_now(), f"{nonce}/{one.connection}")
    return sync(one.practice, run, [one.connection])


def _by_practice(found: "Outcomes[list[Errand]]", results: list[tuple[Errand, Synced | Failed]]) -> Outcomes[Synced]:
    """What was read stays read, but a practice with one stream that ended early has failed, and its first trouble is named."""
    outcomes = Outcomes({practice: Synced() for practice in found.worked}, dict(found.failed))
    for one, result in results:
        practice = str(one.practice.practice_id)
        if isinstance(result, Synced):
            outcomes.worked[practice].polled.update(result.polled)
        if trouble := _trouble(result):
            outcomes.failed.setdefault(practice, trouble)
    return outcomes


def _trouble(result: Synced | Failed) -> Failed | None:
    if isinstance(result, Failed):
        return result
    for key, one in result.polled.items():
        if one.problem:
            return Failed("/".join(key), str(one.problem), one.problem.next_step)
    return None


def _partitions(
    context: dg.AssetExecutionContext, read: dict[str, Synced], outcomes: Outcomes[Synced]
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation]:
    for practice, synced in read.items():
        metadata = sync_metadata(synced)
        if practice in outcomes.failed:
            yield dg.AssetObservation(asset_key=PRACTICE_SYNC, partition=practice, metadata=metadata)
        else:
            yield dg.AssetMaterialization(asset_key=PRACTICE_SYNC, partition=practice, metadata=metadata)
    yield from red(context, PRACTICE_SYNC, outcomes.failed)


def _totals(read: dict[str, Synced], outcomes: Outcomes[Synced]) -> Metadata:
    streams = [one.landed for synced in read.values() for one in synced.polled.values()]
    names = ("read", "new", "changed", "unchanged", "repeated", "rejected")
    return {
        "practices": len(read),
        "failed": len(outcomes.failed),
        "news": sum(synced.news for synced in read.values()),
        **{name: sum(getattr(one, name) for one in streams) for name in names},
    }
