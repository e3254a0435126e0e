"""100 requests in ten seconds and 200,000 a day: never one more, however many threads ask."""

import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from canonical.clock import FixedClock
from canonical.problems import TryLater
from connectors.gohighlevel.client import code_of, pause_of
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.exchange import Answer
from connectors.kit.limits import Budgets
from connectors.kit.secrets import Secrets
from emulators.gohighlevel import GoHighLevelEmulator
from emulators.kit.clock import Clock
from emulators.kit.running import running
from tests.connectors.gohighlevel.subaccount import SubAccount, opened

FAST = 10


class Machine:
    """Machine time that runs ten times as fast: what takes an instant here is slow there, as on a busy line."""

    def __init__(self) -> None:
        self.begun = time.monotonic()

    def seconds(self) -> float:
        return 1_795_000_000.0 + FAST * (time.monotonic() - self.begun)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def wait(self, seconds: float) -> None:
        threading.Event().wait(seconds / FAST)


def test_a_hundred_in_ten_seconds_are_never_exceeded_by_several_threads(tmp_path: Path) -> None:
    machine = Machine()
    with opened(tmp_path) as plain, running(GoHighLevelEmulator(clock=Clock(machine.seconds))) as vendor:
        vendor.do("contact", firstName="Ana", phone="+12125550142")
        budgets = Budgets(tmp_path / "budgets", machine.now, machine.wait)
        secrets = Secrets({"HL": plain.secret["token"]}, plain.store)
        tools = Tools(FixedClock(machine.now()), secrets, plain.transport, budgets, machine.wait)
        connection = plain.connection.model_copy(
            update={"settings": plain.connection.settings | {"base_url": vendor.url}}
        )

        def ask() -> None:
            for _ in range(60):
                list(registry.puller(connection, tools).pull("contacts", None, now=machine.now()))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        budgets.close()
        entries = vendor.journal.entries()
    assert Counter(entry.status for entry in entries) == {200: 240}


@pytest.mark.parametrize(
    "status,headers,seconds",
    [
        (429, {}, 10),
        (429, {"x-ratelimit-daily-remaining": "12"}, 10),
        (429, {"x-ratelimit-daily-remaining": "0"}, 3600),
        (500, {}, None),
    ],
)
def test_a_pause_is_the_windows_or_the_days(status: int, headers: dict[str, str], seconds: int | None) -> None:
    pause = pause_of(Answer(status, headers, b""))
    assert (pause.total_seconds() if pause else None) == seconds


def test_a_day_that_is_used_up_is_not_sat_out(highlevel: SubAccount) -> None:
    mark = highlevel.vendor.journal.mark()
    highlevel.vendor.fail("status", status=429, retry_after="3600", times=None)
    with pytest.raises(TryLater) as later:
        highlevel.pull("contacts")
    assert later.value.after
    assert later.value.after.total_seconds() == 3600
    assert len(highlevel.vendor.journal.entries(since=mark)) == 1


@pytest.mark.parametrize(
    "said,code",
    [
        (b'{"message": "Cannot send message as DND is active for SMS."}', "dnd"),
        (b'{"message": ["phone must be valid", "Missing phone number"]}', "no_phone"),
        (b'{"statusCode": 401, "message": "The token is not authorized for this scope."}', "scope"),
        (b'{"message": "The token does not have access to this location."}', "location"),
        (b'{"message": null}', ""),
        (b"[]", ""),
        (b"<html>", ""),
        (b"\xff", ""),
    ],
)
def test_an_errors_words_become_a_code_or_nothing(said: bytes, code: str) -> None:
    assert code_of(Answer(400, {}, said)) == code


def test_the_windows_of_the_manifest_are_the_vendors() -> None:
    limits = registry.manifest("gohighlevel").limits
    assert [(one.rate.requests, one.rate.window) for one in limits] == [
        (100, timedelta(seconds=10)),
        (200_000, timedelta(days=1)),
    ]
