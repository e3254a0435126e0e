"""What we read from HighLevel: everything once, across pages, gaps and gone records."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from canonical.problems import ProtocolBroken, TryLater
from canonical.raw import Page, RawRecord
from connectors.gohighlevel.passes import Cursor
from connectors.kit import registry
from connectors.kit.webhooks import Event, Incoming, Meaning
from emulators.gohighlevel import Calendar, Place, public_key
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Mapped, Surroundings
from mappings.wire import read
from tests.connectors.contract.subject import NOW
from tests.connectors.gohighlevel.subaccount import ANA, LOCATION, SubAccount, opened
from tests.connectors.gohighlevel.wire import ENVIRON, connection, error_body, only_reads
from tests.connectors.wire.http_wire import HttpWire
from tests.connectors.wire.server import FakeWire, Reply, Seen


def body(record: RawRecord) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(record.body)
    return found


def mapped(stream: str, fields: dict[str, Any]) -> dict[str, Any]:
    found: Mapped = Catalogue().mapping("gohighlevel", stream).apply(fields, Surroundings(), Notes())
    made: dict[str, Any] = json.loads(found.encoded())
    return made


def test_more_contacts_than_page_numbers_reach_all_arrive_once(highlevel: SubAccount) -> None:
    place = next(iter(highlevel.vendor.places.values()))
    for number in range(10_250):
        if number % 100 == 0:
            highlevel.pass_time(seconds=1)
        place.put_contact({"phone": f"+1212{number:07d}"})
    found = highlevel.pull("contacts")
    assert len(found) == len({record.vendor_id for record in found}) == 10_250


def test_a_change_that_the_index_shows_late_is_not_missed(highlevel: SubAccount) -> None:
    highlevel.vendor.search_lag = 25
    early = highlevel.ana()
    highlevel.pass_time(minutes=5)
    late = highlevel.contact(firstName="Dee", phone="+12125550149")
    first = highlevel.pages("contacts")
    assert [record.vendor_id for page in first for record in page.records] == [early["id"]]
    highlevel.pass_time(minutes=1)
    assert late["id"] in [record.vendor_id for record in highlevel.pull("contacts", first[-1].cursor)]


def test_a_visit_is_read_with_its_calendars_name_and_is_seen_moving(highlevel: SubAccount) -> None:
    visit = highlevel.vendor.do("book", contact=highlevel.ana()["id"], start="2026-11-20T10:00:00-05:00")
    first = highlevel.pages("appointments")
    [record] = [record for page in first for record in page.records]
    made = mapped("appointments", body(record))
    assert (made["service"], made["start"], made["status"], made["booked_by"]) == (
        "Visit",
        "2026-11-20T15:00:00Z",
        "confirmed",
        "patient",
    )
    highlevel.vendor.do("change", id=visit["id"], start="2026-11-23T15:00:00-05:00")
    [moved] = highlevel.pull("appointments", first[-1].cursor)
    assert mapped("appointments", body(moved))["start"] == "2026-11-23T20:00:00Z"
    highlevel.vendor.do("change", id=visit["id"], status="noshow")
    [missed] = highlevel.again("appointments", visit["id"])
    assert mapped("appointments", body(missed))["status"] == "no_show"


@pytest.mark.parametrize(
    "word,ours",
    [
        ("new", "booked"),
        ("confirmed", "confirmed"),
        ("cancelled", "cancelled"),
        ("showed", "completed"),
        ("noshow", "no_show"),
        ("no_show", "no_show"),
        ("invalid", "unknown"),
        ("something new", "unknown"),
        (None, "unknown"),
    ],
)
def test_every_status_has_a_meaning_and_an_unknown_one_sends_nothing(word: str | None, ours: str) -> None:
    visit = {"id": "a", "startTime": "2026-11-20T10:00:00-05:00", "appointmentStatus": word}
    assert mapped("appointments", visit)["status"] == ours


def test_a_visit_that_was_deleted_is_missed_and_one_that_was_moved_far_away_is_not_called_gone(
    highlevel: SubAccount,
) -> None:
    ana = highlevel.ana()["id"]
    gone = highlevel.vendor.do("book", contact=ana, start="2026-11-20T10:00:00-05:00")["id"]
    far = highlevel.vendor.do("book", contact=ana, start="2026-11-21T10:00:00-05:00")["id"]
    past = highlevel.vendor.do("book", contact=ana, start="2026-11-10T10:00:00-05:00")["id"]
    first = highlevel.pages("appointments")
    highlevel.vendor.do("delete", id=gone)
    highlevel.vendor.do("delete", id=past)
    highlevel.vendor.do("change", id=far, start="2027-09-01T10:00:00-04:00")
    second = highlevel.pages("appointments", first[-1].cursor)
    found = {record.vendor_id: record.deleted for page in second for record in page.records}
    assert found == {gone: True, far: False}
    assert highlevel.pull("appointments", second[-1].cursor) == []


def test_calendars_that_are_not_ours_are_not_read(tmp_path: Path) -> None:
    place = Place(LOCATION, calendars=(Calendar("cal1", "Visit"), Calendar("cal2", "Coaching")))
    with opened(tmp_path, place) as highlevel:
        ana = highlevel.ana()["id"]
        mine = highlevel.vendor.do("book", contact=ana, start="2026-11-20T10:00:00-05:00", calendar="cal1")
        highlevel.vendor.do("book", contact=ana, start="2026-11-20T11:00:00-05:00", calendar="cal2")
        narrowed = highlevel.connection.model_copy(update={"select": {"calendars": "cal1"}})
        pages = registry.puller(narrowed, highlevel.tools()).pull("appointments", None, now=highlevel.now)
        assert [record.vendor_id for page in pages for record in page.records] == [mine["id"]]


def test_both_channels_are_read_and_say_whom_they_are_about(highlevel: SubAccount) -> None:
    highlevel.ana()
    highlevel.vendor.do("reply", from_=ANA, body="Can I come later?")
    highlevel.vendor.do("mail", from_="ana@example.com", body="<style>p {}</style><p>STOP &amp; thanks</p>")
    made = [mapped("messages", body(record)) for record in highlevel.pull("messages")]
    assert [(one["channel"], one["direction"], one["contact"], one["text"]) for one in made] == [
        ("sms", "inbound", ANA, "Can I come later?"),
        ("email", "inbound", "ana@example.com", "STOP & thanks"),
    ]


SOCIAL = (
    "TYPE_INSTAGRAM",
    "TYPE_FACEBOOK",
    "TYPE_WHATSAPP",
    "TYPE_LIVE_CHAT",
    "TYPE_TIKTOK",
    "TYPE_GMB",
    "TYPE_WEBCHAT",
)
LOGS = ("TYPE_ACTIVITY_CONTACT", "TYPE_ACTIVITY_WHATSAPP", "TYPE_CALL", "TYPE_IVR_CALL", "TYPE_CAMPAIGN_VOICEMAIL")
BESIDE = ("TYPE_INTERNAL_COMMENT", "TYPE_INSTAGRAM_COMMENT", "TYPE_REVIEW", "TYPE_LIVE_CHAT_INFO_MESSAGE")


def write(highlevel: SubAccount, contact: str, kind: str, text: str = "STOP") -> str:
    return str(highlevel.vendor.do("write", contact=contact, kind=kind, body=text)["id"])


def test_row_7_2_what_is_written_on_social_channels_is_read_under_the_contacts_own_phone(
    highlevel: SubAccount,
) -> None:
    ana = highlevel.ana()["id"]
    by_mail = highlevel.contact(firstName="Dee", email="dee@example.com", phone="")["id"]
    sent = [write(highlevel, ana, kind) for kind in SOCIAL]
    [last] = [write(highlevel, by_mail, SOCIAL[0])]
    made = [mapped("messages", body(record)) for record in highlevel.pull("messages")]
    assert {one["vendor_id"]: one["contact"] for one in made} == dict.fromkeys(sent, ANA) | {last: "dee@example.com"}
    assert {one["vendor_id"]: one["channel"] for one in made} == {
        last: "ig_dm",
        **{one: "ig_dm" if kind == "TYPE_INSTAGRAM" else "messenger" for one, kind in zip(sent, SOCIAL, strict=True)},
    }
    assert {(one["direction"], one["text"]) for one in made} == {("inbound", "STOP")}


def test_whoever_left_neither_phone_nor_address_there_is_nobody_we_know(highlevel: SubAccount) -> None:
    known = write(highlevel, highlevel.contact(firstName="dee_on_insta")["id"], "TYPE_INSTAGRAM")
    [record] = highlevel.pull("messages")
    made = mapped("messages", body(record))
    assert (made["vendor_id"], made["contact"], made["text"]) == (known, "", "STOP")


def test_an_account_that_looks_like_a_number_is_nobodys_phone(highlevel: SubAccount) -> None:
    """What stands at the ends of a social message are pages and accounts, and a STOP must not hit a stranger's phone."""
    write(highlevel, highlevel.ana()["id"], "TYPE_FACEBOOK")
    [place] = highlevel.vendor.places.values()
    [message] = place.messages.values()
    message |= {"from": "+12125550177", "to": "+12125550178"}
    made = [mapped("messages", body(record)) for record in highlevel.pull("messages")]
    assert [(one["contact"], one["ours"]) for one in made] == [(ANA, "")]


