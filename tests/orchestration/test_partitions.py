"""A folder is a practice: no code, no restart."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.practices import practice_folders
from tests.orchestration.clockwork import Clockwork, laid_out
from tests.receiver.folder import practice_folder


@pytest.fixture
def clockwork(tmp_path: Path) -> Iterator[Clockwork]:
    with laid_out(tmp_path, ("aster",)) as made:
        yield made


def look(clockwork: Clockwork) -> dg.SensorResult:
    """One waking of the sensor, with what it asks for done, as the daemon does it."""
    context = dg.build_sensor_context(instance=clockwork.instance, resources={"installed": clockwork.installed})
    found = practice_folders(context)
    assert isinstance(found, dg.SensorResult)
    for request in found.dynamic_partitions_requests or ():
        if isinstance(request, dg.AddDynamicPartitionsRequest):
            clockwork.instance.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))
        else:
            for key in request.partition_keys:
                clockwork.instance.delete_dynamic_partition(request.partitions_def_name, key)
    return found


def partitions(clockwork: Clockwork) -> list[str]:
    return list(clockwork.instance.get_dynamic_partitions("practices"))


def test_a_new_folder_becomes_a_partition_with_a_ledger_and_a_tick(clockwork: Clockwork) -> None:
    look(clockwork)
    assert partitions(clockwork) == ["aster"]

    practice_folder(clockwork.home, "elder", number="+12125550130", base_url=clockwork.vendor.url)
    look(clockwork)

    assert partitions(clockwork) == ["aster", "elder"]
    assert (clockwork.home / "data" / "elder" / "ledger.duckdb").exists()
    assert "elder" in clockwork.green(clockwork.run("tick").run_id)
    assert not look(clockwork).dynamic_partitions_requests


def test_a_folder_that_is_gone_takes_its_partition_along_and_leaves_its_ledger(clockwork: Clockwork) -> None:
    look(clockwork)
    shutil.rmtree(clockwork.home / "aster")
    look(clockwork)
    assert partitions(clockwork) == []
    assert (clockwork.home / "data" / "aster" / "ledger.duckdb").exists()


def test_a_new_folder_that_is_wrong_is_a_partition_too_and_turns_red(clockwork: Clockwork) -> None:
    (clockwork.home / "fern").mkdir()
    (clockwork.home / "fern" / "practice.yaml").write_text("practice_id: [fern\n")
    look(clockwork)
    assert partitions(clockwork) == ["aster", "fern"]
    assert not clockwork.run("tick").success
    assert clockwork.red() == {"fern"}
