"""Between clearing and claiming everything is asked once more."""

from typing import Any

import pytest

from canonical.actions import Payload, SendSms
from ledger.permission import suppress
from pipelines.outbox import claim
from pipelines.outbox.decide import Decided
from pipelines.outbox.deliver import deliver
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
    (task,) = town.table("tasks")
    assert (task["kind"], task["title"]) == ("operator", "step 3.1: it has no text")
