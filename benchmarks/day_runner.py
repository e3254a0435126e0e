"""What it saves that the day runner holds Dagster's databases open: whole days of one practice, held and not, in turn.

    python -m benchmarks.day_runner      a minute

The best wall time of several days each, because waiting for the disk is what is saved; what is promised is the ratio.
"""

import tempfile
from contextlib import nullcontext
from pathlib import Path
from time import monotonic

from rich.console import Console

from orchestration.day_runner import held_open
from tests.orchestration.clockwork import Clockwork, laid_out

DAYS = 12
ALLOWED = 1.0
"""What a day's run with held databases may cost, of what it costs without."""


def _day(clockwork: Clockwork, store: Path, *, held: bool) -> float:
    """Seconds of one quiet day's run."""
    with held_open(store) if held else nullcontext():
        began = monotonic()
        ran = clockwork.run("day")
        took = monotonic() - began
    if not ran.success:
        message = f"the day's run failed: {ran.failed}"
        raise RuntimeError(message)
    return took


def main() -> int:
    """Measure, print; 1 when the ratio is not kept."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder)
        with laid_out(store, ("aster",)) as clockwork:
            clockwork.run("day")
            clockwork.run("day")
            pairs = [(_day(clockwork, store, held=True), _day(clockwork, store, held=False)) for _ in range(DAYS)]
    held, apart = (min(column) for column in zip(*pairs, strict=True))
    Console().print(
        f"A quiet day's run: {apart:.2f} s as Dagster opens its databases, {held:.2f} s holding them: {held / apart:.2f} × (at most {ALLOWED})"
    )
    return int(held / apart > ALLOWED)


if __name__ == "__main__":
    raise SystemExit(main())
