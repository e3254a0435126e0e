"""`glowline check` says which of the start-up rules would block, before they do, and which deletion is late."""

import pytest

from tests.console.conftest import ANA, Lived
from tests.console.people import person_of
from tests.console.said import Said, glowline, told


def _spoil(lived: Lived, name: str, old: str, new: str) -> None:
    file = lived.home / "lumen" / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))


def _check(lived: Lived) -> Said:
    return glowline("check", "lumen", "--offline", home=lived.home)


def test_a_practice_on_firm_ground_is_told_so(copied: Lived) -> None:
    said = _check(copied)
    assert said.code == 0
    assert "✓ lumen  BAA-03 TCPA-18 SEC-01: vendors' modes, numbers, addresses and keys are as they must be" in said.out


def test_tcpa_18_a_number_nobody_approved_is_said_with_what_to_do(copied: Lived) -> None:
    _spoil(copied, "senders.yaml", "approved", "pending")
    said = _check(copied)
    assert said.code == 1
    assert "✗ lumen  TCPA-18: Sender +12125550110 is not registered for treatment." in said.out
    assert "Next: Register the number for it" in said.out


def test_sec_01_a_key_inside_the_data_is_said(copied: Lived) -> None:
    inside = copied.home / "data" / "signing.key"
    inside.write_bytes((copied.home / "keys" / "signing.key").read_bytes())
    settings = copied.home / "installation.yaml"
    settings.write_text(f"{settings.read_text()}\nkey_references: {{signing: 'file:{inside}'}}\n")
    assert "✗ lumen  SEC-01: The key lies beside the data it locks." in _check(copied).out


def test_tcpa_03_a_refused_setting_is_said_with_its_line(copied: Lived) -> None:
    (copied.home / "lumen" / "policy.yaml").write_text("review_invites: {mode: everyone}\ntcpa_mode: exempt\n")
    said = _check(copied)
    assert said.code == 1
    assert (
        "lumen/policy.yaml:2  The exemption applies only to messages free to the recipient; use consent. (TCPA-03)"
        in said.out
    )


@pytest.mark.parametrize(
    "year, code, says", [(2026, 0, "took that risk on 2026-01-05"), (2025, 1, "too long ago: nobody is asked")]
)
def test_rev_01_the_name_under_a_risk_is_shown_and_renewed_yearly(
    copied: Lived, year: int, code: int, says: str
) -> None:
    signed = f"{{mode: promoters_only, acknowledged_by: Dr. Okafor, acknowledged_on: {year}-01-05}}"
    (copied.home / "lumen" / "policy.yaml").write_text(f"review_invites: {signed}\n")
    said = _check(copied)
    assert said.code == code
    assert says in said.out


def test_del_03_a_deletion_that_a_tool_never_confirmed_is_said_after_45_days(copied: Lived) -> None:
    request = told("erase", person_of(copied, ANA), "--practice", "lumen", "--yes", home=copied.home)["request"]
    assert request not in _check(copied).out
    told("clock", "turn", "2026-12-27T15:00:00Z", home=copied.home)
    said = _check(copied)
    assert said.code == 1
    late = "Some tools have not confirmed the deletion: schedule, twilio. Washington deadline 2026-12-26."
    assert f"✗ lumen  deletion {request}: {late}" in said.out
