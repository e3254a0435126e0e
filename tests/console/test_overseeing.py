"""Commands of whoever watches over sending: approvals, hold and resume, running late, a month, switching on."""

import pytest

from ledger.approvals import Question, ask_approval
from ledger.audit.events import AuditTag
from pipelines.oversight.approvals import hold
from pipelines.tick.opening import open_hub
from tests.console.conftest import Lived
from tests.console.said import glowline, told


def _rows(lived: Lived, query: str, **values: object) -> list[dict[str, object]]:
    with open_hub(lived.home).store("lumen").reading() as session:
        return session.rows(query, **values)


@pytest.fixture
def asked(copied: Lived) -> tuple[Lived, str]:
    """Ana's reminder of the day before waits for a yes."""
    hub = open_hub(copied.home)
    store, now = hub.store("lumen"), hub.clock.business_now()
    with store.writing(business_now=now) as session:
        rows = [row for row in session.rows("open_actions_of_subjects", ids=copied.visit) if row["row"] == "3.2"]
        ids = hold(session, rows, "SURGE-01", now=now, run_id="run-test")
        question = Question("SURGE-01", "More than was to be expected.", ids, rows[0]["expires_at"], asked_by="ivo")
        item = ask_approval(session, question, now).approval_id
    return copied, item


def test_what_waits_is_listed_and_shown_as_it_would_be_sent(asked: tuple[Lived, str]) -> None:
    lived, item = asked
    (row,) = told("approvals", "list", home=lived.home)
    assert (row["approval"], row["rule"], row["messages"], row["asked_by"]) == (item, "SURGE-01", 1, "ivo")
    viewed = lived.audit(AuditTag.PERSON_VIEWED.value)
    said = glowline("approvals", "show", item, "--practice", "lumen", home=lived.home)
    assert "••• 0142" in said.out
    assert "Lumen" in said.out
    assert f"glowline approvals approve {item} --practice lumen" in said.out
    assert lived.audit(AuditTag.PERSON_VIEWED.value) == viewed + 1
    assert "glowline approvals show" in glowline("approvals", "list", home=lived.home).out


def test_a_yes_of_somebody_else_lets_it_go_on(asked: tuple[Lived, str]) -> None:
    lived, item = asked
    where = (item, "--practice", "lumen")
    refused = glowline("approvals", "approve", *where, "--who", "ivo", home=lived.home)
    assert refused.code == 1
    assert "Somebody else must approve it" in refused.err
    assert told("approvals", "approve", *where, "--who", "omar", home=lived.home)["messages"] == 1
    (row,) = [one for one in _rows(lived, "open_actions_of_subjects", ids=lived.visit) if one["row"] == "3.2"]
    assert row["state"] == "planned"
    assert told("approvals", "list", home=lived.home) == []


def test_a_no_drops_it_for_good(asked: tuple[Lived, str]) -> None:
    lived, item = asked
    assert told("approvals", "drop", item, "--practice", "lumen", home=lived.home) == {"dropped": True, "messages": 1}
    assert [one for one in _rows(lived, "open_actions_of_subjects", ids=lived.visit) if one["row"] == "3.2"] == []
    again = glowline("approvals", "drop", item, "--practice", "lumen", home=lived.home)
    assert (again.code, again.out) == (1, "")
    assert "decided already" in again.err


@pytest.mark.parametrize("what", ["visit", "0142"])
def test_hold_and_resume_by_the_names_the_desk_has(copied: Lived, what: str) -> None:
    named = copied.visit if what == "visit" else what
    held = told("hold", named, "--practice", "lumen", "--why", "she is on the phone", home=copied.home)
    assert held["scope"] == ("visit" if what == "visit" else "person")
    (pause,) = told("pause", "list", home=copied.home)
    assert (pause["scope"], pause["value"], pause["why"]) == (held["scope"], held["value"], "she is on the phone")
    found = told("resume", named, "--practice", "lumen", home=copied.home)
    assert (found["resumed"], found["still_held"]) == (1, [])
    assert told("pause", "list", home=copied.home) == []
    again = glowline("resume", named, "--practice", "lumen", home=copied.home)
    assert again.code == 1
    assert "is not held" in again.err


def test_nobody_is_held_whom_nobody_knows(copied: Lived) -> None:
    said = glowline("hold", "9999", "--practice", "lumen", home=copied.home)
    assert said.code == 1
    assert "nobody and no visit is called 9999" in said.err
    assert told("pause", "list", home=copied.home) == []


def test_running_late_is_announced_once_within_ten_minutes(copied: Lived) -> None:
    (copied.home / "lumen" / "providers.yaml").write_text("dr-a: {display_name: Dr. A}\n")
    words = ("late", "--practice", "lumen", "--provider", "dr-a", "--minutes", "15")
    assert told(*words, home=copied.home)["anew"]
    assert not told(*words, home=copied.home)["anew"]
    assert told(*words[:-1], "20", home=copied.home)["anew"]
    said = glowline("late", "--practice", "lumen", "--provider", "dr-b", "--minutes", "15", home=copied.home)
    assert said.code == 1
    assert "there is no provider 'dr-b'" in said.err


def test_a_month_is_told_in_counts(asked: tuple[Lived, str]) -> None:
    lived, _ = asked
    month = told("oversight", "lumen", "--month", "2026-11", home=lived.home)["lumen"]
    assert [(row["rule"], row["decided"], row["approvals"]) for row in month["approvals"]] == [
        ("SURGE-01", "undecided", 1)
    ]
    assert sum(row["tasks"] for row in month["calls"]) >= 1, "Bea gave no consent, so somebody calls her"
    assert month["should_not_have_gone"] == []
    assert told("oversight", "--month", "2026-10", home=lived.home)["lumen"]["calls"] == []
    assert "no month" in glowline("oversight", "--month", "November", home=lived.home).err


def test_r44_what_a_row_would_say_is_shown_before_it_is_switched_on(copied: Lived) -> None:
    found = told("switch-on", "3.2", "--practice", "lumen", "--segment-cents", "0.8", home=copied.home)
    assert found["messages"] >= 1
    assert found["cents"] == pytest.approx(found["segments"] * 0.8)
    assert found["first"][0]["contact"].startswith("••• ")
    assert "rows.yaml" in glowline("switch-on", "3.2", "--practice", "lumen", home=copied.home).out
    assert glowline("switch-on", "9.9", "--practice", "lumen", home=copied.home).code == 1


def test_r44_from_stage_5_3_on_a_second_person_is_asked(copied: Lived) -> None:
    words = ("switch-on", "5.3", "--practice", "lumen", "--who", "ivo")
    assert told(*words, home=copied.home)["approval"] == ""
    item = told(*words, "--ask", home=copied.home)["approval"]
    where = (item, "--practice", "lumen", "--who")
    assert "second person" in glowline("approvals", "approve", *where, "ivo", home=copied.home).err
    assert told("approvals", "approve", *where, "omar", home=copied.home)["approved"]
