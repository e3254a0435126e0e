"""`python -m tests.docs.rows` writes docs/reference/rows.md: every step the vertical ships, and every word a step may use."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from canonical.plan import Anchor, Need, Step, StopOn, Timing
from pipelines.lifecycle.needs import SENTENCES
from settings.installation import SHIPPED
from settings.journeys import read_journeys

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rows.md"
_OPENING = """\
# Every row and its steps

Written by `python -m tests.docs.rows` from `practices/verticals/medspa/journeys`. A practice's own `journeys/*.yaml` holds only what
differs, for example `3.2-reminder-24h: {when: {offset: -20h}}`; who sends a row, and since when, stands in its `rows.yaml`.

| step | when | how | purpose | only if | ends with | too late after |
|---|---|---|---|---|---|---|
"""
_WORDS = """
## Words a step may use

**Anchors** (`when: {anchor: …}`): %(anchors)s.

**Times**: an `offset` from the anchor, or %(timings)s.

**What ends a step** (`stop`): %(stops)s.

**Conditions** (`needs`): all must hold. When one does not, `glowline why-not` says:

| condition | the sentence |
|---|---|
"""


def page() -> str:
    """The whole page."""
    journeys, _ = read_journeys([SHIPPED / "verticals" / "medspa"], str, {})
    steps = sorted(journeys.steps, key=lambda step: step.key)
    words = {
        "anchors": _listed(Anchor),
        "timings": ", ".join(f"`{one.value}`" for one in Timing if one is not Timing.OFFSET),
        "stops": _listed(StopOn),
    }
    needs = (f"| `{need.value}` | {SENTENCES[need] or 'it only makes the step later'} |" for need in Need)
    return _OPENING + "\n".join(map(_row, steps)) + "\n" + _WORDS % words + "\n".join(needs) + "\n"


def _listed(words: type[Anchor] | type[StopOn]) -> str:
    return ", ".join(f"`{one.value}`" for one in words)


def _row(step: Step) -> str:
    cells = (
        f"`{step.key}`",
        _when(step),
        ", ".join(step.channels) if step.command == "send" else f"{step.channels[0]}: {step.command.replace('_', ' ')}",
        step.labels.purpose.value,
        ", ".join(_conditions(step)),
        ", ".join(step.stop),
        f"{_span(step.expires)} from {step.expires_from or 'the anchor'}",
    )
    return f"| {' | '.join(cells)} |"


def _when(step: Step) -> str:
    timing = "" if step.timing is Timing.OFFSET else f", {step.timing.value}"
    return f"{step.anchor}{' ' + _span(step.offset) if step.offset else ''}{timing}"


def _conditions(step: Step) -> Iterator[str]:
    yield from (need.value for need in step.needs)
    yield from (f"mode {mode.value}" for mode in step.modes)
    yield from (f"answer {intent.value}" for intent in step.intents)
    yield from (f"task {kind.value}" for kind in step.tasks)
    if step.kinds:
        yield "kind " + " or ".join(kind.value for kind in step.kinds)
    if step.where_offered:
        yield "a tool offers it"
    if step.when_open is not None:
        yield "in opening hours" if step.when_open else "out of opening hours"


def _span(span: timedelta) -> str:
    sign, size = ("-" if span < timedelta(0) else "+"), abs(span)
    if size and not size % timedelta(days=1):
        return f"{sign}{size.days} d"
    minutes = int(size.total_seconds() // 60)
    return f"{sign}{minutes} min" if minutes % 60 or not minutes else f"{sign}{minutes // 60} h"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: written\n")
