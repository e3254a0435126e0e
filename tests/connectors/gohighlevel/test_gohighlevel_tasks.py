"""Tasks that somebody finished in HighLevel: read by the search and told by calls, as one record (R21, R56)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from canonical.actions import CreateTask
from canonical.problems import NeedsOperator, ProtocolBroken
from canonical.raw import RawRecord
from connectors.kit import registry
from connectors.kit.webhooks import Event, Incoming, Meaning
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from tests.connectors.gohighlevel.subaccount import START, SubAccount
from tests.connectors.gohighlevel.test_gohighlevel_pull import from_wire, served
from tests.connectors.wire.server import FakeWire, Reply, Seen

OURS = "a-k3q7xbm2t5wz4cjd"


def mapped(body: bytes) -> dict[str, Any]:
    made = Catalogue().mapping("gohighlevel", "tasks").apply(json.loads(body), Surroundings(), Notes())
    found: dict[str, Any] = json.loads(made.encoded())
    return found


def task(highlevel: SubAccount, contact: str, external_id: str = OURS) -> str:
    """One of ours, as the outbox makes it."""
    asked = CreateTask(
        external_id=external_id,
        title="Call back a new inquiry",
        body=SecretStr("Dee asks [soon]."),
        due_at=START + timedelta(hours=1),
        person_vendor_id=contact,
    )
    return highlevel.send(highlevel.claim(asked)).vendor_id


def finish(highlevel: SubAccount, *ids: str) -> None:
    for one in ids:
        highlevel.vendor.do("finish", id=one)


def test_r21_a_finished_task_of_ours_is_read_with_our_own_id_and_an_open_one_is_not(highlevel: SubAccount) -> None:
    ana = highlevel.ana()["id"]
    done, _ = task(highlevel, ana), task(highlevel, ana, "a-aaaaaaaaaaaaaaaa")
    assert highlevel.pull("tasks") == []
    finish(highlevel, done)
    [record] = highlevel.pull("tasks")
    made = mapped(record.body)
    assert (made["vendor_id"], made["done"], made["person_vendor_id"], made["reference"]) == (done, True, ana, OURS)


def test_r56_a_task_that_people_opened_themselves_counts_too_and_has_no_id_of_ours(highlevel: SubAccount) -> None:
    [place] = highlevel.vendor.places.values()
    place.tasks["tk1"] = {"id": "tk1", "contactId": "ct1", "title": "Call", "body": "[see notes]", "completed": True}
    made = mapped(highlevel.pull("tasks")[0].body)
    assert (made["done"], made["person_vendor_id"], made["reference"]) == (True, "ct1", "")


def test_all_of_them_arrive_once_however_many_and_one_of_yesterday_closed_today_is_found(highlevel: SubAccount) -> None:
    [place] = highlevel.vendor.places.values()
    for number in range(250):
        place.tasks[f"tk{number}"] = {"id": f"tk{number}", "contactId": "ct1", "completed": number != 3}
    first = highlevel.pages("tasks")
    found = [record.vendor_id for page in first for record in page.records]
    assert len(found) == len(set(found)) == 249
    finish(highlevel, "tk3")
    assert "tk3" in [record.vendor_id for record in highlevel.pull("tasks", first[-1].cursor)]


def told(highlevel: SubAccount, *ids: str) -> list[Event]:
    """What HighLevel's calls say while these are finished."""
    heard: list[Incoming] = []

    def hear(seen: Seen) -> Reply:
        heard.append(Incoming(url="https://hooks.example/x", headers=seen.headers, body=seen.body))
        return Reply(200, b"")

    with FakeWire(hear).running() as door:
        highlevel.vendor.do("hook", url=door.url)
        finish(highlevel, *ids)
        highlevel.vendor.settle()
    return [event for call in heard for event in registry.webhook("gohighlevel").parse(call)]


def test_a_call_and_the_search_tell_of_one_record_and_say_the_same(highlevel: SubAccount) -> None:
    done = task(highlevel, highlevel.ana()["id"])
    [event] = told(highlevel, done)
    [record] = highlevel.pull("tasks")
    assert (event.stream, event.meaning, event.vendor_id) == (record.stream, Meaning.KNOWN, record.vendor_id)
    by_call, by_search = mapped(event.body), mapped(record.body)
    assert by_call.pop("at") is None  # it comes at once: the moment it came is when
    assert by_search.pop("at") == "2026-11-12T15:00:00Z"
    assert by_call == by_search


@pytest.mark.parametrize(
    "said,at",
    [
        ({"dateUpdated": "2026-11-12T14:30:00.000Z", "dueDate": "2026-11-10T14:00:00.000Z"}, "2026-11-12T14:30:00Z"),
        ({"dateUpdated": 7, "dueDate": "2026-11-10T14:00:00.000Z"}, "2026-11-10T14:00:00Z"),
        ({"dateUpdated": None, "dueDate": "2026-11-10T14:00:00.000Z"}, "2026-11-10T14:00:00Z"),
        ({"dueDate": "soon"}, None),
        ({}, None),
    ],
)
def test_r56_what_was_done_long_ago_does_not_count_as_done_now(said: dict[str, object], at: str | None) -> None:
    [page, *_] = from_wire(served({"tasks": [{"id": "t", "completed": True} | said]}, {"tasks": []}), "tasks")
    [record] = page.records
    assert mapped(record.body)["at"] == at


@pytest.mark.parametrize("rows", [[{"_id": "t", "completed": True}], [[{"id": "t", "completed": True}]]])
def test_rows_in_the_forms_that_the_document_leaves_open_are_read(rows: list[object]) -> None:
    pages = from_wire(served({"tasks": rows}, {"tasks": None}), "tasks")
    records: list[RawRecord] = [record for page in pages for record in page.records]
    assert [record.vendor_id for record in records] == ["t"]
    assert mapped(records[0].body)["done"] is True


def test_a_search_that_does_not_heed_where_to_go_on_ends_the_pass() -> None:
    with pytest.raises(ProtocolBroken, match="never end"):
        from_wire(served({"tasks": [{"id": "t", "completed": True}]}), "tasks")


def test_a_token_that_may_not_read_tasks_is_told_by_which_scope(highlevel: SubAccount) -> None:
    scopes = registry.manifest("gohighlevel").auth.scopes
    narrow = [one for one in scopes if one != "locations/tasks.readonly"]
    highlevel.vendor.do("private_token", token="pit-narrow", scopes=narrow)
    highlevel.secret = {"token": "pit-narrow"}
    with pytest.raises(NeedsOperator, match=r"locations/tasks\.readonly"):
        registry.verifier(highlevel.connection, highlevel.tools())()
