"""The habits of this suite are themselves tested: sockets, seeds, servers."""

import socket

import psycopg
import pytest
from hypothesis import settings
from pytest_socket import SocketConnectBlockedError

from tests.seeds import commit_seed, drawn
from tests.servers import PostgresServer


def test_a_connection_beyond_loopback_is_refused() -> None:
    with (
        pytest.warns(UserWarning, match="A test tried to use"),
        socket.socket() as line,
        pytest.raises(SocketConnectBlockedError),
    ):
        line.connect(("192.0.2.1", 443))


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as line:
        assert line.getpeername() == server.getsockname()


def test_hypothesis_draws_from_the_commit(pytestconfig: pytest.Config) -> None:
    asked = pytestconfig.getoption("hypothesis_seed")
    assert asked is not None
    assert settings.get_current_profile_name() in {"few", "soak"}


def test_two_purposes_draw_apart_and_repeat() -> None:
    assert drawn("kills").random() == drawn("kills").random() != drawn("moves").random()
    assert 0 <= commit_seed() < 2**32


def test_postgres_runs_as_an_ordinary_user_on_loopback(postgres_server: PostgresServer) -> None:
    dsn = postgres_server.create_database("suite_itself")
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT current_database(), inet_server_addr()::text").fetchone()
    assert row == ("suite_itself", "127.0.0.1/32")
