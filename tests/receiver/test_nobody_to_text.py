"""An inquiry that leaves no phone we can text: the desk is told, and everybody else is answered as ever (R57)."""

from pathlib import Path

import pytest

from tests.receiver.street import street, until

OTHER = "+12125550177"


@pytest.mark.parametrize("phone", ["", "12345", "212-555-0160 ext 5", "1-900-234-5678", "(800) 234-5678"])
def test_an_inquiry_nobody_can_text_holds_up_nobody_elses_answer(tmp_path: Path, phone: str) -> None:
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
