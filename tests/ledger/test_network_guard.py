"""No call out while a ledger is open in this thread; other threads may talk."""

import http.client
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from canonical.problems import NetworkWhileLedgerOpen
from ledger.session import Session
from ledger.store import Store


@pytest.fixture
def port() -> Iterator[int]:
    """Something that accepts connections on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _connect(port: int) -> None:
    with socket.socket() as client:
        client.connect(("127.0.0.1", port))


def _http(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection.sock = ours  # kept alive from before: no connect is left to be seen
        connection.request("GET", "/")


def _smtp(port: int) -> None:
    client = smtplib.SMTP()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        client.sock = ours
        client.send("NOOP\r\n")


@pytest.mark.parametrize("call", [_connect, _http, _smtp])
@pytest.mark.parametrize("access", ["reading", "writing", "snapshot"])
def test_a_call_out_while_the_ledger_is_open_is_a_defect(
    ledger: Store, port: int, access: str, call: Callable[[int], None]
) -> None:
    with getattr(ledger, access)(), pytest.raises(NetworkWhileLedgerOpen):
        call(port)


def test_the_transaction_of_whoever_called_out_is_rolled_back(ledger: Store, port: int) -> None:
    def writes_and_calls(session: Session) -> None:
        session.insert("progress", [{"stage": "poll", "seq": session.next_seq()}])
        _connect(port)

    with pytest.raises(NetworkWhileLedgerOpen):
        ledger.write(writes_and_calls)
    with ledger.reading() as session:
        assert session.head.seq == 0


def test_before_and_after_the_session_calls_go_out(ledger: Store, port: int) -> None:
    _connect(port)
    with ledger.reading():
        pass
    _connect(port)


def test_another_thread_may_talk_meanwhile(ledger: Store, port: int) -> None:
    said: list[str] = []

    def talk() -> None:
        _connect(port)
        said.append("talked")

    with ledger.writing():
        thread = threading.Thread(target=talk)
        thread.start()
        thread.join()
    assert said == ["talked"]
