"""`glowline erase`: what goes and what stays is said before, nothing more is sent, and an old export brings nobody back (R35)."""

from typing import Any

import pytest

from canonical.tasks import TaskKind
from ledger.audit.events import AuditTag
from pipelines.tick.opening import open_hub
from tests.console.conftest import ANA, BEA, Lived
from tests.console.people import person_of, point_of
from tests.console.said import glowline, told


def _rows(lived: Lived, query: str, **values: object) -> list[dict[str, object]]:
    with open_hub(lived.home).store("lumen").reading() as session:
        return session.rows(query, **values)


def _parts(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {part["class"]: part for part in plan["parts"]}


def test_a_patient_is_shown_what_stays_until_when_and_nothing_is_done_yet(copied: Lived) -> None:
    ana, before = person_of(copied, ANA), copied.audit(AuditTag.PERSON_VIEWED.value)
    plan = told("erase", ana, "--practice", "lumen", home=copied.home)
    parts = _parts(plan)
    assert plan["subject"] == "patient"
    assert parts["medical_record"]["goes"] is False
    assert parts["medical_record"]["until"] == "2036-11-12", "ten years after the visit of 13 November 2026"
    assert parts["medical_record"]["rule"] == "DEL-02"
    assert parts["hipaa_document"]["until"] == "2032-11-11"
    assert parts["marketing"]["goes"] is True
    assert set(plan["tools"]) == {"schedule", "twilio"}
    assert copied.audit(AuditTag.PERSON_VIEWED.value) == before + 1
    assert person_of(copied, ANA) == ana
    assert copied.audit(AuditTag.ERASURE_DONE.value) == 0


def test_a_patient_keeps_the_record_and_hears_nothing_more(copied: Lived) -> None:
    ana = person_of(copied, ANA)
    done = told("erase", ana, "--practice", "lumen", "--yes", home=copied.home)
    assert done["stopped"] == 1
    assert done["asked"] == 2
    assert "until 2036-11-12" in done["answer"]
    assert person_of(copied, ANA) == ana, "who they are belongs to the record"
    assert [task["kind"] for task in _rows(copied, "open_tasks")].count(TaskKind.DELETION) == 2
    (stop,) = _rows(copied, "outbox_suppressions", contact_points=[point_of(copied, ANA)])
    assert (stop["scope"], stop["word"]) == ("all", "delete me")
    assert told("run", "tick", "--no-send", home=copied.home)
    assert copied.audit(AuditTag.ERASURE_DONE.value) == 1


def test_it_asks_first_and_a_no_changes_nothing(copied: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.confirm", lambda _: False)
    said = glowline("erase", person_of(copied, ANA), "--practice", "lumen", home=copied.home)
    assert said.code == 1
    assert "stays until 2036-11-12: visits, who they are, and messages about them" in said.out
    assert "twilio must erase it too, and a task asks for that." in said.out
    assert copied.audit(AuditTag.ERASURE_DONE.value) == 0


def test_a_reason_that_could_describe_somebody_is_not_taken(copied: Lived) -> None:
    said = glowline("erase", person_of(copied, ANA), "--practice", "lumen", "--why", "Ana wants it", home=copied.home)
    assert said.code == 2
    assert "one word of letters" in said.err
    assert copied.audit('"page":"erase"') == 0, "refused before anybody looked"
    assert told("erase", person_of(copied, BEA), "--practice", "lumen", "--why", "ticket-118", home=copied.home)


def test_somebody_nobody_knows_is_said_in_two_lines(copied: Lived) -> None:
    said = glowline("erase", "p-nobody", "--practice", "lumen", home=copied.home)
    assert (said.code, said.err.splitlines()[0].strip()) == (1, "✗ there is no person p-nobody")
