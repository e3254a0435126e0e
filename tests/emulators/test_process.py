"""`python -m emulators`, as the demo starts it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from emulators.__main__ import emulator, vendors
from emulators.kit.exchange import Json
from emulators.kit.journal import Journal

ROOT = Path(__file__).parents[2]


@contextmanager
def started(folder: Path, *options: str) -> Iterator[Json]:
    port_file = folder / "ports.json"
    command = [
        sys.executable,
        "-m",
        "emulators",
        "--port-file",
        str(port_file),
        "--state",
        str(folder / "state"),
        *options,
    ]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait = Retrying(
                retry=retry_if_result(lambda there: not there), stop=stop_after_delay(30), wait=wait_fixed(0.02)
            )
            wait(lambda: port_file.exists() or process.poll() is not None)
            yield json.loads(port_file.read_text())
        finally:
            process.terminate()
            _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, "")
    assert not port_file.exists()


def test_all_of_them_share_a_clock_and_a_journal(tmp_path: Path, web: urllib3.PoolManager) -> None:
    with started(tmp_path) as ports:
        assert {"pid", *vendors()} == set(ports)
        assert Path(ports["smtp"]["ca"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
        moment = {"now": "2026-11-01T06:30:00Z", "frozen": True}
        web.request("POST", f"{ports['twilio']['control']}/_emulator/clock", json=moment)
        elsewhere = web.request("GET", f"{ports['hubspot']['control']}/_emulator/clock").json()
        assert elsewhere == {"now": "2026-11-01T06:30:00.000Z"}
        account, portal = ports["twilio"]["accounts"][0], ports["hubspot"]["portals"][0]
        send = {"To": "+12125550142", "From": account["numbers"][0], "Body": "Hello"}
        address = f"{ports['twilio']['url']}/2010-04-01/Accounts/{account['sid']}/Messages.json"
        credentials = urllib3.make_headers(basic_auth=f"{account['sid']}:{account['auth_token']}")
        sent = web.request("POST", address, fields=send, encode_multipart=False, headers=credentials)
        bearer = {"Authorization": f"Bearer {portal['tokens'][0]}"}
        read = web.request("GET", f"{ports['hubspot']['url']}/crm/v3/objects/contacts", headers=bearer)
        assert (sent.status, read.status) == (201, 200)
        seen = web.request("GET", f"{ports['smtp']['control']}/_emulator/journal").json()["entries"]
        assert [entry["vendor"] for entry in seen] == ["twilio", "hubspot"]
    with Journal(tmp_path / "state" / "journal.jsonl") as journal:
        assert [entry.at for entry in journal.accepted()] == ["2026-11-01T06:30:00.000Z"]


def test_only_some_of_them(tmp_path: Path, web: urllib3.PoolManager) -> None:
    with started(tmp_path, "--only", "smtp") as ports:
        assert {"pid", "smtp"} == set(ports)
        health = web.request("GET", f"{ports['smtp']['control']}/_emulator/health").json()
        assert (health["vendor"], health["port"]) == ("smtp", ports["smtp"]["port"])


def test_an_unknown_vendor_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "emulators", "--port-file", "x", "--state", str(tmp_path), "--only", "fax"]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert f"there is no fax; there are {', '.join(vendors())}" in refused.stderr


@pytest.mark.parametrize("vendor", vendors())
def test_every_package_exports_one_emulator_that_bears_its_folders_name(vendor: str) -> None:
    assert emulator(vendor).vendor == vendor


def test_they_are_found_by_folder_and_only_what_is_asked_for_is_imported() -> None:
    look = (
        "import sys; from emulators.__main__ import emulator, vendors\n"
        "found = vendors(); emulator('smtp')\n"
        "print(*found, '|', *(name for name in found if f'emulators.{name}' in sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found, _, imported = said.partition(" | ")
    assert {"twilio", "hubspot", "smtp"} <= set(found.split())
    assert "kit" not in found.split()
    assert imported.split() == ["smtp"]


@pytest.mark.parametrize("path,status", [("/_emulator/fax/inbound", 404), ("/_emulator/twilio/nothing", 404)])
def test_an_unknown_control_is_answered_with_those_there_are(
    path: str, status: int, tmp_path: Path, web: urllib3.PoolManager
) -> None:
    with started(tmp_path, "--only", "twilio") as ports:
        answer = web.request("POST", ports["twilio"]["control"] + path, json={})
    assert answer.status == status
    assert "inbound" in answer.json()["error"]
