"""A STOP that is on the disk before a claim wins, wherever it lies and however late it came; and it stops its own practice only."""

import errno
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from canonical.ids import AttemptId
from canonical.problems import LedgerError
from emulators.kit.running import running
from emulators.twilio.account import Account, Sender
from emulators.twilio.emulator import TwilioEmulator
from ledger.store import Store
from pipelines.outbox import deliver
from pipelines.outbox.hands import Hand
from pipelines.outbox.points import Point
from pipelines.outbox.reconcile import reconcile
from pipelines.policy.facts import Ledger
from pipelines.tick.doorway import spool_of
from pipelines.tick.hearing import Hearing
from pipelines.tick.opening import open_hub
from pipelines.tick.sealing import Sealing
from pipelines.tick.sequence import StageFailed, run_id
from pipelines.tick.sync import sync
from tests.proofs.town import SENDER, Town, founded
from tests.receiver.world import call, inbound

ANA, BEA = "+12125550142", "+12125550143"
OTHER_SENDER = "+12125550120"


def _into_the_spool(town: Town) -> None:
    """As the door leaves it: on the disk before it is answered."""
    spool_of(town.hub.installation).write(call(inbound("STOP", sender=ANA), at=town.clock.business))


def _into_raw(town: Town) -> None:
    """As another process leaves it that reads Twilio's list meanwhile."""
    town.twilio.do("inbound", from_=ANA, to=SENDER, body="please stop texting me")
    sync(town.opened(), run_id(town.practice, "sync", town.clock.business, "meanwhile"), only=["twilio"])


PLACES = pytest.mark.parametrize("say_stop", [_into_the_spool, _into_raw])


def _two_reminders_due(town: Town) -> None:
    town.book(town.person("Ana Reyes", ANA), "2026-11-13 10:00")
    town.book(town.person("Bea Quill", BEA), "2026-11-13 10:00")
    town.run_at("2026-11-11 09:30")


def _only_bea_is_written_to(town: Town) -> None:
    town.run_at("2026-11-11 10:01")
    asked = [entry.recipient for entry in town.twilio.journal.entries(action="send")]
    assert asked == [BEA], "what the vendor refuses was asked for all the same"


def test_what_the_tick_has_read_is_not_listened_to_again_before_a_claim(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    _two_reminders_due(town)
    town.twilio.do("inbound", from_=ANA, to=SENDER, body="see you then")
    listened: list[str] = []
    monkeypatch.setattr(Hearing, "listen", lambda _, run: listened.append(run))
    town.run_at("2026-11-11 10:01")
    asked = {entry.recipient for entry in town.twilio.journal.entries(action="send")}
    assert asked >= {BEA}, "nothing was claimed, so nothing is shown"
    assert listened == []


@PLACES
def test_a_stop_that_comes_before_the_claim_begins_wins(
    town: Town, monkeypatch: pytest.MonkeyPatch, say_stop: Callable[[Town], None]
) -> None:
    _two_reminders_due(town)
    said: list[Point] = []

    def reached(point: Point) -> None:
        if not said:
            said.append(point)
            say_stop(town)

    monkeypatch.setattr(deliver, "reached", reached)
    _only_bea_is_written_to(town)
    assert said == [Point.BEFORE_CLAIM]


@PLACES
def test_a_stop_that_comes_while_a_checkpoint_is_signed_for_a_claim_wins(
    town: Town, monkeypatch: pytest.MonkeyPatch, say_stop: Callable[[Town], None]
) -> None:
    """The claim that follows asks again, in its own transaction, whether anything lies unheard."""
    _two_reminders_due(town)
    state = Sealing.state
    asked: list[str] = []

    def due_at_first(*_: object) -> bool:
        asked.append("whether it is due")
        return len(asked) == 1

    def signed_and_spoken_to(sealing: Sealing, store: Store) -> Ledger:
        found = state(sealing, store)
        if asked == ["whether it is due"]:
            asked.append("to sign")
            say_stop(town)
        return found

    monkeypatch.setattr(deliver, "checkpoint_due", due_at_first)
    monkeypatch.setattr(Sealing, "state", signed_and_spoken_to)
    _only_bea_is_written_to(town)
    assert "to sign" in asked


def _on_each_answer(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], None]) -> None:
    def reached(point: Point) -> None:
        if point is Point.ANSWERED:
            happen()

    monkeypatch.setattr(deliver, "reached", reached)


