"""A ledger in a catalogue that a cluster would share: PostgreSQL and encrypted Parquet."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.ducklake import Catalogue
from ledger.store import Store
from tests.ledger_fixture import PRACTICE_ID
from tests.servers import PostgresServer

DSN = "GLOWLINE_TEST_CATALOGUE"
_numbers = itertools.count(1)


@pytest.fixture
def catalogue(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue in a database of its own."""
    dsn = postgres_server.create_database(f"lake_{os.getpid()}_{next(_numbers)}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DSN, dsn)
        yield Catalogue(f"env:{DSN}", tmp_path / "lake")


@pytest.fixture
def lake(catalogue: Catalogue) -> Store:
    """The ledger of the practice `lumen` in it, empty."""
    catalogue.create(PRACTICE_ID)
    return catalogue.store(PRACTICE_ID)
