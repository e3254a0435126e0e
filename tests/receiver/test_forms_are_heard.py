"""What somebody writes into a form is heard like a reply: TCPA-10 and -11 know no channel on which stop may be missed."""

from pathlib import Path

import pytest

from tests.receiver.street import Street, street
from tests.receiver.world import PATIENT

STOPS = ["STOP", "Please stop texting me, I never signed up", "dame de baja"]


def _suppressed(here: Street) -> set[tuple[str, str, bool]]:
    kinds = {row["contact_point_id"]: row["kind"] for row in here.rows("contact_points")}
    rows = here.rows("suppressions")
    return {(kinds[row["contact_point_id"]], row["scope"], row["provisional"]) for row in rows}


@pytest.mark.parametrize("message", STOPS)
def test_a_form_that_says_stop_is_not_answered_and_stops_what_it_names(tmp_path: Path, message: str) -> None:
    with street(tmp_path, "lumen") as here:
        here.form(message=message, email="ana@example.com")
        here.settle()
        here.form(message="Do you have time on Friday?")
        here.settle()
        assert here.heard(PATIENT) == []
        assert _suppressed(here) == {("phone", "all", False), ("email", "all", False)}
        blocked = {row["state"] for row in here.rows("open_actions") if row["row"] == "1.1"}
        assert blocked == {"blocked"}


def test_a_form_that_may_say_stop_holds_everything_until_somebody_decides(tmp_path: Path) -> None:
    with street(tmp_path, "lumen") as here:
        here.form(message="no texts please, just call")
        here.settle()
        assert here.heard(PATIENT) == []
        assert _suppressed(here) == {("phone", "all", True)}
        assert [row["kind"] for row in here.rows("tasks") if row["kind"] == "opt_out_review"] == ["opt_out_review"]


def test_an_ordinary_form_is_answered_and_heard_once(tmp_path: Path) -> None:
    with street(tmp_path, "lumen") as here:
        for _ in range(2):
            here.form(message="Does the redness stop after a day?")
            here.settle()
        assert len(here.heard(PATIENT)) == 1
        assert _suppressed(here) == set()
