"""Between clearing and claiming everything is asked once more."""

from collections.abc import Callable
from typing import Any

import pytest

from canonical.actions import Payload, SendSms
from canonical.pauses import PauseScope
from ledger.pauses import release_pause, set_pause
from ledger.permission import suppress
from pipelines.outbox import claim
from pipelines.outbox.decide import Decided
from pipelines.outbox.deliver import deliver
from pipelines.outbox.hands import FIRST
from pipelines.outbox.outcomes import refused_by_list
from pipelines.outbox.payloads import NothingToSend, payload_for
from pipelines.tick.sequence import run_id, tick
from pipelines.tick.sync import sync
from tests.proofs.town import Town, local

ANA, BEA = "+12125550142", "+12125550143"


def _cleared(town: Town) -> None:
    """Two reminders that policy has allowed and nobody has claimed."""
    town.book(town.person("Ana Reyes", ANA), "2026-11-13 10:00")
    town.book(town.person("Bea Quill", BEA), "2026-11-13 10:00")
    town.turn(local("2026-11-11 10:01"))
    sync(town.opened(), run_id("lumen", "sync", town.clock.business))
    tick(town.opened(), run_id("lumen", "tick", town.clock.business), send=False)
    assert _states(town) == {"cleared": 2}
    assert town.texts() == []


def _states(town: Town) -> dict[str, int]:
    rows = [row["state"] for row in town.table("open_actions") if row["row"] == "3.1"]
    return {state: rows.count(state) for state in rows}


def test_an_opt_out_between_clearing_and_claiming_holds_the_text(town: Town) -> None:
    _cleared(town)
    (contact,) = {row["contact_point_id"] for row in town.table("contact_points") if row["value"] == ANA}
    now = town.clock.business
    with town.opened().store.writing(business_now=now) as session:
        suppress(session, refused_by_list(contact, "lumen", "vendor:twilio", now), raw_id="")
    assert deliver(town.opened().outbox, "run-late") == {"sent": 1}
    assert (len(town.texts(BEA)), town.texts(ANA)) == (1, [])
    assert _states(town) == {"blocked": 1}


def test_a_process_that_delivers_again_begins_where_the_last_delivery_ended(town: Town) -> None:
    _cleared(town)
    assert deliver(town.opened().outbox, "run-late") == {"sent": 2}
    assert town.opened().outbox.pace.size == 2 * FIRST, "the vendor was quick"


def test_what_expired_between_clearing_and_claiming_is_never_sent(town: Town) -> None:
    _cleared(town)
    town.clock.business = local("2026-11-13 10:30")
    assert deliver(town.opened().outbox, "run-late") == {}
    assert town.texts() == []
    assert town.table("attempts") == []
    assert {row["reason"] for row in town.table("transitions") if row["after"] == "expired"} == {"EXP-01"}


def test_an_action_that_cannot_be_filled_is_set_aside_and_holds_up_nobody(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    _cleared(town)

    def filled(decided: Decided, *rest: Any) -> Payload:  # noqa: ANN401 - handed on as it came
        payload = payload_for(decided, *rest)
        if isinstance(payload, SendSms) and payload.to.get_secret_value() == ANA:
            raise NothingToSend("step 3.1: it has no text", next_step="Correct the step.")
        return payload

    monkeypatch.setattr(claim, "payload_for", filled)
    assert deliver(town.opened().outbox, "run-late") == {"sent": 1}
    assert (len(town.texts(BEA)), town.texts(ANA)) == (1, [])
    assert _states(town) == {"blocked": 1}
    (task,) = [one for one in town.table("tasks") if one["kind"] == "operator"]
    assert task["title"] == "step 3.1: it has no text"


def _ana(town: Town, what: str) -> str:
    (contact,) = {row["contact_point_id"] for row in town.table("contact_points") if row["value"] == ANA}
    rows = [row for row in town.table("open_actions") if row["contact_point_id"] == contact and row["row"] == "3.1"]
    return str(rows[0][what])


LEVELS: dict[PauseScope, tuple[Callable[[Town], str], bool]] = {
    PauseScope.AGENCY: (lambda _: "", False),
    PauseScope.PRACTICE: (lambda _: "", False),
    PauseScope.LOCATION: (lambda _: "downtown", False),
    PauseScope.ROW: (lambda _: "3.1", False),
    PauseScope.CHANNEL: (lambda _: "sms", False),
    PauseScope.VENDOR: (lambda _: "twilio", False),
    PauseScope.PERSON: (lambda town: _ana(town, "person_id"), True),
}
"""The seven levels: what is paused, and whether somebody else still hears."""


@pytest.mark.parametrize("scope", LEVELS)
def test_r45_a_pause_at_any_level_between_clearing_and_claiming_holds_the_text(town: Town, scope: PauseScope) -> None:
    _cleared(town)
    named, others_hear = LEVELS[scope]
    now, value = town.clock.business, named(town)
    with town.opened().store.writing(business_now=now) as session:
        pause = set_pause(session, scope, value, who="maria", why="wait", now=now)
    assert deliver(town.opened().outbox, "run-late") == ({"sent": 1} if others_hear else {})
    assert (town.texts(ANA), len(town.texts(BEA))) == ([], int(others_hear))
    with town.opened().store.writing(business_now=now) as session:
        assert release_pause(session, pause.pause_id, who="maria", now=now)
    town.run(now)
    assert (len(town.texts(ANA)), len(town.texts(BEA))) == (1, 1)


def test_r45_what_expired_during_a_pause_stays_unsent(town: Town) -> None:
    _cleared(town)
    now = town.clock.business
    with town.opened().store.writing(business_now=now) as session:
        pause = set_pause(session, PauseScope.PRACTICE, "", who="maria", why="wait", now=now)
    town.run(now)
    town.run(local("2026-11-13 09:30"))
    with town.opened().store.writing(business_now=town.clock.business) as session:
        release_pause(session, pause.pause_id, who="maria", now=town.clock.business)
    town.run(town.clock.business)
    assert town.texts() == []


def test_a_phone_hears_of_another_visit_half_an_hour_later(town: Town) -> None:
    """A reminder goes out at 10:00; a quarter of an hour later another visit of the family is cancelled (R6)."""
    ana = town.person("Ana Reyes", ANA)
    child = town.person("Leo Reyes", ANA)
    town.book(ana, "2026-11-13 10:00")
    other = town.book(child, "2026-11-13 12:00")
    town.run(local("2026-11-11 10:01"))
    assert len(town.texts(ANA)) == 1
    town.cancel(other)
    town.run(local("2026-11-11 10:03"))
    town.run(local("2026-11-11 10:20"))
    assert len(town.texts(ANA)) == 1
    town.run(local("2026-11-11 10:31"))
    assert len(town.texts(ANA)) == 2
    assert [row["reason"] for row in town.table("transitions") if row["after"] == "delayed"] == ["heard_lately"]
