"""What belongs to no single practice, and the one clock that can be turned."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from canonical.clock import FixedClock
from canonical.ids import ConnectionId, PracticeId, content_hash
from canonical.pauses import PauseScope
from canonical.problems import ClockWentBack
from ledger.configuration import recall, remember
from ledger.installation import (
    AccountOwner,
    ClockStays,
    PracticeEntry,
    UnroutedEvent,
    add_practice,
    clock,
    first_seen,
    keep_unrouted,
    opt_out,
    opted_out,
    owners,
    practices,
    remove_practice,
    routed,
    set_accounts,
    turn_clock,
    unrouted,
)
from ledger.pauses import set_pause
from ledger.store import Store

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LUMEN = PracticeEntry(PracticeId("lumen"), "practices/demo/lumen", demo=True)
AURORA = PracticeEntry(PracticeId("aurora"), "clients/aurora", demo=False)


def _account(practice: str, *addresses: str, account: str = "AC1") -> AccountOwner:
    return AccountOwner(
        "twilio", account, PracticeId(practice), ConnectionId(f"{practice}-twilio"), frozenset(addresses)
    )


def test_practices_are_added_once_and_removed(installation: Store) -> None:
    with installation.writing() as session:
        assert add_practice(session, LUMEN, NOW)
        assert not add_practice(session, LUMEN, NOW)
        assert add_practice(session, AURORA, NOW)
    with installation.writing() as session:
        assert add_practice(session, replace(LUMEN, folder="elsewhere"), NOW)
        assert remove_practice(session, AURORA.practice_id, NOW)
        assert not remove_practice(session, AURORA.practice_id, NOW)
    with installation.reading() as session:
        assert practices(session) == (replace(LUMEN, folder="elsewhere"),)


def test_a_shared_account_is_told_apart_by_address(installation: Store) -> None:
    with installation.writing() as session:
        assert set_accounts(session, PracticeId("lumen"), [_account("lumen", "+13055550100")], NOW)
        assert not set_accounts(session, PracticeId("lumen"), [_account("lumen", "+13055550100")], NOW)
        set_accounts(session, PracticeId("aurora"), [_account("aurora", "+12125550101", "+12125550102")], NOW)
    with installation.reading() as session:
        assert owners(session, "twilio", "AC1", ["+12125550102"]) == (
            _account("aurora", "+12125550101", "+12125550102"),
        )
        assert owners(session, "twilio", "AC1", ["+19995550000"]) == ()
        assert owners(session, "twilio", "AC9", ["+13055550100"]) == ()


def test_an_account_of_one_practice_needs_no_address(installation: Store) -> None:
    with installation.writing() as session:
        set_accounts(session, PracticeId("lumen"), [_account("lumen")], NOW)
        assert owners(session, "twilio", "AC1", ["+13055550100"]) == (_account("lumen"),)


def test_an_event_nobody_owns_is_kept_once_until_it_is_routed(installation: Store) -> None:
    event = UnroutedEvent("e-1", "twilio", "AC9", b"\x00raw", "no practice has this account")
    with installation.writing() as session:
        assert keep_unrouted(session, [event, event], NOW) == 1
        assert keep_unrouted(session, [event], NOW) == 0
        assert unrouted(session) == (event,)
        assert routed(session, ["e-1"]) == 1
        assert unrouted(session) == ()


def test_an_event_is_new_once(installation: Store) -> None:
    with installation.writing() as session:
        assert first_seen(session, "twilio", ["e-1", "e-2", "e-1"], NOW) == ("e-1", "e-2")
    with installation.writing() as session:
        assert first_seen(session, "twilio", ["e-2", "e-3"], NOW) == ("e-3",)
        assert first_seen(session, "hubspot", ["e-2"], NOW) == ("e-2",)


def test_a_shared_opt_out_holds_until_lifted_and_hides_the_number(installation: Store) -> None:
    phone, other = "+13055550142", "+13055550143"
    with installation.writing() as session:
        opt_out(session, "+13055550100", phone, brand="Lumen", effective_at=NOW, now=NOW)
        assert opted_out(session, "+13055550100", [phone, other]) == {phone}
        assert opted_out(session, "+13055550199", [phone]) == frozenset()
        assert not any(
            phone in str(row) for row in session.rows("shared_opt_outs_of", sender="+13055550100", contacts=[])
        )
    with installation.writing() as session:
        opt_out(session, "+13055550100", phone, brand="Lumen", effective_at=NOW, now=NOW, lifted=True)
        assert opted_out(session, "+13055550100", [phone]) == frozenset()


def test_a_clock_nobody_turned_is_the_machines(installation: Store) -> None:
    machine = FixedClock(NOW)
    with installation.reading() as session:
        assert clock(session, machine) is machine


def test_a_turned_clock_passes_as_fast_as_the_machines(installation: Store) -> None:
    to = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    with installation.writing() as session:
        add_practice(session, LUMEN, NOW)
        turn_clock(session, to, FixedClock(NOW), who="u-demo")
    with installation.reading() as session:
        later = clock(session, FixedClock(NOW + timedelta(minutes=7)))
        assert later.business_now() == to + timedelta(minutes=7)
        assert later.machine_now() == NOW + timedelta(minutes=7)


def test_a_real_practice_keeps_the_clock_where_it_is(installation: Store) -> None:
    with installation.writing() as session:
        add_practice(session, LUMEN, NOW)
        add_practice(session, AURORA, NOW)
        with pytest.raises(ClockStays, match="aurora is no demo"):
            turn_clock(session, NOW + timedelta(days=1), FixedClock(NOW), who="u-demo")


def test_a_real_practice_does_not_fit_where_the_clock_was_turned(installation: Store) -> None:
    with installation.writing() as session:
        turn_clock(session, NOW, FixedClock(NOW), who="u-demo")
        with pytest.raises(ClockStays, match="only demo practices"):
            add_practice(session, AURORA, NOW)


def test_a_turned_clock_does_not_go_back(installation: Store) -> None:
    with installation.writing() as session:
        turn_clock(session, NOW, FixedClock(NOW), who="u-demo")
        turn_clock(session, NOW + timedelta(days=1), FixedClock(NOW), who="u-demo")
        with pytest.raises(ClockWentBack):
            turn_clock(session, NOW, FixedClock(NOW), who="u-demo")


def test_a_pause_of_the_whole_installation_is_kept_like_a_practices(installation: Store) -> None:
    with installation.writing() as session:
        set_pause(session, next(iter(PauseScope)), "", who="u-officer", why="outage", now=NOW)
        assert len(session.rows("pauses_in_force", now=NOW)) == 1


def test_configuration_is_kept_once_and_found_by_its_hash(ledger: Store) -> None:
    body = "steps: []"
    content = content_hash(body.encode())
    with ledger.writing() as session:
        assert remember(session, "journeys", "medspa", content, body, NOW)
        assert not remember(session, "journeys", "medspa", content, body, NOW + timedelta(days=1))
    with ledger.reading() as session:
        kept = recall(session, "journeys", content)
        assert kept is not None
        assert (kept.name, kept.body, kept.first_used_at) == ("medspa", body, NOW)
        assert recall(session, "policy", content) is None
