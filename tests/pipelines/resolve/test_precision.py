"""Joins against known truth. A join that is wrong texts a stranger, one that is missing costs a review: precision is what counts."""

import pytest

from tests.pipelines.resolve.measured import Measured, febrl, measured, splink
from tests.shared_data import shared


@pytest.mark.parametrize("name", ["dataset1.csv", "dataset2.csv"])
@pytest.mark.parametrize("phone", ["soc_sec_id", "postcode"])
def test_r1_joins_over_febrl_are_right(name: str, phone: str) -> None:
    _good_enough(measured(febrl(shared("data", "entity_resolution", "febrl", name), phone=phone)), found=0.9)


def test_r1_joins_over_splinks_people_are_right() -> None:
    _good_enough(measured(splink(shared("data", "entity_resolution", "splink"))), found=0.75)


def _good_enough(result: Measured, found: float) -> None:
    assert result.precision >= 0.99, str(result)
    assert result.found >= found, str(result)
