"""`python -m tests.docs.numbers` writes docs/reference/coverage.md: which test proves which row, rule and R-number.

A test proves a number when its name says it: `test_row_2_3_…`, `test_tcpa_06_…`, `…_r10`. Names are all that is read.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipelines.policy.card import cards
from settings.installation import SHIPPED
from settings.journeys import read_journeys

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
PAGE = ROOT / "docs" / "reference" / "coverage.md"
ELSEWHERE: Mapping[str, str] = {
    "2.2": "free slots are read from booking tools; none of the connectors here offers them yet",
    "7.5": "the classifier is off by default and is not part of the release",
    "R52": "roles belong to the pages for technicians, managers and officers, which are not built yet",
}
"""Numbers nothing here can prove yet, each with its reason."""
_CAPABILITIES = ("2.2", "4.2", "7.5")
_RS = tuple(f"R{number}" for number in range(1, 61) if number != 59)
_ROW = re.compile(r"(?:^|_)row_([1-7])_(\d)(?=_|$)")
_R = re.compile(r"(?<![a-z0-9])r(\d{1,2})(?=_|$)")

_OPENING = """\
# Which test proves which number

Written by `python -m tests.docs.numbers` from the names of the tests. Rows are those of the touchpoint catalogue, rules those
of the [policy](policy.md), R-numbers those of the rules of contact. A number without a test fails the build, unless the last
table says why nothing here can prove it.
"""


def rows() -> tuple[str, ...]:
    """Every row that a shipped step belongs to, and the capabilities the catalogue names."""
    journeys, _ = read_journeys([SHIPPED / "verticals" / "medspa"], str, {})
    return tuple(sorted({step.row for step in journeys.steps} | set(_CAPABILITIES)))


def wanted() -> dict[str, tuple[str, ...]]:
    """All numbers, by table."""
    return {"Rows": rows(), "Rules": tuple(cards()), "R-numbers": _RS}


def proofs() -> dict[str, list[str]]:
    """By number: the tests whose names say it, as `file::test`."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(TESTS.rglob("test_*.py")):
        for name in _tests_in(file):
            for number in numbers_in(name):
                found[number].append(f"{file.relative_to(TESTS)}::{name}")
    return found


def _tests_in(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name


def numbers_in(name: str) -> set[str]:
    """The rows, rules and R-numbers that a test's name says."""
    said = {f"{stage}.{row}" for stage, row in _ROW.findall(name)} | {f"R{int(n)}" for n in _R.findall(name)}
    return said | {rule for rule in cards() if re.search(rf"(?:^|_){rule.lower().replace('-', '_')}(?=_|$)", name)}


def missing() -> list[str]:
    """Numbers that no test's name says and that are not excused."""
    found = proofs()
    return [n for numbers in wanted().values() for n in numbers if n not in found and n not in ELSEWHERE]


def page() -> str:
    """The whole page."""
    found = proofs()
    parts = [_OPENING]
    for title, numbers in wanted().items():
        parts += [f"\n## {title}\n", "| number | tests | first of them |", "|---|---|---|"]
        parts += [
            f"| {number} | {len(found[number])} | `{found[number][0]}` |" for number in numbers if found.get(number)
        ]
    parts += ["\n## Not proved here\n", "| number | why |", "|---|---|"]
    parts += [f"| {number} | {why} |" for number, why in ELSEWHERE.items() if not found.get(number)]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: {len(missing())} numbers without a test\n")
