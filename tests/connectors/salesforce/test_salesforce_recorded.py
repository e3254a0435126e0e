"""Salesforce's real traffic, played back: our client sees what the client that was recorded saw.

The repository holds grouparoo's leads of 2021-12; its contacts and accounts, CumulusCI's cassettes, the orgs' own descriptions
and the samples of Salesforce's guides lie beside the checkout.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic import SecretStr

from canonical.clock import FixedClock
from canonical.problems import RefusalReason, Refused, Where
from connectors.kit import registry
from connectors.kit.access import Access, Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets, SecretStore
from connectors.kit.shapes import shaped, split
from connectors.salesforce.answers import written as row_of
from connectors.salesforce.asking import Reading, Writing
from connectors.salesforce.objects import KINDS, LEADS, PROSPECTS, TAGS
from connectors.salesforce.rows import rows_of
from connectors.salesforce.wire import Collection, Described, Gone
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from tests.connectors.contract.subject import NOW, attempt
from tests.connectors.contract.test_mapping import HERE
from tests.connectors.salesforce.wire import ENVIRON, FIXTURES, STORE, connection
from tests.connectors.wire.server import FakeWire, Reply, Seen
from tests.shared_data import SHARED, shared

OTHERS = ("export-account__export-records-custom", "export-contacts__export-records-additive")
REFERENCE = "export-contacts__export-records-reference"
VERSION = "v42.0"


@dataclass(frozen=True)
class Exchange:
    """One question of the recorded client, and Salesforce's answer."""

    method: str
    path: str
    query: dict[str, str] | None
    asked: Any
    status: int
    headers: dict[str, str]
    answer: Any

    @property
    def body(self) -> bytes:
        return json.dumps(self.answer).encode()


def leads() -> list[Exchange]:
    return [Exchange(**each) for each in json.loads((FIXTURES / "recorded" / "leads.json").read_text(encoding="utf-8"))]


def beside(name: str) -> list[Exchange]:
    found = json.loads(shared("vendors", "payloads", "salesforce", "grouparoo", f"{name}.json").read_text("utf-8"))
    return [
        Exchange(
            ask["method"],
            urlsplit(ask["url"]).path,
            ask["query"],
            ask["body"],
            answer["status"],
            answer["headers"],
            answer["body"],
        )
        for ask, answer in ((each["request"], each["response"]) for each in found)
    ]


def everything() -> list[list[Exchange]]:
    names = (*OTHERS, REFERENCE) if SHARED.exists() else ()
    return [leads(), *map(beside, names)]


@contextmanager
def playing(exchanges: Sequence[Exchange], folder: Path) -> Iterator[tuple[Access, FakeWire]]:
    """A server that gives the recorded answers in their order, and our side of it."""
    answers = iter(exchanges)

    def answer(_: Seen) -> Reply:
        each = next(answers)
        return Reply(each.status, each.body, each.headers)

    store = SecretStore(folder, b"an installation key of 32 bytes.")
    for name, kept in STORE.items():
        store.write(name, SecretStr(json.dumps(kept)))
    transport = RequestsTransport()
    with FakeWire(answer).running() as server:
        using = connection(server.url)
        using = using.model_copy(update={"settings": using.settings | {"api_version": "42.0"}})
        tools = Tools(FixedClock(NOW), Secrets(ENVIRON, store), transport, None, lambda _: None)
        yield Access(using, registry.manifest("salesforce"), tools), server
    transport.close()


@pytest.mark.parametrize("name", ["leads", *OTHERS, REFERENCE])
def test_queries_are_read_as_their_own_client_read_them(name: str, tmp_path: Path) -> None:
    exchanges = leads() if name == "leads" else beside(name)
    asked = [each for each in exchanges if each.path.endswith("/query")]
    assert len(asked) > 20
    with playing(asked, tmp_path) as (access, server):
        for each in asked:
            reading = Reading(access, "pull.leads")
            soql = (each.query or {})["q"]
            page = rows_of(reading.query(soql).body, reading.where, "page")
            assert [row.id for row in page.rows] == [row["attributes"]["url"][-18:] for row in each.answer["records"]]
            assert (page.total, page.suspects, page.next) == (each.answer["totalSize"], (), "")
            assert server.seen[-1].query == {"q": soql}
            assert server.seen[-1].path == each.path


def test_collections_give_the_ids_that_salesforce_gave_and_rows_are_refused_inside_a_200(tmp_path: Path) -> None:
    changes = [each for each in leads() if each.method == "PATCH" and each.path.endswith("/composite/sobjects")]
    assert len(changes) == 6
    refused, written = 0, 0
    for each in changes:
        with playing([each], tmp_path) as (access, server):
            writing = Writing(access, "upsert_lead", attempt())
            record = {name: value for name, value in each.asked["records"][0].items() if name != "attributes"}
            answer = writing.update("Lead", record)
            assert json.loads(server.seen[0].body)["records"][0] == each.asked["records"][0]
            if len(each.answer) != 1:
                assert [row.id for row in shaped(answer.body, Collection).root] == [row["id"] for row in each.answer]
                continue
            if each.answer[0]["success"]:
                assert row_of(writing, answer).id == each.answer[0]["id"]
                written += 1
                continue
            with pytest.raises(Refused) as problem:
                row_of(writing, answer)
            assert (problem.value.reason, problem.value.where.vendor_code) == (
                RefusalReason.CONFLICT,
                "CANNOT_UPDATE_CONVERTED_LEAD",
            )
            refused += 1
    assert refused == 2
    assert written >= 1


def test_a_record_that_is_not_there_is_refused_as_such(tmp_path: Path) -> None:
    missing = [each for each in leads() if each.status == 404]
    with playing(missing, tmp_path) as (access, _):
        with pytest.raises(Refused) as problem:
            Reading(access, "pull.leads").plain(f"sobjects/Lead/{missing[0].path[-18:]}")
        assert problem.value.reason is RefusalReason.NOT_FOUND


