"""What every test gets: hypothesis profiles drawn from the commit, the servers, and a machine that stands where nobody does."""

import os
import time

import pytest
from hypothesis import HealthCheck, settings

from tests.seeds import commit_seed

# Whatever leans on the machine's own zone, ours or a library's, is wrong by half a day here and by a quarter of an hour.
os.environ["TZ"] = "Pacific/Chatham"
time.tzset()

pytest_plugins = ("tests.servers", "tests.ledger_fixture", "tests.lake_fixture", "tests.proofs.town")

# Time limits per example say more about a busy machine than about the code; pytest-timeout bounds the whole test.
settings.register_profile("few", max_examples=25, stateful_step_count=25, deadline=None, database=None)
settings.register_profile(
    "soak",
    max_examples=200,
    stateful_step_count=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("few")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """One commit draws one set of examples; `--hypothesis-seed=N` draws another, and `random` a new one each run."""
    if config.getoption("hypothesis_seed") is None:
        config.option.hypothesis_seed = str(commit_seed())
