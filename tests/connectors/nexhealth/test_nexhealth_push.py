"""What is written into the calendar, what comes back, and what is never done twice."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser

import pytest
from pydantic import SecretStr

from canonical.actions import LogCommunication, Payload
from canonical.delivery import Found
from canonical.practice import Channel
from canonical.problems import Ambiguous, NeedsOperator, RefusalReason, Refused, TryLater
from canonical.write_backs import CheckInAppointment, ConfirmAppointment, CreateAppointment, CreatePatient
from connectors.nexhealth.letter import MULTIPART, form, pdf
from connectors.nexhealth.push import national
from tests.connectors.nexhealth.office import Office

STARTS = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def booking(patient: str, start: datetime = STARTS) -> CreateAppointment:
    return CreateAppointment(external_id="a-1", person_vendor_id=patient, provider="104", start=start, service="28")


def newcomer(phone: str = "+12125550142") -> CreatePatient:
    return CreatePatient(
        external_id="a-2",
        given_name=SecretStr("Ana"),
        family_name=SecretStr("Ruiz"),
        birth_date=SecretStr("1984-02-29"),
        phone=SecretStr(phone),
        email=SecretStr("ana@example.com"),
        provider="104",
    )


def said(patient: str) -> LogCommunication:
    text = SecretStr("See you on Friday, 9:00 AM.\n" + "A long line of words, " * 20 + "señora €5")
    return LogCommunication(
        external_id="a-3", person_vendor_id=patient, channel=Channel.SMS, body=text, at=STARTS - timedelta(days=3)
    )


def test_a_yes_and_an_arrival_stand_in_the_calendar(office: Office) -> None:
    number = office.book(office.patient(), "2026-11-16T14:00:00Z")
    office.send(ConfirmAppointment(external_id="a-1", appointment_vendor_id=number, at=office.now))
    office.send(CheckInAppointment(external_id="a-2", appointment_vendor_id=number, at=office.now))
    [record] = office.calendar()
    assert record["confirmed"] is True
    assert record["patient_confirmed"] is False
    assert record["checkin_at"] == "2026-11-12T14:00:00.000Z"


@pytest.mark.parametrize("status", [400, 422])
def test_a_yes_that_is_refused_because_it_stands_there_is_none_the_less_written(office: Office, status: int) -> None:
    number = office.book(office.patient(), "2026-11-16T14:00:00Z")
    yes = ConfirmAppointment(external_id="a-1", appointment_vendor_id=number, at=office.now)
    for stands in (False, True):
        office.nexhealth.fail("status", method="PATCH", path="appointments", status=status)
        if stands:
            assert (office.send(yes).vendor_id, office.calendar()[0]["confirmed"]) == (number, True)
        else:
            with pytest.raises(Refused):
                office.send(yes)
            office.send(yes)


def test_a_yes_to_an_appointment_that_is_gone_is_refused(office: Office) -> None:
    with pytest.raises(Refused) as refused:
        office.send(ConfirmAppointment(external_id="a-1", appointment_vendor_id="999999", at=office.now))
    assert refused.value.reason is RefusalReason.NOT_FOUND


def test_somebody_new_is_made_once_with_a_phone_of_ten_digits(office: Office) -> None:
    first, second = office.send(newcomer()), office.send(newcomer())
    assert first.vendor_id == second.vendor_id
    [patient] = office.nexhealth.do("patients")["patients"]
    assert patient["bio"]["phone_number"] == "2125550142"


@pytest.mark.parametrize(
    "phone,written", [("+12125550142", "2125550142"), ("2125550142", "2125550142"), ("+447911123456", "447911123456")]
)
def test_a_phone_loses_its_country_code_and_no_digit(phone: str, written: str) -> None:
    assert national(phone) == written


def test_a_booking_is_made_quietly_and_comes_back_by_a_pull(office: Office) -> None:
    patient = office.patient()
    made = office.send(booking(patient))
    [(request, _)] = [pair for pair in office.wire.to("/appointments?") if pair[0].method == "POST"]
    assert "notify_patient=false" in request.url
    office.nexhealth.settle()
    [record] = office.pull("appointments")
    fields = json.loads(record.body)
    assert (record.vendor_id, fields["start_time"]) == (made.vendor_id, "2026-11-20T15:00:00.000Z")
    assert fields["foreign_id"]


@pytest.mark.parametrize("payload", [booking("999999"), booking("2897", datetime(2026, 11, 1, 15, 0, tzinfo=UTC))])
def test_a_booking_for_nobody_or_in_the_past_is_refused(office: Office, payload: Payload) -> None:
    office.patient()
    with pytest.raises(Refused):
        office.send(payload)
    assert office.calendar() == []


def test_a_booking_whose_answer_was_lost_is_found_and_not_made_again(office: Office) -> None:
    patient = office.patient()
    office.nexhealth.fail("drop", method="POST", path="^/appointments$")
    with pytest.raises(Ambiguous):
        office.send(booking(patient))
    found = office.look_up(booking(patient))
    assert (found.found, found.vendor_id) == (Found.SENT, str(office.calendar()[0]["id"]))
    assert len(office.calendar()) == 1


def test_a_booking_that_never_arrived_is_no_proof_of_absence(office: Office) -> None:
    patient = office.patient()
    office.nexhealth.fail("reset", method="POST", path="^/appointments$")
    with pytest.raises(Ambiguous):
        office.send(booking(patient))
    assert office.look_up(booking(patient), office.now - timedelta(hours=1)).found is Found.UNKNOWN
    assert office.calendar() == []


def test_a_booking_the_desk_made_before_is_not_taken_for_ours(office: Office) -> None:
    patient = office.patient()
    office.book(patient, "2026-11-20T15:00:00Z")
    office.later(hours=1)
    assert office.look_up(booking(patient)).found is Found.UNKNOWN


@pytest.mark.parametrize("make", [booking, lambda _: newcomer(), said])
def test_a_no_inside_a_success_is_a_refusal_and_never_a_success(office: Office, make: Callable[[str], Payload]) -> None:
    patient = office.patient("Somebody", "Else", "2125550149")
    office.nexhealth.do("settings", says_no=1)
    with pytest.raises(Refused) as refused:
        office.send(make(patient))
    assert refused.value.next_step
    assert office.calendar() == []


def test_a_write_needs_a_place_where_there_are_several(office: Office) -> None:
    office.locations |= {"102": "uptown"}
    patient = office.patient()
    with pytest.raises(NeedsOperator):
        office.send(booking(patient))
    assert office.send(booking(patient).model_copy(update={"location": "102"})).vendor_id
    office.settings["location_id"] = "101"
    assert office.send(booking(patient, STARTS + timedelta(hours=2))).vendor_id
    assert [record["location_id"] for record in office.calendar()] == [102, 101]
    assert [record.vendor_id for record in office.pull("appointments")] == ["1823", "1822"]


def test_what_was_said_becomes_a_document_with_our_id_in_its_name(office: Office) -> None:
    patient = office.patient()
    made = office.send(said(patient))
    [document] = office.nexhealth.do("documents")["documents"][int(patient)]
    assert (str(document["id"]), document["filename"]) == (made.vendor_id, "glowline-a-3.pdf")
    assert office.look_up(said(patient)).vendor_id == made.vendor_id
    assert office.nexhealth.journal.entries(reference="a-3", accepted=True)


def test_a_document_whose_answer_was_lost_is_found_by_its_name(office: Office) -> None:
    patient = office.patient()
    office.nexhealth.fail("cut", method="POST", path="/documents$")
    with pytest.raises(Ambiguous):
        office.send(said(patient))
    assert office.look_up(said(patient)).found is Found.SENT
    assert office.look_up(said(patient).model_copy(update={"external_id": "a-4"})).found is Found.UNKNOWN


def test_what_was_said_to_nobody_known_waits(office: Office) -> None:
    with pytest.raises(TryLater) as later:
        office.send(said(""))
    assert later.value.after == timedelta(minutes=15)
    assert office.wire.exchanges == []


def test_the_page_is_a_pdf_whose_table_points_at_its_objects() -> None:
    page = pdf("Señora, 9:00 AM.\n\nReply C to confirm.", "sms, 2026-11-12 14:00 UTC")
    start = int(page.rpartition(b"startxref\n")[2].split()[0])
    rows = page[start:].splitlines()
    assert rows[0] == b"xref"
    offsets = [int(row.split()[0]) for row in rows[3:8]]
    assert [page[at:].split(b"\n")[0] for at in offsets] == [f"{n} 0 obj".encode() for n in range(1, 6)]
    assert "Señora, 9:00 AM.".encode("cp1252").hex().encode() in page


def test_the_form_is_read_by_a_parser_we_did_not_write() -> None:
    body = form("glowline-a-3.pdf", b"%PDF-1.4 \r\n--x", {"document_type_id": "3"})
    head = f"content-type: {MULTIPART}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
    assert parts["file"].get_payload(decode=True) == b"%PDF-1.4 \r\n--x"
    assert parts["file"].get_filename() == "glowline-a-3.pdf"
    assert parts["document_type_id"].get_payload(decode=True) == b"3"
