"""Answers of HighLevel's that differ from its documents, in shapes that were recorded elsewhere; everybody is invented."""

from pathlib import Path
from typing import Any

import pytest

from tests.connectors.gohighlevel.wire import LOCATION, SUBJECT
from tests.connectors.wire.replayed import Answer, by_path, in_turn, landed, reply
from tests.connectors.wire.server import Reply, Seen

MILLISECONDS = 1793538000000
CONTACTS: list[dict[str, Any]] = [
    {"id": "c1", "firstName": "Ana", "dateAdded": MILLISECONDS, "dateUpdated": MILLISECONDS, "dnd": True},
    {"id": 2, "firstName": None, "contactName": "ben", "dateUpdated": None, "additionalEmails": None, "tags": None},
    {"id": "c3", "email": "", "phone": "nobody's", "timezone": "Mars/Base", "searchAfter": None, "assignedTo": ["u"]},
    {"id": "c4", "dateUpdated": {"seconds": 1}, "dndSettings": None, "customFields": [{"id": "f", "value": {"a": 1}}]},
]


def test_contacts_with_counts_for_dates_and_nothing_for_lists_are_people(tmp_path: Path) -> None:
    found = landed(SUBJECT, "contacts", in_turn([{"contacts": CONTACTS, "total": 4}]), tmp_path)
    assert (found.ids, found.suspects) == (["c1", "2", "c3", "c4"], 0)
    people = list(found.mapped(SUBJECT))
    assert [each.vendor_id for each in people] == found.ids
    assert people[0].body["created_at"] == "2026-11-01T13:00:00Z"
    assert found.records[0].effective_at is not None


def talk(*messages: dict[str, Any]) -> Answer:
    """An export, and nobody's contact."""

    def answer(seen: Seen) -> Reply:
        texts = seen.path.endswith("/export") and "channel=" not in seen.target
        return reply({"messages": list(messages) if texts else []})

    return answer


STOP = {"messageType": "TYPE_SMS", "direction": "inbound", "body": "STOP", "from": "+12125550142", "to": "Studio 54"}


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"status": "a status nobody has heard of"},
        {"source": "a_tool_of_tomorrow"},
        {"dateAdded": MILLISECONDS, "dateUpdated": MILLISECONDS},
        {"dateAdded": "2026-11-01 09:00:00", "dateUpdated": None},
        {"messageType": None, "type": 2},
        {"id": 7},
        {"to": ["+12125550100"]},
        {"attachments": None, "meta": {"of": [1]}, "unheard": {}},
    ],
    ids=str,
)
def test_a_stop_is_heard_whatever_else_stands_beside_it(odd: dict[str, Any], tmp_path: Path) -> None:
    found = landed(SUBJECT, "messages", talk({"id": "m1", "contactId": "c1", **STOP, **odd}), tmp_path)
    [message] = found.mapped(SUBJECT)
    told = (message.body["channel"], message.body["direction"], message.body["contact"], message.body["text"])
    assert told == ("sms", "inbound", "+12125550142", "STOP")


def test_a_cancelled_visit_is_cancelled_whatever_its_booking_date_says(tmp_path: Path) -> None:
    visit = {"id": "a1", "startTime": "2026-11-20T10:00:00-05:00", "appoinmentStatus": "cancelled"}
    odd = {"dateAdded": "2026-11-01 09:00:00", "dateUpdated": MILLISECONDS, "calendarId": "a calendar", "endTime": []}
    calendars = {"calendars": [{"id": "a calendar", "name": None}, {"name": "without an id"}, None]}
    answers = {"/calendars/": calendars, "/calendars/events": {"events": [visit | odd, None]}}
    found = landed(SUBJECT, "appointments", by_path(answers), tmp_path)
    assert set(found.ids) == {"a1"}
    assert found.suspects >= 1
    [seen, *_] = found.mapped(SUBJECT)
    assert (seen.body["status"], seen.body["booked_at"]) == ("cancelled", None)


@pytest.mark.parametrize("stream,under", [("submissions", "submissions"), ("opportunities", "opportunities")])
def test_inquiries_with_counts_for_dates_say_when_somebody_asked(stream: str, under: str, tmp_path: Path) -> None:
    asked = {"id": "q1", "createdAt": MILLISECONDS, "updatedAt": MILLISECONDS, "locationId": LOCATION, "others": None}
    found = landed(SUBJECT, stream, in_turn([{under: [asked], "meta": None}]), tmp_path)
    [inquiry] = found.mapped(SUBJECT)
    assert inquiry.body["received_at"] == "2026-11-01T13:00:00Z"
