"""An installation begins once: what it would forget is never begun anew by accident."""

from pathlib import Path

import pytest

from canonical.problems import LedgerForeign, LedgerKeyMissing
from pipelines.tick.founding import found_installation
from pipelines.tick.opening import installation_ledger
from tests.proofs.town import Town


def test_a_second_founding_changes_nothing(town: Town) -> None:
    assert found_installation(town.home) is False


def test_a_lost_ledger_of_the_installation_is_not_founded_anew_beside_a_history(town: Town) -> None:
    own = installation_ledger(town.hub.installation).path
    own.unlink()
    with pytest.raises(LedgerForeign, match=r"gone, and lumen has a history"):
        found_installation(town.home)
    assert not own.exists()


@pytest.mark.parametrize("name", ["installation", "signing"])
def test_a_lost_key_of_a_history_is_not_invented_anew(town: Town, name: str) -> None:
    key = Path(town.hub.installation.key_for(name).partition(":")[2])
    key.unlink()
    with pytest.raises(LedgerKeyMissing, match="the key is gone"):
        found_installation(town.home)
    assert not key.exists()
