"""`glowline connect`: the page, the yes, and the way back, with a vendor whose authorization server is authlib's."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from connectors.kit import registry
from connectors.kit.access import Access
from connectors.kit.authorized import connected
from connectors.kit.exchange import get
from console.cli.connect_listener import Listener
from pipelines.tick.opening import open_hub
from tests.connectors.kit.oauth_server import CLIENT, SECRET, Vendor, authorizing
from tests.console.conftest import Lived
from tests.console.said import glowline
from tests.seeds import ROOT

THINGS = get("https://api.parlour.example/things")
MANIFEST = """\
vendor: parlour
name: Parlour
evidence: docs
baa: {{offered: false, where: invented}}
products: [calendar]
auth:
  kind: oauth2
  secret: [client_id, client_secret]
  scopes: [read, write]
  refresh: rotating
  authorize: {{url: "{url}/authorize", token_url: "{url}/token", pkce: true}}
"""
CONNECTION = """
{name}:
  vendor: parlour
  account: lumen-parlour
  secret: "file:{secret}"
"""
PROGRAM = """
import sys
from pathlib import Path
from connectors.kit import registry
registry.FOLDER = Path(sys.argv.pop(1))
from console.cli import main
main()
"""


@pytest.fixture
def redirect() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/connected"


@pytest.fixture
def vendor(redirect: str) -> Iterator[Vendor]:
    with authorizing(redirect) as running:
        yield running


@pytest.fixture
def connectors(copied: Lived, vendor: Vendor, tmp_path: Path) -> Path:
    """The release's connectors and one more, with which the practice has a connection."""
    folder = tmp_path / "connectors"
    folder.mkdir()
    for name in registry.vendors():
        (folder / name).symlink_to(registry.FOLDER / name)
    (folder / "parlour").mkdir()
    (folder / "parlour" / "manifest.yaml").write_text(MANIFEST.format(url=vendor.url))
    secret = tmp_path / "app.json"
    secret.write_text(json.dumps({"client_id": CLIENT, "client_secret": SECRET}))
    _add(copied, "salon", secret)
    return folder


def _add(lived: Lived, name: str, secret: Path) -> None:
    file = lived.home / "lumen" / "connections.yaml"
    file.write_text(file.read_text() + CONNECTION.format(name=name, secret=secret))


