"""The table is the truth: read whole, copied to the letter, and printed as the officer's reference."""

import re
from pathlib import Path

import pytest

from canonical.actions import Purpose
from canonical.practice import Channel
from pipelines.policy import reference
from pipelines.policy.asking import HEARD, RULES
from pipelines.policy.card import QUIET_HOURS, cards, sources, table_hash
from pipelines.policy.card import RULES as TABLE
from tests.shared_data import shared

BUILT = {
    "BAA-01",
    "BAA-02",
    "PHI-03",
    "TCPA-02",
    "TCPA-06",
    "TCPA-07",
    "TCPA-08",
    "TCPA-10",
    "TCPA-11",
    "TCPA-13",
    "TCPA-14",
    "TCPA-15",
    "TCPA-16",
    "TCPA-17",
    "TCPA-20",
    "EMAIL-02",
    "SEC-02",
    "SEC-03",
    "AUD-01",
    "AUD-02",
    "UNK-01",
    "FRESH-01",
    "EXP-01",
    "LIVE-01",
    "PAUSE-01",
    "OWN-01",
    "TCPA-01",
    "TCPA-04",
    "TCPA-05",
    "TCPA-09",
    "TCPA-19",
    "TCPA-21",
    "AUTH-01",
    "AUTH-02",
    "AUTH-03",
    "AUTH-04",
    "CONF-01",
    "UNENC-01",
    "AI-01",
    "AI-02",
    "META-01",
    "META-02",
    "META-03",
    "EMAIL-01",
    "EMAIL-03",
    "EMAIL-04",
    "REV-03",
    "REV-04",
    "REV-05",
    "REV-06",
    "REV-09",
    "SUR-01",
    "AUD-03",
    "CAP-01",
    "SURGE-01",
    "MINOR-01",
    "NEVER-01",
    "TCPA-03",
    "TCPA-12",
    "REV-01",
    "REV-02",
    "REV-08",
    "REV-10",
    "BAA-03",
    "TCPA-18",
    "SEC-01",
    "MIN-01",
    "PHI-01",
    "PHI-02",
    "PHI-05",
    "EMAIL-05",
    "REV-07",
    "ACC-01",
    "CMIA-01",
    "CALL-01",
    "TRI-01",
    "MHMD-01",
    "DEL-01",
    "DEL-02",
    "DEL-03",
    "DEL-04",
    "RET-01",
    "PHI-04",
}


@pytest.mark.parametrize("copy", [TABLE, QUIET_HOURS], ids=lambda path: path.name)
def test_the_tables_are_copies_to_the_letter(copy: Path) -> None:
    assert copy.read_bytes() == shared("policy", copy.name).read_bytes()


def test_all_eighty_three_rules_are_read_and_every_citation_has_a_source() -> None:
    assert len(cards()) == 83
    assert {key for card in cards().values() for key in card.cites} <= sources().keys()
    assert re.fullmatch(r"[0-9a-f]{64}", table_hash())


def test_what_is_built_is_what_should_be() -> None:
    assert RULES.keys() | HEARD.keys() == BUILT


@pytest.mark.parametrize(
    "rule, law",
    [("BAA-01", True), ("BAA-02", True), ("TCPA-06", True), ("TCPA-16", True), ("AI-02", True), ("AUD-01", True), ("REV-03", True),
     ("TCPA-20", False), ("TCPA-07", False), ("PHI-03", False), ("TCPA-17", False), ("REV-05", False), ("TRI-01", False)],
)  # fmt: skip
def test_whether_a_law_stands_behind_a_rule_is_read_from_its_strength(rule: str, law: bool) -> None:
    assert cards()[rule].touches_law is law


@pytest.mark.parametrize(
    "rule, channel, purpose, concerned",
    [
        ("BAA-01", Channel.CRM, Purpose.INTERNAL, True),
        ("TCPA-02", Channel.SMS, Purpose.TREATMENT, True),
        ("TCPA-02", Channel.EMAIL, Purpose.TREATMENT, False),
        ("TCPA-02", Channel.SMS, Purpose.MARKETING, False),
        ("EMAIL-02", Channel.SECURE_EMAIL, Purpose.TREATMENT, True),
        ("REV-03", Channel.SMS, Purpose.REVIEW_REQUEST, True),
        ("REV-03", Channel.EMAIL, Purpose.REVIEW_REQUEST, True),
        ("REV-03", Channel.SMS, Purpose.TREATMENT, False),
        ("EMAIL-05", Channel.EMAIL, Purpose.MARKETING, False),
    ],
)
def test_a_rule_concerns_the_channels_and_purposes_of_its_row(
    rule: str, channel: Channel, purpose: Purpose, concerned: bool
) -> None:
    assert cards()[rule].concerns(channel, purpose) is concerned


def test_the_committed_reference_is_the_one_the_tables_give() -> None:
    written = reference.PAGE.read_text(encoding="utf-8")
    assert written == reference.page(), "run: python -m pipelines.policy.reference"


def test_the_reference_has_every_rule_with_its_sentence_and_says_which_are_built() -> None:
    page = reference.page()
    for card in cards().values():
        assert f"### {card.id}\n" in page
        assert card.reason in page
    assert page.count("*Not built yet") == 83 - len(BUILT)
    assert "Non-urgent messages wait for 08:00 to 21:00 where the person is." in page


def test_every_function_says_its_rule_in_one_sentence() -> None:
    for name, function in (RULES | HEARD).items():
        first = (function.__doc__ or "").splitlines()[0]
        assert first.endswith("."), name
        assert 20 < len(first) < 140, name
