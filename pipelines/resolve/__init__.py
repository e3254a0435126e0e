"""Who is who: which records are one person, how they are reached, what they agreed to and what they stopped (R1).

A person is not a phone number. `partition` is the rule, pure and the same in whatever order records come; `identity` keeps
a person's id over time; `decide` turns both into rows; `stage` reads, decides with no ledger open, and writes.
"""

from pipelines.resolve.decide import ResolveCounts
from pipelines.resolve.stage import resolve

__all__ = ["ResolveCounts", "resolve"]
