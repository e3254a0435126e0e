"""What a morning of reminders costs when each is claimed by itself, and when sixteen are claimed together.

    python -m benchmarks.hands           about a minute

Two practices with the same reminders due, sent to an emulated Twilio in turn: once with hands of one, once as shipped. Figures
are processor time of this process per text, which leaves the vendor out; what counts is the ratio.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time
from unittest.mock import patch

from rich.console import Console
from rich.table import Table as Printed

from emulators.kit.running import running
from emulators.twilio.account import Account, Sender
from emulators.twilio.emulator import TwilioEmulator
from ledger.outbox import Ticket
from ledger.session import Session
from pipelines.outbox.claim import Moment, next_tickets
from pipelines.outbox.deliver import deliver
from pipelines.outbox.workbench import Workbench
from pipelines.tick.sequence import run_id, tick
from pipelines.tick.sync import sync
from tests.proofs.town import SENDER, founded, local

TEXTS = 64
ROUNDS = 3


def _one_by_one(session: Session, bench: Workbench, moment: Moment, most: int) -> list[Ticket]:
    del most
    return next_tickets(session, bench, moment, 1)


def _morning(folder: Path, claim: Callable[..., list[Ticket]]) -> float:
    """Seconds of processor time that a text costs, from its claim to its outcome."""
    folder.mkdir()
    account = Account().add(Sender(SENDER))
    with (
        running(TwilioEmulator(account, state=folder / "vendor")) as twilio,
        founded(folder, twilio, account) as town,
        patch("pipelines.outbox.deliver.next_tickets", claim),
    ):
        for n in range(TEXTS):
            town.book(town.person(f"Ana{n} Reyes", f"+1212555{n:04}"), "2026-11-13 10:00")
        town.run_at("2026-11-11 09:30")
        town.turn(local("2026-11-11 10:01"))
        practice = town.opened()
        sync(practice, run_id(town.practice, "sync", town.clock.business))
        tick(practice, run_id(town.practice, "tick", town.clock.business), send=False)
        began = process_time()
        sent = deliver(practice.outbox, "run-morning")["sent"]
        taken = process_time() - began
    if sent != TEXTS:
        message = f"{sent} of {TEXTS} texts were sent"
        raise RuntimeError(message)
    return taken / TEXTS


def main() -> int:
    """Measure and print; the exit code only says that it ran."""
    alone, together = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            alone.append(_morning(Path(folder) / f"alone-{number}", _one_by_one))
            together.append(_morning(Path(folder) / f"together-{number}", next_tickets))
    table = Printed("claimed", "ms a text", title=f"{TEXTS} reminders, best of {ROUNDS}")
    for name, found in (("one by one", alone), ("together", together)):
        table.add_row(name, f"{min(found) * 1000:.0f}")
    console = Console()
    console.print(table)
    console.print(f"one by one costs {min(alone) / min(together):.1f} times as much")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
