"""What Podium tells: page by page, back to the last pass, with one bad record never stopping the others."""

import json
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer

from canonical.problems import NeedsOperator, ProtocolBroken, TryLater, Where
from connectors.kit import registry
from connectors.kit.access import Access
from connectors.kit.connecting import accept, consent
from connectors.kit.exchange import get
from connectors.podium.rows import direction, instant, page_of, row_of, with_told
from emulators.podium.emulator import DOWNTOWN, PER_MINUTE
from mappings.wire import read
from tests.connectors.podium.desk import CLINIC, FRIEND, NAME, PATIENT, TEXT, Desk, text, told

UPTOWN = "10000000-0000-4000-8000-000000000002"
MANY = 230


def test_contacts_come_in_pages_and_then_only_what_changed(desk: Desk) -> None:
    for number in range(MANY):
        desk.podium.do("contact", identifier=f"+1212555{number:04d}", name=f"Person {number}")
    desk.later(hours=1)
    pages = desk.pages("contacts")
    assert [len(page.records) for page in pages] == [100, 100, 30]
    assert [page.complete for page in pages] == [False, False, True]
    desk.later(hours=1)
    desk.podium.do("contact", identifier="+12125550007", name="Person Seven")
    desk.later(minutes=1)
    [changed] = desk.pull("contacts", pages[-1].cursor)
    assert told(changed)["full_name"] == "Person Seven"


def test_a_pass_that_was_cut_goes_on_where_it_was(desk: Desk) -> None:
    for number in range(MANY):
        desk.podium.do("contact", identifier=f"+1212555{number:04d}")
    first = desk.pages("contacts")[0]
    rest = desk.pull("contacts", first.cursor)
    assert len({record.vendor_id for record in (*first.records, *rest)}) == MANY


def test_a_page_that_has_gone_stale_starts_the_pass_again(desk: Desk) -> None:
    desk.podium.do("contact", identifier=PATIENT)
    stale = json.dumps({"begun": desk.now.isoformat(), "page": "not-a-cursor-any-more"})
    assert len(desk.pull("contacts", stale)) == 1


def test_what_changes_while_a_pass_runs_is_read_by_the_next(desk: Desk) -> None:
    """The list is read for hours, and a contact on its first page changes meanwhile."""
    for number in range(150):
        desk.podium.do("contact", identifier=f"+1212555{number:04d}")
    first = desk.pages("contacts")[0]
    begun = desk.now
    desk.later(hours=3)
    desk.podium.do("contact", identifier="+12125550001", name=NAME)
    desk.podium.do("contact", identifier="+12125550149", name="Last")
    rest = desk.pages("contacts", first.cursor)
    assert json.loads(rest[-1].cursor)["since"] <= begun.isoformat().replace("+00:00", "Z")
    names = [told(record).get("full_name") for record in desk.pull("contacts", rest[-1].cursor)]
    assert NAME in names


def test_an_opt_out_of_a_phone_is_one_of_texts_and_comes_back_with_start(desk: Desk) -> None:
    desk.podium.do("inbound", from_=PATIENT, body="STOP")
    pages = desk.pages("contacts")
    [contact] = pages[0].records
    assert told(contact)["opted_out"] == ["sms"]
    desk.later(minutes=5)
    desk.podium.do("inbound", from_=PATIENT, body="start")
    [contact] = desk.pull("contacts", pages[-1].cursor)
    assert "opted_out" not in told(contact)


@pytest.mark.parametrize(
    "channel,closed",
    [
        ({"type": "phone", "identifier": PATIENT}, ["sms"]),
        ({"type": "email", "identifier": "a@b.com"}, ["email"]),
        ({"type": None, "identifier": "a@b.com"}, ["email"]),
        ({"type": "whatsapp", "identifier": PATIENT}, ["sms"]),
        ({}, ["sms"]),
    ],
)
def test_an_opt_out_of_doubtful_kind_closes_texts(channel: dict[str, object], closed: list[str]) -> None:
    out = channel | {"transactionalOptedOutAt": "2026-11-01T00:00:00Z"}
    row = row_of(json.dumps({"uid": "1", "channels": [out, None, "x", channel]}).encode())
    assert row is not None
    assert json.loads(with_told("contacts", row))["glowline"]["opted_out"] == closed


@pytest.mark.parametrize("kind", ["facebook", "iframe", "secure"])
def test_rows_7_1_and_7_2_whoever_writes_without_a_number_is_known_by_their_contact(desk: Desk, kind: str) -> None:
    desk.podium.do("inbound", from_=PATIENT, body="STOP")
    [thread], [contact] = desk.podium.world.conversations.values(), desk.podium.world.contacts.values()
    thread["channel"] |= {"type": kind, "identifier": "1789"}
    [found] = [told(record) for record in desk.pull("messages")]
    assert (found["person_vendor_id"], found["text"], found.get("contact")) == (contact["uid"], "STOP", None)
    assert found["channel"] == ("messenger" if kind == "facebook" else "portal")


