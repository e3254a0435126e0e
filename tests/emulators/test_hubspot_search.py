"""The traps of HubSpot's search, one by one."""

from datetime import UTC, datetime, timedelta

import pytest

from emulators.hubspot import HubSpotEmulator
from emulators.hubspot.limits import Windows
from emulators.kit.clock import milliseconds
from emulators.kit.exchange import Json
from tests.emulators.hubspot_client import HubSpotClient

START = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def where(name: str, operator: str, value: object = None, high: object = None) -> dict[str, Json]:
    given = {"propertyName": name, "operator": operator, "value": value, "highValue": high}
    return {key: each for key, each in given.items() if each is not None}


def ids(answer: Json) -> list[str]:
    return [row["id"] for row in answer["results"]]


@pytest.fixture
def frozen(hubspot: HubSpotEmulator) -> HubSpotEmulator:
    hubspot.turn_clock(START, frozen=True)
    return hubspot


def test_a_new_record_is_missing_until_the_index_has_it(crm: HubSpotClient, frozen: HubSpotEmulator) -> None:
    frozen.do("portal", search_lag=15)
    ana = crm.contact()
    assert ids(crm.search()) == []
    assert ids(crm.get("/crm/v3/objects/contacts")) == [ana]
    frozen.clock.advance(15)
    assert ids(crm.search()) == [ana]


def test_a_changed_record_is_found_with_its_old_values_for_a_while(crm: HubSpotClient, frozen: HubSpotEmulator) -> None:
    ana = crm.contact(firstname="Anna")
    frozen.do("portal", search_lag=15)
    frozen.clock.advance(60)
    crm.call("PATCH", f"/crm/v3/objects/contacts/{ana}", {"properties": {"firstname": "Ana"}})
    (row,) = crm.search(properties=["firstname"])["results"]
    assert row["properties"]["firstname"] == "Anna"
    assert ids(crm.search(where("lastmodifieddate", "GTE", milliseconds(START) + 1))) == []
    frozen.clock.advance(15)
    assert ids(crm.search(where("lastmodifieddate", "GTE", milliseconds(START) + 1))) == [ana]


def test_the_total_lags_behind_the_results(crm: HubSpotClient, frozen: HubSpotEmulator) -> None:
    ana = crm.contact()
    frozen.do("portal", search_lag=5, total_lag=20)
    frozen.clock.advance(60)
    crm.call("DELETE", f"/crm/v3/objects/contacts/{ana}")
    after = crm.search()
    assert (after["total"], after["results"]) == (1, [])
    frozen.clock.advance(20)
    assert crm.search()["total"] == 0


def test_the_wrong_modified_property_finds_nothing_and_says_nothing(crm: HubSpotClient) -> None:
    ana = crm.contact()
    crm.post("/crm/v3/objects/tasks", {"properties": {"hs_timestamp": "0"}})
    assert ids(crm.search(where("lastmodifieddate", "GT", 1))) == [ana]
    assert crm.search(where("hs_lastmodifieddate", "GT", 1)) == {"total": 0, "results": []}
    assert len(ids(crm.search(where("hs_lastmodifieddate", "GT", 1), kind="tasks"))) == 1
    assert ids(crm.search(where("lastmodifieddate", "GT", 1), kind="tasks")) == []


