"""SQL has names and sentences, and large tables only grow."""

import re
from pathlib import Path

import pytest

from ledger.named_queries import ERASING, FOLDER, MAY_CHANGE, NamedQuery, all_queries

MIGRATIONS = FOLDER.parent / "migrations"


def _folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.sql").write_text(text)
    return tmp_path


def test_every_query_of_the_repository_loads() -> None:
    assert len(all_queries()) > 20
    assert all(query.about.endswith(".") for query in all_queries().values())


def test_a_block_without_a_sentence_does_not_load(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one sentence"):
        all_queries(_folder(tmp_path, visits="-- name: due\nSELECT 1;\n"))


def test_a_name_used_twice_does_not_load(tmp_path: Path) -> None:
    block = "-- name: due\n-- about: What is due.\nSELECT 1;\n"
    with pytest.raises(ValueError, match=r"b\.sql: the query due already stands in a\.sql"):
        all_queries(_folder(tmp_path, a=block, b=block))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE raw SET body = NULL",
        "update  raw set body = NULL",
        "DELETE FROM verdicts WHERE true",
        'DELETE FROM "transitions"',
        "TRUNCATE audit",
        "TRUNCATE TABLE attempts",
        "DROP TABLE receipts",
        "ALTER TABLE versions DROP COLUMN body",
        "MERGE INTO messages USING other ON true WHEN MATCHED THEN DELETE",
        "INSERT OR REPLACE INTO attempts VALUES (1)",
        "WITH old AS (SELECT 1) DELETE FROM closed_actions WHERE true",
    ],
)
def test_a_query_that_changes_a_growing_table_does_not_load(tmp_path: Path, statement: str) -> None:
    with pytest.raises(ValueError, match="which only grows"):
        all_queries(_folder(tmp_path, visits=f"-- name: spoil\n-- about: Spoil it.\n{statement};\n"))


def test_erasing_may_overwrite_rows_but_never_the_audits() -> None:
    NamedQuery("erase", "", "UPDATE raw SET body = NULL", ERASING).must_only_append()
    with pytest.raises(ValueError, match="audit"):
        NamedQuery("erase", "", "UPDATE audit SET body = ''::BLOB", ERASING).must_only_append()


def test_small_tables_may_change_and_words_in_comments_do_not_count() -> None:
    NamedQuery("q", "", "-- never UPDATE raw\nUPDATE open_actions SET state = $state", "actions.sql").must_only_append()


def test_the_tables_that_may_change_exist() -> None:
    tables = set(re.findall(r"CREATE TABLE (\w+)", "".join(file.read_text() for file in MIGRATIONS.glob("*.sql"))))
    assert tables >= MAY_CHANGE
