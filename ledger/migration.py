"""Migrations: numbered SQL files, forward only, each applied once and never changed afterwards.

Expand, then contract: a migration names the oldest release that can still use the result (`-- min_reader: 3`), so that two
releases run side by side. Only `migrate` migrates; an opening that finds an older schema says so and stops.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

import duckdb

from canonical.problems import LedgerError, LedgerNotMigrated, LedgerTooNew
from ledger.named_queries import query

FOLDER = Path(__file__).parent / "migrations"
INSTALLATION_ID = "installation"
"""The practice id of the installation's own ledger; no practice may be called so."""
_FILE = re.compile(r"(?P<number>\d{4})_(?P<set>practice|installation)(?:_[a-z0-9_]+)?\.sql")
_MIN_READER = re.compile(r"^-- min_reader: (\d+)$", re.MULTILINE)
_CHANGES = re.compile(r"^-- changes: ([a-z_, ]+)$", re.MULTILINE)
_KEYS = re.compile(r" PRIMARY KEY\b")


def origin(practice_id: str) -> str:
    """The name under which a ledger's checkpoints are signed."""
    return f"glowline/{practice_id}"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step. `min_reader`: the number of the oldest step whose release can still use the result.

    `changes`: the tables whose rows it rewrites on purpose (`-- changes: cursors`); those of all others stay as they are.
    """

    number: int
    name: str
    sql: str
    min_reader: int
    changes: frozenset[str] = frozenset()

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Schema:
    """The steps this release knows for one kind of ledger."""

    steps: tuple[Migration, ...]

    @classmethod
    def of(cls, practice_id: str, folder: Path = FOLDER) -> "Schema":
        """The schema of a practice's ledger, or of the installation's. Raises `ValueError` when the numbers have a gap."""
        return cls(_steps("installation" if practice_id == INSTALLATION_ID else "practice", folder))

    @property
    def number(self) -> int:
        """The newest step."""
        return self.steps[-1].number

    def check(self, where: str, *, number: int, min_reader: int) -> None:
        """Return when this release may use a ledger of that schema; else raise `LedgerTooNew` or `LedgerNotMigrated`."""
        if min_reader > self.number:
            raise LedgerTooNew(
                f"{where}: the ledger has schema {number}; this release reads up to {self.number}",
                next_step="Install the release that wrote it, or a newer one.",
            )
        if number < self.number:
            raise LedgerNotMigrated(
                f"{where}: the ledger has schema {number}; this release needs {self.number}",
                next_step="Run `glowline practices migrate`; the old file stays until the new one is verified.",
            )

    def pending(self, cursor: duckdb.DuckDBPyConnection, where: str) -> tuple[Migration, ...]:
        """The steps the ledger has not seen. Raises `LedgerError` when one it has seen was changed since."""
        applied = {row[0]: row[2] for row in cursor.execute(query("applied_migrations").sql).fetchall()}
        for step in self.steps:
            if applied.get(step.number, step.checksum) != step.checksum:
                raise LedgerError(
                    f"{where}: migration {step.name}.sql was applied with another text",
                    next_step="Put the file back as it was released, and write a new migration for what should change.",
                )
        return tuple(step for step in self.steps if step.number not in applied)


@cache
def _steps(which: str, folder: Path) -> tuple[Migration, ...]:
    found = []
    for file in sorted(folder.glob("*.sql")):
        match = _FILE.fullmatch(file.name)
        if match is None:
            message = f"{file}: a migration is called 0002_practice_what_it_does.sql, or installation"
            raise ValueError(message)
        if match["set"] == which:
            found.append(_read(file, int(match["number"])))
    if [step.number for step in found] != list(range(1, len(found) + 1)):
        message = f"{folder}: the numbers of the {which} migrations have a gap or a double"
        raise ValueError(message)
    return tuple(found)


def _read(file: Path, number: int) -> Migration:
    text = file.read_text(encoding="utf-8")
    stated, changes = _MIN_READER.search(text), _CHANGES.search(text)
    rewritten = frozenset(re.findall(r"[a-z_]+", changes[1])) if changes else frozenset()
    return Migration(number, file.stem, text, int(stated[1]) if stated else number, rewritten)


def apply(
    cursor: duckdb.DuckDBPyConnection, steps: Sequence[Migration], now: datetime | None, *, keys: bool = True
) -> None:
    """Run the steps inside the caller's transaction and remember them. Without `keys` no primary keys are made (DuckLake)."""
    for step in steps:
        cursor.execute(step.sql if keys else _KEYS.sub("", step.sql))
        remembered = {
            "number": step.number,
            "name": step.name,
            "checksum": step.checksum,
            "min_reader": step.min_reader,
            "applied_at": now,
        }
        cursor.execute(query("record_migration").sql, remembered)


def begin(cursor: duckdb.DuckDBPyConnection, practice_id: str, now: datetime | None, *, keys: bool = True) -> None:
    """Make every table and the first head, inside the caller's transaction."""
    schema = Schema.of(practice_id)
    apply(cursor, schema.steps, now, keys=keys)
    first = {
        "practice_id": practice_id,
        "origin": origin(practice_id),
        "created_at": now,
        "schema_number": schema.number,
        "min_reader": schema.steps[-1].min_reader,
        "secret": token_bytes(32),
    }
    cursor.execute(query("first_head").sql, first)
