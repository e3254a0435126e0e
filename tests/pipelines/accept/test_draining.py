"""From the spool into the ledgers: nothing lost, nothing doubled, everything with the practice it belongs to."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

import connectors.twilio.webhook as twilio
from canonical.ids import ConnectionId, Prefix, RunId, keyed_id
from connectors.kit import registry
from connectors.kit.manifest import Manifest, Via
from connectors.kit.webhooks import Event, Incoming
from ledger.installation import unrouted
from ledger.raw import Landed
from ledger.streams import Stream
from pipelines.accept.stage import Drained
from pipelines.tick.doorway import HubRooms, take_in
from tests.receiver.folder import write
from tests.receiver.world import (
    LUMEN,
    NOON,
    OTHER,
    PATIENT,
    PUBLIC,
    SOLIS,
    World,
    call,
    inbound,
    lay_out,
    signed,
)

RUN = RunId("run-test")
INBOUND = Stream(ConnectionId("twilio"), "inbound")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(lay_out(tmp_path, "lumen", "solis"))


def drained(world: World) -> Drained:
    return take_in(world.hub, world.spool, RUN)


def texts(world: World, practice: str = "lumen") -> list[object]:
    return [row["vendor_id"] for row in world.table("raw", practice)]


def test_an_event_lands_as_raw_and_leaves_the_spool(world: World) -> None:
    world.spool.write(call(inbound("See you then")))
    done = drained(world)
    assert done.landed == {("lumen", INBOUND): Landed(read=1, new=1)}
    assert world.spool.names() == ()
    [row] = world.table("raw")
    assert (row["vendor_id"], row["stream"], row["origin"]) == ("SM1", "inbound", "webhook /hooks/twilio/lumen/twilio")
    assert bytes(row["body"]) == inbound("See you then").body


def test_the_same_delivery_twice_changes_nothing(world: World) -> None:
    for _ in range(2):
        world.spool.write(call(inbound("STOP")))
    world.spool.write(call(inbound("STOP")))
    done = drained(world)
    again = drained_after(world, inbound("STOP"))
    assert sum(landed.new for landed in done.landed.values()) == 1
    assert again.landed == {("lumen", INBOUND): Landed(read=1, repeated=1)}
    assert len(world.table("raw")) == 1


def drained_after(world: World, incoming: Incoming) -> Drained:
    world.spool.write(call(incoming))
    return drained(world)


def test_an_old_state_that_is_replayed_does_not_come_back(world: World) -> None:
    """The record says A, then B; whoever repeats the call that said A is not believed a second time (SEC-02)."""
    for body in ("A", "B", "A"):
        drained_after(world, inbound(body))
    assert [b"Body=B" in bytes(row["body"]) for row in world.table("raw")] == [False, True]


def test_two_practices_on_one_account_get_what_came_to_their_numbers(world: World) -> None:
    HubRooms(world.hub).room("solis")
    world.spool.write(call(inbound("for Lumen", sid="SM1", to=LUMEN)))
    world.spool.write(call(inbound("for Solis", sid="SM2", to=SOLIS)))
    drained(world)
    assert texts(world, "lumen") == ["SM1"]
    assert texts(world, "solis") == ["SM2"]


def test_a_number_nobody_listed_goes_to_the_only_owner_of_an_account(tmp_path: Path) -> None:
    world = World.at(lay_out(tmp_path, "lumen"))
    drained_after(world, inbound("STOP", to="+12125550199"))
    assert texts(world) == ["SM1"]


def test_a_number_nobody_listed_on_a_shared_account_is_kept_for_a_person(world: World) -> None:
    HubRooms(world.hub).room("solis")
    incoming = inbound("STOP", to="+12125550199")
    done = drained_after(world, incoming)
    assert done.unrouted == 1
    assert texts(world, "lumen") == texts(world, "solis") == []
    with HubRooms(world.hub).installation.reading() as session:
        [kept] = unrouted(session)
    assert incoming.body in kept.body


def test_what_was_kept_for_nobody_is_kept_once(world: World) -> None:
    HubRooms(world.hub).room("solis")
    for _ in range(2):
        drained_after(world, inbound("STOP", to="+12125550199"))
    with HubRooms(world.hub).installation.reading() as session:
        assert len(unrouted(session)) == 1


def test_a_shared_number_belongs_to_the_practice_that_last_wrote_to_the_sender(world: World) -> None:
    write(
        world.home / "solis" / "senders.yaml",
        (world.home / "lumen" / "senders.yaml").read_text().replace("lumen", "solis"),
    )
    HubRooms(world.hub).room("solis")
    spoke_last(world, "lumen", minutes=-60)
    spoke_last(world, "solis", minutes=-10)
    drained_after(world, inbound("Thanks!", to=LUMEN))
    assert (texts(world, "lumen"), texts(world, "solis")) == ([], ["SM1"])
    assert drained_after(world, inbound("Who is this?", sid="SM2", to=LUMEN, sender=OTHER)).unrouted == 1


def spoke_last(world: World, practice: str, *, minutes: int) -> None:
    with world.hub.store(practice).writing() as session:
        point = keyed_id(Prefix.CONTACT_POINT, session.key("pseudonym"), "phone", PATIENT)
        row = {
            "attempt_id": f"at-{practice}",
            "contact_point_id": point,
            "claimed_at": NOON + timedelta(minutes=minutes),
        }
        session.insert("attempts", [row])


def test_a_practice_whose_settings_are_broken_keeps_its_own_calls_and_nobody_elses(world: World) -> None:
    HubRooms(world.hub).room("solis")
    good = (world.home / "lumen" / "locations.yaml").read_text()
    write(world.home / "lumen" / "locations.yaml", good.replace("America/New_York", "America/Newyork"))
    mine = world.spool.write(call(inbound("mine", to=LUMEN)))
    world.spool.write(call(inbound("theirs", sid="SM2", to=SOLIS, practice="solis"), "solis"))
    done = drained(world)
    assert "locations.yaml:" in done.left[mine]
    assert world.spool.names() == (mine,)
    assert texts(world, "solis") == ["SM2"]
    write(world.home / "lumen" / "locations.yaml", good)
    drained(world)
    assert texts(world) == ["SM1"]


def test_a_practice_that_is_gone_leaves_its_calls_to_a_person(world: World) -> None:
    world.spool.write(call(inbound("hello", practice="closed"), "closed"))
    assert drained(world).unrouted == 1
    assert world.spool.names() == ()


def test_a_call_signed_for_one_account_cannot_speak_for_another(tmp_path: Path) -> None:
    home = lay_out(tmp_path, "lumen", "solis")
    connections = home / "solis" / "connections.yaml"
    write(home / "secrets" / "other", "another token")
    other = connections.read_text().replace("shared-twilio", ACCOUNT_SID).replace("secrets/twilio", "secrets/other")
    write(connections, other)
    world = World.at(home)
    HubRooms(world.hub).room("solis")
    assert drained_after(world, inbound("let me in", to=SOLIS)).unrouted == 1
    assert texts(world, "solis") == []


ACCOUNT_SID = next(part[11:] for part in inbound("x").body.decode().split("&") if part.startswith("AccountSid="))


def test_an_event_we_ignore_is_kept_and_nothing_is_made_of_it(world: World) -> None:
    body = inbound("hi").body.replace(b"SmsStatus=received", b"SmsStatus=receiving")
    drained_after(world, signed(f"{PUBLIC}/hooks/twilio/lumen/twilio", body))
    [row] = world.table("raw")
    assert row["record_id"] is None
    assert bytes(row["body"]) == body
    assert world.table("quarantine") == []


def test_an_event_nobody_knows_is_set_aside_with_a_next_step(world: World) -> None:
    body = inbound("hi").body.replace(b"SmsStatus=received", b"SmsStatus=teleported")
    drained_after(world, signed(f"{PUBLIC}/hooks/twilio/lumen/twilio", body))
    [mark] = world.table("quarantine")
    assert mark["code"] == "unknown_event"
    assert "connectors/twilio/README.md" in str(mark["next_step"])


def test_a_call_that_no_reader_can_take_apart_stops_nobody_behind_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = twilio.parse

    def parsed(incoming: Incoming) -> tuple[Event, ...]:
        if b"poison" in incoming.body:
            raise ZeroDivisionError
        return parse(incoming)

    monkeypatch.setattr(twilio, "parse", parsed)
    world.spool.write(call(inbound("poison")))
    world.spool.write(call(inbound("fine", sid="SM2")))
    drained(world)
    assert world.spool.names() == ()
    assert [row["code"] for row in world.table("quarantine")] == ["unreadable_call"]
    assert "SM2" in texts(world)


def unsigned(described: Manifest) -> Manifest:
    assert described.webhook is not None
    return described.model_copy(update={"webhook": described.webhook.model_copy(update={"header": "", "secrets": ()})})


def pulled(described: Manifest) -> Manifest:
    stream = described.streams["inbound"].model_copy(update={"via": Via.PULL})
    return described.model_copy(update={"streams": described.streams | {"inbound": stream}})


@pytest.mark.parametrize("change", [unsigned, pulled])
def test_a_hint_is_kept_and_asks_for_a_pull_and_its_words_are_not_believed(
    world: World, monkeypatch: pytest.MonkeyPatch, change: Callable[[Manifest], Manifest]
) -> None:
    described = change(registry.manifest("twilio"))
    monkeypatch.setattr("pipelines.accept.sorting.manifest", lambda _: described)
    done = drained_after(world, inbound("STOP"))
    assert [(hint.owner.connection_id, hint.stream) for hint in done.hints] == [("twilio", "inbound")]
    assert [row["record_id"] for row in world.table("raw")] == [None]


def test_each_landing_is_audited_with_its_sum(world: World) -> None:
    drained_after(world, inbound("hello"))
    [entry] = [bytes(row["body"]).decode() for row in world.table("audit")]
    assert '"connection:raw:landed"' in entry
    assert '"new":1' in entry
