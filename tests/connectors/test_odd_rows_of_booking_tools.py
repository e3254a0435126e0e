"""Rows of the booking and messaging tools with one thing wrong in each: every one lands, once, and only what nobody can use waits.

What is wrong is what was seen in others' recordings and what their documents leave open: fields that are not there, are null, are of
another type, hold a word nobody has heard of, or a date in another form. All people are invented.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from connectors.kit import registry
from connectors.kit.webhooks import Incoming
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from mappings.wire import read
from tests.connectors.contract.subject import NOW
from tests.connectors.replayed_booking import answering, played, said
from tests.connectors.wire.server import Reply, Seen

HERE: Final = Path(__file__).parent
Row = dict[str, Any]
Place = tuple[str | int, ...]

ROWS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("acuity", "appointments"): ("calendar/window-1.json", ""),
    ("luma_health", "appointments"): ("appointments/page-1.json", "response"),
    ("luma_health", "feedback"): ("feedback/page-1.json", "response"),
    ("luma_health", "forms"): ("forms/page-1.json", "response"),
    ("luma_health", "messages"): ("messages/page-1.json", "response"),
    ("luma_health", "patients"): ("patients/page-1.json", "response"),
    ("luma_health", "recalls"): ("recalls/page-1.json", "response"),
    ("nexhealth", "appointments"): ("appointments/page-1.json", "data"),
    ("nexhealth", "patients"): ("patients/page-1.json", "data"),
    ("paubox", "receipts"): ("receipts/ruby-single.json", "itself"),
    ("podium", "contacts"): ("contacts/page-1.json", "data"),
    ("podium", "invites"): ("invites/page-1.json", "data"),
    ("podium", "messages"): ("messages/one-1.json", "data"),
    ("podium", "reviews"): ("reviews/page-1.json", "data"),
    ("square", "bookings"): ("bookings/window-1.json", "bookings"),
    ("square", "customers"): ("customers/page-1.json", "customers"),
    ("square", "payments"): ("payments/page-1.json", "payments"),
    ("twilio", "messages"): ("messages/page-1.json", "messages"),
}
"""Stream → the fixture with a row of it, and the name of the list the row stands in."""
IDS: Final = {
    "acuity": "id",
    "luma_health": "_id",
    "nexhealth": "id",
    "paubox": "sourceTrackingId",
    "podium": "uid",
    "square": "id",
    "twilio": "sid",
}
NEEDED: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("acuity", "appointments"): frozenset({"datetime"}),
    ("luma_health", "appointments"): frozenset({"date"}),
    ("luma_health", "forms"): frozenset({"status"}),
    ("luma_health", "messages"): frozenset({"type"}),
    ("luma_health", "patients"): frozenset({"dateOfBirth"}),
    ("nexhealth", "appointments"): frozenset({"start_time"}),
    ("podium", "invites"): frozenset({"channel"}),
    ("podium", "messages"): frozenset({"conversation", "items"}),
    ("podium", "reviews"): frozenset({"review"}),
    ("square", "bookings"): frozenset({"start_at"}),
    ("square", "payments"): frozenset({"amount_money", "status"}),
    ("twilio", "messages"): frozenset({"direction"}),
}
"""Stream → the fields without which a record says nothing, or too little: no time, no direction, no amount, half a birth date."""


def row_of(vendor: str, stream: str) -> Row:
    """The fullest row of a fixture."""
    file, under = ROWS[vendor, stream]
    found = json.loads((HERE / vendor / "fixtures" / "pull" / file).read_text(encoding="utf-8"))
    rows = [found] if under == "itself" else found[under] if under else found
    return max((row for row in rows if isinstance(row, dict)), key=lambda row: len(json.dumps(row)))


def places(value: object, before: Place = ()) -> Iterator[Place]:
    """Where something stands in a row; of a list the first entry speaks for all."""
    found: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        found = value.items()
    elif isinstance(value, list):
        found = enumerate(value[:1])
    for name, inner in found:
        yield (*before, name)
        yield from places(inner, (*before, name))


def lacking(row: Row, id_field: str) -> Iterator[tuple[Place, Row]]:
    """The row without each of its fields, and with a null in place of each."""
    for place in places(row):
        if place == (id_field,):
            continue
        for null in (False, True):
            odd = deepcopy(row)
            inner: Any = odd
            for step in place[:-1]:
                inner = inner[step]
            if null:
                inner[place[-1]] = None
            else:
                del inner[place[-1]]
            yield place, odd


@pytest.mark.parametrize("vendor,stream", ROWS)
def test_no_missing_field_costs_a_record_and_few_keep_it_from_being_understood(vendor: str, stream: str) -> None:
    about: dict[str, Place] = {}
    rows: list[Row] = []
    for number, (place, row) in enumerate(lacking(row_of(vendor, stream), IDS[vendor]), 1):
        row[IDS[vendor]] = number if vendor in {"acuity", "nexhealth"} else f"SM{number:032x}"
        about[str(row[IDS[vendor]])] = place
        rows.append(row)
    batch = 90 if vendor == "acuity" else len(rows)  # it shows a hundred at most
    for first in range(0, len(rows), batch):
        some = rows[first : first + batch]
        done = played(vendor, stream, [some])
        assert sorted(done.ids) == sorted(str(row[IDS[vendor]]) for row in some)
        assert not done.suspects
        needed = {about[one][0] for one in done.set_aside}
        assert needed <= NEEDED.get((vendor, stream), frozenset()), done.set_aside


def of(vendor: str, stream: str, **changes: Any) -> dict[str, object]:  # noqa: ANN401 - JSON
    """What becomes of the fixture's row with these changes; it lands and is understood."""
    row = row_of(vendor, stream) | changes
    done = played(vendor, stream, [[row]])
    assert done.ids == [str(row[IDS[vendor]])]
    assert done.set_aside == {}
    return done.versions[done.ids[0]]


