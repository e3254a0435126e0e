"""Whether anything had left is known exactly, and nothing of the environment decides where a request goes."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from canonical.problems import NetworkWhileLedgerOpen
from connectors.kit import http
from connectors.kit.exchange import Answer, Request, Silence, Unanswered, get, is_private, post_form, post_json
from connectors.kit.http import RequestsTransport, Timeouts
from tests.connectors.kit.odd_servers import OddServer, answer

CALM = Timeouts(connect=10, read=20, whole=30)
HASTY = Timeouts(connect=10, read=0.3, whole=0.6)
SECRET_FORM = [("To", "+12125550142"), ("Body", "Hi Ana")]


@pytest.fixture
def transport() -> Iterator[RequestsTransport]:
    made = RequestsTransport(CALM)
    yield made
    made.close()


@pytest.fixture
def hasty() -> Iterator[RequestsTransport]:
    made = RequestsTransport(HASTY)
    yield made
    made.close()


def unanswered(transport: RequestsTransport, request: Request) -> Unanswered:
    with pytest.raises(Unanswered) as silence:
        transport.exchange(request, account="lumen")
    return silence.value


def test_a_name_that_leads_nowhere_has_written_nothing(
    transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    silence = unanswered(transport, post_form("https://vendor.invalid/send", SECRET_FORM))
    assert (silence.why, silence.written) == (Silence.DNS, False)


def test_a_refused_connection_has_written_nothing(transport: RequestsTransport) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        silence = unanswered(transport, post_form(f"http://127.0.0.1:{nobody.getsockname()[1]}/", SECRET_FORM))
    assert (silence.why, silence.written) == (Silence.REFUSED, False)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_a_certificate_nobody_vouches_for_has_written_nothing(
    transport: RequestsTransport, authority: trustme.CA
) -> None:
    server = OddServer(lambda connection: None, tls(authority, "127.0.0.1"))
    with server.running():
        silence = unanswered(transport, post_form(f"https://127.0.0.1:{server.port}/", SECRET_FORM))
    assert (silence.why, silence.written, server.received) == (Silence.TLS, False, b"")


def test_a_certificate_for_another_name_has_written_nothing(authority: trustme.CA, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    transport = RequestsTransport(CALM, authorities=str(bundle))
    server = OddServer(lambda connection: None, tls(authority, "somebody-else.example"))
    with server.running():
        silence = unanswered(transport, post_form(f"https://127.0.0.1:{server.port}/", SECRET_FORM))
    transport.close()
    assert (silence.why, silence.written) == (Silence.TLS, False)


def test_a_certificate_of_a_known_authority_is_accepted(authority: trustme.CA, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    transport = RequestsTransport(CALM, authorities=str(bundle))
    server = OddServer(
        lambda peer: peer.sendall(server.read_request(peer) and answer(b"{}")), tls(authority, "127.0.0.1")
    )
    with server.running():
        got = transport.exchange(get(f"https://127.0.0.1:{server.port}/"), account="lumen")
        transport.close()
    assert got.status == 200


def test_a_connection_that_ends_after_the_request_may_have_written(transport: RequestsTransport) -> None:
    server = OddServer(lambda connection: OddServer.read_request(server, connection))
    with server.running():
        silence = unanswered(transport, post_form(f"http://127.0.0.1:{server.port}/", SECRET_FORM))
    assert (silence.why, silence.written) == (Silence.RESET, True)


def test_a_vendor_that_never_answers_may_have_been_written_to(hasty: RequestsTransport) -> None:
    server = OddServer(lambda connection: server.stopping.wait(10))
    with server.running():
        silence = unanswered(hasty, post_form(f"http://127.0.0.1:{server.port}/", SECRET_FORM))
        server.stopping.set()
    assert (silence.why, silence.written) == (Silence.TIMEOUT, True)


def test_an_answer_that_drips_for_ever_is_given_up(hasty: RequestsTransport) -> None:
    def drip(connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not server.stopping.wait(0.05):
            connection.sendall(b" ")

    server = OddServer(drip)
    with server.running():
        silence = unanswered(hasty, get(f"http://127.0.0.1:{server.port}/"))
    assert silence.why is Silence.TIMEOUT


def test_an_answer_that_is_cut_off_is_no_answer(transport: RequestsTransport) -> None:
    def cut(connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{")

    server = OddServer(cut)
    with server.running():
        silence = unanswered(transport, post_json(f"http://127.0.0.1:{server.port}/", b"{}"))
    assert (silence.why, silence.written) == (Silence.RESET, True)


def test_an_answer_larger_than_any_vendor_sends_is_refused(
    transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "LARGEST_ANSWER", 1000)
    server = OddServer(lambda connection: connection.sendall(server.read_request(connection) and answer(b"x" * 1001)))
    with server.running():
        silence = unanswered(transport, get(f"http://127.0.0.1:{server.port}/"))
    assert silence.why is Silence.TOO_LARGE


def connections_of_two(*, fresh: bool) -> int:
    def serve(connection: socket.socket) -> None:
        while server.read_request(connection):
            connection.sendall(answer(b"{}"))

    transport = RequestsTransport(CALM)
    server = OddServer(serve)
    with server.running():
        for _ in range(2):
            transport.exchange(post_json(f"http://127.0.0.1:{server.port}/", b"{}"), account="lumen", fresh=fresh)
        transport.close()
    return len(server.peers)


def test_a_connection_is_used_again_except_by_what_must_not_be_in_doubt() -> None:
    assert (connections_of_two(fresh=False), connections_of_two(fresh=True)) == (1, 2)


def test_a_vendor_that_closes_between_two_sends_leaves_no_doubt() -> None:
    def serve_once(connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(answer(b"{}"))

    transport = RequestsTransport(CALM)
    server = OddServer(serve_once)
    with server.running():
        for _ in range(20):
            transport.exchange(post_json(f"http://127.0.0.1:{server.port}/", b"{}"), account="lumen", fresh=True)
        transport.close()
    assert len(server.peers) == 20


def test_a_redirect_is_an_answer_and_is_not_followed(transport: RequestsTransport) -> None:
    elsewhere = answer(b"", "307 Temporary Redirect", "Location: https://elsewhere.example/")
    server = OddServer(lambda connection: connection.sendall(server.read_request(connection) and elsewhere))
    with server.running():
        got = transport.exchange(post_json(f"http://127.0.0.1:{server.port}/", b"{}"), account="lumen")
    assert (got.status, got.headers["location"]) == (307, "https://elsewhere.example/")


def test_nothing_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login stray password stray\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    transport = RequestsTransport(CALM)
    server = OddServer(lambda connection: connection.sendall(server.read_request(connection) and answer(b"{}")))
    with server.running():
        assert transport.exchange(get(f"http://127.0.0.1:{server.port}/"), account="lumen").status == 200
        transport.close()
    assert b"authorization" not in server.received.lower()


def test_a_cookie_is_not_kept(transport: RequestsTransport) -> None:
    def serve(connection: socket.socket) -> None:
        while server.read_request(connection):
            connection.sendall(answer(b"{}", "200 OK", "Set-Cookie: whose=theirs"))

    server = OddServer(serve)
    with server.running():
        for _ in range(2):
            transport.exchange(get(f"http://127.0.0.1:{server.port}/"), account="lumen")
        transport.close()
    assert b"whose=theirs" not in server.received


def test_the_ledgers_guard_is_not_taken_for_a_silent_vendor(
    transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def guarded(*_: object, **__: object) -> None:
        raise NetworkWhileLedgerOpen("a ledger is open")

    monkeypatch.setattr("urllib3.util.connection.create_connection", guarded)
    with pytest.raises(NetworkWhileLedgerOpen):
        transport.exchange(get("http://127.0.0.1:9/"), account="lumen")


def test_no_librarys_exception_hangs_on_behind_a_silence(transport: RequestsTransport) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        silence = unanswered(transport, get(f"http://127.0.0.1:{nobody.getsockname()[1]}/?To=%2B12125550142"))
    assert silence.__cause__ is None
    assert silence.__context__ is None


@pytest.mark.parametrize(
    "url,private",
    [
        ("https://api.vendor.example/v1", True),
        ("http://127.0.0.1:8080/", True),
        ("http://[::1]:8080/", True),
        ("http://localhost/", True),
        ("http://api.vendor.example/", False),
        ("http://127.0.0.1.example/", False),
        ("http://10.0.0.5/", False),
        ("ftp://127.0.0.1/", False),
        ("", False),
    ],
)
def test_only_https_or_this_machine_is_private(url: str, private: bool) -> None:
    assert is_private(url) is private


def test_a_repr_shows_neither_path_nor_body() -> None:
    request = post_form("https://api.vendor.example/people/+12125550142?email=ana@example.com", SECRET_FORM)
    shown = repr(request) + repr(Answer(200, {"x": "ana@example.com"}, b"Ana"))
    assert shown == "Request(POST api.vendor.example)Answer(200, 3 bytes)"
