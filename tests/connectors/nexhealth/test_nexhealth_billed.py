"""What was billed at the pretend NexHealth: fees and ids, and never which procedure it was."""

import json
from datetime import UTC, datetime

import pytest

from canonical.invoices import Invoice, InvoiceStatus
from connectors.kit import registry
from connectors.kit.webhooks import Incoming, Meaning
from connectors.nexhealth.billed import billed
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Cannot, Surroundings
from mappings.wire import read
from tests.connectors.nexhealth.office import Office


def said(bodies: list[bytes]) -> list[Invoice]:
    mapping = Catalogue().mapping("nexhealth", "procedures")
    made = [mapping.apply(read("json", body), Surroundings(), Notes()).body for body in bodies]
    return [Invoice.model_validate_json(json.dumps(each)) for each in made]


def invoices(office: Office) -> list[Invoice]:
    return said([record.body for record in office.pull("procedures")])


def test_a_fee_is_the_patients_and_the_visits_in_cents_on_the_day_it_was_done(office: Office) -> None:
    visit = office.book(office.patient(), "2026-11-16T14:00:00Z")
    office.nexhealth.do("procedure", patient=2897, appointment=int(visit), fee="480.50", on="2026-11-10")
    [one] = invoices(office)
    assert (one.person_vendor_id, one.appointment_vendor_id, one.location) == ("2897", visit, "101")
    assert (one.total_cents, one.currency, one.spent_cents) == (48050, "USD", 48050)
    assert one.closed_at == datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "status,becomes,spent",
    [
        ("planned", InvoiceStatus.OPEN, 0),
        ("scheduled", InvoiceStatus.OPEN, 0),
        ("completed", InvoiceStatus.COMPLETED, 12000),
        ("inactive", InvoiceStatus.CANCELLED, 0),
        ("referred", InvoiceStatus.CANCELLED, 0),
        (None, InvoiceStatus.OPEN, 0),
        ("rethought", InvoiceStatus.OPEN, 0),
    ],
)
def test_only_what_was_completed_counts(office: Office, status: str | None, becomes: InvoiceStatus, spent: int) -> None:
    office.nexhealth.do("procedure", patient=2897, fee="120.00", status=status)
    [one] = invoices(office)
    assert (one.status, one.spent_cents) == (becomes, spent)
    assert (one.closed_at is not None) == (status == "completed")


def test_a_plan_that_is_carried_out_is_the_same_invoice(office: Office) -> None:
    number = office.nexhealth.do("procedure", patient=2897, fee="120.00", status="planned")["id"]
    [planned] = invoices(office)
    office.later(hours=1)
    office.nexhealth.do("procedure", id=number, status="completed")
    [done] = invoices(office)
    assert (done.vendor_id, planned.spent_cents, done.spent_cents) == (planned.vendor_id, 0, 12000)


def test_which_procedure_it_was_never_lands(office: Office) -> None:
    number = office.nexhealth.do("procedure", patient=2897, fee="120.00")["id"]
    for record in (*office.pull("procedures"), *office.again("procedures", [str(number)])):
        assert not {"code", "name", "body_site", "treatment_plan_ids"} & set(read("json", record.body))
        assert b"forehead" not in record.body
        assert b"J0585" not in record.body


def test_a_procedure_is_never_asked_for_by_its_place_alone(office: Office) -> None:
    office.pull("procedures")
    asked = [request.url for request, _ in office.wire.to("/procedures")]
    assert asked
    assert all("updated_since=" in url and "location_id=" in url for url in asked)
    assert not any("location_strict" in url or "start=" in url for url in asked)


def test_only_a_year_is_read_at_first_and_then_what_changed(office: Office) -> None:
    office.nexhealth.do("procedure", patient=2897, fee="1.00")
    office.nexhealth.institutions["lumen"].procedures[11]["updated_at"] = "2025-01-01T00:00:00Z"
    office.nexhealth.do("procedure", patient=2897, fee="2.00")
    assert [one.total_cents for one in invoices(office)] == [200]
    office.later(hours=1)
    office.nexhealth.do("procedure", patient=2897, fee="3.00")
    assert [one.total_cents for one in invoices(office)] == [200, 300], "and the overlap again"
    office.later(hours=1)
    assert [one.total_cents for one in invoices(office)] == [300]


def test_an_unknown_fee_is_not_none(office: Office) -> None:
    office.nexhealth.do("procedure", patient=2897)
    office.nexhealth.do("procedure", patient=2897, fee="0.00")
    unknown, nothing = invoices(office)
    assert (unknown.total_cents, unknown.spent_cents) == (None, None)
    assert (nothing.total_cents, nothing.spent_cents) == (0, 0)


@pytest.mark.parametrize("amount", ["-5.00", "sixty", "62.005"])
def test_a_fee_that_is_no_amount_sets_the_record_aside(amount: str) -> None:
    row = {"id": 1, "status": "completed", "fee": {"amount": amount, "currency": "USD"}}
    with pytest.raises(Cannot):
        said([billed(json.dumps(row).encode())])


def test_a_call_about_a_procedure_is_read_again_and_not_landed() -> None:
    call = {"event_name": "procedure_created", "data": {"procedures": [{"id": 11, "name": "20 units, forehead"}]}}
    incoming = Incoming(url="https://hooks.example.com/x", headers={}, body=json.dumps(call).encode())
    [event] = registry.webhook("nexhealth").parse(incoming)
    assert (event.meaning, event.stream, event.vendor_id) == (Meaning.HINT, "procedures", "11")
