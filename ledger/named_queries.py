"""The queries of `queries/*.sql`, by name. SQL stands there, named and described, and nowhere else."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "queries"
_BLOCK = re.compile(
    r"^-- name: (?P<name>[a-z][a-z0-9_]*)\n-- about: (?P<about>[^\n]+)\n(?P<sql>.*?)(?=^-- name: |\Z)",
    re.MULTILINE | re.DOTALL,
)
_CHANGES = re.compile(
    r"\b(?:UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?|DROP\s+\w+|ALTER\s+TABLE|INSERT\s+OR\s+\w+\s+INTO)\s+\"?(?P<table>\w+)",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"--[^\n]*")
MAY_CHANGE = frozenset(
    {
        *("ledger_head", "cursors", "progress", "open_visits", "open_actions", "open_attempts", "remembered"),
        *("practices", "accounts", "unrouted", "seen_events", "clock"),
    }
)
"""The small tables. Every other table only grows: a query that changed one would not be loaded."""
ERASING = "erasure.sql"
"""The one file whose queries may overwrite rows of growing tables, except the audit's."""
_NAME_LINE = re.compile(r"^-- name:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One statement: its name, one sentence about it, and the file it stands in."""

    name: str
    about: str
    sql: str
    file: str

    def must_only_append(self) -> None:
        """Raise `ValueError` when the statement changes a table that only grows."""
        changed = {match["table"].lower() for match in _CHANGES.finditer(_COMMENT.sub("", self.sql))} - MAY_CHANGE
        if changed and (self.file != ERASING or "audit" in changed):
            message = f"{self.file}: the query {self.name} changes {', '.join(sorted(changed))}, which only grows"
            raise ValueError(message)


@cache
def all_queries(folder: Path = FOLDER) -> dict[str, NamedQuery]:
    """Every query under the folder. Raises `ValueError` for a block without a sentence and for a name used twice."""
    found: dict[str, NamedQuery] = {}
    for file in sorted(folder.glob("*.sql")):
        for query in _queries_of(file):
            if query.name in found:
                message = f"{file.name}: the query {query.name} already stands in {found[query.name].file}"
                raise ValueError(message)
            query.must_only_append()
            found[query.name] = query
    return found


def _queries_of(file: Path) -> list[NamedQuery]:
    text = file.read_text(encoding="utf-8")
    queries = [
        NamedQuery(m["name"], m["about"].strip(), m["sql"].strip().rstrip(";"), file.name)
        for m in _BLOCK.finditer(text)
    ]
    if len(queries) != len(_NAME_LINE.findall(text)):
        message = f"{file.name}: every block starts with '-- name: some_name' and then '-- about: one sentence'"
        raise ValueError(message)
    return queries


def query(name: str) -> NamedQuery:
    """The query of that name. Raises `KeyError`."""
    return all_queries()[name]
