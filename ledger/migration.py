"""Migrations: numbered SQL files, forward only, each applied once and never changed afterwards."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import duckdb

from ledger.named_queries import query

FOLDER = Path(__file__).parent / "migrations"
INSTALLATION = "installation"
PRACTICE = "practice"
_FILE = re.compile(r"(?P<number>\d{4})_(?P<set>[a-z]+)(?:_(?P<name>[a-z0-9_]+))?\.sql")
_MIN_READER = re.compile(r"^-- min_reader: (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of one set of tables. `min_reader`: the oldest schema number whose release can still use the result."""

    number: int
    name: str
    sql: str
    min_reader: int

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return sha256(self.sql.encode()).hexdigest()


@cache
def migrations(which: str, folder: Path = FOLDER) -> tuple[Migration, ...]:
    """The migrations of a set (`practice` or `installation`), oldest first."""
    found = []
    for file in sorted(folder.glob("*.sql")):
        match = _FILE.fullmatch(file.name)
        if match is None or match["set"] != which:
            continue
        text = file.read_text(encoding="utf-8")
        stated = _MIN_READER.search(text)
        found.append(
            Migration(int(match["number"]), file.stem, text, int(stated[1]) if stated else int(match["number"]))
        )
    return tuple(found)


def apply(cursor: duckdb.DuckDBPyConnection, migration: Migration, now: datetime | None) -> None:
    """Run one migration inside the caller's transaction and remember it."""
    cursor.execute(migration.sql)
    cursor.execute(
        query("record_migration").sql,
        {
            "number": migration.number,
            "name": migration.name,
            "checksum": migration.checksum,
            "min_reader": migration.min_reader,
            "applied_at": now,
        },
    )
