"""An opt-out reaches every tool of the practice, is confirmed by each, or becomes somebody's task (R34, TCPA-14)."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from canonical.consent import Suppression, SuppressionScope
from canonical.ids import ContactPointId, RunId, SuppressionId
from ledger.permission import decide, suppress
from pipelines.replies.stage import remember
from pipelines.resolve.evidence import PSEUDONYM, Named
from pipelines.tick.sequence import tick
from tests.receiver.folder import write
from tests.receiver.world import ACCOUNT, LUMEN, NOON, PATIENT, PUBLIC, World, call, inbound, lay_out, sid, signed

RUN = RunId("run-test")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two Twilio accounts, so that one of them has something to be told."""
    home = lay_out(tmp_path)
    connections = yaml.safe_load((home / "lumen" / "connections.yaml").read_text())
    other = connections["twilio"] | {"account": "another-account"}
    write(home / "lumen" / "connections.yaml", connections | {"other": other})
    return World.at(home)


def says(world: World, text: str, number: int = 1) -> None:
    incoming = inbound(text, number=number).model_copy(update={"received_at": world.hand.now})
    world.spool.write(call(incoming))
    world.practice().ear.listen(RUN)


def told(world: World) -> list[Any]:
    return sorted(row["connection_id"] for row in world.table("opt_out_copies"))


def test_a_keyword_is_copied_to_every_other_tool_and_not_to_the_one_that_heeds_it(world: World) -> None:
    says(world, "STOP")
    assert told(world) == ["other"]


def test_plain_words_are_copied_to_the_tool_they_came_through_too(world: World) -> None:
    says(world, "please stop texting me")
    assert told(world) == ["other", "twilio"]


@pytest.mark.parametrize(
    "address,copied",
    [(PATIENT, ["other", "twilio"]), ("ana@example.com", []), ("instagram:17841400000000001", [])],
)
def test_only_a_list_that_knows_such_addresses_is_told(world: World, address: str, copied: list[str]) -> None:
    """Twilio's knows phones: nobody waits for it to confirm that a mail address has opted out."""
    with world.hub.store("lumen").writing(business_now=NOON) as session:
        contact = Named(session.key(PSEUDONYM)).contact(address)
        assert contact is not None
        remember(session, contact, NOON)
        stopped = Suppression(
            suppression_id=SuppressionId("s-elsewhere"),
            contact_point_id=ContactPointId(contact.contact_point_id),
            brand="lumen",
            scope=SuppressionScope.ALL,
            effective_at=NOON,
            recorded_at=NOON,
            source="a form",
        )
        assert suppress(session, stopped, raw_id="")
    world.practice().ear.listen(RUN)
    assert told(world) == copied


def test_doubtful_words_are_copied_once_a_person_has_decided(world: World) -> None:
    says(world, "no")
    assert told(world) == []
    [held] = world.table("current_suppressions")
    with world.hub.store("lumen").writing(business_now=NOON) as session:
        assert decide(session, ContactPointId(held["contact_point_id"]), "lumen", stops=True, who="u-1", now=NOON)
        assert not decide(session, ContactPointId(held["contact_point_id"]), "lumen", stops=True, who="u-1", now=NOON)
    world.practice().ear.listen(RUN)
    assert told(world) == ["other", "twilio"]


def test_words_that_a_person_found_harmless_stop_nobody(world: World) -> None:
    says(world, "no")
    [held] = world.table("current_suppressions")
    with world.hub.store("lumen").writing(business_now=NOON) as session:
        decide(session, ContactPointId(held["contact_point_id"]), "lumen", stops=False, who="u-1", now=NOON)
    assert world.table("current_suppressions") == []
    world.practice().ear.listen(RUN)
    assert told(world) == []


def test_an_opt_in_is_never_copied(world: World) -> None:
    says(world, "STOP")
    before = told(world)
    says(world, "START", number=2)
    assert told(world) == before


def test_a_tool_that_does_not_confirm_within_the_hour_is_a_task_once(world: World) -> None:
    says(world, "STOP")
    world.hand.pass_(minutes=50)
    tick(world.practice(), "run-1", send=False)
    assert [row for row in world.table("current_tasks") if row["kind"] == "operator"] == []
    world.hand.pass_(minutes=20)
    for run in ("run-2", "run-3"):
        tick(world.practice(), run, send=False)
    [task] = [row for row in world.table("tasks") if row["kind"] == "operator"]
    assert "not confirmed by other" in task["title"]
    assert task["urgent"]


def test_a_copy_is_owed_to_the_tool_it_names(world: World) -> None:
    says(world, "please stop texting me")
    tick(world.practice(), "run-1", send=False)
    copies = [row for row in world.table("open_actions") if row["step"] == "7.2-copy"]
    assert sorted('"connection":"other"' in row["facts"] for row in copies) == [False, True]
    assert {row["state"] for row in copies} == {"cleared"}
    assert {row["expires_at"] - NOON for row in copies} == {timedelta(days=30)}


def refuses(world: World, code: str, to: str = PATIENT) -> None:
    """Twilio reports what became of a text that another program sent."""
    form = {"MessageSid": sid(9), "MessageStatus": "failed", "AccountSid": ACCOUNT.sid, "From": LUMEN, "To": to}
    body = urlencode(form | {"ErrorCode": code}).encode()
    incoming = signed(f"{PUBLIC}/hooks/twilio/lumen/twilio", body).model_copy(update={"received_at": world.hand.now})
    world.spool.write(call(incoming))
    tick(world.practice(), f"run-{world.hand.now:%H%M}", send=False)


def test_what_the_vendor_refused_somebody_else_is_an_opt_out_here(world: World) -> None:
    """R34: the list is the number's, whichever program met it; and nobody of that phone need be known here yet."""
    refuses(world, "21610")
    [row] = world.table("current_suppressions")
    assert (row["scope"], row["source"], row["word"], row["provisional"]) == ("all", "twilio", "refused", False)
    assert row["raw_id"]
    world.hand.pass_(minutes=1)
    refuses(world, "21610", to=PATIENT)
    assert len(world.table("suppressions")) == 1
    assert told(world) == ["other"]


def test_any_other_failure_of_somebody_elses_text_stops_nobody(world: World) -> None:
    refuses(world, "30007")
    assert world.table("current_suppressions") == []


def test_a_refusal_from_before_they_wrote_start_is_over(world: World) -> None:
    says(world, "START")
    world.hand.pass_(minutes=-5)
    refuses(world, "21610")
    assert world.table("current_suppressions") == []
