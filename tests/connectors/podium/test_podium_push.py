"""What we write into Podium: once, and looked up where the answer was lost."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from canonical.actions import LogCommunication, WriteOptOut
from canonical.delivery import Found
from canonical.inbox_writes import AddNote, CreateReviewInvite, ImportMessage
from canonical.practice import Channel
from canonical.problems import Ambiguous, NeedsOperator, RefusalReason, Refused, TryLater
from canonical.visits import AppointmentStatus
from connectors.kit.exchange import Answer
from connectors.podium import client
from emulators.podium.emulator import DOWNTOWN
from tests.connectors.podium.desk import CLINIC, FRIEND, NAME, PATIENT, TEXT, Desk, appointment, text, told

UPTOWN = "10000000-0000-4000-8000-000000000002"
INVITE = CreateReviewInvite(external_id="x", contact=SecretStr(PATIENT))


def sends(desk: Desk) -> int:
    return sum(entry.action == "send" and entry.accepted for entry in desk.podium.journal.entries())


def test_a_text_goes_out_once_and_is_found_in_the_thread(desk: Desk) -> None:
    result = desk.send(text())
    [record] = desk.pull("messages")
    assert record.vendor_id == result.vendor_id
    assert (told(record)["status"], told(record)["contact"]) == ("sent", PATIENT)
    assert sends(desk) == 1


def test_a_text_leaves_from_the_location_of_its_number(desk: Desk) -> None:
    desk.podium.do("location", uid=UPTOWN, number="+12125550101")
    desk.settings["location.+12125550101"] = UPTOWN
    desk.send(text(sender="+12125550101"))
    desk.send(text(sender=CLINIC))
    assert [one["location"]["uid"] for one in desk.podium.world.messages.values()] == [UPTOWN, DOWNTOWN]


def test_a_number_without_a_location_sends_nothing(desk: Desk) -> None:
    del desk.settings["location"]
    with pytest.raises(NeedsOperator, match="location"):
        desk.send(text())
    assert sends(desk) == 0


def test_a_name_staff_gave_is_never_written_over(desk: Desk) -> None:
    desk.podium.do("contact", identifier=PATIENT, name=NAME)
    desk.settings["sender_name"] = "Lumen"
    desk.send(text())
    assert [one["name"] for one in desk.podium.world.contacts.values()] == [NAME]


@pytest.mark.parametrize("fault", ["drop", "hang", "truncated", "cut", "empty", "no_id"])
def test_a_lost_answer_is_in_doubt_and_the_one_text_is_found(desk: Desk, fault: str) -> None:
    desk.podium.fail(fault, method="POST", path="/v4/messages", accept=True)
    with pytest.raises(Ambiguous):
        desk.send(text(), fault=fault)
    desk.podium.settle()
    assert sends(desk) == 1
    found = desk.look_up(text())
    assert (found.found, found.vendor_id) == (Found.SENT, next(iter(desk.podium.world.messages)))


def test_absence_proves_nothing(desk: Desk) -> None:
    desk.podium.fail("reset", method="POST", path="/v4/messages", accept=False)
    with pytest.raises(Ambiguous):
        desk.send(text())
    desk.later(minutes=20)
    assert desk.look_up(text()).found is Found.UNKNOWN


def test_two_that_fit_are_nobodys_and_other_words_and_times_do_not_fit(desk: Desk) -> None:
    desk.send(text())
    assert desk.look_up(text(body="Something else.")).found is Found.UNKNOWN
    assert desk.look_up(text(to=FRIEND)).found is Found.UNKNOWN
    desk.send(text())
    assert desk.look_up(text()).found is Found.UNKNOWN
    desk.later(hours=1)
    assert desk.look_up(text()).found is Found.UNKNOWN


def test_what_the_person_wrote_in_the_same_words_is_not_ours(desk: Desk) -> None:
    desk.podium.do("inbound", from_=PATIENT, body=TEXT)
    assert desk.look_up(text()).found is Found.UNKNOWN


def test_a_text_to_somebody_who_opted_out_fails_and_says_why(desk: Desk) -> None:
    desk.podium.do("inbound", from_=PATIENT, body="STOP")
    sent = desk.send(text())
    [record] = [one for one in desk.pull("messages") if one.vendor_id == sent.vendor_id]
    assert told(record)["status"] == "rejected"


def test_a_landline_is_known_by_the_reason_podium_gives(desk: Desk) -> None:
    desk.podium.do("outcome", to=PATIENT, status="failed")
    desk.send(text())
    [record] = desk.pull("messages")
    assert (told(record)["status"], told(record)["reason"]) == ("rejected", "not_textable")


def test_a_minute_that_is_full_is_tried_later_and_nothing_is_in_doubt(desk: Desk) -> None:
    desk.podium.do("settings", per_minute=0)
    with pytest.raises(TryLater) as later:
        desk.send(text())
    assert later.value.after == timedelta(minutes=1)
    desk.podium.do("settings", per_minute=300)
    desk.send(text())
    assert sends(desk) == 1


@pytest.mark.parametrize(
    "status, body, minute",
    [(429, b"", True), (429, b"<html>", True), (403, b'{"code": "rate_limit"}', True), (503, b'{"code": 503}', False)],
)
def test_either_the_status_or_the_code_is_the_limit(status: int, body: bytes, *, minute: bool) -> None:
    assert client.pause_of(Answer(status, {}, body)) == (timedelta(minutes=1) if minute else None)


def test_a_limit_that_comes_under_another_status_is_still_a_limit(desk: Desk) -> None:
    desk.podium.fail("status", status=503, text="rate_limit", method="POST", path="/v4/messages")
    with pytest.raises(TryLater):
        desk.send(text())


def test_a_message_of_another_tools_is_imported_and_nothing_goes_out(desk: Desk) -> None:
    said = ImportMessage(
        external_id="x",
        contact=SecretStr(PATIENT),
        contact_name=SecretStr(NAME),
        channel=Channel.SMS,
        body=SecretStr("Sent elsewhere."),
        at=desk.now - timedelta(hours=2),
    )
    sent = desk.send(said)
    assert desk.podium.world.messages[sent.vendor_id]["createdAt"] == "2026-11-12T12:00:00Z"
    assert sends(desk) == 0
    with pytest.raises(Refused):
        desk.send(said.model_copy(update={"channel": Channel.SECURE_EMAIL}))


def test_a_note_stands_beside_the_thread(desk: Desk) -> None:
    desk.send(text())
    thread = next(iter(desk.podium.world.conversations))
    desk.send(AddNote(external_id="x", conversation_vendor_id=thread, body=SecretStr("Asked for 9.")))
    [note] = desk.podium.world.notes.values()
    assert (note["body"], note["conversation"]["uid"], note["senderName"]) == ("Asked for 9.", thread, "Glowline")
    for strange in ("no-such-thread", "../../messages"):
        with pytest.raises((Refused, NeedsOperator)):
            desk.send(AddNote(external_id="x", conversation_vendor_id=strange, body=SecretStr("x")))
    assert len(desk.podium.world.notes) == 1


def copied(desk: Desk, **more: object) -> LogCommunication:
    usual = {
        "external_id": "x",
        "person_vendor_id": "",
        "channel": Channel.EMAIL,
        "body": SecretStr("Your form is here."),
    }
    return LogCommunication.model_validate(usual | {"at": desk.now, "contact": SecretStr(PATIENT)} | more)


def test_p23_what_was_said_elsewhere_stands_beside_the_thread_and_is_nobodys_message(desk: Desk) -> None:
    desk.podium.do("contact", identifier=PATIENT, name=NAME)
    desk.send(text())
    desk.later(minutes=5)
    desk.send(copied(desk))
    [note] = desk.podium.world.notes.values()
    [thread] = desk.podium.world.conversations
    assert (note["body"], note["conversation"]["uid"]) == ("2026-11-12 14:05 UTC: Your form is here.", thread)
    assert [told(record)["text"] for record in desk.pull("messages")] == [TEXT]
    assert ([one["name"] for one in desk.podium.world.contacts.values()], sends(desk)) == ([NAME], 1)


@pytest.mark.parametrize("channel", [Channel.SECURE_EMAIL, Channel.PORTAL])
def test_c2_words_of_an_encrypted_channel_are_never_copied(desk: Desk, channel: Channel) -> None:
    desk.send(text())
    desk.send(copied(desk, channel=channel, body=SecretStr("After your filler, avoid the sun.")))
    [note] = desk.podium.world.notes.values()
    assert "filler" not in note["body"]
    assert "14:00 UTC: A" in note["body"]


def test_a_copy_goes_to_the_conversation_with_that_location_and_by_that_address(desk: Desk) -> None:
    desk.podium.do("location", uid=UPTOWN, number="+12125550101")
    desk.settings["location.+12125550101"] = UPTOWN
    desk.send(text())
    desk.send(text(sender="+12125550101"))
    desk.send(copied(desk, sender="+12125550101"))
    [note] = desk.podium.world.notes.values()
    assert note["location"]["uid"] == UPTOWN


@pytest.mark.parametrize("contact", [FRIEND, "ana@example.com", ""])
def test_a_copy_for_somebody_podium_has_no_thread_with_is_refused_and_makes_none(desk: Desk, contact: str) -> None:
    desk.send(text())
    with pytest.raises(Refused):
        desk.send(copied(desk, contact=SecretStr(contact)))
    assert (len(desk.podium.world.notes), len(desk.podium.world.contacts)) == (0, 1)


def test_a_copy_that_may_have_been_written_is_left_to_a_person(desk: Desk) -> None:
    desk.send(text())
    desk.podium.fail("drop", method="POST", path="notes", accept=True)
    with pytest.raises(Ambiguous):
        desk.send(copied(desk))
    assert len(desk.podium.world.notes) == 1


@pytest.mark.parametrize("hours_ago", [0, 2])
def test_an_import_whose_answer_was_lost_is_found_whichever_way_podium_dates_it(desk: Desk, hours_ago: int) -> None:
    said = ImportMessage(
        external_id="x",
        contact=SecretStr(PATIENT),
        contact_name=SecretStr(NAME),
        channel=Channel.SMS,
        body=SecretStr("Sent elsewhere."),
        at=desk.now - timedelta(hours=hours_ago),
    )
    desk.podium.fail("drop", method="POST", path="import", accept=True)
    with pytest.raises(Ambiguous):
        desk.send(said)
    found = desk.look_up(said)
    assert (found.found, found.vendor_id) == (Found.SENT, next(iter(desk.podium.world.messages)))
    assert desk.look_up(said.model_copy(update={"body": SecretStr("Other.")})).found is Found.UNKNOWN
    assert desk.look_up(said.model_copy(update={"at": desk.now - timedelta(days=9)})).found is (
        Found.SENT if hours_ago == 0 else Found.UNKNOWN
    )


def test_an_invitation_is_made_once_and_found_when_the_answer_was_lost(desk: Desk) -> None:
    desk.podium.fail("drop", method="POST", path="invites", accept=True)
    with pytest.raises(Ambiguous):
        desk.send(INVITE)
    found = desk.look_up(INVITE)
    assert (found.found, found.vendor_id) == (Found.SENT, next(iter(desk.podium.world.invites)))
    assert desk.look_up(INVITE.model_copy(update={"contact": SecretStr("a@b.com")})).found is Found.UNKNOWN


@pytest.mark.parametrize(
    "status,theirs", [("booked", "unconfirmed"), ("no_show", "no_show"), ("checked_out", "completed")]
)
def test_how_a_visit_stands_is_told_in_podiums_words(desk: Desk, status: str, theirs: str) -> None:
    desk.send(appointment(AppointmentStatus(status)))
    [kept] = desk.podium.world.appointments.values()
    assert (kept["status"], kept["durationMin"], kept["datetime"]) == (theirs, 45, "2026-11-13T14:00:00Z")


def test_what_we_do_not_know_of_a_visit_is_not_told(desk: Desk) -> None:
    with pytest.raises(Refused):
        desk.send(appointment(AppointmentStatus.UNKNOWN))
    assert not desk.podium.world.appointments


def test_an_opt_out_is_written_for_a_phone_and_may_be_written_twice(desk: Desk) -> None:
    desk.podium.do("contact", identifier=PATIENT)
    asked = WriteOptOut(contact=SecretStr(PATIENT), channel=Channel.SMS, at=desk.now)
    assert desk.send(asked).vendor_id == desk.send(asked).vendor_id
    with pytest.raises(Refused) as refused:
        desk.send(WriteOptOut(contact=SecretStr("a@b.com"), channel=Channel.EMAIL, at=desk.now))
    assert refused.value.reason is RefusalReason.INVALID
