"""An inquiry that leaves no phone we can text: the desk is told, and everybody else is answered as ever (R57)."""

from pathlib import Path

import pytest

from tests.console.said import glowline, told
from tests.receiver.street import FORM_SECRET, street, until

OTHER = "+12125550177"


@pytest.mark.parametrize("phone", ["", "12345", "212-555-0160 ext 5", "1-900-234-5678", "(800) 234-5678"])
def test_r27_an_inquiry_nobody_can_text_holds_up_nobody_elses_answer(tmp_path: Path, phone: str) -> None:
    with street(tmp_path, "lumen") as here:
        here.form(name="Bea Lane", phone=phone, email="q@example.com")
        here.settle()
        here.form(name="Ana Field", phone=OTHER)
        until(lambda: here.heard(OTHER))
        here.settle()
        (answer,) = [
            row
            for row in here.rows("open_actions")
            if row["channel"] == "sms" and row["row"] == "1.1" and row["contact_point_id"] is None
        ]
        assert answer["state"] == "blocked"
        reasons = [row["reason"] for row in here.rows("transitions") if row["action_id"] == answer["action_id"]]
        assert reasons[-1] == "UNK-01"


def test_a_form_that_nobody_can_read_calls_somebody_once(tmp_path: Path) -> None:
    """It may be a person who waits for a call: a mark in quarantine alone is seen by nobody within the hour."""
    with street(tmp_path, "lumen") as here:
        for body in (b"{", b"[1, 2]"):
            path = f"/hooks/webform/lumen/form/{FORM_SECRET}"
            here.door.post(path, body, {"content-type": "application/json"})
        here.settle()
        (task,) = here.rows("current_tasks")
        assert (task["kind"], task["urgent"]) == ("operator", True)
        command = task["title"].partition("`glowline ")[2].partition("`")[0]
        shown = told(*command.split(), home=here.world.home)
        assert len(shown) == 2
        assert all(mark["next_step"] for mark in shown)
        closing = ("quarantine", "dismiss", "lumen", "form", "unknown", "--why", "a robot", "--at")
        assert glowline(*closing, shown[0]["origin"], home=here.world.home).code == 1, "both came from one address"
        assert told(*closing, shown[0]["raw_id"], home=here.world.home)["dismissed"] == 1


def test_a_form_that_lands_and_cannot_be_mapped_calls_somebody_too(tmp_path: Path) -> None:
    with street(tmp_path, "lumen") as here:
        path = f"/hooks/webform/lumen/form/{FORM_SECRET}"
        body = b'{"name": {"first": "Ana"}, "phone": "2125550142"}'
        here.door.post(path, body, {"content-type": "application/json"})
        here.settle()
        (task,) = here.rows("current_tasks")
        assert (task["kind"], task["urgent"]) == ("operator", True)
        command = task["title"].partition("`glowline ")[2].partition("`")[0]
        assert len(told(*command.split(), home=here.world.home)) == 1
