"""The pretend Podium and a practice connected to it."""

from collections.abc import Iterator

import pytest

from emulators.kit.running import running
from emulators.podium import PodiumEmulator
from tests.connectors.podium.desk import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    with running(PodiumEmulator(seed="podium")) as podium, Desk(podium) as opened:
        yield opened
