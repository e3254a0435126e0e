"""The pretend portal, opened for one test."""

from collections.abc import Iterator

import pytest

from tests.connectors.hubspot.portal import Crm, opened


@pytest.fixture
def crm() -> Iterator[Crm]:
    with opened() as portal:
        yield portal
