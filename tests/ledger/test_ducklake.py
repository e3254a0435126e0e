"""The same sessions and the same queries over a catalogue that a cluster shares."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import psycopg
import pytest
from psycopg import sql

from canonical.clock import rfc3339
from canonical.problems import LedgerDuplicate, LedgerError, LedgerForeign, LedgerKeyMissing, LedgerNotMigrated
from ledger import audit_log
from ledger.audit.events import AuditBody, AuditTag
from ledger.audit.notes import KeyRing, Signer
from ledger.checkpoint_folder import CheckpointFolder
from ledger.ducklake import Catalogue
from ledger.erasure import erase
from ledger.migrating import migrate
from ledger.migration import FOLDER as MIGRATIONS
from ledger.migration import INSTALLATION_ID, Schema
from ledger.named_queries import NamedQuery, all_queries
from ledger.rewriting import fingerprints
from ledger.session import Session
from ledger.store import Store
from ledger.tables import KEYS, Shape, shapes_in
from ledger.transactions import roll_back
from tests.lake_fixture import DSN
from tests.ledger.sample_rows import NOW, fill, parameters
from tests.ledger_fixture import PRACTICE_ID, fresh_ledger

SIGNER = Signer.from_seed("glowline/lumen", b"s" * 32)
CHANGES = re.compile(r"^(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", re.MULTILINE)


Answer = tuple[list[str], object]
"""The rows of a query, and what a statement leaves in the table it changes."""


Asked = dict[str, dict[str, object]]
"""By query: the parameters that fit it."""


def _answers(store: Store, queries: list[NamedQuery], asked: Asked) -> dict[str, Answer]:
    """What each query says, each in a transaction that is rolled back. Parameters that are not in `asked` are tried and put there."""
    with store.place.opened(read_only=False) as cursor:
        shapes = shapes_in(cursor)
        kinds = {name: kind for shape in shapes.values() for name, kind in shape.columns.items()}
        return {query.name: _answer(cursor, shapes, query, asked, parameters(kinds, query.sql)) for query in queries}


def _answer(
    cursor: duckdb.DuckDBPyConnection,
    shapes: dict[str, Shape],
    query: NamedQuery,
    asked: Asked,
    choices: Iterator[dict[str, object]],
) -> Answer:
    if query.name not in asked:
        asked[query.name] = next(chosen for chosen in choices if _fits(cursor, query, chosen))
    cursor.execute("BEGIN")
    try:
        found = cursor.execute(query.sql, asked[query.name] or None).fetchall()
        changed = CHANGES.search(query.sql)
        left = _left(cursor, shapes[changed[1]]) if changed else None
    except duckdb.Error as problem:
        problem.add_note(f"in {query.file}: {query.name}")
        raise
    finally:
        roll_back(cursor)
    return sorted(map(repr, found)), left


def _fits(cursor: duckdb.DuckDBPyConnection, query: NamedQuery, chosen: dict[str, object]) -> bool:
    cursor.execute("BEGIN")
    try:
        cursor.execute(query.sql, chosen or None).fetchall()
    except (duckdb.BinderException, duckdb.ConversionException):
        return False
    finally:
        roll_back(cursor)
    return True


def _left(cursor: duckdb.DuckDBPyConnection, shape: Shape) -> object:
    columns = {name: kind for name, kind in shape.columns.items() if name not in {"secret", "checksum"}}
    return fingerprints(cursor, {shape.table: replace(shape, columns=columns)})


@pytest.mark.parametrize("practice_id", [PRACTICE_ID, INSTALLATION_ID])
def test_every_query_says_the_same_in_a_file_and_in_a_catalogue(
    tmp_path: Path, catalogue: Catalogue, practice_id: str
) -> None:
    file = fresh_ledger(tmp_path, practice_id)
    catalogue.create(practice_id)
    lake = catalogue.store(practice_id)
    for store in (file, lake):
        fill(store)
    queries = [query for query in all_queries().values() if _belongs(query, practice_id)]
    assert len(queries) > 15
    asked: Asked = {}
    in_file, in_lake = _answers(file, queries, asked), _answers(lake, queries, asked)
    assert {name for name in in_file if in_file[name] != in_lake[name]} == set()
    empty = {name for name, (rows, left) in in_file.items() if not rows and left is None}
    assert len(empty) < len(queries) / 4, sorted(empty)


# What is born with a ledger, or lists columns in the order of their making.
_ITS_OWN = {"read_head", "table_columns", "applied_migrations", "first_head"}
_OF_BOTH = {"memory.sql", "audit.sql"}
_OF_PRACTICES = {"configuration_by_hash", "actions_maybe_sent", "every_open_action", "known_attempts"}


def _belongs(query: NamedQuery, practice_id: str) -> bool:
    if query.name in _ITS_OWN:
        return False
    if practice_id == INSTALLATION_ID:
        return query.file in {"installation.sql", *_OF_BOTH} and query.name not in _OF_PRACTICES
    return query.file != "installation.sql"


def _happen(store: Store, times: int) -> None:
    with store.writing(business_now=NOW) as session:
        size = session.head.audit.seq
        session.audit(
            *(
                AuditBody(tag=AuditTag.TASK_OPENED, at=rfc3339(NOW), practice="lumen", subject_id=f"t-{size + n}")
                for n in range(times)
            )
        )


def test_a_session_on_a_catalogue_keeps_what_a_session_promises(lake: Store) -> None:
    def fails(session: Session) -> None:
        session.insert("raw", [{"raw_id": "r-2"}])
        raise KeyError

    with lake.writing(business_now=NOW) as session:
        session.insert("raw", [{"raw_id": "r-1", "body": b"\x00{}", "recorded_at": NOW}])
        assert session.next_seq(3) == 2
    with pytest.raises(KeyError):
        lake.write(fails)
    with lake.reading() as session:
        assert session.head.seq == 4
        (row,) = session.rows("raw_with_body", raw_id="r-1")
        assert row["body"] == b"\x00{}"


def test_the_audit_of_a_catalogue_is_signed_and_verified_alike(lake: Store, tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path / "off-the-box")
    _happen(lake, 3)
    audit_log.sign(lake, SIGNER, folder, NOW)
    _happen(lake, 2)
    audit_log.sign(lake, SIGNER, folder, NOW)
    found = audit_log.verify(lake, folder.notes(), KeyRing.of(SIGNER.key))
    assert found.ok, found.summary
    assert (found.entries, found.proved_through) == (7, 6)


def test_what_is_unique_in_a_file_is_unique_in_a_catalogue(lake: Store) -> None:
    with lake.writing() as session:
        session.insert("attempts", [{"attempt_id": "at-1"}])
    for again in ([{"attempt_id": "at-1"}], [{"attempt_id": "at-2"}, {"attempt_id": "at-2"}]):
        with pytest.raises(LedgerDuplicate), lake.writing() as session:
            session.insert("attempts", again)


def test_the_keys_we_watch_over_are_those_of_the_migrations() -> None:
    declared = set()
    for migration in MIGRATIONS.glob("*_practice*.sql"):
        for table, columns in re.findall(r"CREATE TABLE (\w+) \((.*?)\)", migration.read_text(), re.DOTALL):
            declared |= {(table, key) for key in re.findall(r"(\w+) \w+ PRIMARY KEY", columns)}
    assert declared == set(KEYS.items())


def test_the_files_of_a_catalogue_are_private_and_hold_no_readable_text(lake: Store, catalogue: Catalogue) -> None:
    with lake.writing() as session:
        session.insert("messages", [{"message_id": "m-1", "body": "Zebulon-canary " * 20}])
    files = [file for file in catalogue.data.rglob("*.parquet") if "messages" in file.parts]
    assert files
    assert not any(b"Zebulon" in file.read_bytes() for file in files)
    assert {file.stat().st_mode & 0o077 for file in catalogue.data.rglob("*")} == {0}


def test_an_erased_person_is_gone_from_files_and_catalogue(lake: Store, catalogue: Catalogue) -> None:
    """Also from the largest and smallest values that DuckLake keeps of every column, in plain text."""
    with lake.writing() as session:
        names = ["Ana", "Zebulon", "Mia"]
        session.insert("persons", [{"person_id": f"p-{n}", "first_name": name} for n, name in enumerate(names)])
        session.insert(
            "contact_points", [{"contact_point_id": "cp-1", "kind": "email", "value": "Zebulon@example.com"}]
        )
        session.insert("person_contacts", [{"person_id": "p-1", "contact_point_id": "cp-1", "ended": False}])
    before = set(catalogue.data.rglob("*.parquet"))
    assert "Zebulon" in _whole_catalogue()
    erase(lake, "p-1", request_id="er-1", now=NOW)
    assert "Zebulon" not in _whole_catalogue()
    assert not any(file.exists() for file in before if {"persons", "contact_points"} & set(file.parts))
    with lake.writing() as session:
        session.insert(
            "contact_points", [{"contact_point_id": f"cp-{n}", "kind": "email", "value": n} for n in ("b", "a", "c")]
        )
    with lake.reading() as session:
        assert {row["first_name"] for row in session.rows("everyone")} == {"Ana", "Mia", None}
        found = session.rows("outbox_contact_points", contact_points=["cp-a", "cp-b", "cp-c"])
        assert {row["value"] for row in found} == {"a", "b", "c"}


def _whole_catalogue() -> str:
    """Every value of every table of the catalogue's own."""
    with psycopg.connect(os.environ[DSN]) as connection:
        found = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema LIKE 'ledger%'"
        )
        names = [sql.SQL("SELECT * FROM {}").format(sql.Identifier(*name)) for name in found.fetchall()]
        return "\n".join(str(connection.execute(name).fetchall()) for name in names)