def test_a_chat_whose_contact_is_gone_is_read_without_one(desk: Desk) -> None:
    desk.podium.do("inbound", from_=PATIENT, body="Hello")
    [thread] = desk.podium.world.conversations.values()
    thread["channel"] |= {"type": "iframe", "identifier": None}
    desk.podium.world.contacts.clear()
    [found] = [told(record) for record in desk.pull("messages")]
    assert (found["text"], found.get("person_vendor_id")) == ("Hello", None)


def test_whatsapp_is_a_phone(desk: Desk) -> None:
    desk.podium.do("inbound", from_=PATIENT, body="STOP")
    [thread] = desk.podium.world.conversations.values()
    thread["channel"]["type"] = "whatsapp"
    [found] = [told(record) for record in desk.pull("messages")]
    assert (found["channel"], found["contact"]) == ("sms", PATIENT)


def test_a_status_that_changes_late_is_read_with_the_next_news_of_its_conversation(desk: Desk) -> None:
    desk.podium.auto_progress = False
    desk.send(text())
    pages = desk.pages("messages")
    desk.later(minutes=30)
    pages = desk.pages("messages", pages[-1].cursor)
    desk.later(minutes=30)
    desk.podium.do("advance", status="failed")
    [record] = desk.pull("messages", pages[-1].cursor)
    assert (told(record)["text"], told(record)["status"]) == (TEXT, "rejected")


def test_messages_of_both_directions_are_read_and_old_ones_only_once(desk: Desk) -> None:
    desk.write_everything()
    pages = desk.pages("messages")
    found = [told(record) for page in pages for record in page.records]
    assert {(one["direction"], one["text"], one["contact"]) for one in found} == {
        ("outbound", "See you at Lumen tomorrow at 9.", PATIENT),
        ("inbound", "C", PATIENT),
        ("outbound", "Sent elsewhere.", PATIENT),
    }
    assert {one["ours"] for one in found} == {DOWNTOWN}
    desk.later(hours=1)
    pages = desk.pages("messages", pages[-1].cursor)
    desk.later(days=2)
    pages = desk.pages("messages", pages[-1].cursor)
    assert [record for page in pages for record in page.records] == []
    desk.podium.do("inbound", from_=PATIENT, body="Thanks")
    [news] = desk.pull("messages", pages[-1].cursor)
    assert (told(news)["text"], told(news)["status"]) == ("Thanks", "received")


def test_what_was_said_in_the_last_ten_minutes_is_read_again(desk: Desk) -> None:
    desk.podium.do("inbound", from_=PATIENT, body="one")
    pages = desk.pages("messages")
    desk.later(minutes=5)
    desk.podium.do("inbound", from_=PATIENT, body="two")
    assert [told(record)["text"] for record in desk.pull("messages", pages[-1].cursor)] == ["two", "one"]


def test_a_long_conversation_is_read_to_its_end_and_then_only_back_to_the_last_pass(desk: Desk) -> None:
    for number in range(45):
        desk.podium.do("inbound", from_=PATIENT, body=f"message {number}")
        desk.later(minutes=1)
    pages = desk.pages("messages")
    assert len({record.vendor_id for page in pages for record in page.records}) == 45
    before = len(desk.podium.journal.entries())
    desk.podium.do("inbound", from_=PATIENT, body="news")
    desk.pull("messages", pages[-1].cursor)
    asked = [entry.path for entry in desk.podium.journal.entries()[before:] if entry.path.endswith("/messages")]
    assert len(asked) == 3


def test_a_first_pass_over_many_conversations_can_be_cut_after_each(desk: Desk) -> None:
    desk.podium.do("settings", per_minute=10_000)
    for number in range(120):
        desk.podium.do("inbound", from_=f"+1212555{number:04d}", body="Hello")
    whole = desk.pages("messages")
    assert len([page for page in whole if page.records]) == 120
    for cut in (0, 57, 99, 100, 119):
        rest = desk.pages("messages", whole[cut].cursor)
        seen = [record.vendor_id for page in (*whole[: cut + 1], *rest) for record in page.records]
        assert len(set(seen)) == len(seen) == 120


def test_a_shared_account_gives_each_practice_its_own(desk: Desk) -> None:
    desk.podium.do("location", uid=UPTOWN, number="+12125550101")
    desk.podium.do("inbound", from_=PATIENT, body="downtown")
    desk.podium.do("inbound", from_=FRIEND, body="uptown", location=UPTOWN)
    for place, words in ((DOWNTOWN, "downtown"), (UPTOWN, "uptown"), (f"{DOWNTOWN}, {UPTOWN}", "both")):
        desk.select["locations"] = place
        found = {str(told(record)["text"]) for record in desk.pull("messages")}
        assert found == ({"downtown", "uptown"} if words == "both" else {words})
        assert len(desk.pull("contacts")) == len(found)


