"""One run for many practices, each tried by itself; what the page shows of it, and what Dagster's store may never hold."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.definitions import definitions
from orchestration.practices import keep_partitions
from pipelines.tick.doorway import spool_of
from pipelines.tick.work import anything
from tests.orchestration.clockwork import LUMEN, MORNING, NAMES, Clockwork, laid_out
from tests.receiver.world import call, inbound

CANARY = "canary-ada-quill-hates-needles"


@pytest.fixture
def clockwork(tmp_path: Path) -> Iterator[Clockwork]:
    with laid_out(tmp_path) as made:
        yield made


def test_a_sync_and_a_tick_carry_four_visits_to_four_phones(clockwork: Clockwork) -> None:
    read = clockwork.run("sync")
    assert read.success, read.failed
    assert read.counts["raw"]["new"] == 8
    assert clockwork.green(read.run_id, "practice_sync") == set(NAMES)

    ticked = clockwork.run("tick")
    assert ticked.success, ticked.failed
    assert clockwork.green(ticked.run_id) == set(NAMES)
    assert ticked.counts["outbox"]["sent"] == len(clockwork.texts()) == len(NAMES)
    assert ticked.counts["visits"]["visits_new"] == len(NAMES)
    assert ticked.counts["visits"]["inquiries: read"] == 0, "a step of another name than its stage says which it is"
    assert ticked.counts["spool"]["configuration: count"] > 0

    clockwork.run("tick")  # what the first one changed is looked at once more
    idle = clockwork.run("tick")
    assert idle.counts["outbox"]["without_work"] == len(NAMES)
    assert clockwork.green(idle.run_id) == set()
    assert len(clockwork.texts()) == len(NAMES)
    assert b"Ada" not in clockwork.stored()
    assert b"Quill" not in clockwork.stored()


def test_one_bad_practice_among_four_stops_nobody_and_is_named(clockwork: Clockwork) -> None:
    clockwork.run("sync")
    settings = clockwork.home / "birch" / "practice.yaml"
    well = settings.read_text()
    settings.write_text(f"{well}\nfavourite_colour: green\n")

    ticked = clockwork.run("tick")

    assert not ticked.success
    assert clockwork.green(ticked.run_id) == {"aster", "cedar", "dahlia"}
    assert clockwork.red() == {"birch"}
    [said] = ticked.failed
    assert "1 of 4 practices failed" in said
    assert "birch (opening)" in said
    assert "practice.yaml:" in said
    assert "Next: " in said
    assert len(clockwork.texts()) == 3

    settings.write_text(well)
    again = _materialize(clockwork, "birch")
    assert again.success
    assert clockwork.green(again.run_id) == {"birch"}
    assert clockwork.red() == set()
    assert len(clockwork.texts()) == 4


def test_a_defect_is_named_by_its_place_and_never_by_its_words(
    clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr("pipelines.tick.sequence.update_visits", broken)
    ticked = clockwork.run("tick")

    assert clockwork.red() == set(NAMES)
    assert clockwork.green(ticked.run_id) == set()
    [said] = ticked.failed
    assert "aster (tick): KeyError at tests/orchestration/" in said
    assert CANARY.encode() not in clockwork.stored()


def test_a_stage_that_fails_is_named(clockwork: Clockwork) -> None:
    clockwork.run("sync")
    (clockwork.home / "keys" / "signing.key").unlink()
    said = "\n".join(clockwork.run("checkpoint").failed)
    assert "4 of 4 practices failed" in said
    assert "signing.key" in said


def test_a_tool_that_cannot_be_read_reddens_its_practice_and_keeps_what_was_read(clockwork: Clockwork) -> None:
    (clockwork.drop("dahlia") / "contacts.csv").unlink()
    (clockwork.drop("dahlia") / "appointments.csv").unlink()
    clockwork.drop("dahlia").rmdir()

    read = clockwork.run("sync")

    assert not read.success
    assert clockwork.green(read.run_id, "practice_sync") == {"aster", "birch", "cedar"}
    assert clockwork.red("practice_sync") == {"dahlia"}
    assert "dahlia (schedule/" in read.failed[0]
    assert read.counts["raw"]["new"] == 6


def test_what_the_receiver_left_in_the_spool_is_swept_and_heard(clockwork: Clockwork) -> None:
    for _ in range(3):
        clockwork.run("tick")
    assert not anything(clockwork.hub())
    incoming = inbound("STOP", to=LUMEN, sender="+12125550142", practice="cedar")
    spool_of(clockwork.hub().installation).write(call(incoming, "cedar", MORNING))
    assert anything(clockwork.hub())

    swept = clockwork.run("tick")

    assert swept.counts["spool"]["files"] == 1
    assert swept.counts["spool"]["left"] == 0
    assert clockwork.green(swept.run_id) == {"cedar"}
    with clockwork.hub().store("cedar").reading() as session:
        assert session._cursor.execute("SELECT count(*) FROM current_suppressions").fetchone() == (1,)


def test_a_backfill_reads_and_decides_and_sends_nothing(clockwork: Clockwork) -> None:
    ran = _materialize(clockwork, "aster", job="backfill")
    assert ran.success
    assert clockwork.texts() == []
    with clockwork.hub().store("aster").reading() as session:
        assert {row["state"] for row in session.rows("count_open_actions")} >= {"cleared"}

    clockwork.run("tick")
    assert len(clockwork.texts()) == 1


def test_a_connection_is_read_again_when_its_cadence_has_passed(clockwork: Clockwork) -> None:
    clockwork.run("sync")
    assert clockwork.run("sync").counts["raw"]["practices"] == 0
    clockwork.turn(MORNING.replace(hour=15))
    assert clockwork.run("sync").counts["raw"]["practices"] == len(NAMES)


def _materialize(clockwork: Clockwork, practice: str, job: str = "") -> dg.ExecuteInProcessResult:
    """What a click on a partition starts."""
    keep_partitions(clockwork.instance, clockwork.hub())
    made = definitions(clockwork.installed)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    if job:
        return made.resolve_job_def(job).execute_in_process(
            instance=clockwork.instance, partition_key=practice, run_config=quiet
        )
    return made.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=clockwork.instance,
        partition_key=practice,
        asset_selection=[dg.AssetKey("practice_tick")],
        run_config=quiet,
    )
