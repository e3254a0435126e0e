"""One thing that `glowline check` looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    practice: str
    what: str
    good: bool
    says: str
    next_step: str = ""
    only_warns: bool = False