def test_a_catalogue_is_made_once_per_ledger(catalogue: Catalogue) -> None:
    catalogue.create("lumen")
    catalogue.create("aurora")
    with pytest.raises(FileExistsError):
        catalogue.create("lumen")
    with catalogue.store("aurora").reading() as session:
        assert session.practice_id == "aurora"


def test_a_catalogue_without_the_ledger_says_so(catalogue: Catalogue) -> None:
    with pytest.raises(LedgerForeign), catalogue.store("nobody").reading():
        pass


def test_a_catalogue_that_does_not_answer_shows_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOGUE", "host=127.0.0.1 port=1 user=glowline password=hunter2 dbname=x")
    with pytest.raises(LedgerError) as caught, Catalogue("env:CATALOGUE", tmp_path).store("lumen").reading():
        pass
    assert "hunter2" not in f"{caught.value} {caught.value.next_step}"
    assert caught.value.__suppress_context__


def test_a_catalogue_reference_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(LedgerKeyMissing, match="env:NO_CATALOGUE"),
        Catalogue("env:NO_CATALOGUE", tmp_path).store("lumen").reading(),
    ):
        pass


MOODS = f"{max(int(file.name[:4]) for file in MIGRATIONS.glob('*_practice*.sql')) + 1:04}_practice_moods"
"""The step after the newest."""


def test_a_catalogue_is_migrated_in_place(lake: Store, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / f"{MOODS}.sql").write_text("CREATE TABLE moods (seq BIGINT, mood VARCHAR);\n")
    newer = Store(lake.place, lake.practice_id)
    newer.schema = Schema.of(lake.practice_id, folder)
    with pytest.raises(LedgerNotMigrated), newer.reading():
        pass
    assert migrate(newer, NOW) == (MOODS,)
    with newer.writing() as session:
        session.insert("moods", [{"mood": "fine"}])