def test_reviews_and_invitations_say_what_became_of_them(desk: Desk) -> None:
    desk.write_everything()
    reviews, invites = desk.pages("reviews"), desk.pages("invites")
    review, invite = told(reviews[0].records[0]), told(invites[0].records[0])
    assert (review["platform"], review["rating"], review["reply"]) == ("google", 5, "Thank you!")
    assert (review["location"], review["author"]) == (DOWNTOWN, "Joe Orange")
    assert (invite["direction"], invite["status"], invite["contact"]) == ("outbound", "accepted", PATIENT)
    desk.later(hours=1)
    desk.podium.do("click", uid=invite["vendor_id"], status="delivered")
    desk.podium.do("review", uid=review["vendor_id"], rating=5, reply="Thank you again!")
    assert told(desk.pull("invites", invites[-1].cursor)[0])["status"] == "delivered"
    assert len(desk.pull("reviews", reviews[-1].cursor)) == 1


def test_an_invitation_never_says_whose_review_came_of_it(desk: Desk) -> None:
    desk.write_everything()
    for record in desk.pull("invites"):
        assert not {"rating", "review"} & set(told(record))


@pytest.mark.parametrize("data", ["null", "[]", "[null]"])
def test_a_list_of_nothing_is_empty(desk: Desk, httpserver: HTTPServer, data: str) -> None:
    httpserver.expect_request("/v4/contacts").respond_with_data(f'{{"data": {data}, "metadata": null}}')
    desk.settings["base_url"] = httpserver.url_for("")
    [page] = desk.pages("contacts")
    assert (page.records, page.suspects, page.complete) == ((), (), True)


def test_a_list_that_comes_as_one_object_is_one_record(desk: Desk, httpserver: HTTPServer) -> None:
    """As Podium's OpenAPI types it, and as a mock made from it answers."""
    httpserver.expect_request("/v4/contacts").respond_with_data('{"data": {"uid": "1"}, "metadata": {"url": "x"}}')
    desk.settings["base_url"] = httpserver.url_for("")
    assert [record.vendor_id for record in desk.pull("contacts")] == ["1"]


def test_a_record_without_an_id_is_set_aside_alone(desk: Desk, httpserver: HTTPServer) -> None:
    body = '{"data": [{"uid": "1"}, {"name": "x"}, {"uid": ""}, 7, {"uid": "2"}], "metadata": {}}'
    httpserver.expect_request("/v4/contacts").respond_with_data(body)
    desk.settings["base_url"] = httpserver.url_for("")
    [page] = desk.pages("contacts")
    assert [record.vendor_id for record in page.records] == ["1", "2"]
    assert [suspect.body for suspect in page.suspects] == [b'{"name": "x"}', b'{"uid": ""}', b"7"]


def test_a_cursor_that_comes_twice_ends_the_pass_loudly(desk: Desk, httpserver: HTTPServer) -> None:
    body = '{"data": [{"uid": "1"}], "metadata": {"nextCursor": "again"}}'
    httpserver.expect_request("/v4/contacts").respond_with_data(body)
    desk.settings["base_url"] = httpserver.url_for("")
    with pytest.raises(ProtocolBroken, match="never end"):
        desk.pull("contacts")


def test_a_conversation_that_was_deleted_meanwhile_stops_no_other(desk: Desk) -> None:
    desk.podium.do("inbound", from_=PATIENT, body="one")
    desk.podium.do("inbound", from_=FRIEND, body="two")
    desk.podium.fail("status", status=404, path="messages$", text="not_found")
    assert len(desk.pull("messages")) == 1


@pytest.mark.parametrize(
    "fields,event,who",
    [
        ({"items": [{"sourceType": "outbound"}]}, "", "outbound"),
        ({"items": [{"sourceType": "INBOUND_SMS"}]}, "", "inbound"),
        ({"items": [{"sourceType": None}], "senderUid": "u"}, "", "outbound"),
        ({"items": None, "sender": {"uid": "u"}}, "", "outbound"),
        ({"failureReason": "Attempted to send SMS to a landline."}, "", "outbound"),
        ({"items": [{"sourceType": "outbound"}]}, "message.received", "inbound"),
        ({"items": [{"sourceType": "inbound"}, {"sourceType": "outbound"}]}, "", ""),
        ({}, "message.sent", "outbound"),
        ({}, "", ""),
    ],
)
def test_who_wrote_is_never_guessed(fields: dict[str, object], event: str, who: str) -> None:
    assert direction(fields, event) == who


