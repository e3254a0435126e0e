"""Long work says what it is at, for whoever waits and does not know whether anything happens."""

from typing import Any

import pytest
from pydantic import ValidationError

from canonical.progress import at_work, watched
from canonical.raw import Page
from connectors.kit.paging import left_of
from console.cli import output
from tests.console.conftest import Lived
from tests.console.said import glowline


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "TELL_EVERY", 0.0)


def _export_again(lived: Lived) -> None:
    (file,) = lived.folder.rglob("appointments.csv")
    file.write_text(file.read_text() + "\n")


@pytest.mark.usefixtures("impatient")
def test_a_sync_says_what_it_reads_and_how_much_of_it(copied: Lived) -> None:
    _export_again(copied)
    said = glowline("sync", "--json", home=copied.home)
    assert "Reading the tools of lumen … appointments: " in said.err
    assert " of about " in said.err
    assert "…" not in said.out


@pytest.mark.usefixtures("impatient")
def test_a_tick_says_which_stage_it_is_at(copied: Lived) -> None:
    _export_again(copied)
    glowline("sync", home=copied.home)
    said = glowline("run", "tick", "--no-send", home=copied.home)
    stages = [line.rpartition(" … ")[2].partition(":")[0] for line in said.err.splitlines()]
    assert list(dict.fromkeys(stages))[:4] == ["configuration", "spool", "normalize", "resolve"]


def test_short_work_says_nothing_where_nobody_sees_a_terminal(copied: Lived) -> None:
    assert glowline("sync", home=copied.home).err == ""


@pytest.mark.parametrize(
    "said,read,expected",
    [
        ({}, 5, None),
        ({"estimate": 40}, 5, 40),
        ({"left": 12}, 5, 17),
        ({"left": 0}, 5, 5),
        ({"share": 0.25}, 5, 20),
        ({"share": 1.0}, 0, 0),
        ({"share": 0.3}, 1, 3),
        ({"estimate": 40, "left": 1, "share": 0.5}, 5, 40),
        ({"left": 1, "share": 0.5}, 5, 6),
    ],
)
def test_what_a_page_says_of_the_whole_pass(said: dict[str, Any], read: int, expected: int | None) -> None:
    assert Page(cursor="", **said).expected(read) == expected


@pytest.mark.parametrize("said", [{"left": -1}, {"share": 0.0}, {"share": -0.5}, {"share": 1.1}])
def test_what_cannot_be_is_not_said_of_a_pass(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Page(cursor="", **said)


@pytest.mark.parametrize(
    "total,read,left",
    [(10, 4, 6), (4, 4, 0), (3, 4, None), ("10", 4, None), (None, 4, None), (True, 0, None), (-1, 0, None)],
)
def test_a_total_that_is_none_is_not_told(total: object, read: int, left: int | None) -> None:
    assert left_of(total, read) == left


def test_nobody_is_told_where_nobody_watches() -> None:
    told: list[str] = []
    at_work("before")
    with watched(told.append):
        at_work("normalize", 15_000, 110_000)
        at_work("visits")
    at_work("after")
    assert told == ["normalize: 15,000 of about 110,000", "visits"]
