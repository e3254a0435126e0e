"""tools/verify_audit.py: its own Ed25519, its command line, and that it shares nothing with what it checks."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from shutil import make_archive, which

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.audit.sample_log import INTRUDER, OLD, SampleLog, sample_log
from tools import verify_audit
from tools.verify_audit import ed25519_verifies, main

ROOT = Path(__file__).parents[3]
TOOL = ROOT / "tools" / "verify_audit.py"
RFC8032 = json.loads((Path(__file__).parents[1] / "data" / "rfc8032.json").read_text())["vectors"]
OLDEST_PYTHON = (3, 9)


def unhexed(vector: dict[str, str]) -> tuple[bytes, bytes, bytes]:
    return bytes.fromhex(vector["public"]), bytes.fromhex(vector["message"]), bytes.fromhex(vector["signature"])


@pytest.mark.parametrize("vector", RFC8032, ids=lambda vector: vector["name"])
def test_the_published_signatures_verify(vector: dict[str, str]) -> None:
    assert ed25519_verifies(*unhexed(vector))


@pytest.mark.parametrize("vector", RFC8032, ids=lambda vector: vector["name"])
@given(st.data())
def test_no_other_message_key_or_signature_verifies(vector: dict[str, str], data: st.DataObject) -> None:
    parts = [bytearray(part) for part in unhexed(vector)]
    part = data.draw(st.sampled_from([part for part in parts if part]))
    part[data.draw(st.integers(0, len(part) - 1))] ^= data.draw(st.integers(1, 255))
    assert not ed25519_verifies(*map(bytes, parts))


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_it_accepts_what_another_implementation_signs(seed: bytes, message: bytes) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    assert ed25519_verifies(private.public_key().public_bytes_raw(), message, private.sign(message))


def test_a_signature_has_one_form_only() -> None:
    """RFC 8032 5.1.7: s has to be below the order, else s + order would verify too."""
    public, message, signature = unhexed(RFC8032[1])
    s = int.from_bytes(signature[32:], "little") + verify_audit.ORDER
    assert not ed25519_verifies(public, message, signature[:32] + s.to_bytes(32, "little"))


@pytest.mark.parametrize("public", [b"\x02" + bytes(31), b"\xff" * 32, b"short"], ids=["no point", "beyond p", "short"])
def test_what_is_no_key_verifies_nothing(public: bytes) -> None:
    _, message, signature = unhexed(RFC8032[1])
    assert not ed25519_verifies(public, message, signature)


def test_a_point_has_one_form_only() -> None:
    """RFC 8032 5.1.3: y has to be below p. Under the neutral element, written as y = p + 1, anybody could sign anything."""
    base = verify_audit.BASE_Y.to_bytes(32, "little")
    everybodys_key = (verify_audit.P + 1).to_bytes(32, "little")
    assert not ed25519_verifies(everybodys_key, b"anything", base + (1).to_bytes(32, "little"))


def test_it_shares_no_code_with_the_writer_and_needs_nothing_installed() -> None:
    names: set[str] = set()
    for node in ast.walk(ast.parse(TOOL.read_text(), feature_version=OLDEST_PYTHON)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add((node.module or "").split(".")[0])
    assert names <= sys.stdlib_module_names


def run(*arguments: str, python: str = sys.executable, cwd: Path) -> subprocess.CompletedProcess[str]:
    """As an auditor runs it: from anywhere, isolated from everything installed."""
    command = [python, "-I", "-X", "utf8", str(TOOL), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60)


def test_an_auditor_runs_one_file(tmp_path: Path) -> None:
    sample_log().write(tmp_path / "export.zip")
    done = run("export.zip", "--key", OLD.key.vkey(), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "Log demo.example/audit: 12 entries read, 2 checkpoints.",
        "Result: entries 1 to 8 are proved. Unproved since entry 8: 4 later entries",
        "        are here, and whether more were cut off only a newer checkpoint can tell.",
    ]


@pytest.mark.parametrize("python", ["python3.9", "python3.13"])
def test_it_runs_on_the_python_an_auditor_has(python: str, tmp_path: Path) -> None:
    if not which(python) or subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode:
        pytest.skip(f"{python} is not installed here")
    sample_log().write(tmp_path / "export.zip")
    sample_log().write(tmp_path / "bundle")
    make_archive(str(tmp_path / "desktop"), "zip", tmp_path, "bundle")
    for place in ("export.zip", "desktop.zip"):
        done = run(place, "--key", OLD.key.vkey(), python=python, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_keys_a_bundle_brings_along_are_believed_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = sample_log().write(tmp_path / "bundle")
    assert main([str(place)]) == 0
    assert "not whose it is" in capsys.readouterr().out
    assert main([str(place), "--key", OLD.key.vkey()]) == 0
    assert "not whose it is" not in capsys.readouterr().out


def test_a_key_and_a_checkpoint_may_be_files(tmp_path: Path) -> None:
    log = sample_log()
    (tmp_path / "practice.key").write_text(OLD.key.vkey() + "\n")
    (tmp_path / "kept.note").write_bytes(log.export().notes.pop().data)
    place = log.write(tmp_path / "bundle")
    arguments = [str(place), "--key", str(tmp_path / "practice.key"), "--checkpoint", str(tmp_path / "kept.note")]
    assert main(arguments) == 0


def test_a_problem_is_told_in_words_with_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = sample_log()
    del log.entries[4]
    assert main([str(log.write(tmp_path / "bundle"))]) == 1
    assert "WRONG:  Entry 5 is missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments,told",
    [
        (["nothing-here"], "neither a folder nor a zip"),
        (["bundle", "--key", "no key"], "not a verifier key"),
        (["bundle", "--checkpoint", "nothing-here"], "nothing-here"),
        (["empty"], "not an exported audit log"),
    ],
)
def test_what_could_not_be_checked_is_never_called_good_or_bad(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sample_log().write(tmp_path / "bundle")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert told in capsys.readouterr().out


def test_an_empty_log_is_nothing_to_verify(tmp_path: Path) -> None:
    assert main([str(SampleLog().write(tmp_path / "bundle"))]) == 2
    assert main([str(SampleLog().export().write(tmp_path / "signed"))]) == 2


def test_a_bundle_of_another_log_does_not_pass_for_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = sample_log().write(tmp_path / "bundle")
    other = verify_audit.key_id("other.example/audit", INTRUDER.key.public_key).hex()
    vkey = INTRUDER.key.vkey().replace(INTRUDER.key.name, "other.example/audit").replace(INTRUDER.key.id.hex(), other)
    assert main([str(place), "--key", vkey]) == 1
    assert "belongs to another log" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"{}\n", b"null\n", b"\xff"])
@pytest.mark.parametrize("name", ["keys.json", "head.json", "entries.jsonl"])
def test_a_damaged_file_is_named(name: str, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = sample_log().write(tmp_path / "bundle")
    (place / name).write_bytes(content)
    assert main([str(place)]) == 1
    assert content == b"" or name in capsys.readouterr().out


def test_a_format_it_does_not_know_is_not_guessed_at(tmp_path: Path) -> None:
    place = sample_log().write(tmp_path / "bundle")
    keys = (place / "keys.json").read_bytes()
    (place / "keys.json").write_bytes(keys.replace(b'"format":1', b'"format":2'))
    assert main([str(place)]) == 1