def test_recorded_leads_become_inquiries_and_people() -> None:
    whole = [each for each in leads() if each.status == 200 and "/sobjects/Lead/" in each.path]
    assert len(whole) == 9
    for each in whole:
        [row] = rows_of(json.dumps({"records": [each.answer]}).encode(), Where("salesforce", "test"), "page").rows
        assert row.id == each.answer["Id"]
        assert row.changed_at is not None
        registry.require_known_shape("salesforce", "leads", each.answer)
        inquiry = Catalogue().mapping("salesforce", LEADS.stream).apply(each.answer, HERE, Notes())
        person = Catalogue().mapping("salesforce", PROSPECTS.stream).apply(each.answer, HERE, Notes())
        told = (inquiry.body["family_name"], inquiry.body["email"], inquiry.body["stage"])
        assert told == (each.answer["LastName"], each.answer["Email"], each.answer["Status"])
        converted = [each.answer["ConvertedContactId"]] if each.answer["IsConverted"] else []
        assert person.body["aliases"] == converted


def test_every_recorded_answer_carries_its_usage_and_it_goes_down_as_well_as_up() -> None:
    used = [int(each.headers["Sforce-Limit-Info"].split("=")[1].split("/")[0]) for each in leads()]
    assert any(later < earlier for earlier, later in itertools.pairwise(used))
    assert all("Retry-After" not in each.headers for exchanges in everything() for each in exchanges)


# CumulusCI's cassettes.


def cassette(name: str) -> list[tuple[str, Any, Any]]:
    text = shared("vendors", "payloads", "salesforce", "cumulusci_cassettes", f"{name}.yaml").read_text("utf-8")
    told = [each for each in yaml.safe_load(text)["interactions"] if "request" in each]
    return [
        (each["request"]["uri"], each["request"]["body"], each["response"]["body"]["string"])
        for each in told
        if each["response"]["body"].get("string")
    ]


@pytest.mark.parametrize(
    "name", ["TestUpsert.test_upsert__rest", "TestUpsert.test_upsert_complex_external_id_field__rest"]
)
def test_an_upsert_by_an_external_id_says_of_each_row_whether_it_is_new(name: str) -> None:
    told = 0
    for uri, asked, answer in cassette(name):
        if "/composite/sobjects/" not in uri:
            continue
        rows = shaped(answer.encode(), Collection).root
        assert len(rows) == len(json.loads(asked)["records"])
        assert [(row.id, row.created) for row in rows] == [(row["id"], row["created"]) for row in json.loads(answer)]
        told += len(rows)
    assert told >= 20


def test_recorded_queries_of_another_client_are_read_row_by_row() -> None:
    told = 0
    for uri, _, answer in cassette("TestSelect.test_select_standard_strategy"):
        if "/query" in uri:
            page = rows_of(answer.encode(), Where("salesforce", "test"), "page")
            assert len(page.rows) == len(json.loads(answer)["records"])
            assert not page.suspects
            told += len(page.rows)
    assert told > 0


DESCRIBED = {
    "leads": "Lead",
    "prospects": "Lead",
    "contacts": "Contact",
    "person_accounts": "Account_PersonAccount",
    "events": "Event",
}
HIDDEN = {"HasOptedOutOfEmail", "DoNotCall", "Type", TAGS, TAGS.replace("__c", "__pc")}
"""What the recorded orgs do not show their user: opt-outs are hidden by default, an event's type may be, tags are ours."""


@pytest.mark.parametrize("stream", DESCRIBED)
def test_what_we_ask_for_stands_in_the_description_a_real_org_gave(stream: str) -> None:
    path = shared("vendors", "specs", "salesforce", "describe", f"{DESCRIBED[stream]}_describe.json")
    found = json.loads(path.read_text(encoding="utf-8"))
    names = shaped(json.dumps(found.get("result", found)).encode(), Described).names
    kind = KINDS[stream]
    conditions = {condition.partition(" ")[0] for condition in kind.only}
    lacking = {name for name in {*kind.fields, *conditions} if name.partition(".")[0] not in names}
    assert lacking <= HIDDEN


# The samples of Salesforce's own guides.


def sample(name: str) -> bytes:
    return shared("vendors", "payloads", "salesforce", "docs_examples", name).read_bytes()


def test_the_sample_appointment_is_one_of_ours() -> None:
    record = json.loads(sample("ServiceAppointment_get_record.json"))
    registry.require_known_shape("salesforce", "service_appointments", record)
    mapped = Catalogue().mapping("salesforce", "service_appointments").apply(record, HERE, Notes()).body
    told = (mapped["person_vendor_id"], mapped["start"], mapped["status"])
    assert told == ("001S7000001pFlJIAU", "2023-03-15T18:00:00Z", "booked")
    assert set(KINDS["service_appointments"].fields) - set(record) == {"ServiceTerritory.Name", "WorkType.Name"}


def test_rows_of_a_query_that_asked_for_no_id_are_known_by_their_address() -> None:
    page = rows_of(sample("ServiceAppointment_soql_query.json"), Where("salesforce", "test"), "page")
    assert [row.id for row in page.rows] == ["08pS70000000196IAA", "08pS7000000018wIAA", "08pS7000000019BIAQ"]
    assert page.last is None


def test_the_sample_of_deletions_is_read() -> None:
    bodies, rest = split(sample("sobject_get_deleted.json"), "deletedRecords")
    assert [shaped(body, Gone).id for body in bodies] == ["a00D0000008pQRAIA2"]
    assert rest["latestDateCovered"] == "2013-05-08T21:20:00.000+0000"
