"""The pretend org, opened for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.salesforce.org import Crm, opened


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    with opened(tmp_path) as org:
        yield org
