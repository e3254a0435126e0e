"""What was set aside is no longer, once it was corrected or somebody said that nothing comes of it."""

import pytest

from ledger.audit.events import AuditTag
from tests.console.conftest import Lived
from tests.console.said import glowline, told

WHERE = ("lumen", "schedule", "appointments")


def _origins(one: Lived) -> list[str]:
    return [mark["origin"] for mark in told("quarantine", "show", *WHERE, "--stage", "border", home=one.home)]


def _drops(one: Lived, name: str, text: str) -> None:
    (folder,) = {file.parent for file in one.folder.rglob("appointments.csv")}
    (folder / name).write_text(text)
    glowline("sync", home=one.home)


@pytest.mark.parametrize(
    "bad", ["", "when;who\n1;2\n", "PK\x03\x04 a workbook"], ids=["empty", "no id in its header", "a workbook"]
)
def test_a_file_that_was_corrected_is_no_longer_set_aside_as_a_whole(copied: Lived, bad: str) -> None:
    before = _origins(copied)
    _drops(copied, "appointments-late.csv", bad)
    assert [one.partition(":")[0] for one in _origins(copied) if one not in before] == ["appointments-late.csv"]
    (folder,) = {file.parent for file in copied.folder.rglob("appointments.csv")}
    good = (folder / "appointments.csv").read_text().splitlines()[:2]
    _drops(copied, "appointments-late.csv", "\n".join(good).replace(good[1].split(",")[0], "late-1") + "\n")
    assert _origins(copied) == before


def test_what_is_broken_a_second_time_is_set_aside_a_second_time(copied: Lived) -> None:
    before = _origins(copied)
    (folder,) = {file.parent for file in copied.folder.rglob("appointments.csv")}
    good = (folder / "appointments.csv").read_text().splitlines()[:2]
    whole = "\n".join(good).replace(good[1].split(",")[0], "late-1") + "\n"
    for text, aside in (("", 1), (whole, 0), ("", 1), (whole, 0)):
        _drops(copied, "appointments-late.csv", text)
        assert len(_origins(copied)) == len(before) + aside, text


def test_what_a_person_dismissed_stays_dismissed(copied: Lived) -> None:
    _drops(copied, "appointments-late.csv", "")
    (late,) = [one for one in _origins(copied) if "late" in one]
    told("quarantine", "dismiss", *WHERE, "--at", late, "--why", "a test", home=copied.home)
    (folder,) = {file.parent for file in copied.folder.rglob("appointments.csv")}
    _drops(copied, "appointments-later.csv", (folder / "appointments.csv").read_text().splitlines()[0] + "\n")
    _drops(copied, "appointments-late.csv", "")
    assert late not in _origins(copied)


def test_what_was_corrected_in_another_file_is_closed_by_a_person(copied: Lived) -> None:
    (origin,) = _origins(copied)
    why = ("--why", "corrected in Friday's export")
    said = told("quarantine", "dismiss", *WHERE, "--at", origin, *why, home=copied.home)
    assert said == {"dismissed": 1, "origins": [origin]}
    assert _origins(copied) == []
    assert told("practices", "list", home=copied.home)[0]["quarantined"] == 0
    assert copied.audit(AuditTag.QUARANTINE_RELEASED.value) == 1
    assert told("audit", "verify", home=copied.home)["lumen"]["ok"]


def test_nothing_is_dismissed_where_one_place_is_unknown(copied: Lived) -> None:
    before = _origins(copied)
    places = ("--at", *before, "--at", "appointments.csv:999")
    said = glowline("quarantine", "dismiss", *WHERE, *places, "--why", "x", home=copied.home)
    assert (said.code, said.out) == (1, "")
    assert "appointments.csv:999" in said.err
    assert _origins(copied) == before
