"""simple-salesforce, which is not ours, beside our connector on one org: both see the same, and ask the same way."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests  # noqa: TID251 - the other client's own, led to the pretend org
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter  # noqa: TID251 - as above
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_soql
from typing_extensions import override

from connectors.salesforce import bulk
from connectors.salesforce.asking import Reading
from connectors.salesforce.soql import quoted, select
from mappings.wire import read
from tests.connectors.salesforce.org import START, Crm, body, ids
from tests.connectors.salesforce.test_salesforce_session import KEY, USER, pem, public
from tests.connectors.salesforce.wire import LEAD, NO, TASK

TOKEN = "a-token-of-the-other-client"


class Plain(HTTPAdapter):
    """The other client knows no plain HTTP; the pretend org knows nothing else."""

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **more)


Other = Any
"""A `Salesforce` of simple-salesforce: its objects are attributes that its types do not know."""


@pytest.fixture
def other(crm: Crm) -> Iterator[Other]:
    crm.salesforce.org.tokens.add(TOKEN)
    with requests.Session() as session:
        session.mount("https://", Plain())
        yield Salesforce(instance_url=crm.salesforce.url, session_id=TOKEN, version="67.0", session=session)


def test_what_the_other_client_makes_changes_and_deletes_we_pull(crm: Crm, other: Other) -> None:
    made = other.Contact.create({"LastName": "Ruiz", "Email": "ana@example.com"})
    gone = other.Contact.create({"LastName": "Vega"})
    assert made["success"]
    assert sorted(ids(crm.pull("contacts"))) == sorted([made["id"], gone["id"]])
    crm.later(minutes=10)
    other.Contact.update(made["id"], {"Phone": "(212) 555-0142"})
    other.Contact.delete(gone["id"])
    found = {record.vendor_id: record.deleted for record in crm.pull("contacts")}
    assert found == {made["id"]: False, gone["id"]: True}
    with pytest.raises(SalesforceResourceNotFound):
        other.Contact.get(gone["id"])


def test_pages_and_the_recycling_bin_hold_the_same_for_both(crm: Crm, other: Other) -> None:
    crm.salesforce.do("org", page_size=7)
    made = crm.make("Lead", count=30, LastName="Ruiz {n}", Company="C", Email="p{n}@example.com")
    ours = crm.pull("leads")
    theirs = other.query_all("SELECT Id, LastName, SystemModstamp FROM Lead ORDER BY SystemModstamp, Id")
    assert theirs["totalSize"] == 30
    assert [row["Id"] for row in theirs["records"]] == ids(ours) == made
    crm.later(minutes=10)
    for each in made[:9]:
        crm.salesforce.do("delete", id=each)
    bin_ = other.query_all_iter("SELECT Id FROM Lead WHERE IsDeleted = true", include_deleted=True)
    assert {row["Id"] for row in bin_} == {record.vendor_id for record in crm.pull("leads") if record.deleted}
    told = other.Lead.deleted(START, START + timedelta(minutes=30))
    assert {row["id"] for row in told["deletedRecords"]} == set(made[:9])


def test_what_we_write_the_other_client_reads_by_our_id(crm: Crm, other: Other) -> None:
    sent = crm.send(LEAD)
    held = other.Lead.get_by_custom_id("Glowline_Id__c", LEAD.external_id)
    assert (held["Id"], held["Email"], held["IsConverted"]) == (sent.vendor_id, "ana.ruiz@example.com", False)
    crm.send(TASK.model_copy(update={"person_vendor_id": sent.vendor_id}))
    [task] = other.query(format_soql("SELECT Id, WhoId, Subject FROM Task WHERE WhoId = {}", sent.vendor_id))["records"]
    assert task["Subject"] == TASK.title


def test_an_upsert_by_the_other_client_and_one_by_us_meet_in_one_record(crm: Crm, other: Other) -> None:
    other.Lead.upsert(f"Glowline_Id__c/{LEAD.external_id}", {"LastName": "Ruiz", "Company": "Theirs"})
    sent = crm.send(LEAD)
    assert sent.status == "existing"
    assert [held["Id"] for held in crm.held("Lead")] == [sent.vendor_id]


def test_a_bulk_query_gives_both_the_same_rows(crm: Crm, other: Other, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BULK_ABOVE", 5)
    crm.salesforce.do("org", page_size=4)
    crm.make("Contact", count=25, LastName='Ruiz, "{n}"\nof two lines', MobilePhone="(212) 555-0142")
    ours = {record.vendor_id: read(record.format.text, record.body) for record in crm.pull("contacts")}
    [text] = other.bulk2.Contact.query("SELECT Id, LastName, MobilePhone, IsDeleted FROM Contact", max_records=100)
    theirs = {row["Id"]: row for row in csv.DictReader(io.StringIO(text))}
    assert set(theirs) == set(ours)
    for which, row in theirs.items():
        assert {name: str(ours[which][name]).replace("False", "false") for name in row} == row


def asked_by(crm: Crm, question: Any) -> tuple[str, str]:  # noqa: ANN401 - a call of either client
    """Method and path of the last request a call made, without the slash that only one of them puts at the end."""
    question()
    entry = crm.salesforce.journal.entries()[-1]
    return entry.method, entry.path.rstrip("/")


def test_both_ask_at_the_same_addresses(crm: Crm, other: Other) -> None:
    reading = Reading(crm.access(), "pull.contacts")
    soql = "SELECT Id FROM Contact"
    span = (START, START + timedelta(minutes=5))
    pairs = (
        (lambda: reading.query(soql), lambda: other.query(soql)),
        (lambda: reading.query(soql, deleted=True), lambda: other.query(soql, include_deleted=True)),
        (lambda: reading.plain("sobjects/Contact/describe"), other.Contact.describe),
        (lambda: reading.plain("limits"), other.limits),
        (lambda: reading.deleted("Contact", *span), lambda: other.Contact.deleted(*span)),
        (
            lambda: reading.start_job(soql, deleted=False),
            lambda: other.bulk2.Contact._client.create_job("query", soql),
        ),
    )
    for ours, theirs in pairs:
        assert asked_by(crm, ours) == asked_by(crm, theirs)


@pytest.mark.parametrize("text", ["O'Neill", 'a "b"', "back\\slash", "two\nlines", "tab\t", "ñ", ""])
def test_both_quote_alike(crm: Crm, other: Other, text: str) -> None:
    assert quoted(text) == format_soql("{}", text)
    [which] = crm.make("Contact", LastName=text or "-", Department=text)
    found = other.query(select("Contact", ("Id", "Department"), (f"Department = {quoted(text)}",)))["records"]
    assert [(row["Id"], row["Department"]) for row in found] == [(which, text)]


def test_the_pretend_org_refuses_the_other_client_as_a_real_one_does(crm: Crm, other: Other) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD"):
        other.query("SELECT Id, Never__c FROM Contact")
    with pytest.raises(SalesforceMalformedRequest, match="MALFORMED_QUERY"):
        other.query("SELECT FROM Contact")
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        other.Lead.create({"FirstName": "Ana"})
    with pytest.raises(SalesforceResourceNotFound):
        other.Contact.get("003000000000001AAA")
    crm.salesforce.do("expire")
    with pytest.raises(SalesforceExpiredSession):
        other.limits()


@pytest.mark.parametrize(
    "where,count",
    [
        ("LastName = 'ruiz 3'", 1),
        ("LastName LIKE 'Ruiz%' AND NOT LastName LIKE '%1'", 4),
        ("LastName IN ('Ruiz 1', 'Ruiz 2') OR LastName = 'Ruiz 5'", 3),
        ("LastName NOT IN ('Ruiz 1', 'Ruiz 2')", 3),
        ("(LastName = 'Ruiz 1' OR LastName = 'Ruiz 2') AND Email != null", 0),
        ("Email = null AND CreatedDate >= 2026-11-12T14:00:00Z", 5),
        ("SystemModstamp > 2026-11-12T09:00:00.000-05:00", 0),
        ("Birthdate > 1980-01-01", 5),
        ("DoNotCall = false AND CreatedDate < 2026-11-12T14:00:01Z", 5),
    ],
)
def test_the_pretend_org_reads_conditions(crm: Crm, other: Other, where: str, count: int) -> None:
    crm.make("Contact", count=5, LastName="Ruiz {n}", Birthdate="1984-02-29")
    assert other.query(select("Contact", ("COUNT()",), (where,)))["totalSize"] == count
    rows = other.query(select("Contact", ("Id", "Owner.Name"), (where,), " ORDER BY LastName DESC LIMIT 2"))["records"]
    assert len(rows) == min(count, 2)
    assert all(row["Owner"]["Name"] == "Integration" for row in rows)


def test_a_token_by_the_clients_own_credentials_opens_the_org_for_the_other_client(crm: Crm) -> None:
    key, secret = crm.salesforce.org.client
    with requests.Session() as session:
        session.mount("https://", Elsewhere(crm.salesforce.url))
        opened = Salesforce(
            consumer_key=key, consumer_secret=secret, domain="an-org.my", session=session, version="67.0"
        )
        assert opened.query("SELECT Id FROM Organization")["totalSize"] == 1


def test_an_assertion_that_the_other_client_signs_opens_the_org_and_one_by_another_key_does_not(crm: Crm) -> None:
    crm.salesforce.do("org", public_key=public(KEY))

    def signed_in(key: str) -> Other:
        return Salesforce(
            username=USER, consumer_key=crm.salesforce.org.client[0], privatekey=key, session=session, version="67.0"
        )

    with requests.Session() as session:
        session.mount("https://", Elsewhere(crm.salesforce.url))
        assert signed_in(pem(KEY)).query("SELECT Id FROM Organization")["totalSize"] == 1
        with pytest.raises(SalesforceAuthenticationFailed, match="invalid assertion"):
            signed_in(pem(rsa.generate_private_key(65537, 2048)))
        crm.salesforce.do("org", approved=False)
        with pytest.raises(SalesforceAuthenticationFailed), pytest.warns(UserWarning, match="authorize this"):
            signed_in(pem(KEY))


def test_an_assignment_that_the_other_client_makes_and_changes_is_noticed_by_us(crm: Crm, other: Other) -> None:
    okafor, lin = (other.ServiceResource.create({"Name": name})["id"] for name in ("Dr. Okafor", "Lin Abara"))
    visit = other.ServiceAppointment.create({"SchedStartTime": "2026-11-20T15:00:00Z"})["id"]
    crm.later(minutes=10)
    crm.pull("service_appointments")
    both = {"ServiceAppointmentId": visit, "ServiceResourceId": okafor}
    made = other.AssignedResource.create(both)["id"]
    crm.later(minutes=10)
    [record] = crm.pull("service_appointments")
    assert body(record)["AssignedResource"]["ServiceResource"]["Name"] == "Dr. Okafor"
    other.AssignedResource.update(made, {"ServiceResourceId": lin})
    crm.later(minutes=10)
    [record] = crm.pull("service_appointments")
    assert body(record)["AssignedResource"]["ServiceResource"]["Name"] == "Lin Abara"
    other.AssignedResource.delete(made)
    crm.later(minutes=10)
    [record] = crm.pull("service_appointments")
    assert "AssignedResource" not in body(record)
    asked = select("AssignedResource", ("ServiceResourceId",), (f"ServiceAppointmentId = {quoted(visit)}",))
    assert other.query(asked)["totalSize"] == 0
    assert other.query(asked, include_deleted=True)["totalSize"] == 1


def test_an_opt_out_that_we_write_the_other_client_reads(crm: Crm, other: Other) -> None:
    lead = other.Lead.create({"LastName": "Ruiz", "Company": "C", "Email": "ana.ruiz@example.com"})["id"]
    contact = other.Contact.create({"LastName": "Ruiz", "Email": "ana.ruiz@example.com"})["id"]
    crm.send(NO)
    for held in (other.Lead.get(lead), other.Contact.get(contact)):
        assert (held["HasOptedOutOfEmail"], held["DoNotCall"]) == (True, False)
    asked = "SELECT Id FROM Contact WHERE HasOptedOutOfEmail = true"
    assert [row["Id"] for row in other.query(asked)["records"]] == [contact]


class Elsewhere(Plain):
    """Leads every address to the pretend org."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        path = (request.url or "").split("/services/", 1)[1]
        request.url = f"{self.url}/services/{path}"
        return super().send(request, *args, **more)
