"""Commands that change something: the kill switch, quarantine, keys, the clock of a demo."""

import io
import json
import os
import shutil
from datetime import datetime
from unittest.mock import patch

from tests.console.conftest import SPOILED, Lived
from tests.console.said import glowline, told

DUE = "2026-11-12T15:01:00Z"
"""Ana's reminder of the day before has become due."""


def _held(lived: Lived) -> set[str]:
    actions = told("plan", home=lived.home)["practices"]["lumen"]["actions"]
    return {row["state"] for row in actions if row["row"] == "3.2" and row["who"] == "A. R."}


def test_a_pause_holds_the_next_send_and_its_release_lets_it_go(copied: Lived) -> None:
    (pause,) = told("pause", "set", "lumen", "--why", "lunch", "--scope", "channel", "--value", "sms", home=copied.home)
    assert [row["why"] for row in told("pause", "list", home=copied.home)] == ["lunch"]
    told("clock", "turn", DUE, home=copied.home)
    _export_now(copied)
    told("sync", home=copied.home)
    assert told("run", "tick", home=copied.home)["lumen"]["sent"] == 0
    assert _held(copied) == {"delayed"}
    assert told("pause", "release", "lumen", pause["pause"], home=copied.home) == {"released": True}
    assert told("pause", "list", home=copied.home) == []
    told("run", "tick", "--no-send", home=copied.home)
    assert _held(copied) == {"cleared"}
    assert told("deliver", home=copied.home) == {"lumen": {"sent": 1}}
    assert glowline("pause", "release", "lumen", pause["pause"], home=copied.home).code == 1


def test_what_is_paused_already_is_said_to_be_and_stays_as_it_was(copied: Lived) -> None:
    (first,) = told("pause", "set", "lumen", "--why", "lunch", home=copied.home)
    for why in ("the phones are down", "lunch"):
        said = glowline("pause", "set", "lumen", "--why", why, home=copied.home)
        assert said.out.startswith("! ")
        assert "practice was paused already" in said.out
        assert "nothing was changed" in said.out
    assert [(row["pause_id"], row["why"]) for row in told("pause", "list", home=copied.home)] == [
        (first["pause"], "lunch")
    ]


def test_what_was_set_aside_is_listed_shown_and_tried_again(lived: Lived) -> None:
    (reason,) = told("quarantine", "list", "lumen", home=lived.home)
    assert (reason["stream"], reason["marks"]) == ("appointments", 1)
    assert reason["next_step"]
    where = ("lumen", "schedule", "appointments")
    (mark,) = told("quarantine", "show", *where, "--stage", "border", home=lived.home)
    assert mark["origin"].startswith("appointments.csv:4")
    said = glowline("quarantine", "show", *where, "--stage", "border", home=lived.home)
    assert "Next: " in said.out
    assert SPOILED not in said.out
    assert told("quarantine", "replay", *where, home=lived.home)["mapped"] == 0
    assert told("practices", "list", home=lived.home)[0]["quarantined"] == 1


def test_a_rotated_key_opens_the_ledger_and_the_old_one_does_not(copied: Lived) -> None:
    keys = copied.home / "keys"
    shutil.copy(keys / "lumen.key", keys / "old.key")
    (keys / "lumen.key").write_text(told("keys", "new", home=copied.home)["key"])
    file = copied.home / "installation.yaml"
    before = file.read_text()
    file.write_text(f"{before}\nprevious_keys: {{lumen: 'file:{keys / 'old.key'}'}}\n")
    assert told("keys", "rotate", "lumen", home=copied.home) == {"rotated": True}
    assert told("keys", "rotate", "lumen", home=copied.home) == {"rotated": False}
    file.write_text(before)
    assert told("audit", "verify", home=copied.home)["lumen"]["ok"]
    shutil.copy(keys / "old.key", keys / "lumen.key")
    assert glowline("audit", "verify", home=copied.home).code == 1


def test_a_key_is_never_shown_where_keys_are_listed(lived: Lived) -> None:
    said = glowline("keys", "list", home=lived.home)
    for key in (lived.home / "keys").iterdir():
        assert key.read_text().strip() not in said.out
    assert {row["there"] for row in told("keys", "list", home=lived.home)} == {True}


def test_the_clock_of_demos_turns_forward(copied: Lived) -> None:
    assert told("clock", "turn", DUE, home=copied.home)["business_now"].startswith("2026-11-12T15:01")
    assert told("clock", "show", home=copied.home)["business_now"].startswith("2026-11-12T15:0")


def test_along_answers_one_line_for_each_instant(copied: Lived) -> None:
    with patch("sys.stdin", io.StringIO("2026-11-11T15:10:00Z\n2026-11-11T15:20:00Z\n")):
        said = glowline("run", "along", home=copied.home)
    assert said.code == 0, said
    first, second = (json.loads(line) for line in said.lines)
    assert first["at"].startswith("2026-11-11T15:10")
    assert second["at"].startswith("2026-11-11T15:20")
    assert second["lumen"]["open_before"] == first["lumen"]["open_after"]


def _export_now(lived: Lived) -> None:
    """The booking tool exports once more, so that what it says is fresh."""
    at = datetime.fromisoformat(DUE).timestamp()
    for file in (lived.folder / "drops" / "lumen").iterdir():
        file.write_text(f"{file.read_text()}\n")
        os.utime(file, (at, at))
