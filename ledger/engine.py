"""DuckDB as this process runs it: one instance in memory, to which ledgers are attached for milliseconds.

Starting an instance and loading the crypto costs 50 ms, attaching a ledger 3 ms; so the instance stays and the ledgers come
and go. What it cannot hold in memory it spills encrypted, into a private folder that goes away with the process.
"""

import atexit
import importlib.util
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import duckdb

from canonical.problems import LedgerError
from ledger.faults import explained
from ledger.keys import LedgerKey

THREADS = 2
MEMORY_LIMIT = "1GB"
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": THREADS,
    "memory_limit": MEMORY_LIMIT,
    "temp_file_encryption": True,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}
_aliases = count(1)
_umask_guard = threading.Lock()
_umask_users = [0, 0]  # how many blocks are open, and the mask to put back


@cache
def extension_file(name: str) -> Path:
    """The file of a DuckDB extension that was installed as a Python package. Raises `LedgerError` when it was not."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if file.exists():
            return file
    raise LedgerError(
        f"the DuckDB extension {name} for version {duckdb.__version__} is not installed",
        next_step=f"pip install duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}",
    )


def _started(_pid: int) -> duckdb.DuckDBPyConnection:
    spill = tempfile.mkdtemp(prefix="glowline-spill-")
    atexit.register(shutil.rmtree, spill, ignore_errors=True)
    connection = duckdb.connect(":memory:", config={**_SETTINGS, "temp_directory": spill})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"LOAD {quoted(str(extension_file('httpfs')))}")
    return connection


_start = cache(_started)
_start_guard = threading.Lock()


def instance() -> duckdb.DuckDBPyConnection:
    """This process's DuckDB. A forked child starts its own."""
    with _start_guard:
        return _start(os.getpid())


def quoted(text: str) -> str:
    """A SQL string literal; for the few places where DuckDB accepts no bound parameter."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def attached(path: Path, key: LedgerKey, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor that stands in the ledger at `path`. Raises the `LedgerError` that says what is wrong with the file."""
    alias = f"ledger_{next(_aliases)}"
    cursor = instance().cursor()
    mode = ", READ_ONLY" if read_only else ""
    try:
        with explained(path), private_files():
            cursor.execute(
                f"ATTACH {quoted(str(path))} AS {alias} (ENCRYPTION_KEY $key{mode})", {"key": key.for_file()}
            )
        try:
            cursor.execute(f"USE {alias}")
            yield cursor
        finally:
            with explained(path), private_files():
                cursor.execute("USE memory")
                cursor.execute(f"DETACH {alias}")
    finally:
        cursor.close()


@contextmanager
def private_files() -> Iterator[None]:
    """Files that DuckDB makes inside the block are readable by us alone. Other threads' files are too, meanwhile."""
    with _umask_guard:
        if not _umask_users[0]:
            _umask_users[1] = os.umask(0o077)
        _umask_users[0] += 1
    try:
        yield
    finally:
        with _umask_guard:
            _umask_users[0] -= 1
            if not _umask_users[0]:
                os.umask(_umask_users[1])
