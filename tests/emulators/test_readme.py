"""The README keeps up with the code."""

from pathlib import Path

import pytest

from emulators.hubspot import HubSpotEmulator
from emulators.kit.emulator import Emulator
from emulators.kit.faults import KINDS
from emulators.kit.journal import NAMES
from emulators.smtp import SmtpEmulator
from emulators.twilio import TwilioEmulator

README = (Path(__file__).parents[2] / "emulators" / "README.md").read_text()


def test_every_fault_stands_in_the_table() -> None:
    for kind, (accepts, sentence) in KINDS.items():
        assert f"| `{kind}` | {'yes' if accepts else 'no'} | {sentence} |" in README
    assert README.count("| yes |") + README.count("| no |") == len(KINDS)


def test_every_field_of_the_journal_is_named() -> None:
    (line,) = [line for line in README.splitlines() if line.startswith("`seq ")]
    assert set(line.strip("`").split()) == NAMES


@pytest.mark.parametrize("vendor", [TwilioEmulator, HubSpotEmulator, SmtpEmulator])
def test_every_control_is_documented(vendor: type[Emulator]) -> None:
    emulator = vendor()
    try:
        for name in [*emulator.controls, *emulator.views]:
            assert f"`{name}" in README or f" {name} " in README, name
    finally:
        emulator.dispose()
