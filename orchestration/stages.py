"""The tick: every stage of every practice with work, in one run. Stages are plain assets, practices are partitions beside them."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import dagster as dg

from orchestration.installed import Installed
from orchestration.practices import PRACTICES, Outcomes, each, red
from orchestration.reporting import Counts, Metadata, counts_of, equation, failures, summed, table, tick_metadata
from orchestration.trying import Failed, attempt
from pipelines.accept.stage import Drained
from pipelines.tick.hub import PracticeHub
from pipelines.tick.sequence import TickReport, run_id
from pipelines.tick.standing import Standing, standing
from pipelines.tick.work import sweep, tick_and_mark, tick_if_needed

PRACTICE_TICK: Final = "practice_tick"


class Stage(NamedTuple):
    """An asset: neighbouring steps of a tick, shown as one. An asset is three events of every run; a step costs nothing."""

    reads: tuple[str, ...]
    steps: tuple[str, ...]
    says: str


STAGES: Final = {
    "spool": Stage(
        ("raw",), ("configuration", "spool"), "What may decide something is kept by its hash; calls at the door land."
    ),
    "normalize": Stage(
        ("raw", "spool"), ("normalize",), "Raw rows become versions of canonical records, or are set aside."
    ),
    "resolve": Stage(("normalize",), ("resolve",), "Who is who: persons, households, consents, opt-outs."),
    "visits": Stage(
        ("resolve",),
        ("visits", "inquiries", "paperwork"),
        "Appointments become visits, inquiries are told apart, forms and money find theirs.",
    ),
    "replies": Stage(
        ("resolve", "visits"),
        ("reviews", "replies", "desk", "opt_outs", "watch"),
        "What people wrote and the staff say in other tools, who waits too long, and where tools disagree with us.",
    ),
    "receipts": Stage(("normalize",), ("receipts",), "What vendors reported about messages that left."),
    "reconcile": Stage(("receipts",), ("reconcile",), "Doubt is looked up, never resent."),
    "lifecycle": Stage(
        ("visits", "replies", "reconcile"),
        ("lifecycle", "mass_changes", "closed_days"),
        "What the facts ask for now; mass changes and closed days wait for one look (R17, R38).",
    ),
    "policy": Stage(
        ("lifecycle",),
        ("policy", "approvals", "canaries", "catching_up", "surges"),
        "Every rule's answer to every due action, then approvals, canaries, outages and surges (R44, R46, R48, R50).",
    ),
    "outbox": Stage(("policy",), ("outbox",), "What was cleared is claimed and sent, each once; the sums must close."),
    "oversight": Stage(
        ("outbox",),
        ("untold", "late_truths", "expiries"),
        "Who was not told, what was learned too late, which agreements run out soon (R47, R55, R57).",
    ),
}
"""In order. `raw` is the sync's."""


class Scope(dg.Config):
    """Which practices a tick looks at."""

    everything: bool = False
    """Also practices that have no due or changed work."""


class Ticked(NamedTuple):
    """One practice's tick, and how the practice stands after it."""

    report: TickReport
    now: Standing


def _spec(name: str) -> dg.AssetSpec:
    stage = STAGES[name]
    return dg.AssetSpec(name, deps=stage.reads, description=stage.says, group_name="stages", kinds={"duckdb"})


@dg.multi_asset(name="all_stages", specs=[_spec(name) for name in STAGES])
def stages(
    context: dg.AssetExecutionContext, config: Scope, installed: dg.ResourceParam[Installed]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetMaterialization | dg.AssetObservation]:
    """Tick every practice with work; totals by stage here, one materialization per practice in `practice_tick`."""
    hub = installed.hub()

    def one(practice: PracticeHub) -> Ticked | None:
        run = run_id(practice.practice_id, "tick", hub.clock.machine_now(), context.run.run_id)
        report = tick_and_mark(practice, run) if config.everything else tick_if_needed(practice, run)
        return Ticked(report, standing(practice)) if report else None

    swept = attempt(lambda: sweep(hub, run_id("spool", "sweep", hub.clock.machine_now(), context.run.run_id)), "spool")
    outcomes = each(hub, "tick", one)
    ticked = {practice: result for practice, result in outcomes.worked.items() if result}
    yield from _partitions(context, ticked, outcomes)
    for name in STAGES:
        found = _swept(swept) if name == "spool" else {}
        yield dg.MaterializeResult(asset_key=name, metadata=_totals(name, ticked, outcomes) | found)
    failed = outcomes.failed | ({"installation": swept} if isinstance(swept, Failed) else {})
    if failed:
        raise failures(failed, outcomes.tried, "tick")