def test_the_log_calls_and_notes_among_staff_are_no_messages(highlevel: SubAccount) -> None:
    ana = highlevel.ana()["id"]
    ids = [write(highlevel, ana, kind, "Called back") for kind in (*LOGS, *BESIDE)]
    spoken_ = write(highlevel, ana, "TYPE_SOMETHING_NEW")
    assert [record.vendor_id for record in highlevel.pull("messages")] == [spoken_]
    assert [record.vendor_id for record in highlevel.again("messages", *ids, spoken_)] == [spoken_]


@pytest.mark.parametrize("kind", ["IG", "Instagram", "FB", "WhatsApp", "Live_Chat", "Live Chat", "TIKTOK", "RCS", None])
def test_a_call_about_a_social_message_is_a_hint_in_every_spelling(kind: str | None) -> None:
    told = {"type": "InboundMessage", "messageType": kind, "messageId": "m", "locationId": "l"}
    [event] = registry.webhook("gohighlevel").parse(
        Incoming(url="https://x.example", headers={}, body=json.dumps(told).encode())
    )
    assert (event.stream, event.meaning, event.vendor_id) == ("messages", Meaning.HINT, "m")


def test_a_message_of_a_contact_that_is_gone_stops_nobody(highlevel: SubAccount) -> None:
    highlevel.ana()
    highlevel.vendor.do("reply", from_=ANA, body="one")
    highlevel.vendor.do("reply", from_="+12125550149", body="two")
    place = next(iter(highlevel.vendor.places.values()))
    gone = place.contact_by("+12125550149")
    assert gone
    del place.contacts[gone["id"]]
    records = highlevel.pull("messages")
    about = {body(record)["body"]: body(record).get("contactPhone") for record in records}
    assert about == {"one": ANA, "two": None}


