"""What a vendor is handed: exactly what the command needs, and nothing where it cannot be filled."""

from types import SimpleNamespace
from typing import Any

import pytest

from canonical.actions import Action, CreateTask, UpsertLead
from canonical.ids import AttemptId, ConnectionId
from canonical.inquiries import InquiryRecord, InquirySource
from canonical.practice import Channel
from pipelines.outbox.payloads import NothingToSend, payload_for
from tests.pipelines.policy.world import NOON, an_action

SAID = SimpleNamespace(body="Somebody asked to be called.", subject="")
RECORD = {
    "vendor_id": "f-1",
    "source": next(iter(InquirySource)),
    "full_name": "Ana María Reyes",
    "phone": "+12125550142",
}


def _filled(action: Action, command: str, **around: Any) -> Any:  # noqa: ANN401 - stand-ins for what is read
    connection = SimpleNamespace(connection_id=ConnectionId("crm"), vendor="hubspot")
    decided = SimpleNamespace(action=action, way=SimpleNamespace(connection=connection, command=command), said=SAID)
    known = {"contacts": {}, "lead_records": {}, "tasks": {}, "vendor_ids": {}} | around
    return payload_for(decided, SimpleNamespace(**known), None, AttemptId("at-1"), NOON)  # type: ignore[arg-type] # stand-ins


def _internal(command: str, **changes: object) -> Action:
    return an_action(channel=Channel.STAFF, command=command, subject_id="inq-1", **changes)


def test_a_lead_carries_our_id_and_a_name_in_two_parts() -> None:
    record = InquiryRecord.model_validate(RECORD | {"email": "ana@clinic.example", "asked_for": "consult"})
    lead = _filled(_internal("upsert_lead"), "upsert_lead", lead_records={"inq-1": record})
    assert isinstance(lead, UpsertLead)
    assert lead.external_id == "inq-1"
    assert (lead.given_name.get_secret_value(), lead.family_name.get_secret_value()) == ("Ana", "María Reyes")
    assert lead.phone.get_secret_value() == "+12125550142"
    assert lead.asked_for.get_secret_value() == "consult"
    assert "Reyes" not in repr(lead)


def test_names_a_form_gave_in_two_parts_are_not_split_again() -> None:
    record = InquiryRecord.model_validate(RECORD | {"given_name": "Ana María", "family_name": "Reyes"})
    lead = _filled(_internal("upsert_lead"), "upsert_lead", lead_records={"inq-1": record})
    assert lead.given_name.get_secret_value() == "Ana María"


def test_a_lead_whose_record_is_gone_is_not_sent() -> None:
    with pytest.raises(NothingToSend, match="the inquiry's record is gone"):
        _filled(_internal("upsert_lead"), "upsert_lead")


def test_a_task_says_neutrally_what_to_do_until_when_and_about_whom() -> None:
    action = _internal("create_task", template="inquiry-alert", facts={"promised_at": "2026-11-17T18:00:00+00:00"})
    made = _filled(action, "create_task", vendor_ids={(str(action.person_id), "crm"): "4711"})
    assert isinstance(made, CreateTask)
    assert (made.external_id, made.title) == (action.action_id, "Call back a new inquiry")
    assert made.due_at.isoformat() == "2026-11-17T18:00:00+00:00"
    assert (made.person_vendor_id, made.urgent) == ("4711", False)
    assert made.body.get_secret_value() == SAID.body


def test_a_task_the_hub_opened_keeps_its_title_urgency_and_time() -> None:
    task = {"title": "Somebody must answer", "due_at": NOON, "urgent": True}
    made = _filled(_internal("create_task"), "create_task", tasks={"inq-1": task})
    assert (made.title, made.due_at, made.urgent, made.person_vendor_id) == ("Somebody must answer", NOON, True, "")


def test_a_command_nobody_fills_is_a_defect_that_names_its_step() -> None:
    with pytest.raises(NothingToSend, match=r"step 3\.2-reminder-24h"):
        _filled(_internal("dance"), "dance")


def test_a_text_without_a_phone_is_not_sent() -> None:
    with pytest.raises(NothingToSend, match="there is nobody to send it to"):
        _filled(an_action(), "write_opt_out")