ISO: Final = "2026-11-12T14:00:00Z"


def test_twilios_dates_are_read_as_its_newer_apis_write_them_too() -> None:
    made = of("twilio", "messages", date_sent=ISO, date_updated=ISO)
    assert made["sent_at"] == ISO


@pytest.mark.parametrize("sid", ["SM123", "MM90c6fc90", "a-proxy-s-own"])
def test_a_message_of_twilios_log_may_have_any_id(sid: str) -> None:
    assert of("twilio", "messages", sid=sid)["vendor_id"] == sid


@pytest.mark.parametrize("number", ["22395", "LumenSpa", "+15558675309", "messenger:10158", ""])
def test_a_sender_that_is_no_phone_costs_no_message(number: str) -> None:
    made = of("twilio", "messages", direction="inbound", **{"from": number})
    assert (made["contact"], made["direction"]) == ("", "inbound")


def test_a_text_that_came_through_whatsapp_is_from_the_same_phone() -> None:
    made = of("twilio", "messages", direction="inbound", **{"from": "whatsapp:+12125550142"})
    assert made["contact"] == "+12125550142"


def test_a_callback_of_twilios_under_older_names_is_a_receipt() -> None:
    body = urlencode({"SmsSid": f"SM{9:032x}", "SmsStatus": "delivered", "To": "+12125550142", "From": "+12125550100"})
    url = "https://hooks.example.com/twilio/lumen/twilio?ref=at-1"
    [event] = registry.webhook("twilio").parse(Incoming(url=url, headers={}, body=body.encode()))
    fields = read(event.format.text, event.body)
    registry.require_known_shape("twilio", "receipts", fields)
    made = Catalogue().mapping("twilio", event.stream).apply(fields, Surroundings(), Notes()).body
    assert (made["vendor_id"], made["status"], made["reference"]) == (f"SM{9:032x}", "delivered", "at-1")


def test_a_status_nobody_has_heard_of_says_nothing_of_a_messages_end() -> None:
    assert of("twilio", "messages", status="teleported")["status"] == ""
    assert of("luma_health", "messages", status="teleported")["status"] == ""
    delivery = {"recipient": "ana.ruiz@example.com", "status": {"deliveryStatus": "teleported"}}
    made = of("paubox", "receipts", data={"message": {"message_deliveries": [delivery]}})
    assert (made["status"], made["error_code"], made["reason"]) == ("accepted", "", "")


def test_pauboxs_delivery_time_may_be_written_either_way_and_its_recipient_missing() -> None:
    for written in ("Thu, 12 Nov 2026 09:00:00 -0500", ISO):
        delivery = {"status": {"deliveryStatus": "delivered", "deliveryTime": written}}
        made = of("paubox", "receipts", data={"message": {"message_deliveries": [delivery]}})
        assert (made["sent_at"], made["status"], made["contact"]) == (ISO, "delivered", "")


def test_an_appointment_of_unknown_standing_is_there_and_nothing_is_sent_on_it() -> None:
    assert of("square", "bookings", status=None)["status"] == "unknown"
    assert of("luma_health", "appointments", status="teleported")["status"] == "unknown"


def test_money_written_as_text_is_money_and_what_was_given_back_is_seen() -> None:
    money = {"amount": "5000", "currency": "USD"}
    made = of("square", "payments", amount_money=money, total_money=money, refunded_money=money)
    assert (made["amount_cents"], made["status"]) == (5000, "refunded")


@pytest.mark.parametrize("written", [True, 1, "1", "true"], ids=repr)
def test_a_cancellation_is_one_however_its_yes_is_written(written: object) -> None:
    assert of("acuity", "appointments", canceled=written, noShow=None)["status"] == "cancelled"
    assert of("nexhealth", "appointments", cancelled=written, canceled=None)["status"] == "cancelled"


