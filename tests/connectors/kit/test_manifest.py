"""A manifest that is wrong says where, and what it wanted."""

from datetime import timedelta
from pathlib import Path

import pytest

from canonical.problems import NotOffered, SettingsError
from connectors.kit.capabilities import promised, require_command, require_file, require_stream
from connectors.kit.manifest import Manifest, Via
from connectors.kit.manifest_file import read_manifest

GOOD = """\
vendor: podium
name: Podium
evidence: spec
baa: {offered: true, where: "legal page, BAA section"}
products: [sms, reviews]
auth: {kind: oauth2, refresh: rotating, scopes: [read_contacts]}
limits: [{per: account, rate: 300/min}]
streams:
  contacts: {kind: person, cursor: updated_at, overlap: 10min}
  replies: {kind: message, via: webhook}
commands:
  send_sms: {effect: once, lookup: by_recipient_and_time, settles_after: 2min, window: 10min, product: sms}
webhook: {signature: hmac, header: podium-signature, secrets: [webhook_secret], tolerance: 5min}
gaps:
  pull.appointments: {kind: vendor, why: "The API can write appointments and cannot read them."}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "connectors" / "podium" / "manifest.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file


@pytest.fixture
def good(tmp_path: Path) -> Manifest:
    return read_manifest(written(tmp_path, GOOD))


def test_a_manifest_is_read_without_importing_its_vendor(good: Manifest) -> None:
    assert good.limits[0].rate.requests == 300
    assert good.streams["contacts"].overlap == timedelta(minutes=10)
    assert good.streams["replies"].via is Via.WEBHOOK
    assert good.pulled() == ("contacts",)
    assert good.product_of("send_sms") == "sms"
    assert good.evidence_for("send_sms") == "spec"
    assert promised(good) == {"pull", "push", "webhook"}


@pytest.mark.parametrize(
    "before,after,line,word",
    [
        ("evidence: spec", "evidence: certain", 3, "evidence"),
        ("baa: {offered: true, where: ", "baa: {where: ", 4, "baa.offered"),
        ("rate: 300/min", "rate: 300 a minute", 7, "300/min"),
        ("overlap: 10min", "overlap: ten minutes", 9, "overlap"),
        ("cursor: updated_at", "cursr: updated_at", 9, "cursr"),
        ("effect: once", "effect: maybe", 12, "effect"),
        ("window: 10min, ", "", 12, "window"),
        (", product: sms}", "}", 1, "product"),
        ("product: sms", "product: fax", 1, "product"),
        ("kind: vendor, why: ", "kind: laziness, why: ", 15, "kind"),
        ("kind: vendor, why: ", "kind: vendor, because: ", 15, "why"),
        ("evidence: spec", "evidence: spec: spec", 3, "YAML"),
        ("name: Podium", "vendor: podium", 2, "twice"),
        ("vendor: podium", "vendor: zenoti", 1, "folder"),
        (
            "webhook: {signature: hmac, header: podium-signature, secrets: [webhook_secret], tolerance: 5min}\n",
            "",
            1,
            "webhook",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, before: str, after: str, line: int, word: str) -> None:
    assert before in GOOD
    with pytest.raises(SettingsError) as wrong:
        read_manifest(written(tmp_path, GOOD.replace(before, after, 1)))
    assert wrong.value.file == "connectors/podium/manifest.yaml"
    assert wrong.value.line == line
    assert word in str(wrong.value)
    assert wrong.value.next_step


@pytest.mark.parametrize("text", ["", "just words", "- a\n- list\n"])
def test_what_is_no_manifest_at_all_is_said_plainly(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="mapping of keys"):
        read_manifest(written(tmp_path, text))


def test_a_missing_manifest_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no manifest"):
        read_manifest(tmp_path / "connectors" / "podium" / "manifest.yaml")


def test_absence_is_no_proof_without_a_lookup(tmp_path: Path) -> None:
    text = GOOD.replace("lookup: by_recipient_and_time, settles_after: 2min, window: 10min", "absence_is_proof: true")
    with pytest.raises(SettingsError, match="absence_is_proof"):
        read_manifest(written(tmp_path, text))


def test_what_a_vendor_does_not_offer_is_said_with_the_gaps_reason(good: Manifest) -> None:
    require_stream(good, "contacts")
    require_command(good, "send_sms")
    require_file(good, "push")
    with pytest.raises(NotOffered) as missing:
        require_stream(good, "appointments")
    assert missing.value.next_step == "The API can write appointments and cannot read them."
    for require, name in ((require_stream, "replies"), (require_command, "send_fax"), (require_file, "verify")):
        with pytest.raises(NotOffered) as missing:
            require(good, name)
        assert missing.value.next_step
