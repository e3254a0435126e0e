"""A sub-account, opened for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.gohighlevel.subaccount import SubAccount, opened


@pytest.fixture
def highlevel(tmp_path: Path) -> Iterator[SubAccount]:
    with opened(tmp_path) as sub_account:
        yield sub_account
