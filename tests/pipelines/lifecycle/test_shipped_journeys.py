"""The steps these tests run are the steps that ship."""

from pathlib import Path

import pytest

from canonical.plan import Step
from settings.practice import load_practice
from tests.journeys_fixture import SPINE_STEPS

PRACTICES = Path(__file__).parents[3] / "practices"


@pytest.mark.parametrize("step", SPINE_STEPS, ids=lambda step: step.row)
def test_the_spine_is_the_shipped_one(step: Step) -> None:
    shipped = load_practice(PRACTICES / "demo" / "lumen", PRACTICES).journeys.step(step.key)
    ours = {"owner": step.owner, "live_from": step.live_from, "max_age": step.max_age}
    assert shipped.model_copy(update=ours) == step
