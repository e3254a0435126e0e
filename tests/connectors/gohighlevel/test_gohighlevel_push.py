"""What we write to HighLevel: once where it sends, and never over what somebody else wrote."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from canonical.actions import CreateTask, LogCommunication, SendEmail, SendSms, UpsertLead, WriteOptOut
from canonical.delivery import Found
from canonical.inbox_writes import RemoveTag
from canonical.practice import Channel
from canonical.problems import Ambiguous, NeedsOperator, RefusalReason, Refused, TryLater
from canonical.write_backs import ConfirmAppointment
from tests.connectors.gohighlevel.subaccount import ANA, NUMBER, START, SubAccount

DEE = "+12125550149"


def text(to: str = ANA, body: str = "See you at 9.", sender: str = NUMBER) -> SendSms:
    return SendSms(to=SecretStr(to), sender=sender, body=SecretStr(body))


def mail(to: str = "ana@example.com") -> SendEmail:
    body = SecretStr("Hi Ana,\n\nyour visit <Thursday> & more.")
    return SendEmail(to=SecretStr(to), sender="office@clinic.example", subject=SecretStr("Your visit"), body=body)


def lead(**more: str) -> UpsertLead:
    fields = {"given_name": "Dee", "family_name": "Park", "phone": DEE, "email": "dee@example.com"} | more
    return UpsertLead.model_validate({"external_id": "q-1", "source": "web_form", **fields})


def test_a_text_goes_to_the_contact_of_that_phone_from_our_number(highlevel: SubAccount) -> None:
    ana = highlevel.ana()
    result = highlevel.send(highlevel.claim(text()))
    [sent] = highlevel.texts()
    assert (sent["id"], sent["contactId"], sent["to"], sent["from"]) == (result.vendor_id, ana["id"], ANA, NUMBER)


def test_whoever_is_no_contact_becomes_one_and_then_gets_the_text(highlevel: SubAccount) -> None:
    highlevel.send(highlevel.claim(text(DEE)))
    assert [one["phone"] for one in highlevel.vendor.do("contacts")["contacts"]] == [DEE]
    assert [one["to"] for one in highlevel.texts()] == [DEE]


def test_a_mail_is_html_without_a_hole(highlevel: SubAccount) -> None:
    highlevel.ana()
    highlevel.send(highlevel.claim(mail().model_copy(update={"unsubscribe": "https://go.example/u?a=1&b=2"})))
    [sent] = highlevel.texts()
    assert sent["messageType"] == "TYPE_EMAIL"
    assert "&lt;Thursday&gt; &amp; more" in sent["body"]
    assert 'href="https://go.example/u?a=1&amp;b=2"' in sent["body"]


@pytest.mark.parametrize("kind", ["drop", "truncated", "empty", "html"])
def test_a_lost_answer_is_ambiguous_and_found_by_looking(highlevel: SubAccount, kind: str) -> None:
    highlevel.ana()
    claimed = highlevel.claim(text())
    highlevel.vendor.fail(kind, method="POST", path="/conversations/messages$", accept=True, status=200)
    with pytest.raises(Ambiguous):
        highlevel.send(claimed)
    [sent] = highlevel.texts()
    found = highlevel.look_up(claimed)
    assert (found.found, found.vendor_id) == (Found.SENT, sent["id"])
    assert len(highlevel.texts()) == 1


def test_a_lost_mail_is_found_too_and_what_the_sub_account_adds_to_a_text_does_not_hide_it(
    highlevel: SubAccount,
) -> None:
    highlevel.ana()
    claimed = highlevel.claim(mail())
    highlevel.vendor.fail("drop", method="POST", path="/conversations/messages$")
    with pytest.raises(Ambiguous):
        highlevel.send(claimed)
    assert highlevel.look_up(claimed).found is Found.SENT
    claimed = highlevel.claim(text())
    highlevel.send(claimed)
    highlevel.texts()[-1]["body"] += "\n\nText STOP to opt out."
    assert highlevel.look_up(claimed).found is Found.SENT


def test_two_that_fit_and_none_at_all_are_both_unknown(highlevel: SubAccount) -> None:
    highlevel.ana()
    claimed = highlevel.claim(text())
    assert highlevel.look_up(claimed).found is Found.UNKNOWN
    highlevel.send(highlevel.claim(text()))
    highlevel.send(highlevel.claim(text()))
    assert highlevel.look_up(claimed).found is Found.UNKNOWN


def test_do_not_disturb_is_an_opt_out_and_a_strange_number_is_the_settings_fault(highlevel: SubAccount) -> None:
    highlevel.contact(phone=ANA, dndSettings={"SMS": {"status": "active"}})
    with pytest.raises(Refused) as refused:
        highlevel.send(highlevel.claim(text()))
    assert refused.value.reason is RefusalReason.OPTED_OUT
    with pytest.raises(Refused) as refused:
        highlevel.send(highlevel.claim(text(DEE, sender="+12125550177")))
    assert refused.value.reason is RefusalReason.SENDER_NOT_ALLOWED
    assert highlevel.texts() == []


def test_a_new_lead_is_a_contact_with_our_id_and_the_tags_of_the_settings(highlevel: SubAccount) -> None:
    highlevel.settings = {"lead_tags": "new lead, website", "id_field": "cfOwn", "asked_for_field": "cfAsked"}
    result = highlevel.send(highlevel.claim(lead()))
    [made] = highlevel.vendor.do("contacts")["contacts"]
    assert made["id"] == result.vendor_id
    assert (made["firstName"], made["phone"], made["tags"]) == ("Dee", DEE, ["new lead", "website"])
    assert made["customFields"] == [{"id": "cfOwn", "value": "q-1"}]


def test_somebody_who_is_there_is_filled_in_and_keeps_what_stands_there(highlevel: SubAccount) -> None:
    highlevel.settings = {"lead_tags": "new lead"}
    there = highlevel.contact(firstName="Deirdre", phone=DEE, tags=["vip"])
    assert highlevel.send(highlevel.claim(lead())).vendor_id == there["id"]
    [now] = highlevel.vendor.do("contacts")["contacts"]
    assert (now["firstName"], now["lastName"], now["email"]) == ("Deirdre", "Park", "dee@example.com")
    assert now["tags"] == ["vip", "new lead"]


def test_nothing_is_written_where_nothing_is_missing(highlevel: SubAccount) -> None:
    there = highlevel.contact(firstName="Deirdre", lastName="P.", phone=DEE, email="d@example.com")
    mark = highlevel.vendor.journal.mark()
    assert highlevel.send(highlevel.claim(lead())).vendor_id == there["id"]
    assert {entry.action for entry in highlevel.vendor.journal.entries(since=mark)} == {"read"}


@pytest.mark.parametrize("written", ["gl-late-10", "GL Late 10", "gl_late_10"])
def test_r60_a_control_word_is_taken_off_as_it_is_written_there_and_nothing_else_is(
    highlevel: SubAccount, written: str
) -> None:
    ana = highlevel.contact(firstName="Ana", phone=ANA, tags=["vip", written, "gl-late-100"])["id"]
    off = RemoveTag(external_id="a-1", person_vendor_id=ana, tag="gl-late-10")
    assert highlevel.send(highlevel.claim(off)).status == "written"
    [contact] = highlevel.vendor.do("contacts")["contacts"]
    assert contact["tags"] == ["vip", "gl-late-100"]
    mark = highlevel.vendor.journal.mark()
    assert highlevel.send(highlevel.claim(off)).status == "existing"
    assert {entry.action for entry in highlevel.vendor.journal.entries(since=mark)} == {"read"}


def test_a_control_word_of_a_contact_that_is_gone_is_refused(highlevel: SubAccount) -> None:
    off = RemoveTag(external_id="a-1", person_vendor_id="nobody", tag="gl-hold")
    with pytest.raises(Refused) as refused:
        highlevel.send(highlevel.claim(off))
    assert refused.value.reason is RefusalReason.NOT_FOUND


def test_a_422_that_made_the_contact_all_the_same_is_no_refusal(highlevel: SubAccount) -> None:
    highlevel.vendor.fail("status", status=422, method="POST", path="/contacts/upsert", accept=True)
    result = highlevel.send(highlevel.claim(lead()))
    [made] = highlevel.vendor.do("contacts")["contacts"]
    assert result.vendor_id == made["id"]


def test_a_422_that_made_whoever_is_written_to_does_not_lose_the_text(highlevel: SubAccount) -> None:
    highlevel.vendor.fail("status", status=422, method="POST", path="/contacts/upsert", accept=True)
    highlevel.send(highlevel.claim(text(DEE)))
    assert [one["to"] for one in highlevel.texts()] == [DEE]
    highlevel.vendor.fail("status", status=422, method="POST", path="/contacts/upsert")
    with pytest.raises(Refused):
        highlevel.send(highlevel.claim(text("+12125550151")))
    assert len(highlevel.texts()) == 1


def test_a_422_that_made_none_stays_one(highlevel: SubAccount) -> None:
    highlevel.vendor.fail("status", status=422, method="POST", path="/contacts/upsert")
    with pytest.raises(Refused):
        highlevel.send(highlevel.claim(lead()))


def test_a_task_and_a_note_are_written_once_whatever_is_lost(highlevel: SubAccount) -> None:
    ana = highlevel.ana()
    task = CreateTask(external_id="a-1", title="Call back", due_at=START, person_vendor_id=ana["id"])
    note = LogCommunication(
        external_id="a-2", person_vendor_id=ana["id"], channel=Channel.SMS, body=SecretStr("See you."), at=START
    )
    for payload, path in ((task, "/tasks$"), (note, "/notes$")):
        highlevel.vendor.fail("drop", method="POST", path=path)
        with pytest.raises(TryLater):
            highlevel.send(highlevel.claim(payload))
        assert highlevel.send(highlevel.claim(payload)).status == "existing"
    place = next(iter(highlevel.vendor.places.values()))
    assert len(place.tasks) == len(place.notes) == 1


def test_a_task_about_nobody_needs_the_desks_contact(highlevel: SubAccount) -> None:
    task = CreateTask(external_id="a-1", title="Look at this", due_at=START)
    with pytest.raises(Refused, match="about nobody"):
        highlevel.send(highlevel.claim(task))
    highlevel.settings = {"desk_contact": highlevel.contact(firstName="Desk")["id"]}
    assert highlevel.send(highlevel.claim(task)).vendor_id


def test_a_note_about_somebody_unknown_waits(highlevel: SubAccount) -> None:
    note = LogCommunication(
        external_id="a-2", person_vendor_id="", channel=Channel.SMS, body=SecretStr("See you."), at=START
    )
    with pytest.raises(TryLater) as later:
        highlevel.send(highlevel.claim(note))
    assert later.value.after == timedelta(minutes=15)


def test_a_yes_is_written_back_and_a_visit_that_is_gone_is_refused(highlevel: SubAccount) -> None:
    visit = highlevel.vendor.do("book", contact=highlevel.ana()["id"], start="2026-11-20T10:00:00-05:00")
    highlevel.vendor.do("change", id=visit["id"], status="new")
    yes = ConfirmAppointment(external_id="a-1", appointment_vendor_id=visit["id"], at=START)
    highlevel.send(highlevel.claim(yes))
    [now] = highlevel.vendor.do("appointments")["appointments"]
    assert now["appointmentStatus"] == "confirmed"
    highlevel.vendor.do("delete", id=visit["id"])
    with pytest.raises(Refused) as refused:
        highlevel.send(highlevel.claim(yes))
    assert refused.value.reason is RefusalReason.NOT_FOUND


def test_an_opt_out_mutes_everybody_on_that_phone_for_that_channel_only(highlevel: SubAccount) -> None:
    mail_off = {"status": "permanent", "message": "", "code": ""}
    highlevel.contact(firstName="Ana", phone=ANA, dndSettings={"Email": mail_off})
    highlevel.contact(firstName="Mia", phone=ANA)
    highlevel.contact(firstName="Dee", phone=DEE)
    highlevel.send(highlevel.claim(WriteOptOut(contact=SecretStr(ANA), channel=Channel.SMS, at=START)))
    by_name = {one["firstName"]: one.get("dndSettings") or {} for one in highlevel.vendor.do("contacts")["contacts"]}
    assert by_name["Ana"]["SMS"]["status"] == by_name["Mia"]["SMS"]["status"] == "active"
    assert by_name["Ana"]["Email"] == mail_off
    assert by_name["Dee"] == {}


def test_an_opt_out_of_somebody_who_is_no_contact_writes_nothing(highlevel: SubAccount) -> None:
    gone = WriteOptOut(contact=SecretStr("nobody@example.com"), channel=Channel.EMAIL, at=START)
    assert highlevel.send(highlevel.claim(gone)).status == "nobody has it"
    assert highlevel.vendor.do("contacts")["contacts"] == []


def test_a_token_that_may_not_send_needs_an_operator(highlevel: SubAccount) -> None:
    highlevel.ana()
    highlevel.vendor.do("private_token", token="pit-narrow", scopes=["contacts.readonly"])
    highlevel.secret = {"token": "pit-narrow"}
    with pytest.raises(NeedsOperator, match="may not do this"):
        highlevel.send(highlevel.claim(text()))