def test_a_stop_that_comes_between_two_requests_of_one_claim_wins(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four are claimed together: whoever has not been written to when the first is answered says STOP, and is not."""
    phones = {f"+1212555014{number}" for number in range(4)}
    for number, phone in enumerate(sorted(phones)):
        town.book(town.person(f"Ana{number} Reyes", phone), "2026-11-13 10:00")
    town.run_at("2026-11-11 09:30")
    said: list[str] = []

    def the_others_say_stop() -> None:
        if not said:
            [first] = {entry.recipient for entry in town.twilio.journal.entries(action="send")}
            said.extend(phones - {str(first)})
            for number, phone in enumerate(said):
                spool_of(town.hub.installation).write(
                    call(inbound("STOP", sender=phone, number=number + 1), at=town.clock.business)
                )

    _on_each_answer(monkeypatch, the_others_say_stop)
    town.run_at("2026-11-11 10:01")
    assert len(town.table("attempts")) == 4, "they were claimed together"
    assert len(town.twilio.journal.entries(action="send")) == 1
    assert sorted(row["how"] for row in town.table("attempt_outcomes")) == ["answer", *["never_begun"] * 3]


def test_what_a_slow_vendor_left_no_time_for_is_asked_about_again_and_goes_in_the_same_run(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        town.book(town.person(f"Ana{number} Reyes", f"+1212555014{number}"), "2026-11-13 10:00")
    town.run_at("2026-11-11 09:30")

    def takes_long() -> None:
        town.clock.ahead += timedelta(seconds=2)

    _on_each_answer(monkeypatch, takes_long)
    town.run_at("2026-11-11 10:01")
    assert sorted(row["how"] for row in town.table("attempt_outcomes")) == [*["answer"] * 4, *["never_begun"] * 3]
    assert len(town.texts()) == 4


def test_what_another_process_gave_up_meanwhile_costs_no_other_answer(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine slept during a request, and another process wrote down that nobody knows; then the vendor refuses."""
    _two_reminders_due(town)
    town.twilio.fail("status", method="POST", status=400, code=21610, times=1)
    elsewhere = open_hub(town.home, clock=town.clock).open(town.practice)
    slept: list[object] = []

    def sleeps_after_the_first() -> None:
        if not slept:
            town.clock.ahead += timedelta(seconds=61)
            slept.append(reconcile(elsewhere.outbox, "run-elsewhere"))

    _on_each_answer(monkeypatch, sleeps_after_the_first)
    town.run_at("2026-11-11 10:01")
    assert slept
    assert len(town.texts()) == 1
    assert [row["source"] for row in town.table("suppressions")] == ["vendor:twilio"]
    assert town.table("open_attempts") == []
    assert {row["kind"] for row in town.table("current_tasks")} <= {"opted_out", "call_list", "expiry"}, (
        "nobody is asked what became of it"
    )


def test_a_lease_that_was_over_before_the_request_leaves_no_doubt(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    _two_reminders_due(town)
    slept: list[Point] = []

    def reached(point: Point) -> None:
        if point is Point.BEGUN and not slept:
            slept.append(point)
            town.clock.ahead += timedelta(seconds=61)

    monkeypatch.setattr(deliver, "reached", reached)
    town.run_at("2026-11-11 10:01")
    assert slept
    assert len(town.texts()) == 2
    assert {row["how"] for row in town.table("attempt_outcomes")} == {"answer", "never_begun"}


def test_a_ledger_that_fails_between_claim_and_request_leaves_no_doubt(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    _two_reminders_due(town)

    def fails(*_: object) -> frozenset[str]:
        raise LedgerError("x", next_step="y")

    with monkeypatch.context() as once:
        once.setattr(deliver, "held_claims", fails)
        with pytest.raises(StageFailed):
            town.run_at("2026-11-11 10:01")
    assert {row["how"] for row in town.table("attempt_outcomes")} == {"never_begun"}
    town.run_at("2026-11-11 10:02")
    assert len(town.texts()) == 2


def test_a_disk_that_takes_no_mark_makes_no_request_and_leaves_no_doubt(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    _two_reminders_due(town)
    begin, begun = Hand.begin, 0

    def full(hand: Hand, attempt_id: AttemptId) -> None:
        nonlocal begun
        begun += 1
        if begun == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        begin(hand, attempt_id)

    monkeypatch.setattr(Hand, "begin", full)
    with pytest.raises(OSError, match="No space left"):
        town.run_at("2026-11-11 10:01")
    assert len(town.texts()) == 1
    assert sorted(row["how"] for row in town.table("attempt_outcomes")) == ["answer", "never_begun"]
    town.run_at("2026-11-11 10:02")
    assert len(town.texts()) == 2


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[tuple[Town, Town]]:
    """Two practices of one installation on one Twilio account, each with a number of its own."""
    account = Account().add(Sender(SENDER), Sender(OTHER_SENDER))
    with (
        running(TwilioEmulator(account, state=tmp_path / "vendor")) as twilio,
        founded(tmp_path, twilio, account) as lumen,
        founded(tmp_path, twilio, account, practice="solis", number=OTHER_SENDER) as solis,
    ):
        yield lumen, solis


def test_two_practices_on_one_account_hear_and_stop_only_their_own(towns: tuple[Town, Town]) -> None:
    lumen, solis = towns
    for town in towns:
        town.book(town.person("Ana Reyes", ANA), "2026-11-13 10:00")
        town.run_at("2026-11-11 10:01")
    assert [one.split(":")[0] for one in lumen.texts(ANA)] == [
        "Hi Ana, a reminder from Lumen",
        "Hi Ana, a reminder from Solis",
    ]
    lumen.twilio.do("inbound", from_=ANA, to=SENDER, body="STOP")
    for town in towns:
        town.run_at("2026-11-12 10:01")
    (text,) = lumen.texts(ANA)[2:]
    assert "Solis" in text
    assert [row["brand"] for row in lumen.table("suppressions")] == ["lumen"]
    assert solis.table("suppressions") == []
    for town, other in ((lumen, OTHER_SENDER), (solis, SENDER)):
        heard = [str(row["body"]) for row in town.table("raw") if row["stream"] == "messages"]
        assert heard
        assert not any(other in body for body in heard)