def _started(connectors: Path, lived: Lived, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, str(connectors), "connect", *words, "--json", "--home", str(lived.home)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def _asked(process: "subprocess.Popen[str]") -> str:
    """The address that it prints."""
    assert process.stderr
    lines = [process.stderr.readline() for _ in range(3)]
    assert lines[0] == "Open this address and say yes:\n", lines
    return lines[1].strip()


def _token(lived: Lived, connectors: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(registry, "FOLDER", connectors)
    registry.manifest.cache_clear()
    hub = open_hub(lived.home)
    opened = Access(hub.open("lumen").connection("salon"), registry.manifest("parlour"), hub.tools)
    registry.manifest.cache_clear()
    return connected(opened).signed(THINGS).headers["authorization"]


def test_somebody_says_yes_and_the_tokens_are_there(
    copied: Lived, vendor: Vendor, connectors: Path, redirect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        _started(connectors, copied, "parlour", "--practice", "lumen", "--redirect", redirect) as process,
        urllib3.PoolManager(retries=False, timeout=10) as web,
    ):
        page = _asked(process)
        back = web.request("GET", page, redirect=False).headers["location"]
        stray = web.request("GET", f"{redirect}?code=theirs&state=theirs")
        elsewhere = web.request("GET", redirect.replace("/connected", "/favicon.ico"))
        thanks = web.request("GET", back)
        out, err = process.communicate(timeout=30)
    assert (stray.status, elsewhere.status, thanks.status) == (400, 404, 200)
    assert process.returncode == 0, err
    assert json.loads(out) == {
        "practice": "lumen",
        "connection": "salon",
        "entry": "parlour/lumen-parlour",
        "renews": True,
        "kept": {},
        "also_used_by": [],
    }
    assert copied.audit("connection:account:authorized") == 1
    assert _token(copied, connectors, monkeypatch) == f"Bearer {vendor.issued[0]}"
    assert not any(secret in out + err for secret in (SECRET, *vendor.issued, *vendor.living))


def test_a_browser_on_another_machine_pastes_what_it_shows(
    copied: Lived, vendor: Vendor, connectors: Path, redirect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("parlour", "--practice", "lumen", "--connection", "salon", "--redirect", redirect, "--paste")
    with (
        _started(connectors, copied, *words) as process,
        urllib3.PoolManager(retries=False, timeout=10) as web,
    ):
        back = web.request("GET", _asked(process), redirect=False).headers["location"]
        _, err = process.communicate(back + "\n", timeout=30)
    assert process.returncode == 0, err
    assert _token(copied, connectors, monkeypatch) == f"Bearer {vendor.issued[0]}"


def test_a_no_ends_in_two_lines_and_leaves_nothing(
    copied: Lived, vendor: Vendor, connectors: Path, redirect: str
) -> None:
    vendor.says_no = True
    with (
        _started(connectors, copied, "parlour", "--practice", "lumen", "--redirect", redirect) as process,
        urllib3.PoolManager(retries=False, timeout=10) as web,
    ):
        web.request("GET", web.request("GET", _asked(process), redirect=False).headers["location"])
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert "the vendor gave no code" in err
    assert copied.audit("connection:account:authorized") == 0
    assert "Next: " in err
    assert vendor.asked == []


def test_which_connection_must_be_plain(
    copied: Lived, vendor: Vendor, connectors: Path, redirect: str, tmp_path: Path
) -> None:
    _add(copied, "spa", tmp_path / "app.json")
    for words, says in (
        (("parlour",), "it has 2 connections of parlour"),
        (("parlour", "--connection", "gone"), "there is no connection 'gone' of parlour"),
        (("square",), "it has 0 connections of square"),
    ):
        with _started(connectors, copied, *words, "--practice", "lumen", "--redirect", redirect) as process:
            _, err = process.communicate(timeout=30)
        assert process.returncode == 1
        assert says in err
        assert "Next: " in err


def test_who_else_uses_the_account_is_said(
    copied: Lived, vendor: Vendor, connectors: Path, redirect: str, tmp_path: Path
) -> None:
    _add(copied, "spa", tmp_path / "app.json")
    words = ("parlour", "--practice", "lumen", "--connection", "spa", "--redirect", redirect)
    with (
        _started(connectors, copied, *words) as process,
        urllib3.PoolManager(retries=False, timeout=10) as web,
    ):
        web.request("GET", web.request("GET", _asked(process), redirect=False).headers["location"])
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert json.loads(out)["also_used_by"] == ["lumen/salon"]


def test_a_port_that_is_taken_is_said(copied: Lived, vendor: Vendor, connectors: Path, redirect: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(redirect.rpartition(":")[2].partition("/")[0])))
        taken.listen()
        with _started(connectors, copied, "parlour", "--practice", "lumen", "--redirect", redirect) as process:
            _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "another program does" in err
    assert "--paste" in err


def test_a_vendor_whose_secret_is_placed_by_hand_says_so(copied: Lived) -> None:
    said = glowline("connect", "twilio", "--practice", "lumen", home=copied.home)
    assert said.code == 1
    assert "nothing to say yes to" in said.err
    assert "connectors/twilio/README.md" in said.err


def test_nobody_who_comes_in_time_ends_the_wait(redirect: str) -> None:
    assert Listener(redirect, "a state").wait(0.05) == ""


def test_a_redirect_that_is_not_this_machine_is_pasted(
    copied: Lived, vendor: Vendor, connectors: Path, redirect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = "https://lumen.example/connected"
    vendor.app.redirects = (redirect, elsewhere)
    words = ("parlour", "--practice", "lumen", "--redirect", elsewhere)
    with (
        _started(connectors, copied, *words) as process,
        urllib3.PoolManager(retries=False, timeout=10) as web,
    ):
        back = web.request("GET", _asked(process), redirect=False).headers["location"]
        assert back.startswith(elsewhere)
        _, err = process.communicate(back + "\n", timeout=30)
    assert process.returncode == 0, err
    assert _token(copied, connectors, monkeypatch) == f"Bearer {vendor.issued[0]}"