@dg.multi_asset(
    name=PRACTICE_TICK,
    specs=[
        dg.AssetSpec(
            PRACTICE_TICK,
            partitions_def=PRACTICES,
            skippable=True,
            group_name="practices",
            description="One practice's tick. Materialize a partition to run that practice alone.",
        )
    ],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def practice_tick(
    context: dg.AssetExecutionContext, installed: dg.ResourceParam[Installed]
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation]:
    """Tick the chosen practices, whether they have work or not."""
    hub = installed.hub()

    def one(practice: PracticeHub) -> Ticked:
        run = run_id(practice.practice_id, "tick", hub.clock.machine_now(), context.run.run_id)
        return Ticked(tick_and_mark(practice, run), standing(practice))

    outcomes = each(hub, "tick", one, tuple(context.partition_keys))
    yield from _partitions(context, outcomes.worked, outcomes)
    if outcomes.failed:
        raise failures(outcomes.failed, outcomes.tried, "tick")


def _partitions(
    context: dg.AssetExecutionContext, ticked: dict[str, Ticked], outcomes: "Outcomes[Ticked] | Outcomes[Ticked | None]"
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation]:
    for practice, (report, now) in ticked.items():
        metadata = tick_metadata(report, now)
        yield dg.AssetMaterialization(asset_key=PRACTICE_TICK, partition=practice, metadata=metadata)
    yield from red(context, PRACTICE_TICK, outcomes.failed)


def _totals(name: str, ticked: dict[str, Ticked], outcomes: "Outcomes[Ticked | None]") -> Metadata:
    """A stage's sums over all practices that were ticked, and its parts where they are few enough to read."""
    parts = {practice: _counted(name, one.report) for practice, one in ticked.items()}
    total: Counts = summed(parts.values())
    metadata: Metadata = {
        "practices": len(ticked),
        "without_work": len(outcomes.worked) - len(ticked),
        "failed": len(outcomes.failed),
        **total,
    }
    moved = [
        (practice, *(counts.get(key, 0) for key in total)) for practice, counts in parts.items() if any(counts.values())
    ]
    if moved:
        metadata["by_practice"] = table(("practice", *total), moved[:MOST_SHOWN])
    if name == "outbox":
        metadata |= _closing(ticked)
    return metadata


def _counted(name: str, report: TickReport) -> Counts:
    """What a stage's steps counted; those of another name than the stage's say which they are."""
    return {
        key if step == name else f"{step}: {key}": number
        for step in STAGES[name].steps
        for key, number in counts_of(report.stages.get(step)).items()
    }


def _swept(result: Drained | Failed) -> Metadata:
    """What the receiver had left behind."""
    if isinstance(result, Failed):
        return {"swept": result.sentence}
    rows = [
        (practice, stream.connection_id, stream.name, one.read) for (practice, stream), one in result.landed.items()
    ]
    landed = table(("practice", "connection", "stream", "events"), rows)
    return counts_of(result) | {"left": len(result.left), "practices_served": len(result.practices), "landed": landed}


MOST_SHOWN: Final = 100
"""Practices in one table; the others are in their own partitions."""


def _closing(ticked: dict[str, Ticked]) -> Metadata:
    held = summed(one.now.held for one in ticked.values())
    return {
        "conservation": equation(summed(one.report.conservation for one in ticked.values())),
        "held": table(("state and reason", "actions"), held.items()),
    }
