"""`glowline connectors` and its page say what the manifests say, and claim nothing that no test has shown."""

import re

import pytest

from connectors.kit.manifest import Evidence
from connectors.kit.registry import FOLDER, manifest, vendors
from console.cli.connectors_facts import COLUMNS, all_facts, cells, short_cells
from console.cli.connectors_page import PAGE, page
from tests.console.conftest import Lived
from tests.console.said import glowline, told

BY_VENDOR = {one.vendor: one for one in all_facts()}


def test_the_page_is_the_manifests() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m console.cli.connectors_page"


@pytest.mark.parametrize("vendor", vendors())
def test_nothing_claims_to_have_met_a_live_account(vendor: str) -> None:
    described = manifest(vendor)
    assert described.evidence is not Evidence.LIVE
    assert all(described.evidence_for(name) is not Evidence.LIVE for name in described.commands)


def test_no_page_says_live() -> None:
    assert not re.search(r"\blive\b", page())


def test_every_vendor_has_a_line_and_a_chapter_with_every_command_and_gap() -> None:
    text = page()
    for vendor in vendors():
        line = next(one for one in text.splitlines() if one.startswith(f"| [{vendor}](#{vendor}) |"))
        assert line.count(" | ") == len(COLUMNS)
        chapter = text.split(f"\n## {vendor}\n", 1)[1].split("\n## ", 1)[0]
        described = manifest(vendor)
        for name in described.commands:
            assert f"| `{name}` | " in chapter
            assert f"| {described.evidence_for(name)} |" in chapter
        assert all(f"| `{name}` | " in chapter for name in (*described.gaps, *described.streams))


def test_the_line_says_what_there_is_and_whose_the_gap_is() -> None:
    twilio = dict(zip(COLUMNS, cells(BY_VENDOR["twilio"]), strict=True))
    assert twilio["pull"] == "messages"
    assert twilio["webhook"] == "inbound, receipts"
    assert twilio["push"] == "send_sms, write_opt_out (docs)"
    assert twilio["look-up"] == "send_sms: by recipient and time"
    assert twilio["opt-outs"] == "heard in messages, heard in inbound, written"
    hubspot = dict(zip(COLUMNS, cells(BY_VENDOR["hubspot"]), strict=True))
    assert hubspot["opt-outs"] == "read in contacts, written"
    assert "contacts" in hubspot["by id"]
    assert dict(zip(COLUMNS, cells(BY_VENDOR["webform"]), strict=True))["pull"] == "no (todo)"
    assert dict(zip(COLUMNS, cells(BY_VENDOR["smtp"]), strict=True))["look-up"] == "no (vendor)"


def test_a_terminal_gets_counts() -> None:
    short = dict(zip(COLUMNS, short_cells(BY_VENDOR["twilio"]), strict=True))
    assert (short["pull"], short["webhook"], short["push"], short["opt-outs"]) == ("1", "yes", "2", "heard, written")


def test_one_vendor_is_shown_with_its_gaps(lived: Lived) -> None:
    said = glowline("connectors", "twilio", home=lived.home)
    assert said.code == 0
    for name, gap in manifest("twilio").gaps.items():
        assert f"missing ({gap.kind}) {name}: {gap.why}" in said.out
    assert [one["vendor"] for one in told("connectors", "twilio", home=lived.home)] == ["twilio"]


def test_an_unknown_vendor_is_told_which_there_are(lived: Lived) -> None:
    said = glowline("connectors", "fax", home=lived.home)
    assert said.code == 1
    assert "there is no such connector" in said.err
    assert "twilio" in said.err


@pytest.mark.parametrize("vendor", vendors())
def test_free_times_are_shown_where_they_can_be_asked_for(vendor: str) -> None:
    shown = dict(zip(COLUMNS, cells(BY_VENDOR[vendor]), strict=True))["availability"]
    asked = (FOLDER / vendor / "slots.py").is_file()
    assert ("on demand" in shown) == asked
    assert asked or shown == "–" or shown.startswith("no (") or set(shown.split(", ")) <= set(manifest(vendor).streams)
