"""A pretend Square, opened for one test."""

from collections.abc import Iterator

import pytest

from tests.connectors.square.till import Spa, opened


@pytest.fixture
def spa() -> Iterator[Spa]:
    with opened() as made:
        yield made
