"""Real servers for tests: each started by the test session as an unprivileged user, on loopback, in a folder that
goes away, and stopped by its own process id.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
from psycopg import sql
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

# Debian's packages make this user; initdb and postgres refuse to run as root.
POSTGRES_USER = "postgres"
POSTGRES_HOMES = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class PostgresServer:
    """A PostgreSQL that trusts everybody on loopback and forgets everything at the end of the session."""

    host: str
    port: int
    user: str

    def dsn(self, database: str = "postgres") -> str:
        """A libpq connection string, as psycopg and DuckDB's postgres extension read it."""
        return f"host={self.host} port={self.port} user={self.user} dbname={database}"

    def create_database(self, name: str) -> str:
        """Make an empty database and return its connection string."""
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.dsn(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL per test process; skips where none is installed, and fails instead under CI."""
    programs = _postgres_programs() or _missing("PostgreSQL")
    folder = Path(tempfile.mkdtemp(prefix="glowline-postgres-"))
    try:
        _hand_to_postgres(folder)
        _run_as_postgres(programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "glowline", "--no-sync")
        yield from _running(programs, folder)
    finally:
        shutil.rmtree(folder)


def _running(programs: Path, folder: Path) -> Iterator[PostgresServer]:
    server = PostgresServer("127.0.0.1", _free_port(), "glowline")
    # pdeathsig: a test process that is killed outright takes its server with it.
    command: list[str | Path] = [
        *_as_postgres("--pdeathsig", "INT"),
        programs / "postgres",
        *("-D", folder / "data", "-k", folder, "-h", server.host, "-p", str(server.port)),
        *("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"),
    ]
    log = folder / "log"
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            _wait_until_it_answers(server, process, log)
            yield server
        finally:
            process.send_signal(signal.SIGINT)


def _wait_until_it_answers(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    for attempt in Retrying(
        retry=retry_if_exception_type(psycopg.OperationalError),
        stop=stop_after_delay(30),
        wait=wait_fixed(0.05),
        reraise=True,
    ):
        with attempt:
            if process.poll() is not None:
                pytest.fail(f"PostgreSQL stopped while starting:\n{log.read_text()}")
            psycopg.connect(server.dsn(), connect_timeout=5).close()


def _postgres_programs() -> Path | None:
    """The folder of the newest installed version's programs."""
    versions = sorted(POSTGRES_HOMES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).resolve().parent if elsewhere else None


def _missing(server: str) -> NoReturn:
    sentence = f"{server} is not installed; tools/servers.sh installs it"
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


def _hand_to_postgres(folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, POSTGRES_USER)


def _as_postgres(*options: str) -> list[str]:
    """The words to put before a command so that it runs as an ordinary user; none are needed by an ordinary user."""
    become = ["--reuid", POSTGRES_USER, "--regid", POSTGRES_USER, "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *become, *options] if become or options else []


def _run_as_postgres(*command: str | Path) -> None:
    subprocess.run([*_as_postgres(), *command], check=True, capture_output=True, cwd=tempfile.gettempdir())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
