"""Two practices send from one number: whoever stops it hears from neither, also when neither had written to them yet (R34)."""

from pathlib import Path

import pytest

from tests.receiver import world as streets
from tests.receiver.street import Street, street
from tests.receiver.world import LUMEN, PATIENT

BOTH = ("lumen", "solis")


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both practices' folders name one number."""
    monkeypatch.setitem(streets._NUMBERS, "solis", LUMEN)
    return tmp_path


def _asks(here: Street, practice: str) -> None:
    here.form(practice, phone=PATIENT, message=f"A question for {practice}")
    here.settle()


@pytest.mark.parametrize("said", ["STOP", "please stop texting me", "no texts please", "wrong number"])
def test_a_stop_to_a_number_nobody_has_used_yet_is_heard_by_everybody_on_it(shared: Path, said: str) -> None:
    with street(shared, *BOTH) as here:
        for name in BOTH:
            here.world.declare(name)
        here.texts(said)
        for name in BOTH:
            _asks(here, name)
        assert here.heard(PATIENT) == []
        assert [row["scope"] for name in BOTH for row in here.rows("suppressions", name)] == ["all", "all"]


def test_a_start_after_it_lets_the_next_answer_go(shared: Path) -> None:
    with street(shared, *BOTH) as here:
        for name in BOTH:
            here.world.declare(name)
        here.texts("STOP")
        here.texts("START")
        _asks(here, "lumen")
        assert len(here.heard(PATIENT)) == 1


def test_an_ordinary_text_nobody_can_place_stops_nothing(shared: Path) -> None:
    with street(shared, *BOTH) as here:
        for name in BOTH:
            here.world.declare(name)
        here.texts("Do you have time on Friday?")
        _asks(here, "lumen")
        assert len(here.heard(PATIENT)) == 1


def test_a_stop_is_told_on_however_lately_the_other_practice_became_known(shared: Path) -> None:
    """What was asked before the other was there is asked again once the installation's ledger has changed."""
    with street(shared, *BOTH) as here:
        here.world.declare("solis")
        _asks(here, "solis")
        here.world.declare("lumen")
        here.texts("STOP")
        _asks(here, "lumen")
        assert not any("Lumen" in text for text in here.heard(PATIENT))
