"""What it saves to keep a ledger from one session of a tick to the next: quiet ticks of one practice, kept and not, in turn.

    python -m benchmarks.kept            a minute

Figures are processor time of this process, the best of several rounds; what is promised is the ratio.
"""

import tempfile
from contextlib import nullcontext
from pathlib import Path
from time import process_time
from unittest.mock import patch

from rich.console import Console

from emulators.kit.running import running
from emulators.twilio.account import Account, Sender
from emulators.twilio.emulator import TwilioEmulator
from ledger.embedded import EmbeddedFile
from pipelines.tick.sequence import run_id, tick
from tests.proofs.town import GO_LIVE, SENDER, Town, founded

VISITS, ROUNDS, TICKS = 60, 6, 5
ALLOWED = 0.75
"""What a quiet tick may cost with a kept ledger, of what it costs without."""


def _settled(town: Town) -> None:
    """Sixty visits in the coming weeks, planned, and everything that is due said."""
    for number in range(VISITS):
        patient = town.person(f"Ana{number} Reyes", f"+1212555{number:04d}")
        town.book(patient, f"2026-11-{12 + number % 15} 1{number % 6}:00")
    town.run(GO_LIVE)
    town.run(GO_LIVE)


def _ticks(town: Town, name: str) -> float:
    """Milliseconds of processor time for a quiet tick."""
    practice, began = town.opened(), process_time()
    for number in range(TICKS):
        tick(practice, run_id(town.practice, "tick", town.clock.business, f"{name} {number}"))
    return (process_time() - began) / TICKS * 1000


def main() -> int:
    """Measure, print; 1 when the ratio is not kept."""
    account = Account().add(Sender(SENDER))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with (
            running(TwilioEmulator(account, state=place / "vendor")) as twilio,
            founded(place, twilio, account) as town,
        ):
            _settled(town)
            kept, apart = [], []
            for number in range(ROUNDS):
                kept.append(_ticks(town, f"kept {number}"))
                with patch.object(EmbeddedFile, "kept", lambda _: nullcontext()):
                    apart.append(_ticks(town, f"apart {number}"))
    ratio = min(kept) / min(apart)
    Console().print(
        f"A quiet tick: {min(apart):.0f} ms opening for each session, {min(kept):.0f} ms keeping: {ratio:.2f} × (at most {ALLOWED})"
    )
    return int(ratio > ALLOWED)


if __name__ == "__main__":
    raise SystemExit(main())
