"""What DuckDB leaves on a disk: nothing readable, nothing that stays, nothing others may open."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ledger import engine
from ledger.engine import abandon, cursor, private_files
from ledger.store import Store

CANARY = b"Zebulon-canary-4471"

_SPILLING = """
import sys, os
from pathlib import Path
from ledger import engine
engine._SETTINGS["memory_limit"] = "128MB"
c = engine.cursor()
folder = Path(c.execute("SELECT current_setting('temp_directory')").fetchone()[0])
c.execute("CREATE TABLE people AS SELECT 'Zebulon-canary-4471 ' || repeat('x', 150) || i AS name, hash(i) AS h FROM range(900000) t(i)")
rows = c.execute("SELECT name FROM people ORDER BY h")
rows.fetchmany(10)
files = [f for f in folder.rglob('*') if f.is_file()]
size = sum(f.stat().st_size for f in files)
readable = sum(f.read_bytes().count(b"Zebulon") for f in files)
print(folder, oct(folder.stat().st_mode & 0o777), size, readable, flush=True)
if sys.argv[1] == "die": os.kill(os.getpid(), 9)
"""


_TELLING = """
from ledger.engine import cursor
from ledger.rows import as_dicts
first, later = cursor(), cursor()
for c in (first, later):
    [row] = as_dicts(c.execute("SELECT TIMESTAMPTZ '2026-07-01 12:00:00+00' AS at, '2026-07-01 12:00'::TIMESTAMPTZ AS plain, $t::TIMESTAMPTZ::DATE AS day", {"t": row["at"] if c is later else "2026-07-01 23:59:00Z"}))
    print(row["at"].isoformat(), row["plain"].isoformat(), row["day"])
"""


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Chatham", "UTC"])
def test_an_instant_is_read_as_it_was_wherever_the_machine_stands(zone: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TELLING], env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=True
    )
    noon = "2026-07-01T12:00:00+00:00"
    assert done.stdout.splitlines() == [f"{noon} {noon} 2026-07-01"] * 2


def _spill(how: str) -> tuple[Path, str, int, int]:
    done = subprocess.run([sys.executable, "-c", _SPILLING, how], capture_output=True, text=True, check=how != "die")
    folder, mode, size, readable = done.stdout.split()
    return Path(folder), mode, int(size), int(readable)


def test_what_a_sort_spills_is_encrypted_private_and_gone_afterwards() -> None:
    folder, mode, size, readable = _spill("end")
    assert size > 10_000_000
    assert (mode, readable) == ("0o700", 0)
    assert not folder.exists()


def test_what_a_killed_process_spilled_is_removed_by_the_next_one() -> None:
    folder, _, _, readable = _spill("die")
    assert folder.exists()
    assert readable == 0
    engine._sweep_spills()
    assert not folder.exists()


def test_the_folder_of_a_living_process_stays() -> None:
    folder = Path(tempfile.mkdtemp(prefix=f"glowline-spill-{os.getppid()}-"))
    try:
        engine._sweep_spills()
        assert folder.exists()
    finally:
        shutil.rmtree(folder)


def test_every_file_of_a_ledger_is_private(ledger: Store) -> None:
    def modes() -> set[str]:
        return {oct(stat.S_IMODE(each.stat().st_mode)) for each in ledger.path.parent.iterdir()}

    with ledger.writing() as session:
        session.insert("raw", [{"raw_id": "r-1", "body": CANARY}])
        assert modes() == {"0o600"}
    assert modes() == {"0o600"}
    assert stat.S_IMODE(ledger.path.parent.stat().st_mode) == 0o700


def test_a_ledger_and_its_log_hold_no_readable_text(ledger: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with ledger.writing() as session:
        session.insert("raw", [{"raw_id": "r-1", "body": CANARY * 50}])
        session.finish()
        session._cursor.execute("COMMIT")
        files = [each.read_bytes() for each in ledger.path.parent.iterdir()]
        assert len(max(files, key=len)) > 10_000
        assert not any(CANARY in each for each in files)
        session._cursor.execute("BEGIN")


def test_the_mask_of_new_files_is_put_back_however_the_blocks_overlap() -> None:
    before = os.umask(0o022)
    try:
        one, other = private_files(), private_files()
        one.__enter__()
        other.__enter__()
        one.__exit__(None, None, None)
        other.__exit__(None, None, None)
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_after_a_fatal_error_the_next_access_has_a_fresh_instance(ledger: Store) -> None:
    with ledger.writing() as session:
        session.next_seq()
    abandon()
    with ledger.reading() as session:
        assert session.head.seq == 1


def test_no_extension_is_fetched_behind_our_back() -> None:
    with cursor() as connection:
        settings = dict(
            connection.execute(
                "SELECT name, value FROM duckdb_settings() WHERE name IN ('autoinstall_known_extensions', 'autoload_known_extensions', 'temp_file_encryption')"
            ).fetchall()
        )
    assert settings == {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_file_encryption": "true",
    }


def test_the_key_is_in_no_log_of_duckdb(ledger: Store) -> None:
    with cursor() as connection:
        connection.execute("CALL enable_logging(level => 'trace')")
        try:
            with ledger.writing() as session:
                session.next_seq()
            logged = str(connection.execute("SELECT * FROM duckdb_logs()").fetchall())
        finally:
            connection.execute("CALL disable_logging()")
    key = ledger.place.keys()[0]  # type: ignore[attr-defined] # a file has keys
    assert "ATTACH" in logged
    assert key.for_file() not in logged
    assert key.text() not in logged
