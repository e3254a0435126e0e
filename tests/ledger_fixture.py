"""Fresh encrypted ledgers for tests."""

from pathlib import Path

import pytest

from ledger.keys import LedgerKey
from ledger.migration import INSTALLATION_ID
from ledger.store import Store, create, embedded

PRACTICE_ID = "lumen"


def fresh_ledger(folder: Path, practice_id: str = PRACTICE_ID) -> Store:
    """A new ledger of a practice under `folder`."""
    key = LedgerKey.fresh()
    path = folder / practice_id / "ledger.duckdb"
    create(path, practice_id=practice_id, key=key)
    return embedded(path, practice_id, key)


@pytest.fixture
def ledger(tmp_path: Path) -> Store:
    """The ledger of the practice `lumen`, empty."""
    return fresh_ledger(tmp_path)


@pytest.fixture
def installation(tmp_path: Path) -> Store:
    """The installation's ledger, empty."""
    key = LedgerKey.fresh()
    path = tmp_path / "installation.duckdb"
    create(path, practice_id=INSTALLATION_ID, key=key)
    return embedded(path, INSTALLATION_ID, key)
