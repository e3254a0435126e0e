"""The page of errors names, for each, a test that provokes it."""

import re

from tests.seeds import ROOT

PAGE = ROOT / "docs" / "reference" / "errors.md"
ROW = re.compile(
    r"^\| (?P<says>[^|]+) \| (?P<where>[^|]+) \| (?P<step>[^|]+) \| `(?P<file>tests/[^:`]+)::(?P<test>[^`]+)` \|$"
)


def _rows() -> list[re.Match[str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    told = [line for line in lines if not line.startswith(("| says", "|---"))]
    found = [ROW.match(line) for line in told]
    assert all(found), [line for line, row in zip(told, found, strict=True) if not row]
    return [row for row in found if row]


def test_every_error_is_provoked_by_a_test_that_exists() -> None:
    rows = _rows()
    assert len(rows) > 40
    for row in rows:
        source = (ROOT / row["file"]).read_text(encoding="utf-8")
        assert f"\ndef {row['test']}(" in source, row[0]


def test_every_error_says_where_and_what_next() -> None:
    for row in _rows():
        assert row["where"].strip(), row[0]
        assert row["step"].strip(), row[0]


def test_no_error_stands_there_twice() -> None:
    says = [row["says"] for row in _rows()]
    assert len(says) == len(set(says))
