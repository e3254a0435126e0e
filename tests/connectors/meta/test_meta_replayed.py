"""Answers of Graph's with odd fields: each costs at most itself. Everybody in them is invented."""

from pathlib import Path
from typing import Any

from tests.connectors.meta.wire import PAGE, SUBJECT
from tests.connectors.wire.replayed import Answer, by_path, landed, reply
from tests.connectors.wire.server import Reply, Seen

SECONDS = 1793538000
FORM = "345"
BOX = {"key": "sms_consent", "text": "Yes, text me.", "is_checked_by_default": "perhaps"}
FORMS: dict[str, Any] = {
    "data": [
        {"id": 345, "name": None, "legal_content": {"custom_disclaimer": {"checkboxes": [None, {"text": 1}, BOX]}}},
        {"id": "346", "legal_content": []},
        {"name": "without an id"},
    ],
    "paging": [],
}
PHONE = {"name": "phone_number", "values": ["+12125550142"]}
TICKED = [{"checkbox_key": "sms_consent", "is_checked": True}, None]
LEADS: list[dict[str, Any]] = [
    {"id": "1", "created_time": SECONDS, "field_data": [PHONE, None, {"name": None}], "form_id": 345},
    {"id": 2, "created_time": "2026-11-01T13:00:00+0000", "field_data": {"data": [PHONE]}, "campaign_name": ["a"]},
    {"id": "3", "created_time": None, "field_data": None, "custom_disclaimer_responses": {"data": TICKED}},
    {"id": "4", "field_data": [{"name": "full_name", "values": "Ana Ruiz"}], "platform": None, "unheard": [{}]},
]


def test_leads_with_odd_fields_are_inquiries_and_a_form_costs_no_other(tmp_path: Path) -> None:
    pages = {
        f"/v26.0/{PAGE}/leadgen_forms": FORMS,
        f"/v26.0/{FORM}/leads": {"data": [*LEADS, {"field_data": []}], "paging": {"cursors": None, "next": None}},
        "/v26.0/346/leads": {"data": [{"id": "5", "created_time": "2026-11-01T13:00:00+0000"}]},
    }
    found = landed(SUBJECT, "leads", by_path(pages), tmp_path)
    assert (found.ids, found.suspects) == (["1", "2", "3", "4", "5"], 1)
    inquiries = list(found.mapped(SUBJECT))
    assert [each.body["phone"] for each in inquiries[:2]] == ["+12125550142"] * 2
    assert inquiries[0].body["received_at"] == inquiries[1].body["received_at"] == "2026-11-01T13:00:00Z"
    assert inquiries[3].body["full_name"] == "Ana Ruiz"


def test_a_box_that_may_have_been_ticked_beforehand_is_no_yes(tmp_path: Path) -> None:
    lead = {"id": "1", "field_data": [PHONE], "form_id": FORM, "custom_disclaimer_responses": TICKED}
    pages = {
        f"/v26.0/{PAGE}/leadgen_forms": FORMS,
        f"/v26.0/{FORM}/leads": {"data": [lead]},
        "/v26.0/346/leads": {"data": []},
    }
    [inquiry] = landed(SUBJECT, "leads", by_path(pages), tmp_path).mapped(SUBJECT)
    assert inquiry.body["consents"] == []


def threads(*shown: object) -> Answer:
    """One page of threads; on the other platform nobody wrote."""

    def answer(seen: Seen) -> Reply:
        return reply({"data": list(shown) if "platform=messenger" in seen.target else []})

    return answer


def test_a_thread_is_an_inquiry_whatever_one_line_of_it_says(tmp_path: Path) -> None:
    line = {
        "id": "m1",
        "created_time": "2026-11-01T13:00:00+0000",
        "from": {"id": 77, "name": None},
        "message": "Hello",
    }
    odd = [None, {"id": "m0", "from": None}, {"created_time": 1, "from": "somebody", "message": ["x"]}]
    thread = {
        "id": "t1",
        "updated_time": SECONDS,
        "participants": None,
        "messages": {"data": [line, *odd], "paging": []},
    }
    found = landed(SUBJECT, "conversations", threads(thread, {"updated_time": "x"}), tmp_path)
    assert (found.ids, found.suspects) == (["t1/m1"], 1)
    [inquiry] = found.mapped(SUBJECT)
    assert (inquiry.body["message"], inquiry.body["received_at"]) == ("Hello", "2026-11-01T13:00:00Z")


def test_a_page_whose_next_one_stands_in_an_address_alone_is_followed(tmp_path: Path) -> None:
    def answer(seen: Seen) -> Reply:
        if seen.path.endswith("/leadgen_forms"):
            return reply({"data": [{"id": FORM}]})
        if seen.query.get("after") == "second":
            return reply({"data": [{"id": "2"}]})
        return reply(
            {"data": [{"id": "1"}], "paging": {"next": "https://graph.facebook.com/v26.0/345/leads?after=second"}}
        )

    assert landed(SUBJECT, "leads", answer, tmp_path).ids == ["1", "2"]