def test_a_message_of_which_nobody_knows_who_wrote_it_is_none_we_understand() -> None:
    row = row_of(b'{"uid": "1", "body": "STOP"}')
    assert row is not None
    with pytest.raises(ProtocolBroken):
        registry.require_known_shape("podium", "messages", read("json", with_told("messages", row)))


@pytest.mark.parametrize("written", [None, 7, "", "yesterday", "2026-13-01T00:00:00Z"])
def test_what_is_no_instant_is_none(written: object) -> None:
    assert instant(written) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"data": "x"}', b"<html>", b'{"data": [1'])
def test_what_is_no_page_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        page_of(body, Where("podium", "pull.contacts"))


def test_a_storm_of_429_is_not_answered_with_more_requests(desk: Desk) -> None:
    desk.podium.do("settings", per_minute=3)
    for number in range(30):
        desk.podium.do("inbound", from_=f"+1212555{number:04d}", body="Hello")
    with pytest.raises(TryLater) as later:
        desk.pull("messages")
    assert later.value.after == timedelta(minutes=1)
    refused = [entry for entry in desk.podium.journal.entries() if entry.status == 429]
    assert len(refused) == 1


def test_an_access_token_that_ended_is_renewed_once_and_kept_before_it_is_used(desk: Desk) -> None:
    desk.podium.do("contact", identifier=PATIENT)
    desk.later(hours=11)
    assert len(desk.pull("contacts")) == 1
    assert desk.podium.tokens.refreshed == 1
    kept = desk.store.read("podium/lumen")
    assert kept is not None
    assert json.loads(kept.get_secret_value())["refresh_token"] == desk.podium.tokens.refresh_token
    desk.pull("contacts")
    assert desk.podium.tokens.refreshed == 1


def test_a_refresh_token_that_is_no_longer_honoured_needs_somebody(desk: Desk) -> None:
    desk.podium.tokens.refresh_token = "another"
    desk.later(hours=11)
    with pytest.raises(NeedsOperator) as problem:
        desk.pull("contacts")
    assert "glowline connect" in problem.value.next_step


def test_somebody_says_yes_and_the_account_is_connected(desk: Desk) -> None:
    """What `glowline connect podium` does, with the browser played by one request."""
    desk.settings["authorize_url"] = f"{desk.podium.url}/oauth/authorize"
    access = Access(desk.connection, registry.manifest("podium"), desk.tools)
    asked = consent(access, "http://127.0.0.1:8602/connected")
    answer = desk.calm.exchange(get(asked.url), account="browser")
    accept(access, asked, answer.headers["location"])
    assert set(desk.podium.tokens.scopes) == set(access.manifest.auth.scopes)
    desk.podium.do("contact", identifier=PATIENT)
    assert len(desk.pull("contacts")) == 1
    assert desk.podium.tokens.refreshed == 0


def test_the_manifests_limit_is_the_one_that_podium_counts() -> None:
    [limit] = registry.manifest("podium").limits
    assert (limit.rate.requests, limit.rate.window) == (PER_MINUTE, timedelta(minutes=1))


def test_the_account_is_proved_and_what_is_missing_is_named(desk: Desk) -> None:
    found = desk.verified()
    assert found.proved == ("credentials", "locations", "streams")
    assert any("no webhook" in warning for warning in found.warnings)
    desk.podium.do(
        "webhook",
        url="https://hooks.example.com/x",
        events=["message.received", "message.sent", "message.failed", "contact.deleted"],
    )
    assert any("no secret" in warning for warning in desk.verified().warnings)
    next(iter(desk.podium.world.hooks.values())).update(secret="s", disabled=True)
    assert any("switched off" in warning for warning in desk.verified().warnings)
    next(iter(desk.podium.world.hooks.values())).update(disabled=False)
    assert desk.verified().warnings == ()


def test_a_location_of_somebody_elses_and_another_number_are_found_out(desk: Desk) -> None:
    desk.settings[f"location.{CLINIC}"] = DOWNTOWN
    assert not any("sends from" in warning for warning in desk.verified().warnings)
    desk.settings["location.+12125550199"] = DOWNTOWN
    assert any("0199" in warning and "0100" in warning for warning in desk.verified().warnings)
    desk.settings["location"] = UPTOWN
    with pytest.raises(NeedsOperator) as problem:
        desk.verified()
    assert DOWNTOWN in problem.value.next_step


@pytest.mark.parametrize("scope", ["read_contacts", "read_messages", "read_reviews", "read_locations"])
def test_a_scope_the_app_was_not_given_is_named(desk: Desk, scope: str) -> None:
    desk.podium.do("scopes", lacking=[scope])
    with pytest.raises(NeedsOperator) as problem:
        desk.verified()
    assert scope in problem.value.next_step
