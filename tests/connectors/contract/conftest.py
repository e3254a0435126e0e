"""The other side of the connector under test, opened for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.contract.subject import Subject, Wire


@pytest.fixture
def wire(subject: Subject, tmp_path: Path) -> Iterator[Wire]:
    with subject.opened(tmp_path) as opened:
        yield opened
