"""One practice's failure never stops another's: each is tried by itself, and what failed says so in words that may be stored."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from canonical.problems import GlowlineError

T = TypeVar("T")
_OURS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Failed:
    """What did not work: at which stage, a sentence without values, and what to do about it."""

    stage: str
    sentence: str
    next_step: str


def attempt(work: Callable[[], T], stage: str = "") -> T | Failed:
    """What `work` gives, or why it failed. `stage` is where, unless the problem knows better.

    An error that is not ours is named by its class and its place alone: its text might quote a record, and Dagster's store
    is not encrypted.
    """
    try:
        return work()
    except GlowlineError as problem:
        return Failed(getattr(problem, "stage", stage), str(problem), problem.next_step)
    except Exception as defect:
        sentence = f"{type(defect).__name__} at {_place(defect)}"
        return Failed(stage, sentence, "This is a defect: report its place; the practice's ledger stands as it was.")


def _place(defect: Exception) -> str:
    """The innermost frame that is ours."""
    frames = [one for one in traceback.extract_tb(defect.__traceback__) if Path(one.filename).is_relative_to(_OURS)]
    ours = [one for one in frames if "site-packages" not in one.filename]
    last = ours[-1]
    return f"{Path(last.filename).relative_to(_OURS)}:{last.lineno}, in {last.name}"
