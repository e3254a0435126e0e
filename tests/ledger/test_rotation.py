"""A key is changed without losing a row, an id or a moment in which the ledger would not open."""

import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import pytest

from canonical.problems import LedgerKeyMissing, LedgerKeyWrong
from ledger.keys import KeyReference, LedgerKey, read_key
from ledger.rewriting import rows_of
from ledger.rotation import rotate
from ledger.store import Store, create, embedded, practice_store

NOW = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
OLD, NEW = LedgerKey(b"old" + bytes(29)), LedgerKey(b"new" + bytes(29))


@pytest.fixture
def rotating(tmp_path: Path) -> Store:
    """A ledger with rows under the old key, whose reference names the new one as current."""
    (tmp_path / "old.key").write_text(OLD.text())
    (tmp_path / "new.key").write_text(NEW.text() + "\n")
    path = tmp_path / "lumen" / "ledger.duckdb"
    create(path, practice_id="lumen", key=OLD)
    store = embedded(path, "lumen", KeyReference(f"file:{tmp_path / 'new.key'}", f"file:{tmp_path / 'old.key'}"))
    with store.writing() as session:
        session.insert("raw", [{"raw_id": f"r-{n}", "body": bytes(200)} for n in range(2000)])
        session.insert("attempts", [{"attempt_id": "at-1"}])
    return store


def _opens_with(path: Path, key: LedgerKey) -> bool:
    try:
        with embedded(path, "lumen", key).reading():
            return True
    except LedgerKeyWrong:
        return False


def test_a_rotated_ledger_opens_with_the_new_key_only_and_holds_the_same(rotating: Store) -> None:
    with rotating.reading() as session:
        before, pseudonyms = session.head, session.key("pseudonym")
    rows = rows_of(rotating.path, OLD)
    assert rotate(rotating, NOW)
    assert (_opens_with(rotating.path, OLD), _opens_with(rotating.path, NEW)) == (False, True)
    with rotating.reading() as session:
        assert session.key("pseudonym") == pseudonyms
        assert session.head.seq == before.seq
        assert session.head.audit.seq == before.audit.seq + 1
    after = rows_of(rotating.path, NEW)
    assert {table for table in rows if rows[table] != after[table]} == {"ledger_head", "audit"}


def test_primary_keys_survive_the_copy(rotating: Store) -> None:
    rotate(rotating, NOW)
    with pytest.raises(Exception, match="is there already"), rotating.writing() as session:
        session.insert("attempts", [{"attempt_id": "at-1"}])


def test_rotating_again_finds_nothing_to_do(rotating: Store) -> None:
    assert rotate(rotating, NOW)
    assert not rotate(rotating, NOW)


def test_without_a_previous_key_there_is_nothing_to_rotate_from(ledger: Store) -> None:
    with pytest.raises(LedgerKeyMissing, match="no previous key"):
        rotate(ledger, NOW)


def test_with_two_wrong_keys_nothing_is_touched(rotating: Store) -> None:
    lost = embedded(rotating.path, "lumen", KeyReference("env:LOST_A", "env:LOST_B"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOST_A", LedgerKey.fresh().text())
        patch.setenv("LOST_B", LedgerKey.fresh().text())
        before = rotating.path.read_bytes()
        with pytest.raises(LedgerKeyWrong):
            rotate(lost, NOW)
    assert rotating.path.read_bytes() == before


_DYING = """
    import os, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from ledger import files, rewriting, rotation
    from ledger.keys import KeyReference
    from ledger.store import embedded

    path, where = Path(sys.argv[1]), sys.argv[2]
    base = path.parent.parent
    store = embedded(path, "lumen", KeyReference(f"file:{base / 'new.key'}", f"file:{base / 'old.key'}"))

    def die(*args, **kwargs):
        os.kill(os.getpid(), 9)

    def die_after(real):
        def both(*args, **kwargs):
            real(*args, **kwargs)
            die()
        return both

    match where:
        case "before the copy": rotation.copied_anew = die
        case "in the copy": rewriting.must_equal = die
        case "after the copy": rotation.copied_anew = die_after(rotation.copied_anew)
        case "before its audit is committed": type(store).transaction = die
        case "before it takes the place": Path.replace = die
        case "after it took the place": Path.replace = die_after(Path.replace)
    rotation.rotate(store, datetime(2026, 11, 1, tzinfo=UTC))
"""


@pytest.mark.parametrize(
    "where",
    [
        "before the copy",
        "in the copy",
        "after the copy",
        "before its audit is committed",
        "before it takes the place",
        "after it took the place",
    ],
)
def test_killed_at_any_step_the_ledger_opens_and_rotating_again_finishes(rotating: Store, where: str) -> None:
    rows = rows_of(rotating.path, OLD)
    died = subprocess.run([sys.executable, "-c", textwrap.dedent(_DYING), rotating.path, where], check=False)
    assert died.returncode == -signal.SIGKILL
    with rotating.writing() as session:
        assert session.head.seq == 2001
    assert rotate(rotating, NOW) is (where != "after it took the place")
    assert _opens_with(rotating.path, NEW)
    assert rows_of(rotating.path, NEW)["raw"] == rows["raw"]
    assert {each.name for each in rotating.path.parent.iterdir()} == {
        "ledger.duckdb",
        "ledger.duckdb.lock",
        "ledger.duckdb.queue",
    }


def test_a_key_is_read_as_hex_and_as_base64(tmp_path: Path) -> None:
    place = tmp_path / "a.key"
    for text in (NEW.text(), NEW.text().upper(), "bmV3AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"):
        place.write_text(text)
        assert read_key(f"file:{place}") == NEW


def test_a_key_never_prints_itself() -> None:
    assert repr(NEW) == f"{NEW}" == "LedgerKey(hidden)"
    assert NEW.secret.hex() not in repr([NEW, {"key": NEW}])


def test_the_practices_store_finds_its_key_beside_the_data(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "lumen.key").write_text(NEW.text())
    create(tmp_path / "lumen" / "ledger.duckdb", practice_id="lumen", key=NEW)
    store = practice_store(tmp_path, "lumen")
    with store.reading() as session:
        assert session.practice_id == "lumen"
    assert practice_store(tmp_path, "lumen") is store


def test_compacting_gives_up_the_bytes_of_what_was_deleted(ledger: Store) -> None:
    with ledger.writing() as session:
        session.insert("open_visits", [{"visit_id": f"v-{n}", "change": token_hex(150)} for n in range(20_000)])
    big = ledger.path.stat().st_size
    with ledger.writing() as session:
        session._cursor.execute("DELETE FROM open_visits WHERE hash(visit_id) % 5 > 0")
    ledger.place.compact()
    assert ledger.path.stat().st_size < big / 2
    with ledger.reading() as session:
        assert session.practice_id == "lumen"
