"""From the spool into the ledgers: nothing lost, nothing doubled, everything with the practice it belongs to."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

import connectors.twilio.webhook as twilio
from canonical.ids import ConnectionId, Prefix, RunId, keyed_id
from canonical.raw import Page, RawRecord
from connectors.kit import registry
from connectors.kit.webhooks import Event, Incoming
from ledger.installation import unrouted
from ledger.raw import Landed, land
from ledger.streams import Stream
from pipelines.accept.arrival import arrival_of
from pipelines.accept.stage import Drained
from pipelines.tick.doorway import HubRooms, take_in, tidy, try_homeless
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
    sid,
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
    assert (row["vendor_id"], row["stream"], row["origin"]) == (sid(1), "inbound", "webhook /hooks/twilio/lumen/twilio")
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
    world.spool.write(call(inbound("for Lumen", number=1, to=LUMEN)))
    world.spool.write(call(inbound("for Solis", number=2, to=SOLIS)))
    drained(world)
    assert texts(world, "lumen") == [sid(1)]
    assert texts(world, "solis") == [sid(2)]


def test_a_number_nobody_listed_goes_to_the_only_owner_of_an_account(tmp_path: Path) -> None:
    world = World.at(lay_out(tmp_path, "lumen"))
    drained_after(world, inbound("STOP", to="+12125550199"))
    assert texts(world) == [sid(1)]


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
    assert (texts(world, "lumen"), texts(world, "solis")) == ([], [sid(1)])
    assert drained_after(world, inbound("Who is this?", number=2, to=LUMEN, sender=OTHER)).unrouted == 1


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
    world.spool.write(call(inbound("theirs", number=2, to=SOLIS, practice="solis"), "solis"))
    done = drained(world)
    assert "locations.yaml:" in done.left[mine]
    assert world.spool.names() == (mine,)
    assert texts(world, "solis") == [sid(2)]
    write(world.home / "lumen" / "locations.yaml", good)
    drained(world)
    assert texts(world) == [sid(1)]


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
    world.spool.write(call(inbound("fine", number=2)))
    drained(world)
    assert world.spool.names() == ()
    assert [row["code"] for row in world.table("quarantine")] == ["unreadable_call"]
    assert sid(2) in texts(world)


def test_an_unsigned_call_is_only_a_hint_and_its_words_are_not_believed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = registry.manifest("twilio")
    assert described.webhook is not None
    unsigned = described.webhook.model_copy(update={"header": "", "secrets": ()})
    monkeypatch.setattr(
        "pipelines.accept.sorting.manifest", lambda _: described.model_copy(update={"webhook": unsigned})
    )
    done = drained_after(world, inbound("STOP"))
    assert [(hint.owner.connection_id, hint.stream, hint.vendor_id) for hint in done.hints] == [
        ("twilio", "inbound", sid(1))
    ]
    assert world.table("raw") == []


def portal_event(verb: str, number: int, **more: object) -> Incoming:
    told = {"eventId": number, "subscriptionId": 1, "portalId": 4711, "appId": 1, "occurredAt": 1794502800000} | more
    body = [told | {"subscriptionType": f"contact.{verb}", "attemptNumber": 0, "objectId": number}]
    return Incoming(url=f"{PUBLIC}/hooks/hubspot/lumen/crm", headers={}, body=json.dumps(body).encode())


@pytest.fixture
def portal(tmp_path: Path) -> World:
    """Two practices on one HubSpot portal."""
    home = lay_out(tmp_path, "lumen", "solis")
    for name in ("lumen", "solis"):
        crm = {"vendor": "hubspot", "account": "4711", "secret": "env:PORTAL", "streams": ["contacts"]}
        write(home / name / "connections.yaml", {"crm": crm})
        write(home / name / "senders.yaml", "{}")
    world = World.at(home)
    for name in ("lumen", "solis"):
        HubRooms(world.hub).room(name)
    return world


def told(world: World, incoming: Incoming) -> Drained:
    crm = {"vendor": "hubspot", "connection_id": ConnectionId("crm")}
    world.spool.write(call(incoming).model_copy(update=crm))
    return drained(world)


def test_a_change_on_a_shared_portal_is_a_hint_for_everybody_on_it(portal: World) -> None:
    done = told(portal, portal_event("propertyChange", 7, propertyName="phone", propertyValue="+12125550142"))
    assert sorted((hint.owner.practice_id, hint.vendor_id) for hint in done.hints) == [("lumen", "7"), ("solis", "7")]
    assert portal.table("raw", "lumen") == portal.table("raw", "solis") == []


def test_a_deletion_on_a_shared_portal_lands_only_where_the_record_is_known(portal: World) -> None:
    now = portal.hand.business_now()
    record = RawRecord(connection_id=ConnectionId("crm"), stream="contacts", vendor_id="7", body=b"{}", origin="page 1")
    stream = Stream(ConnectionId("crm"), "contacts")
    with portal.hub.store("solis").writing(business_now=now) as session:
        page = Page(records=(record,), cursor="")
        land(session, arrival_of(stream, page, frozenset(), now=now, run_id=RUN))
    told(portal, portal_event("deletion", 7))
    assert [row["deleted"] for row in portal.table("raw", "solis")] == [False, True]
    assert portal.table("raw", "lumen") == []
    assert told(portal, portal_event("deletion", 8)).foreign == 1


def test_each_landing_is_audited_with_its_sum(world: World) -> None:
    drained_after(world, inbound("hello"))
    [entry] = [bytes(row["body"]).decode() for row in world.table("audit")]
    assert '"connection:raw:landed"' in entry
    assert '"new":1' in entry


def test_tidying_forgets_dead_writers_and_events_nobody_repeats_any_more(world: World) -> None:
    drained_after(world, inbound("STOP"))
    left = world.spool.folder / ".dead.call.part"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    assert tidy(world.hub, world.spool) == 1
    assert len(world.installation("seen_events")) == 1
    world.hand.pass_(days=36)
    assert tidy(world.hub, world.spool) == 1
    assert world.installation("seen_events") == []


def test_what_nobody_owned_finds_its_practice_once_the_number_is_written_down(world: World) -> None:
    HubRooms(world.hub).room("solis")
    drained_after(world, inbound("STOP", to="+12125550199"))
    connections = world.home / "solis" / "connections.yaml"
    write(connections, connections.read_text() + '  select: {numbers: "+12125550199"}\n')
    world.declare("solis")
    assert try_homeless(world.hub, world.spool) == 1
    assert try_homeless(world.hub, world.spool) == 0
    drained(world)
    assert texts(world, "solis") == [sid(1)]
    assert texts(world, "lumen") == []
    assert world.installation("unrouted") == []


def test_what_still_belongs_to_nobody_is_kept_again(world: World) -> None:
    HubRooms(world.hub).room("solis")
    drained_after(world, inbound("STOP", to="+12125550199"))
    try_homeless(world.hub, world.spool)
    drained(world)
    assert len(world.installation("unrouted")) == 1
    assert world.spool.names() == ()