def test_what_a_call_hints_at_is_read_again_by_its_id(highlevel: SubAccount) -> None:
    ana = highlevel.ana()
    said = highlevel.vendor.do("reply", from_=ANA, body="STOP")
    named = f"conversation/{said['conversationId']}"
    assert [record.vendor_id for record in highlevel.again("messages", said["id"], named)] == [said["id"]] * 2
    [person] = highlevel.again("contacts", ana["id"], "nobody")
    assert mapped("contacts", body(person))["opted_out"] == ["sms"]
    sold = highlevel.vendor.do("opportunity", contact=ana["id"])
    assert [record.vendor_id for record in highlevel.again("opportunities", sold["id"], "none")] == [sold["id"]]
    assert highlevel.again("appointments", "none") == ()
    highlevel.vendor.fail("status", status=400, path="/(appointments|messages)/?", times=None)
    assert highlevel.again("appointments", "none") == highlevel.again("messages", "none", "conversation/none") == ()


@pytest.mark.parametrize("source, automated", [("workflow", True), ("campaign", True), ("api", True), ("app", False)])
def test_what_a_workflow_sends_is_told_from_what_a_person_writes_r58(
    highlevel: SubAccount, source: str, automated: bool
) -> None:
    highlevel.ana()
    highlevel.vendor.do("reply", from_=ANA, body="See you tomorrow")
    [message] = [body(record) for record in highlevel.pull("messages")]
    made = mapped("messages", message | {"direction": "outbound", "source": source})
    assert made.get("automated", False) is automated


def test_a_form_is_an_inquiry_with_a_phone(highlevel: SubAccount) -> None:
    highlevel.vendor.do("submit", name="Dee Park", phone="(212) 555-0149", message="When can I come?")
    [record] = highlevel.pull("submissions")
    made = mapped("submissions", body(record))
    assert (made["given_name"], made["family_name"], made["phone"]) == ("Dee", "Park", "+12125550149")
    assert made["received_at"] == "2026-11-12T14:00:00Z"


@pytest.mark.parametrize(
    "dnd,settings,ours",
    [
        (False, None, []),
        (False, {"SMS": {"status": "inactive"}}, []),
        (False, {"SMS": {"status": "permanent"}}, ["sms"]),
        (False, {"Email": {"status": "active"}, "SMS": {"status": "active"}}, ["sms", "email"]),
        (True, {"SMS": {"status": "inactive"}}, ["sms", "email"]),
        (True, None, ["sms", "email"]),
    ],
)
def test_do_not_disturb_is_an_opt_out_r34(
    dnd: bool, settings: dict[str, dict[str, str]] | None, ours: list[str]
) -> None:
    assert sorted(mapped("contacts", {"id": "c", "dnd": dnd, "dndSettings": settings})["opted_out"]) == sorted(ours)


def test_a_storm_of_429_is_ridden_out_and_a_day_that_is_used_up_is_not(highlevel: SubAccount) -> None:
    highlevel.ana()
    highlevel.vendor.fail("status", status=429, times=3)
    assert len(highlevel.pull("contacts")) == 1
    highlevel.vendor.fail("status", status=429, times=None)
    with pytest.raises(TryLater) as later:
        highlevel.pull("contacts")
    assert later.value.after == timedelta(seconds=10)