def test_archived_records_never_appear(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    ana = crm.contact()
    hubspot.do("archive", type="contacts", id=ana)
    assert ids(crm.search()) == []


@pytest.mark.parametrize(
    "condition,found",
    [
        (where("firstname", "EQ", "ANA"), ["101"]),
        (where("firstname", "NEQ", "ana"), ["102", "103"]),
        (where("num_notes", "GT", "9"), ["103"]),
        (where("num_notes", "GTE", "9"), ["102", "103"]),
        (where("num_notes", "LT", "10"), ["102"]),
        (where("num_notes", "LTE", "10"), ["102", "103"]),
        (where("createdate", "BETWEEN", milliseconds(START + timedelta(seconds=1)), milliseconds(START + timedelta(seconds=2))), ["102", "103"]),
        (where("createdate", "LTE", START.isoformat()), ["101"]),
        ({"propertyName": "firstname", "operator": "IN", "values": ["ana", "cleo"]}, ["101", "103"]),
        ({"propertyName": "firstname", "operator": "NOT_IN", "values": ["ana"]}, ["102", "103"]),
        (where("num_notes", "HAS_PROPERTY"), ["102", "103"]),
        (where("num_notes", "NOT_HAS_PROPERTY"), ["101"]),
        (where("email", "CONTAINS_TOKEN", "*example*"), ["101", "102", "103"]),
        (where("hs_object_id", "GT", "101"), ["102", "103"]),
    ],
    ids=lambda value: value["operator"] if isinstance(value, dict) else None,
)  # fmt: skip
def test_operators(condition: Json, found: list[str], crm: HubSpotClient, frozen: HubSpotEmulator) -> None:
    for name, notes in (("Ana", None), ("Ben", "9"), ("Cleo", "10")):
        properties = {"firstname": name} | ({"num_notes": notes} if notes else {})
        crm.contact(f"{name}@example.com", **properties)
        frozen.clock.advance(1)
    assert ids(crm.search(condition)) == found


def test_groups_are_alternatives_and_filters_of_a_group_add_up(crm: HubSpotClient) -> None:
    for name in ("Ana", "Ben", "Cleo"):
        crm.contact(f"{name}@example.com", firstname=name)
    groups = [
        {"filters": [where("firstname", "EQ", "ana"), where("email", "EQ", "ana@example.com")]},
        {"filters": [where("firstname", "EQ", "ben"), where("email", "EQ", "ana@example.com")]},
        {"filters": [where("firstname", "EQ", "cleo")]},
    ]
    assert ids(crm.search(filterGroups=groups)) == ["101", "103"]
    assert ids(crm.search(query="BEN@")) == ["102"]


def test_records_can_be_searched_by_what_they_belong_to(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    ana = crm.contact()
    note = {"type": "notes", "properties": {"hs_timestamp": "0"}, "associations": [{"type": "contacts", "id": ana}]}
    made = hubspot.do("create", **note)["id"]
    hubspot.do("create", type="notes", properties={"hs_timestamp": "0"})
    assert ids(crm.search(where("associations.contact", "EQ", ana), kind="notes")) == [made]


@pytest.mark.parametrize("sorts,order", [
    ([{"propertyName": "num_notes", "direction": "DESCENDING"}], ["102", "101", "103"]),
    (["num_notes"], ["103", "101", "102"]),
    (["-num_notes"], ["102", "101", "103"]),
    ([], ["101", "102", "103"]),
], ids=["descending", "name", "minus", "none"])  # fmt: skip
def test_one_sort(sorts: Json, order: list[str], crm: HubSpotClient) -> None:
    for number, notes in enumerate(("9", "10", "1")):
        crm.contact(f"p{number}@example.com", num_notes=notes)
    assert ids(crm.search(sorts=sorts)) == order


@pytest.mark.parametrize(
    "body,words",
    [
        ({"limit": 201}, "between 1 and 200"),
        ({"limit": 200, "after": "9801"}, "beyond 10000"),
        ({"after": "abc"}, "integer"),
        ({"sorts": ["a", "b"]}, "one sort"),
        ({"filterGroups": [{"filters": []}] * 6}, "5 filter groups"),
        ({"filterGroups": [{"filters": [where("email", "EQ", "x")] * 7}]}, "6 filters"),
        ({"filterGroups": [{"filters": [where("email", "EQ", "x")] * 5}] * 4}, "18 filters"),
        ({"filterGroups": [{"filters": [where("email", "BOGUS", "x")]}]}, "BOGUS"),
        ({"filterGroups": [{"filters": [where("email", "BETWEEN", "x")]}]}, "highValue"),
        ({"query": "x" * 3000}, "3000"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_what_search_refuses(body: Json, words: str, crm: HubSpotClient) -> None:
    answer = crm.call("POST", "/crm/v3/objects/contacts/search", body)
    assert answer.status == 400
    assert words in answer.json()["message"]


@pytest.mark.parametrize("value", [0, "1970-01-01T00:00:00Z"], ids=["zero", "iso"])
def test_epoch_zero_breaks_it(value: object, crm: HubSpotClient) -> None:
    body = {"filterGroups": [{"filters": [where("lastmodifieddate", "GTE", value)]}]}
    assert crm.call("POST", "/crm/v3/objects/contacts/search", body).status == 500


def test_beyond_ten_thousand_only_another_query_helps(crm: HubSpotClient, frozen: HubSpotEmulator) -> None:
    frozen.do("create", type="contacts", properties={"email": "p{n}@example.com"}, count=10_050)
    stamp = where("lastmodifieddate", "EQ", milliseconds(START))
    page = crm.search(stamp, limit=200, after="9800", sorts=["hs_object_id"])
    assert (page["total"], len(page["results"])) == (10_050, 200)
    assert page["paging"]["next"]["after"] == "10000"
    beyond = {"filterGroups": [{"filters": [stamp]}], "limit": 200, "after": "10000"}
    assert crm.call("POST", "/crm/v3/objects/contacts/search", beyond).status == 400
    last = where("hs_object_id", "GT", page["results"][-1]["id"])
    assert len(ids(crm.search(stamp, last, limit=200, sorts=["hs_object_id"]))) == 50


def test_five_searches_a_second_for_the_whole_account(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    hubspot._windows = Windows(monotonic=lambda: 100.0)
    hubspot.do("portal", search_limit=5)
    path = "/crm/v3/objects/contacts/search"
    answers = [crm.call("POST", path, {}) for _ in range(3)]
    crm.token = "key-aurora"
    answers += [crm.call("POST", path, {}) for _ in range(3)]
    assert [each.status for each in answers] == [200] * 5 + [429]
    refused = answers[-1]
    assert refused.json() | {"correlationId": ""} == {
        "status": "error",
        "message": "You have reached your secondly limit.",
        "correlationId": "",
        "category": "RATE_LIMITS",
    }
    assert "retry-after" not in refused.headers
    assert "x-hubspot-ratelimit-max" not in answers[0].headers
    assert answers[0].headers["x-hubspot-ratelimit-daily"] == "250000"


def test_the_other_limits_count_down_in_their_headers(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    hubspot._windows = Windows(monotonic=lambda: 100.0)
    hubspot.do("portal", burst_limit=2, daily_limit=4)
    hubspot.do("token", token="oauth-1", kind="oauth")
    answers = [crm.call("GET", "/crm/v3/objects/contacts") for _ in range(3)]
    assert [each.headers.get("x-hubspot-ratelimit-remaining") for each in answers] == ["1", "0", None]
    assert answers[0].headers["x-hubspot-ratelimit-interval-milliseconds"] == "10000"
    assert answers[2].json()["policyName"] == "TEN_SECONDLY_ROLLING"
    crm.token = "oauth-1"
    fourth, fifth = (crm.call("GET", "/crm/v3/objects/contacts") for _ in range(2))
    assert "x-hubspot-ratelimit-daily" not in fourth.headers
    assert (fifth.status, fifth.json()["policyName"]) == (429, "DAILY")


def test_a_window_slides() -> None:
    now = [0.0]
    windows = Windows(monotonic=lambda: now[0])
    assert [windows.take("k", 2, 1) for _ in range(3)] == [1, 0, None]
    now[0] = 1.0
    assert windows.take("k", 2, 1) == 1


def test_a_phone_is_found_by_its_national_digits_however_it_was_written(crm: HubSpotClient) -> None:
    written = ("(212) 555-0142", "+1 212 555 0142", "2125550142", "+44 212 555 0142")
    made = [crm.contact(f"p{number}@example.com", phone=each) for number, each in enumerate(written)]
    crm.contact("none@example.com", phone="ask the desk")
    found = crm.search(
        {"propertyName": "hs_searchable_calculated_phone_number", "operator": "EQ", "value": "2125550142"}
    )
    assert [row["id"] for row in found["results"]] == made
