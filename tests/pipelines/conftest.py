"""What the stages do with a ledger is looked at here, not how its file comes and goes."""

from collections.abc import Iterator

import pytest

from tests.kept_open import kept_open


@pytest.fixture(autouse=True)
def ledgers() -> Iterator[None]:
    """Attached once a test. Modules that look at the file, or start another process, say otherwise."""
    with kept_open():
        yield
