"""Everything that can be wrong with a ledger's file: provoked, named, and nothing written."""

import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from canonical.problems import (
    GlowlineError,
    LedgerDamaged,
    LedgerDuplicate,
    LedgerError,
    LedgerForeign,
    LedgerFull,
    LedgerKeyMissing,
    LedgerKeyWrong,
    LedgerQueryFailed,
    LedgerReadOnly,
)
from ledger import embedded as embedded_module
from ledger.files import attached
from ledger.keys import KeyReference, LedgerKey
from ledger.named_queries import NamedQuery
from ledger.store import Store, create, embedded
from tests.ledger_fixture import PRACTICE_ID, fresh_ledger

CANARY = "Zebulon-canary"


def _both_ways(store: Store) -> tuple[LedgerError, LedgerError]:
    """What reading and what writing say about a ledger that cannot be opened."""
    with pytest.raises(LedgerError) as reading, store.reading():
        pass
    with pytest.raises(LedgerError) as writing, store.writing():
        pass
    return reading.value, writing.value


def _refused_as(kind: type[LedgerError], store: Store) -> LedgerError:
    """Both accesses are refused as `kind`, the file keeps every byte, and the error names it and a next step."""
    before = store.path.read_bytes()
    for problem in _both_ways(store):
        assert type(problem) is kind
        assert str(store.path) in str(problem)
        assert problem.next_step
        assert (
            problem.__suppress_context__ or problem.__context__ is None
        )  # DuckDB's own words, which may hold values, are not shown
    assert store.path.read_bytes() == before
    return _both_ways(store)[0]


def _with_rows(store: Store, rows: int = 20_000) -> None:
    with store.writing() as session:
        session.insert("raw", [{"raw_id": f"r-{n}", "body": f"{CANARY} {n}".encode()} for n in range(rows)])


def test_a_wrong_key_is_a_wrong_key(ledger: Store) -> None:
    _refused_as(LedgerKeyWrong, embedded(ledger.path, PRACTICE_ID, LedgerKey.fresh()))


@pytest.mark.parametrize(
    "reference", ["env:NO_SUCH_LEDGER_KEY", "file:/nonexistent/ledger.key", "vault:lumen", "file:{empty}"]
)
def test_a_reference_that_leads_nowhere_is_named(ledger: Store, tmp_path: Path, reference: str) -> None:
    empty = tmp_path / "empty.key"
    empty.write_text("\n")
    store = embedded(ledger.path, PRACTICE_ID, KeyReference(reference.format(empty=empty)))
    with pytest.raises(LedgerKeyMissing) as caught, store.reading():
        pass
    assert caught.value.next_step


