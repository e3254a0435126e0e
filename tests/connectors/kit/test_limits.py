"""A budget belongs to the account: to all processes of this machine, and to what the vendor says about it."""

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from canonical.ids import ConnectionId
from canonical.practice import Connection
from connectors.kit.access import Access, Tools
from connectors.kit.calls import Line
from connectors.kit.exchange import get
from connectors.kit.http import RequestsTransport
from connectors.kit.limits import Budgets, SharedBudget, Unlimited, retry_after
from connectors.kit.manifest import Limit, Rate, ResetForm
from connectors.kit.registry import manifest
from connectors.kit.secrets import Secrets
from tests.connectors.contract.subject import CLOCK
from tests.connectors.wire.server import FakeWire, Reply, Seen

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
TEN_A_SECOND = Limit(per="account", rate=Rate(requests=10, window=timedelta(seconds=1)))
LONG = timedelta(hours=1)


class Machine:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.at = START
        self.waited: list[float] = []

    def now(self) -> datetime:
        return self.at

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def budget(folder: Path, machine: Machine, *limits: Limit) -> SharedBudget:
    return SharedBudget(folder / "account", limits, machine.now, machine.pause)


@pytest.fixture
def ten(folder: Path, machine: Machine) -> Iterator[SharedBudget]:
    opened = budget(folder, machine, TEN_A_SECOND)
    yield opened
    opened.close()


class Judge:
    """A vendor that counts requests in a sliding window and refuses the one too many."""

    def __init__(self, machine: Machine, rate: Rate) -> None:
        self.machine = machine
        self.rate = rate
        self.recent: deque[datetime] = deque()
        self.refused = 0

    def ask(self) -> int:
        now = self.machine.now()
        while self.recent and now - self.recent[0] >= self.rate.window:
            self.recent.popleft()
        if len(self.recent) >= self.rate.requests:
            self.refused += 1
            return 429
        self.recent.append(now)
        return 200


def test_two_hundred_requests_never_exceed_ten_in_any_second(ten: SharedBudget, machine: Machine) -> None:
    judge = Judge(machine, TEN_A_SECOND.rate)
    for _ in range(200):
        assert ten.take(LONG) is None
        ten.hear(judge.ask(), {})
    assert judge.refused == 0
    assert machine.now() - START < timedelta(seconds=25)


def test_a_storm_of_429_is_ridden_without_one_request_over_the_limit(ten: SharedBudget, machine: Machine) -> None:
    """The vendor halves what it promised: after its first no, each further request keeps the pause it asked for."""
    judge = Judge(machine, Rate(requests=5, window=timedelta(seconds=2)))
    asked_while_held = accepted = 0
    held_until = START
    while accepted < 50:
        assert ten.take(LONG) is None
        asked_while_held += machine.now() < held_until
        status = judge.ask()
        accepted += status == 200
        if status == 429:
            held_until = machine.now() + timedelta(seconds=2)
        ten.hear(status, {"retry-after": "2"} if status == 429 else {})
    assert asked_while_held == 0
    assert 0 < judge.refused <= 12


def test_a_429_without_a_pause_holds_longer_each_time(ten: SharedBudget, machine: Machine) -> None:
    pauses = []
    for _ in range(4):
        ten.hear(429, {})
        before = machine.now()
        assert ten.take(LONG) is None
        pauses.append(round((machine.now() - before).total_seconds()))
    assert pauses == [1, 2, 4, 8]
    ten.hear(200, {})
    ten.hear(429, {})
    before = machine.now()
    assert ten.take(LONG) is None
    assert round((machine.now() - before).total_seconds()) == 1


def test_a_pause_binds_whoever_else_uses_the_account(ten: SharedBudget, folder: Path, machine: Machine) -> None:
    other = budget(folder, machine, TEN_A_SECOND)
    ten.hear(429, {"retry-after": "30"})
    assert other.take(timedelta(seconds=5)) == timedelta(seconds=30)
    assert other.take(LONG) is None
    assert machine.now() >= START + timedelta(seconds=30)
    other.close()


def test_a_vendor_found_down_is_down_for_everybody_for_a_minute_or_until_it_answers(
    ten: SharedBudget, folder: Path, machine: Machine
) -> None:
    other = budget(folder, machine, TEN_A_SECOND)
    assert not other.is_down()
    ten.found_down()
    assert other.is_down()
    assert other.take(timedelta()) is None
    other.hear(503, {})
    assert ten.is_down()
    other.hear(404, {})
    assert not ten.is_down()
    ten.found_down()
    machine.pause(61)
    assert not other.is_down()
    ten.hear(429, {})
    ten.found_down()
    assert not other.is_down()
    other.close()


def test_impatience_takes_nothing_and_hears_how_long(ten: SharedBudget, machine: Machine) -> None:
    for _ in range(10):
        assert ten.take(timedelta()) is None
    wait = ten.take(timedelta(milliseconds=100))
    assert wait is not None
    assert timedelta(milliseconds=900) < wait <= timedelta(milliseconds=1200)
    assert machine.waited == []


@pytest.mark.parametrize(
    "form,written,seconds",
    [
        (ResetForm.SECONDS, "7", 7),
        (ResetForm.MILLISECONDS, "2500", 2.5),
        (ResetForm.EPOCH, str(START.timestamp() + 9), 9),
        (ResetForm.SECONDS, "soon", 1),
    ],
)
def test_an_empty_window_is_waited_out(
    folder: Path, machine: Machine, form: ResetForm, written: str, seconds: float
) -> None:
    limit = Limit(per="account", rate=TEN_A_SECOND.rate, remaining="x-left", reset="x-reset", reset_in=form)
    opened = budget(folder, machine, limit)
    opened.hear(200, {"x-left": "3", "x-reset": written})
    assert opened.take(LONG) is None
    assert machine.waited == []
    opened.hear(200, {"x-left": "0", "x-reset": written})
    assert opened.take(LONG) is None
    assert sum(machine.waited) == pytest.approx(seconds, abs=0.01)
    opened.close()


