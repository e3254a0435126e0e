"""What a whole tick costs when the history doubles: quiet ones, and ones that send.

    python -m benchmarks.tick            about two minutes, most of it importing the invented practices

Two practices, one with twice the past of the other, come in through the drop folder and are given the sends that go with that
past. Then both live through the same hours in turn: the booking tool exports, everything is read, decided and sent to an
emulated Twilio. Figures are processor time of this process, the best of several rounds, because other work on the machine only
ever adds; what is promised is the ratio.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time

from rich.console import Console
from rich.table import Table as Printed

from emulators.kit.running import running
from emulators.twilio.account import Account, Sender
from emulators.twilio.emulator import TwilioEmulator
from ledger.session import Session
from pipelines.tick.sequence import run_id, tick
from pipelines.tick.sync import sync
from tests.proofs.town import GO_LIVE, SENDER, Town, founded, local

VISITS = 10_000
VISITS_OF_A_PERSON = 10
ROUNDS = 5
BOOKED_A_ROUND = 10
ALLOWED = 1.2
"""How much slower a tick may be after the history has doubled."""
LONG_AGO = datetime(2023, 3, 6, 9)  # noqa: DTZ001 - a wall clock, as booking tools export it
YEARS = timedelta(days=3.5 * 365)

_SAID = (
    """INSERT INTO closed_actions (seq, action_id, step, "row", subject_kind, subject_id, person_id, state, due_at, expires_at,
        anchor_at, purpose, channel, claimed_at, planned_at, updated_at, facts)
       SELECT $first + row_number() OVER (), 'old-' || v.visit_id || '-' || n, '3.2-reminder-24h', '3.2', 'visit', v.visit_id,
        v.person_id, 'sent', v.start_at, v.start_at, v.start_at, 'logistics', 'sms', v.start_at, v.start_at, v.start_at,
        '{"tells":"time"}'
       FROM visit_versions v, range(3) r(n) WHERE v.start_at < $now""",
    """INSERT INTO transitions (seq, action_id, before, after, reason, refs, run_id, happened_at)
       SELECT seq, action_id, b, a, 'allowed', '{}', 'run-old', due_at FROM closed_actions,
        (VALUES (NULL, 'planned'), ('planned', 'cleared'), ('cleared', 'claimed'), ('claimed', 'sent')) t(b, a)""",
    """INSERT INTO attempts (seq, attempt_id, action_id, connection_id, vendor, product, command, person_id, claimed_at)
       SELECT seq, 'at-' || action_id, action_id, 'twilio', 'twilio', 'sms', 'send_sms', person_id, due_at FROM closed_actions""",
    """INSERT INTO attempt_outcomes (seq, attempt_id, outcome, how, vendor_id, happened_at)
       SELECT seq, 'at-' || action_id, 'sent', 'answer', 'SM' || action_id, due_at FROM closed_actions""",
    """INSERT INTO messages (seq, message_id, carrier, body, channel, person_id, rendered_at)
       SELECT seq, 'm-' || action_id, action_id, 'Hi, see you at Lumen.', 'sms', person_id, due_at FROM closed_actions""",
)


def _past(session: Session) -> None:
    """Three reminders about every past visit, each with its four transitions, its attempt, its outcome and its text."""
    params = {"first": session.next_seq(10**7), "now": GO_LIVE}
    for number, statement in enumerate(_SAID):
        session._cursor.execute(statement, params if not number else None)  # noqa: SLF001 - history that nobody played


@contextmanager
def _practice(folder: Path, visits: int) -> Iterator[Town]:
    folder.mkdir()
    account = Account().add(Sender(SENDER))
    with (
        running(TwilioEmulator(account, state=folder / "vendor")) as twilio,
        founded(folder, twilio, account) as town,
    ):
        people = [
            town.person(f"Ana{n} Reyes", f"+1{212 + n // 10_000}555{n % 10_000:04}")
            for n in range(visits // VISITS_OF_A_PERSON)
        ]
        for n in range(visits):
            start = LONG_AGO + n * YEARS / visits
            number = town.book(people[n % len(people)], f"{start:%Y-%m-%d %H:%M}", booked=f"{start:%Y-%m-%d} 08:00")
            town.calendar[number]["status"] = "completed"
        town.turn(GO_LIVE)
        practice = town.opened()
        sync(practice, run_id(town.practice, "sync", GO_LIVE))
        tick(practice, run_id(town.practice, "tick", GO_LIVE), send=False)
        with practice.store.writing() as session:
            _past(session)
        yield town


def _round(town: Town, number: int) -> tuple[float, float, int]:
    """A morning: ten people book for the day after tomorrow and are texted; then an hour in which nothing happens."""
    morning = local("2026-11-03 10:00") + timedelta(days=number)
    people = list(town.people)
    for n in range(BOOKED_A_ROUND):
        day = morning + timedelta(days=2, minutes=-30 + 3 * n)
        town.book(
            people[number * BOOKED_A_ROUND + n], f"{day:%Y-%m-%d} 10:{3 * n:02}", booked=f"{morning:%Y-%m-%d} 09:00"
        )
    before = len(town.texts())
    _read(town, morning - timedelta(minutes=20))
    busy = _cost(town, morning + timedelta(minutes=40))
    sent = len(town.texts()) - before
    _read(town, morning + timedelta(hours=2))
    return busy, _cost(town, morning + timedelta(hours=3)), sent


def _read(town: Town, at: datetime) -> None:
    town.turn(at)
    sync(town.opened(), run_id(town.practice, "sync", at))


def _cost(town: Town, at: datetime) -> float:
    town.turn(at)
    practice = town.opened()
    began = process_time()
    tick(practice, run_id(town.practice, "tick", at))
    return process_time() - began


def main() -> int:
    """Print the table; 1 when doubling the history costs more than is allowed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _practice(folder / "once", VISITS) as once, _practice(folder / "twice", 2 * VISITS) as twice:
            costs: dict[str, list[tuple[float, float]]] = {"busy": [], "quiet": []}
            for number in range(ROUNDS):
                one, two = _round(once, number), _round(twice, number)
                if not one[2] == two[2] >= BOOKED_A_ROUND:
                    message = f"round {number} sent {one[2]} and {two[2]} texts"
                    raise AssertionError(message)
                costs["busy"].append((one[0], two[0]))
                costs["quiet"].append((one[1], two[1]))
    printed = Printed("a tick", f"{VISITS:,} past visits", f"{2 * VISITS:,}", "ratio")
    ratios = []
    for kind, pairs in costs.items():
        first, second = min(one for one, _ in pairs), min(two for _, two in pairs)
        ratios.append(second / first)
        printed.add_row(kind, f"{first * 1000:.0f} ms", f"{second * 1000:.0f} ms", f"{second / first:.2f}")
    Console().print(printed)
    return int(max(ratios) > ALLOWED)


if __name__ == "__main__":
    raise SystemExit(main())
