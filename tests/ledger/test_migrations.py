"""Tables change by numbered steps, forward only, on request only, and the old file stays until the new one is verified."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from canonical.problems import LedgerDamaged, LedgerError, LedgerNotMigrated, LedgerTooNew
from ledger.migrating import migrate
from ledger.migration import FOLDER, Schema, _steps
from ledger.store import Store, embedded

NOW = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
EXPAND = (
    "-- min_reader: 1\nALTER TABLE raw ADD COLUMN colour VARCHAR;\nCREATE TABLE moods (seq BIGINT, mood VARCHAR);\n"
)

LAST = max(int(file.name[:4]) for file in FOLDER.glob("*_practice*.sql"))
"""The newest step there is."""
MOODS = f"{LAST + 1:04}_practice_moods"
"""The next."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """This release's migrations, to which a test adds its own."""
    folder = tmp_path / "migrations"
    shutil.copytree(FOLDER, folder)
    return folder


def _next_release(store: Store, folder: Path, text: str, name: str = f"{MOODS}.sql") -> Store:
    """The store as the next release sees it, which has one migration more."""
    (folder / name).write_text(text)
    _steps.cache_clear()
    newer = Store(store.place, store.practice_id)
    newer.schema = Schema.of(store.practice_id, folder)
    return newer


def _with_a_row(store: Store) -> None:
    with store.writing() as session:
        session.insert("raw", [{"raw_id": "r-1", "body": b"{}"}])


def test_an_older_file_is_not_opened_and_not_changed(ledger: Store, folder: Path) -> None:
    newer = _next_release(ledger, folder, EXPAND)
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerNotMigrated, match=f"schema {LAST}; this release needs {LAST + 1}"), newer.reading():
        pass
    with pytest.raises(LedgerNotMigrated), newer.writing():
        pass
    assert ledger.path.read_bytes() == before


def test_migrating_keeps_every_row_and_says_so_in_the_audit(ledger: Store, folder: Path) -> None:
    _with_a_row(ledger)
    newer = _next_release(ledger, folder, EXPAND)
    assert migrate(newer, NOW) == (MOODS,)
    assert migrate(newer, NOW) == ()
    with newer.writing() as session:
        assert session.head.schema_number == LAST + 1
        assert (session.head.seq, session.head.audit.seq) == (1, 1)
        session.insert("raw", [{"raw_id": "r-2", "colour": "green"}])
        session.insert("moods", [{"mood": "fine"}])
    assert [each.name for each in ledger.path.parent.iterdir() if "new" in each.name] == []


def test_the_release_before_still_runs_on_an_expanded_file(ledger: Store, folder: Path) -> None:
    migrate(_next_release(ledger, folder, EXPAND), NOW)
    _with_a_row(ledger)


def test_a_contracted_file_is_too_new_for_the_release_before(ledger: Store, folder: Path) -> None:
    migrate(_next_release(ledger, folder, "DROP TABLE runs;\n"), NOW)
    with (
        pytest.raises(LedgerTooNew, match=f"schema {LAST + 1}; this release reads up to {LAST}") as caught,
        ledger.reading(),
    ):
        pass
    assert caught.value.next_step


def test_a_step_that_fails_leaves_the_old_file(ledger: Store, folder: Path) -> None:
    before = ledger.path.read_bytes()
    newer = _next_release(
        ledger, folder, "CREATE TABLE moods (mood VARCHAR);\nALTER TABLE nowhere ADD COLUMN x INTEGER;\n"
    )
    with pytest.raises(Exception, match="nowhere"):
        migrate(newer, NOW)
    assert ledger.path.read_bytes() == before
    with ledger.reading():
        pass


def test_a_step_that_loses_rows_leaves_the_old_file(ledger: Store, folder: Path) -> None:
    _with_a_row(ledger)
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerDamaged, match="differs in raw"):
        migrate(_next_release(ledger, folder, "DELETE FROM raw;\n"), NOW)
    assert ledger.path.read_bytes() == before


def test_a_step_may_change_the_rows_it_says_it_changes(ledger: Store, folder: Path) -> None:
    _with_a_row(ledger)
    migrate(_next_release(ledger, folder, "-- changes: raw, cursors\nUPDATE raw SET origin = 'poll';\n"), NOW)


def test_a_step_that_touches_the_head_is_refused(ledger: Store, folder: Path) -> None:
    with pytest.raises(ValueError, match="changed the head"):
        migrate(_next_release(ledger, folder, "UPDATE ledger_head SET seq = 17;\n"), NOW)


def test_a_step_that_was_applied_may_not_change_any_more(ledger: Store, folder: Path) -> None:
    migrate(_next_release(ledger, folder, EXPAND), NOW)
    edited = _next_release(ledger, folder, EXPAND + "-- one more thought\n")
    with pytest.raises(LedgerError, match=rf"{MOODS}\.sql was applied with another text"), edited.reading():
        pass
    with pytest.raises(LedgerError, match="applied with another text"):
        migrate(edited, NOW)


def test_numbers_without_gaps_and_names_that_say_which_ledger(ledger: Store, folder: Path) -> None:
    with pytest.raises(ValueError, match="gap"):
        _next_release(ledger, folder, EXPAND, name=f"{LAST + 2:04}_practice_moods.sql")
    (folder / f"{LAST + 2:04}_practice_moods.sql").rename(folder / "moods.sql")
    with pytest.raises(ValueError, match="is called"):
        Schema.of("installation", folder)


def test_both_kinds_of_ledger_have_their_own_steps(installation: Store, folder: Path) -> None:
    assert {step.name for step in installation.schema.steps} == {"0001_installation"}
    assert migrate(_next_release(installation, folder, EXPAND), NOW) == ()


def test_a_snapshot_of_an_older_file_is_refused_too(ledger: Store, folder: Path) -> None:
    newer = _next_release(ledger, folder, EXPAND)
    with pytest.raises(LedgerNotMigrated), newer.snapshot():
        pass


def test_a_ledger_under_another_name_is_not_migrated(ledger: Store, folder: Path) -> None:
    other = embedded(ledger.path, "aurora", ledger.place.keys()[0])  # type: ignore[attr-defined] # a file has keys
    newer = _next_release(other, folder, EXPAND)
    with pytest.raises(LedgerError, match="another practice"):
        migrate(newer, NOW)
