"""DuckDB as this process runs it: one instance in memory, to which ledgers are attached for milliseconds.

Starting an instance and loading its crypto costs 50 ms, attaching a ledger 2 ms; so the instance stays, and the ledgers come
and go. What does not fit into its memory is spilled encrypted, into a private folder that goes away with the process.
"""

import atexit
import importlib.util
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

import duckdb
import pyarrow.lib

from canonical.problems import LedgerError

THREADS = 1
"""An access is short: a second thread costs each statement more to wake than it gains (a third of the CPU of an append)."""
MEMORY_LIMIT = "1GB"
_SPILL = "glowline-spill-"
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": THREADS,
    "memory_limit": MEMORY_LIMIT,
    "temp_file_encryption": True,
    # A commit is an fsync of the write-ahead log; the file itself is brought up to date when the ledger is let go.
    "checkpoint_threshold": "1TB",
    # Nothing is fetched or loaded behind our back, and no Python variable is mistaken for a table.
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}
_aliases = count(1)
_guard = threading.Lock()


@dataclass(slots=True)
class _Instance:
    connection: duckdb.DuckDBPyConnection
    loaded: set[str] = field(default_factory=set)


_running: dict[int, _Instance] = {}


def cursor(*extensions: str) -> duckdb.DuckDBPyConnection:
    """A connection of its own to this process's DuckDB, with these extensions loaded. Close it after use.

    A forked child starts its own instance.
    """
    with _guard:
        instance = _running.get(os.getpid())
        if instance is None:
            _remember_what_is_absent()
            instance = _running[os.getpid()] = _Instance(_started())
        for name in ("httpfs", *extensions):
            if name not in instance.loaded:
                instance.connection.execute(f"LOAD {quoted(str(extension_file(name)))}")
                instance.loaded.add(name)
        return instance.connection.cursor()


def _remember_what_is_absent() -> None:
    """DuckDB asks for pandas at every element of a list parameter, and where there is none each asking searches the disk.

    5,000 ids cost 476 ms so, and 25 ms once the answer is remembered (duckdb 1.5.5). None in `sys.modules` is a remembered
    no, which everyone understands but PyArrow 26; so it is let ask first, and it asks only once.
    """
    if importlib.util.find_spec("pandas") is None and not pyarrow.lib._pandas_api.have_pandas:  # noqa: SLF001 - see above
        sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]  # the import system allows it, its stubs do not


def abandon() -> None:
    """Let the next access start a fresh instance: after a fatal error DuckDB refuses everything until restarted."""
    with _guard:
        _running.pop(os.getpid(), None)


def fresh_alias() -> str:
    """A name for an attached ledger that no other access uses."""
    return f"ledger_{next(_aliases)}"


def quoted(text: str) -> str:
    """A SQL string literal, for the few places where DuckDB accepts no bound parameter."""
    return "'" + text.replace("'", "''") + "'"


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


def _started() -> duckdb.DuckDBPyConnection:
    _sweep_spills()
    spill = tempfile.mkdtemp(prefix=f"{_SPILL}{os.getpid()}-")  # mode 0700
    atexit.register(shutil.rmtree, spill, ignore_errors=True)
    instance = duckdb.connect(":memory:", config={**_SETTINGS, "temp_directory": spill})
    # GLOBAL: a cursor takes what holds for all, and else the machine's own zone.
    instance.execute("SET GLOBAL TimeZone = 'UTC'")
    return instance


def _sweep_spills() -> None:
    """Remove what processes that were killed have left. It is unreadable, its key died with them; it only takes space."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_SPILL}*"):
        match = re.fullmatch(rf"{_SPILL}(\d+)-\w+", folder.name)
        if match and not process_lives(int(match[1])):
            shutil.rmtree(folder, ignore_errors=True)


def process_lives(pid: int) -> bool:
    """Whether a process of that number exists, ours or not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class _Umask:
    """Makes new files private for as long as somebody needs it; other threads' new files are private too, meanwhile."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._users = 0
        self._before = 0

    def enter(self) -> None:
        with self._guard:
            if not self._users:
                self._before = os.umask(0o077)
            self._users += 1

    def leave(self) -> None:
        with self._guard:
            self._users -= 1
            if not self._users:
                os.umask(self._before)


_umask = _Umask()


@contextmanager
def private_files() -> Iterator[None]:
    """Files that DuckDB makes inside the block are readable by us alone."""
    _umask.enter()
    try:
        yield
    finally:
        _umask.leave()
