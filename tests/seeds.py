"""Randomness that everybody repeats: one commit, one seed.

`make test` tries a few drawn cases and another commit draws others, so the suite explores over time and a red run is
the same red run on every machine. `make soak` tries many.
"""

import random
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


@cache
def commit_seed() -> int:
    """The first 32 bits of HEAD's id; 0 where there is no git history (an unpacked archive)."""
    try:
        shown = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 0
    return int(shown.stdout.strip()[:8], 16)


def drawn(purpose: str) -> random.Random:
    """A generator of its own for each purpose, so that one test's draws never shift another's."""
    return random.Random(f"{commit_seed()}:{purpose}")