def test_an_appointment_of_acuitys_old_api_is_understood() -> None:
    """As it was documented in 2013 and is still quoted: no datetimeCreated, no canceled, no calendarTimezone."""
    row = {
        "id": 54321, "firstName": "Ana", "lastName": "Ruiz", "phone": "", "email": "ana.ruiz@example.com",
        "date": "June 17, 2013", "time": "10:15am", "datetime": "2013-06-17T10:15:00-0700", "type": "Regular Visit",
        "duration": "60", "calendar": "My Calendar", "labels": [{"id": 3, "name": "Completed", "color": "pink"}],
    }  # fmt: skip
    done = played("acuity", "appointments", [[row, {"id": 2, "datetime": row["datetime"]}]])
    made = done.versions["54321"]
    assert (made["start"], made["end"], made["status"]) == ("2013-06-17T17:15:00Z", "2013-06-17T18:15:00Z", "completed")
    assert done.versions["2"]["status"] == "booked"


def test_a_zone_that_is_none_and_a_length_of_days_cost_no_appointment() -> None:
    made = of("acuity", "appointments", timezone="America/Seattle", duration="2880")
    assert (made["patient_zone"], made["end"]) == ("", None)


def test_a_wall_clock_of_acuitys_is_its_places() -> None:
    assert of("acuity", "appointments", datetime="2026-11-12T09:00:00", calendar=None)["start"] == ISO


def test_a_client_who_left_only_an_address_is_somebody() -> None:
    rows = [{"email": "ana.ruiz@example.com"}, {"firstName": "", "email": "bea@example.com"}, {"email": ""}]
    done = played("acuity", "clients", [rows])
    assert (len(set(done.ids)), len(done.suspects)) == (2, 1)


NUMBERED: Final = [
    [{"id": number, "first_name": "Ana"} for number in range(first, first + 40)] for first in (1, 41, 81)
]


def older(pages: list[list[Row]]) -> list[Row]:
    """What an older NexHealth answers: the list under its name, no word about pages."""
    return [{"code": True, "data": {"patients": rows}} for rows in pages]


@pytest.mark.parametrize("counts", [True, False])
def test_a_list_of_an_older_nexhealth_is_read_to_its_end(counts: bool) -> None:
    """Where `page` is ignored the first page comes again, and is not taken for more."""
    answers = older(NUMBERED)

    def answer(seen: Seen) -> Reply:
        if seen.path != "/patients":
            return said({"data": {"token": "an.invented.token"}})
        number = int(seen.query.get("page", "1")) if counts else 1
        return said(answers[number - 1] if number <= len(answers) else older([[]])[0])

    with answering("nexhealth", answer) as (connection, tools):
        pages = list(registry.puller(connection, tools).pull("patients", None, now=NOW))
    ids = [record.vendor_id for page in pages for record in page.records]
    assert ids == [str(number) for number in range(1, 121 if counts else 41)]
    assert pages[-1].complete


def test_what_nexhealth_marks_as_deleted_is_gone_and_who_wants_no_mail_gets_none() -> None:
    row = row_of("nexhealth", "appointments") | {"deleted": True}
    mapped = Catalogue().mapping("nexhealth", "appointments").apply(row, Surroundings(), Notes())
    assert mapped.deleted
    assert of("nexhealth", "patients", unsubscribe_emails=True)["opted_out"] == ["email"]


def test_a_record_lumas_list_shows_in_place_of_a_link_is_followed_all_the_same() -> None:
    row = row_of("luma_health", "appointments")
    shown = {name: {"_id": row[name], "name": "shown"} for name in ("patient", "provider", "facility", "type")}
    made, plain = of("luma_health", "appointments", **shown), of("luma_health", "appointments")
    assert {name: made[name] for name in ("person_vendor_id", "provider", "location", "service")} == {
        name: plain[name] for name in ("person_vendor_id", "provider", "location", "service")
    }


def test_lumas_patient_keeps_an_opt_out_beside_a_contact_that_is_none() -> None:
    contacts = [
        None,
        "x",
        {"type": "sms", "value": "+12125550142", "archived": True, "archivedReason": "do-not-contact"},
    ]
    made = of("luma_health", "patients", contact=contacts, dateOfBirth="1984-02-29", doNotContact=False)
    assert (made["opted_out"], made["birth_date"]) == (["sms"], "1984-02-29")


def test_a_message_of_lumas_without_channel_or_address_is_a_message() -> None:
    made = of("luma_health", "messages", channel=None, to=None, **{"from": None})
    assert (made["channel"], made["contact"]) == ("portal", "")


@pytest.mark.parametrize("token", [7, "7"], ids=repr)
def test_podiums_cursor_may_be_a_number(token: object) -> None:
    rows = [row_of("podium", "contacts") | {"uid": f"c-{number}"} for number in (1, 2)]

    def answer(seen: Seen) -> Reply:
        last = seen.query.get("cursor") == "7"
        return said({"data": [rows[last]], "metadata": {"nextCursor": None if last else token}})

    with answering("podium", answer) as (connection, tools):
        pages = list(registry.puller(connection, tools).pull("contacts", None, now=NOW))
    assert [record.vendor_id for page in pages for record in page.records] == ["c-1", "c-2"]
