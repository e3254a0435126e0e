"""Checks a data engineer sees beside the assets: what must hold of every practice, asked of the ledgers, red when it does not."""

from collections.abc import Callable, Iterator
from typing import Final

import dagster as dg

from orchestration.installed import Installed
from orchestration.practices import Outcomes, each
from orchestration.reporting import Metadata, summed, table
from orchestration.trying import Failed
from pipelines.tick import health
from pipelines.tick.health import Checked
from pipelines.tick.hub import PracticeHub

Question = Callable[[PracticeHub], Checked]

QUESTIONS: Final[dict[str, tuple[str, Question]]] = {
    "audit_chain": ("checkpoints", health.audit_is_proved),
    "conservation": ("outbox", health.sums_close),
    "quarantine_share": ("normalize", health.little_is_set_aside),
    "ambiguous_over_an_hour": ("reconcile", health.no_doubt_is_old),
    "freshness": ("raw", health.streams_are_fresh),
}
"""By name: the asset it stands beside, and what it asks. Freshness policies of Dagster judge assets, not practices."""


_SPECS: Final = [
    dg.AssetCheckSpec(name, asset=asset, description=question.__doc__) for name, (asset, question) in QUESTIONS.items()
]


@dg.multi_asset_check(name="all_checks", specs=_SPECS)
def checks(installed: dg.ResourceParam[Installed]) -> Iterator[dg.AssetCheckResult]:
    """Ask everything of every practice, in one step: each answer stands beside its asset, and one that is no fails the run."""
    hub, said = installed.hub(), list[str]()
    for name, (asset, question) in QUESTIONS.items():
        outcomes = each(hub, name, question)
        rows = _rows(outcomes)
        yield dg.AssetCheckResult(
            passed=not rows,
            asset_key=asset,
            check_name=name,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata=_metadata(outcomes, rows),
        )
        if rows:
            said.append(f"{name} does not hold.")
            said += [f"{practice}, {where}: {what} Next: {step}" for practice, where, what, step in rows]
    if said:
        raise dg.Failure(description="\n".join(said), allow_retries=False)


def _rows(outcomes: Outcomes[Checked]) -> list[tuple[str, str, str, str]]:
    """Everything that does not hold, a practice that could not be asked included."""
    troubles = [
        (practice, one.where, one.sentence, one.next_step)
        for practice, checked in outcomes.worked.items()
        for one in checked.troubles
    ]
    return troubles + [(practice, *_unasked(one)) for practice, one in outcomes.failed.items()]


def _unasked(one: Failed) -> tuple[str, str, str]:
    return (one.stage, f"could not be asked: {one.sentence}", one.next_step)


def _metadata(outcomes: Outcomes[Checked], rows: list[tuple[str, str, str, str]]) -> Metadata:
    counts = summed(checked.counts for checked in outcomes.worked.values())
    metadata: Metadata = {"practices": outcomes.tried, **counts}
    if rows:
        metadata["troubles"] = table(("practice", "where", "what", "next"), rows)
    return metadata
