"""What a stage returns becomes numbers a page can show, however it is nested, and nothing else does."""

from collections import Counter
from dataclasses import dataclass

import pytest

from orchestration.reporting import counts_of


@dataclass
class Read:
    rows: int = 3
    said: str = "a patient's words"


@dataclass
class Landed:
    total: Read
    parts: dict[str, Read]


@pytest.mark.parametrize(
    "result, counts",
    [
        (None, {}),
        (7, {"count": 7}),
        (True, {}),
        ("a patient's words", {}),
        (Counter(sent=2), {"sent": 2}),
        (Read(), {"rows": 3}),
        (Landed(Read(5), {"a": Read()}), {"rows": 5}),
        ({"drift": Counter(tasks=1), "minors": 2, "names": ["Ana"]}, {"drift tasks": 1, "minors": 2}),
    ],
)
def test_the_numbers_of_a_stage_and_no_words(result: object, counts: dict[str, int]) -> None:
    assert counts_of(result) == counts
