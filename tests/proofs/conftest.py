"""A town's ledger is attached once a proof; the proofs of the file itself say otherwise."""

from collections.abc import Iterator

import pytest

from tests.kept_open import kept_open


@pytest.fixture(autouse=True)
def ledgers() -> Iterator[None]:
    """Attached once a test. Modules that look at the file, or start another process, say otherwise."""
    with kept_open():
        yield