def served(*answers: dict[str, Any]) -> FakeWire:
    """A vendor that gives these answers in turn, the last one for ever."""
    left = list(answers)

    def answer(seen: Seen) -> Reply:
        del seen
        return Reply(200, json.dumps(left.pop(0) if len(left) > 1 else left[0]).encode())

    return FakeWire(answer, error_body, only_reads)


def from_wire(wire: FakeWire, stream: str, cursor: str | None = None) -> list[Page]:
    with wire.running() as server:
        opened_ = HttpWire(server, connection, ENVIRON, {})
        try:
            return list(registry.puller(opened_.connection, opened_.tools()).pull(stream, cursor, now=NOW))
        finally:
            opened_.close()


def test_a_page_that_leads_to_itself_ends_the_pass() -> None:
    same = {"contacts": [{"id": "a", "searchAfter": [1, "a"]}], "total": 9}
    with pytest.raises(ProtocolBroken, match="never end"):
        from_wire(served(same), "contacts")


def test_a_record_without_an_id_is_set_aside_alone_and_odd_ones_are_kept() -> None:
    odd = [
        {"name": "nobody"},
        {"id": "a", "dateUpdated": 1700000000000},
        {"id": 7},
        {"id": "b", "extra": None},
        {"id": None},
    ]
    [page] = from_wire(served({"contacts": odd, "total": 5}), "contacts")
    assert [record.vendor_id for record in page.records] == ["a", "7", "b"]
    assert [suspect.code for suspect in page.suspects] == ["no_id", "no_id"]
    for record in page.records:
        registry.require_known_shape("gohighlevel", "contacts", read(record.format.text, record.body))


def test_without_a_place_to_go_on_from_pages_are_counted() -> None:
    pages = [{"contacts": [{"id": f"c{page}-{one}"} for one in range(500)]} for page in range(2)]
    found = from_wire(served(*pages, {"contacts": [{"id": "last"}]}), "contacts")
    assert sum(len(page.records) for page in found) == 1001
    assert found[-1].complete


def test_a_page_that_has_gone_stale_begins_its_pass_anew() -> None:
    stale = Cursor(since=NOW - timedelta(days=1), begun=NOW - timedelta(hours=1), legs=("", "Email"), token="old")

    def answer(seen: Seen) -> Reply:
        if seen.query.get("cursor"):
            return Reply(400, b'{"message": "Invalid cursor"}')
        return Reply(200, b'{"messages": [], "total": 0}')

    pages = from_wire(FakeWire(answer, error_body, only_reads), "messages", stale.model_dump_json())
    assert pages[-1].complete
    assert Cursor.model_validate_json(pages[-1].cursor).since == NOW


def test_the_pretend_vendors_own_calls_are_believed_and_understood(highlevel: SubAccount) -> None:
    heard: list[Incoming] = []

    def hear(seen: Seen) -> Reply:
        heard.append(Incoming(url="https://hooks.example/x", headers=seen.headers, body=seen.body))
        return Reply(200, b"")

    with FakeWire(hear).running() as door:
        highlevel.vendor.do("hook", url=door.url)
        ana = highlevel.ana()
        visit = highlevel.vendor.do("book", contact=ana["id"], start="2026-11-20T10:00:00-05:00")
        highlevel.vendor.do("reply", from_=ANA, body="STOP")
        highlevel.vendor.do("delete", id=visit["id"])
        highlevel.vendor.settle()
    hooks = registry.webhook("gohighlevel")
    highlevel.secret |= {"webhook_key": public_key()}
    secrets = registry.webhook_secrets(highlevel.connection, highlevel.tools())
    events: list[Event] = []
    for call in heard:
        hooks.verify(call, secrets, now=NOW)
        events += hooks.parse(call)
    assert [(event.stream, event.meaning, event.deleted) for event in events] == [
        ("contacts", Meaning.HINT, False),
        ("appointments", Meaning.HINT, False),
        ("contacts", Meaning.HINT, False),
        ("messages", Meaning.HINT, False),
        ("appointments", Meaning.KNOWN, True),
    ]
    assert {event.account for event in events} == {LOCATION}


@pytest.mark.parametrize("written", ["1984-02-29", "1984-02-29T00:00:00.000Z", 446860800000])
def test_a_birth_date_is_read_in_each_of_its_forms(written: object) -> None:
    assert mapped("contacts", {"id": "c", "dateOfBirth": written})["birth_date"] == "1984-02-29"


def test_a_zone_nobody_knows_and_a_phone_that_is_none_set_nobody_aside() -> None:
    made = mapped("contacts", {"id": "c", "timezone": "Moon/Base", "phone": "call me", "state": "Lagos"})
    assert (made["zone"], made["phones"], made["address_state"]) == ("", [], "")
