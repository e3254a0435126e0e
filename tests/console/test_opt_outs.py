"""Words that may have meant stop are shown to a person, who decides; until then nothing goes (TCPA-11)."""

import pytest

from ledger.audit.events import AuditTag
from pipelines.tick.doorway import spool_of
from pipelines.tick.opening import open_hub
from tests.console.conftest import ANA, Lived
from tests.console.said import glowline, told
from tests.receiver.world import call, inbound


@pytest.fixture
def held(copied: Lived) -> Lived:
    """Ana has answered no."""
    hub = open_hub(copied.home)
    spool_of(hub.installation).write(call(inbound("no", sender=ANA), at=hub.clock.business_now()))
    told("run", "tick", "--no-send", home=copied.home)
    return copied


def _rows(lived: Lived, query: str, **values: object) -> list[dict[str, object]]:
    with open_hub(lived.home).store("lumen").reading() as session:
        return session.rows(query, **values)


def test_what_somebody_wrote_is_shown_with_the_command_that_decides(held: Lived) -> None:
    before = held.audit(AuditTag.PERSON_VIEWED.value)
    said = glowline("opt-outs", "list", home=held.home)
    assert "••• 0142" in said.out
    assert "“no”" in said.out
    assert "glowline opt-outs decide lumen " in said.lines[1]
    assert held.audit(AuditTag.PERSON_VIEWED.value) == before + 1


@pytest.mark.parametrize("stops", [True, False], ids=["a stop", "harmless"])
def test_a_decision_is_kept_and_closes_the_task_that_asked(held: Lived, stops: bool) -> None:
    (row,) = told("opt-outs", "list", "lumen", home=held.home)
    contact, flag = row["contact_point"], "--stops" if stops else "--harmless"
    assert [task["kind"] for task in _rows(held, "open_tasks")].count("opt_out_review") == 1
    assert told("opt-outs", "decide", "lumen", contact, flag, home=held.home) == {"decided": True, "stops": stops}
    assert told("opt-outs", "list", home=held.home) == []
    assert "opt_out_review" not in [task["kind"] for task in _rows(held, "open_tasks")]
    in_force = _rows(held, "outbox_suppressions", contact_points=[contact])
    assert [one["provisional"] for one in in_force] == ([False] if stops else [])
    told("run", "tick", "--no-send", home=held.home)
    copies = [one for one in _rows(held, "opt_outs_to_spread", since=0, most=9) if one["contact_point_id"] == contact]
    assert len(copies) == stops
    again = glowline("opt-outs", "decide", "lumen", contact, flag, home=held.home)
    assert (again.code, again.out) == (1, "")
    assert "nothing waits for a decision" in again.err


def test_a_decision_must_say_which(held: Lived) -> None:
    (row,) = told("opt-outs", "list", home=held.home)
    said = glowline("opt-outs", "decide", "lumen", row["contact_point"], home=held.home)
    assert said.code
    assert told("opt-outs", "list", home=held.home) == [row]