@pytest.mark.parametrize(
    "written,pause",
    [
        ("120", timedelta(minutes=2)),
        ("Sun, 01 Nov 2026 12:01:30 GMT", timedelta(seconds=90)),
        ("Sun, 01 Nov 2026 11:00:00 GMT", timedelta()),
        ("999999999", timedelta(hours=24)),
        ("", None),
        ("later", None),
    ],
)
def test_a_pause_is_read_as_seconds_or_as_a_date(written: str, pause: timedelta | None) -> None:
    assert retry_after({"retry-after": written}, START) == pause


def test_a_damaged_hold_file_holds_nobody(ten: SharedBudget, folder: Path) -> None:
    (folder / "account.hold").write_text("not json")
    assert ten.take(timedelta()) is None


def test_accounts_have_their_own_budgets_and_their_names_are_not_on_the_disk(folder: Path, machine: Machine) -> None:
    budgets = Budgets(folder, machine.now, machine.pause)
    one = budgets.of("twilio", "lumen-downtown", (TEN_A_SECOND,))
    other = budgets.of("twilio", "lumen-uptown", (TEN_A_SECOND,))
    assert budgets.of("twilio", "lumen-downtown", (TEN_A_SECOND,)) is one
    for _ in range(10):
        assert one.take(timedelta()) is None
    assert other.take(timedelta()) is None
    assert not any("lumen" in file.name for file in folder.iterdir())
    budgets.close()


def test_no_limits_mean_no_wait_but_a_429_still_holds(folder: Path, machine: Machine) -> None:
    opened = budget(folder, machine)
    assert all(opened.take(timedelta()) is None for _ in range(100))
    opened.hear(429, {"retry-after": "3"})
    assert opened.take(timedelta()) == timedelta(seconds=3)
    assert Unlimited().take(timedelta()) is None


def test_threads_of_one_process_queue_for_one_budget(ten: SharedBudget, machine: Machine) -> None:
    judge = Judge(machine, TEN_A_SECOND.rate)
    turn = threading.Lock()

    def work() -> None:
        for _ in range(10):
            with turn:
                assert ten.take(LONG) is None
                ten.hear(judge.ask(), {})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert judge.refused == 0


class Strict:
    """A vendor over HTTP that counts requests in a sliding window and says no to the one too many."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.recent: deque[float] = deque()
        self.lock = threading.Lock()
        self.refused = 0

    def answer(self, _: Seen) -> Reply:
        with self.lock:
            now = time.monotonic()
            while self.recent and now - self.recent[0] >= self.rate.window.total_seconds():
                self.recent.popleft()
            if len(self.recent) >= self.rate.requests:
                self.refused += 1
                return Reply(429, b"{}", {"retry-after": "1"})
            self.recent.append(now)
        return Reply(200, b"{}")


def test_many_threads_at_one_account_never_hear_a_429_from_a_strict_vendor(folder: Path) -> None:
    rate = Rate(requests=10, window=timedelta(milliseconds=500))
    described = manifest("twilio").model_copy(update={"limits": (Limit(per="account", rate=rate),)})
    strict = Strict(rate)
    transport = RequestsTransport()
    begun = time.monotonic()
    budgets = Budgets(folder, lambda: START + timedelta(seconds=time.monotonic() - begun), threading.Event().wait)
    with FakeWire(strict.answer).running() as server:
        tools = Tools(CLOCK, Secrets({}), transport, budgets, threading.Event().wait)
        connection = Connection(connection_id=ConnectionId("c"), vendor="twilio", account="a")

        def work() -> None:
            for _ in range(12):
                Line(Access(connection, described, tools)).read(get(f"{server.url}/"), "pull.things")

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        transport.close()
    budgets.close()
    assert (len(server.seen), strict.refused) == (36, 0)


TAKER = """
import sys, threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from canonical.ids import ConnectionId
from canonical.practice import Connection
from connectors.kit.access import Access, Tools
from connectors.kit.calls import Line
from connectors.kit.exchange import get
from connectors.kit.http import RequestsTransport
from connectors.kit.limits import Budgets
from connectors.kit.manifest import Limit, Rate

asked = []
def now():
    asked.append(datetime.now(UTC))
    return asked[-1]

budgets = Budgets(Path(sys.argv[1]), now, threading.Event().wait)
limit = Limit(per="account", rate=Rate(requests=5, window=timedelta(milliseconds=400)))
budget = budgets.of("vendor", "shared", (limit,))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(15):
    assert budget.take(timedelta(seconds=60)) is None
    print(asked[-1].timestamp(), flush=True)  # the instant under which it was booked
    budget.hear(200, {})
"""


def test_two_processes_share_one_budget_and_neither_starves(folder: Path) -> None:
    takers = [
        subprocess.Popen(
            [sys.executable, "-c", TAKER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for taker in takers:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "ready\n"
    for taker in takers:
        assert taker.stdin is not None
        taker.stdin.write("go\n")
        taker.stdin.flush()
    outputs = [taker.communicate(timeout=60)[0] for taker in takers]
    taken = [[float(line) for line in output.splitlines()] for output in outputs]
    together = sorted(moment for one in taken for moment in one)
    assert len(together) == 30
    for early, sixth in zip(together, together[5:], strict=False):
        assert sixth - early >= 0.4
    assert all(min(one) < max(other) for one in taken for other in taken)
