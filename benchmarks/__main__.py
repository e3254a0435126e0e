"""`python -m benchmarks`: every measurement one after the other, each in a process of its own, so that none warms the next.

    python -m benchmarks                  all of them
    python -m benchmarks policy resolve   these

Exit code 1 when one of them failed, or found a ratio it checks not kept.
"""

import subprocess
import sys
from pathlib import Path
from time import monotonic

from rich.console import Console

HERE = Path(__file__).parent


def measurements() -> list[str]:
    """The modules that measure something: those with a `main`, this one left out."""
    files = sorted(file for file in HERE.glob("[a-z]*.py") if "\ndef main(" in file.read_text(encoding="utf-8"))
    return [file.stem for file in files]


def main(wanted: list[str]) -> int:
    """Run them; how many failed decides the exit code."""
    console, failed = Console(), []
    strangers = sorted(set(wanted) - set(measurements()))
    if strangers:
        console.print(f"There is no {', '.join(strangers)}; there are {', '.join(measurements())}.")
        return 2
    for name in wanted or measurements():
        console.rule(f"python -m benchmarks.{name}")
        began = monotonic()
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=HERE.parent, check=False)
        console.print(f"{monotonic() - began:.0f} s{'' if done.returncode == 0 else f', exit code {done.returncode}'}")
        failed += [name] if done.returncode else []
    console.print(f"Failed: {', '.join(failed)}" if failed else "Nothing failed.")
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
