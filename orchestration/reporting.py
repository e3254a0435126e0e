"""What a run says about itself: counts, instants and ids as Dagster shows them. No name, no text, no value."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

import dagster as dg

from canonical.clock import rfc3339
from orchestration.trying import Failed
from pipelines.tick.sequence import TickReport
from pipelines.tick.standing import Standing
from pipelines.tick.sync import Synced

Metadata = dict[str, Any]
Counts = dict[str, int]


def counts_of(result: object) -> Counts:
    """The numbers in what a stage returned: a count, a mapping of counts, or a record of them, sums before parts."""
    if result is None or isinstance(result, (str, bool)):
        return {}
    if isinstance(result, int):
        return {"count": result}
    if isinstance(result, Mapping):
        return {key: number for name, part in result.items() for key, number in _part(str(name), part)}
    total = getattr(result, "total", None)
    if total is not None and is_dataclass(total):
        return counts_of(total)
    if is_dataclass(result):
        return counts_of({one.name: getattr(result, one.name) for one in fields(result)})
    return {}


def _part(name: str, part: object) -> Iterator[tuple[str, int]]:
    """A number under its name; the numbers of a part of a stage under both names."""
    if type(part) is int:
        yield name, part
    else:
        yield from ((f"{name} {key}", number) for key, number in counts_of(part).items())


def summed(many: Iterable[Counts]) -> Counts:
    """All of them together, in the order in which their names first came."""
    total: Counts = {}
    for counts in many:
        for name, number in counts.items():
            total[name] = total.get(name, 0) + number
    return total


def table(heads: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> dg.MarkdownMetadataValue:
    """A Markdown table; what could break a cell is taken out."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return dg.MetadataValue.md("\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines))


def _cell(value: object) -> str:
    return str(value).replace("|", "/").replace("\n", " ")


def tick_metadata(report: TickReport, now: Standing, reasons: tuple[str, ...] = ()) -> Metadata:
    """One practice's tick, as its partition shows it."""
    stages = {name: counts_of(result) for name, result in report.stages.items()}
    moved = [(name, _said(counts)) for name, counts in stages.items() if any(counts.values())]
    return {
        "run": report.run_id,
        "business_time": rfc3339(report.at),
        "stages": table(("stage", "counts"), moved),
        "conservation": equation(report.conservation),
        "held": table(("state and reason", "actions"), now.held.items()),
        "open": sum(now.open_by_state.values()),
        "unknown": now.unknown,
        "oldest_fact": rfc3339(now.oldest_fact) if now.oldest_fact else "a stream was never read completely",
        "next_due": rfc3339(now.next_due) if now.next_due else "nothing is open",
        "set_aside": now.set_aside,
        "quarantine": f"glowline quarantine list {report.practice}",
        "checkpoint": f"{now.signed:,} of {now.entries:,} audit entries signed",
    } | ({"why": ", ".join(reasons)} if reasons else {})


def sync_metadata(synced: Synced) -> Metadata:
    """What was read for one practice, by stream."""
    heads = ("stream", "read", "new", "changed", "unchanged", "repeated", "rejected", "complete")
    rows = [
        ("/".join(key), *(asdict(one.landed)[name] for name in heads[1:-1]), "yes" if one.complete else "no")
        for key, one in synced.polled.items()
    ]
    return {"streams": table(heads, rows), "read": synced.read, "news": synced.news}


def equation(counts: Counts) -> str:
    """Conservation as it is written: what came in = what left + what is open."""
    if not counts:
        return ""
    sources = ("open_before", "planned", "revived")
    left = " + ".join(f"{counts[name]} {name}" for name in sources)
    right = " + ".join(f"{number} {name}" for name, number in counts.items() if name not in sources)
    return f"{left} = {right}"


def failures(failed: Mapping[str, Failed], tried: int, what: str) -> dg.Failure:
    """How a run ends in which something failed: it names each practice with stage and next step."""
    rows = [(practice, one.stage, one.sentence, one.next_step) for practice, one in failed.items()]
    said = "\n".join(f"{practice} ({stage}): {sentence} Next: {step}" for practice, stage, sentence, step in rows)
    return dg.Failure(
        description=f"{what}: {len(failed)} of {tried} practices failed.\n{said}",
        metadata={"failed": table(("practice", "stage", "what", "next"), rows)},
        allow_retries=False,
    )


def _said(counts: Counts) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