def test_a_key_of_another_shape_is_refused_without_being_shown(ledger: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMEN_KEY", "correct horse battery staple")
    store = embedded(ledger.path, PRACTICE_ID, KeyReference("env:LUMEN_KEY"))
    with pytest.raises(LedgerKeyMissing) as caught, store.reading():
        pass
    assert "env:LUMEN_KEY" in str(caught.value)
    assert "horse" not in f"{caught.value} {caught.value.next_step} {caught.value.__cause__!r}"


def _text(path: Path) -> None:
    path.write_text("appointments are kept here\n" * 500)


def _empty(path: Path) -> None:
    path.touch()


def _sqlite(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00" + bytes(8192))


def _plain_duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE something AS SELECT 1")


@pytest.mark.parametrize("make", [_text, _empty, _sqlite, _plain_duckdb])
def test_a_file_that_is_no_ledger_is_foreign(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "ledger.duckdb"
    make(path)
    _refused_as(LedgerForeign, embedded(path, PRACTICE_ID, LedgerKey.fresh()))


def test_an_encrypted_file_of_somebody_else_is_foreign(tmp_path: Path) -> None:
    key, path = LedgerKey.fresh(), tmp_path / "ledger.duckdb"
    with attached(path, key, read_only=False) as cursor:
        cursor.execute("CREATE TABLE ledger_head AS SELECT 'lumen' AS practice_id")
    _refused_as(LedgerForeign, embedded(path, PRACTICE_ID, key))


def test_another_practices_ledger_is_foreign(tmp_path: Path) -> None:
    key, path = LedgerKey.fresh(), tmp_path / "ledger.duckdb"
    create(path, practice_id="aurora", key=key)
    assert "another practice than lumen" in str(_refused_as(LedgerForeign, embedded(path, PRACTICE_ID, key)))


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    store = embedded(tmp_path / "ledger.duckdb", PRACTICE_ID, LedgerKey.fresh())
    assert all("there is no ledger here" in str(problem) for problem in _both_ways(store))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kept", [100, 4096, 12_288, 20_000])
def test_a_file_cut_short_is_damaged(ledger: Store, kept: int) -> None:
    _with_rows(ledger)
    ledger.path.write_bytes(ledger.path.read_bytes()[:kept])
    _refused_as(LedgerDamaged, ledger)


@pytest.mark.parametrize("place", [0, 20, 200, 4096, 9000, 12_300])
def test_a_flipped_byte_in_the_headers_is_damage(ledger: Store, place: int) -> None:
    _flip(ledger.path, place)
    _refused_as(LedgerDamaged, ledger)


def test_a_flipped_byte_among_the_rows_is_found_by_whoever_reads_them(
    ledger: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_rows(ledger)
    reads_all = NamedQuery("reads_all", "", "SELECT count(DISTINCT body) FROM raw", "")
    monkeypatch.setattr("ledger.session.named", lambda _: reads_all)
    whole, met = ledger.path.read_bytes(), []
    for place in range(12_288 + 1000, len(whole), 262_144):
        _flip(ledger.path, place)
        try:
            with ledger.reading() as session:
                session.rows("reads_all")
        except GlowlineError as problem:
            met.append(problem)
        ledger.path.write_bytes(whole)
    assert {type(problem) for problem in met} == {LedgerDamaged}
    assert not any(CANARY in str(problem) for problem in met)


def _flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))


def test_a_disk_without_reserve_is_full_before_anything_is_tried(
    ledger: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_module, "RESERVE", 1 << 60)
    with pytest.raises(LedgerFull, match="nothing of this transaction was written"), ledger.writing():
        pass
    with ledger.reading():
        pass


def test_a_limit_on_file_sizes_is_said_before_anything_is_tried(ledger: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a limit a commit is refused cleanly, but the log could no longer be folded into the file."""
    limit = (3 << 20, 3 << 20)
    monkeypatch.setattr("ledger.embedded.resource.getrlimit", lambda _: limit)
    with pytest.raises(LedgerFull, match="may not write a file of that size") as told, ledger.writing():
        pass
    assert "ulimit -f" in told.value.next_step
    with ledger.reading():
        pass


_FILLING = """
    import resource, signal, sys
    from pathlib import Path
    from canonical.problems import LedgerFull
    from ledger.keys import LedgerKey
    from ledger.store import create, embedded

    path, size, rows, times = Path(sys.argv[1]), *map(int, sys.argv[2:])
    key = LedgerKey(b"k" * 32)
    create(path, practice_id="lumen", key=key)
    store = embedded(path, "lumen", key)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))
    resource.getrlimit = lambda _: (resource.RLIM_INFINITY,) * 2  # the limit plays a disk that nobody asked beforehand
    said = ""
    for _ in range(times):
        try:
            with store.writing() as session:
                session.insert("raw", [{"raw_id": "r", "body": b"x" + n.to_bytes(4) * (size // 4)} for n in range(rows)])
        except LedgerFull as problem:
            said = str(problem)
            break
        print("wrote", rows)
    with store.reading() as session:
        print("seq", session.head.seq)
    print("said", said)
"""


@pytest.mark.parametrize(
    "size, rows, times", [(4000, 2000, 1), (48, 200_000, 1), (400, 1000, 40)], ids=["log", "file", "slowly"]
)
def test_a_disk_that_fills_up_loses_nothing_that_was_said_to_be_written(
    tmp_path: Path, size: int, rows: int, times: int
) -> None:
    """A transaction that ends well is there, one that raised `LedgerFull` is not, and the file still opens."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_FILLING), tmp_path / "ledger.duckdb", str(size), str(rows), str(times)],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    written = sum(int(line.split()[1]) for line in lines if line.startswith("wrote"))
    assert f"seq {written}" in lines
    assert "the disk is full; nothing of this transaction was written" in lines[-1]


def test_a_read_only_folder_is_said_to_be_one(tmp_path: Path) -> None:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", tmp_path], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("mounting needs privileges this machine does not give")
    try:
        store = fresh_ledger(tmp_path)
        subprocess.run(["mount", "-o", "remount,ro", tmp_path], check=True, capture_output=True)
        for problem in _both_ways(store):
            assert "Read-only file system" in str(problem) or "disk is full" in str(problem)
    finally:
        subprocess.run(["umount", tmp_path], check=True, capture_output=True)


def test_a_program_that_opened_the_file_past_the_turnstile_is_named_as_the_cause(ledger: Store) -> None:
    program = """
import sys
from pathlib import Path
from ledger.files import attached
from ledger.keys import LedgerKey
with attached(Path(sys.argv[1]), LedgerKey(bytes.fromhex(sys.argv[2])), read_only=False):
    print("open", flush=True)
    sys.stdin.readline()
"""
    key = ledger.place.keys()[0].text()  # type: ignore[attr-defined] # a file has keys
    command = [sys.executable, "-c", program, str(ledger.path), key]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        line = other.stdout.readline()
        try:
            assert line == "open\n"
            for problem in _both_ways(ledger):
                assert "another program has the file open" in str(problem)
        finally:
            other.communicate("\n")


def test_a_ledger_marked_read_only_is_read_and_not_written(ledger: Store) -> None:
    with ledger.writing() as session:
        session.run("mark_read_only", why="shorter than its newest checkpoint")
    with ledger.reading():
        pass
    with pytest.raises(LedgerReadOnly, match="shorter than its newest checkpoint"), ledger.writing():
        pass


def test_a_duplicate_names_no_value(ledger: Store) -> None:
    with ledger.writing() as session:
        session.insert("attempts", [{"attempt_id": CANARY}])
    with pytest.raises(LedgerDuplicate) as caught, ledger.writing() as session:
        session.insert("attempts", [{"attempt_id": CANARY}])
    assert CANARY not in str(caught.value)


def test_a_value_of_the_wrong_kind_names_its_column_and_no_value(ledger: Store) -> None:
    with pytest.raises(ValueError, match=r"raw\.deleted takes bool") as caught, ledger.writing() as session:
        session.insert("raw", [{"deleted": CANARY}])
    assert CANARY not in f"{caught.value} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


def test_a_query_that_fails_on_data_names_itself_and_no_value(ledger: Store) -> None:
    with ledger.writing() as session:
        session.insert("progress", [{"stage": CANARY, "seq": 1}])
    with pytest.raises(LedgerQueryFailed) as caught, ledger.writing() as session:
        session.run("record_migration", number=CANARY, name="", checksum="", min_reader=1, applied_at=None)
    assert "record_migration" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_limits_of_this_process_are_as_they_were() -> None:
    """The tests above limit file sizes in children only."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    assert signal.getsignal(signal.SIGXFSZ) in {signal.SIG_IGN, signal.SIG_DFL, None}
