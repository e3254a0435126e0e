"""What policy is told about a payload: its fields by command, the number's registration, the vendor's mode, the keys."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from canonical.actions import Answer, Outcome, Purpose, SendSms, UpsertLead, Verdict
from canonical.ids import ActionId, ContentHash, VerdictId
from canonical.practice import Channel
from pipelines.outbox.pushes import fields_of, push_facts, without_dropped
from pipelines.outbox.route import way_for
from pipelines.outbox.standing import standing
from pipelines.outbox.workbench import Workbench, workbench
from pipelines.policy.allow_lists import allowed_fields
from pipelines.policy.facts import UNKNOWN
from pipelines.policy.pushes import Push
from pipelines.tick.hub import offers
from settings.installation import SHIPPED, load_installation
from settings.practice import load_practice
from tests.pipelines.policy.world import an_action, asking

NOW = datetime(2026, 11, 10, 17, 0, tzinfo=UTC)
Spoil = Callable[[str, str, str], Workbench]


@pytest.fixture
def spoil(tmp_path: Path) -> Spoil:
    """The demo practice with one word in one of its files replaced, compiled."""
    home = Path(shutil.copytree(SHIPPED, tmp_path / "practices"))

    def spoiled(name: str, old: str, new: str) -> Workbench:
        file = home / "demo" / "lumen" / name
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
        return workbench(load_practice(home / "demo" / "lumen", home), offers, lambda *_: None)

    return spoiled


@pytest.fixture
def lumen() -> Workbench:
    """The demo practice."""
    return workbench(load_practice(SHIPPED / "demo" / "lumen", SHIPPED), offers, lambda *_: None)


def pushed(bench: Workbench, purpose: Purpose = Purpose.TREATMENT, **updates: object) -> Push:
    """What policy would be told of a text of that purpose."""
    action = asking(purpose, location_id="downtown", **updates)
    return push_facts(action, way_for(action, bench.config.practice, bench.offers), bench)


def test_min_01_every_command_tells_its_fields_by_its_payload() -> None:
    assert fields_of("send_sms") == (("to", "sender", "body", "callback", "expires_at"), ("to", "sender", "body"))
    assert fields_of("upsert_lead")[1] == ("external_id",)
    assert "kind" not in fields_of("create_task")[0]
    assert fields_of("nobody_knows_it") == ((), ())


@pytest.mark.parametrize(
    "command, purpose",
    [
        ("send_sms", Purpose.OPERATIONS),
        ("send_sms", Purpose.MARKETING),
        ("send_email", Purpose.OPERATIONS),
        ("send_email", Purpose.MARKETING),
        ("log_communication", Purpose.OPERATIONS),
    ],
)
def test_min_01_what_messages_and_their_copies_need_is_listed_for_every_covered_tool(
    command: str, purpose: Purpose
) -> None:
    assert set(fields_of(command)[0]) <= set(allowed_fields("any covered tool", purpose, covered=True) or ())


def test_a_text_of_the_demo_stands_on_firm_ground(lumen: Workbench) -> None:
    push = pushed(lumen)
    assert (push.destination, push.recipient_kind) == ("tool", "patient")
    assert push.ground.registered_uses == ("customer_care",)
    assert (push.ground.vendor_mode, push.ground.key_apart, push.ground.transport_encrypted) == ("none", True, True)
    assert standing(lumen, NOW) == ()


def test_a_task_is_read_by_the_practice_itself_and_has_no_number(lumen: Workbench) -> None:
    push = pushed(lumen, Purpose.INTERNAL, channel=Channel.CRM, command="create_task")
    assert (push.recipient_kind, push.ground.registered_uses) == ("practice", None)


def test_what_has_no_way_out_is_left_to_baa_01(lumen: Workbench) -> None:
    push = push_facts(an_action(command="fly"), None, lumen)
    assert push.fields == ()
    assert push.ground.registered_uses is None


def test_min_01_a_tool_the_register_does_not_name_has_no_list(spoil: Spoil) -> None:
    bench = spoil("vendors.yaml", "covered_products: [sms]", "covered_products: [voice]")
    assert pushed(bench, Purpose.OPERATIONS).allowed is None


@pytest.mark.parametrize("written", ["registration: none", "registration: pending"])
def test_tcpa_18_a_number_that_is_not_approved_is_registered_for_nothing(spoil: Spoil, written: str) -> None:
    bench = spoil("senders.yaml", "registration: approved", written)
    assert pushed(bench).ground.registered_uses == ()
    answers = standing(bench, NOW)
    assert {answer.rule for answer in answers} == {"TCPA-18"}
    assert "Sender +12125550110 is not registered for treatment." in {answer.reason for answer in answers}


def test_baa_03_outside_a_demo_the_practice_must_say_how_the_switch_stands(spoil: Spoil) -> None:
    bench = spoil("practice.yaml", "demo: true", "demo: false")
    assert pushed(bench).ground.vendor_mode is UNKNOWN
    assert ("BAA-03", "Cannot decide: vendor_mode_flag unknown.") in {(a.rule, a.reason) for a in standing(bench, NOW)}


@pytest.mark.parametrize(
    "written, mode, says",
    [("designated", "on", set()), ("not_designated", "off", {"twilio account is not in its HIPAA mode."})],
)
def test_baa_03_a_designated_project_sends(spoil: Spoil, written: str, mode: str, says: set[str]) -> None:
    spoil("practice.yaml", "demo: true", "demo: false")
    bench = spoil("connections.yaml", '{base_url: "env:GLOWLINE_DEMO_TWILIO_URL"}', f"{{hipaa_mode: {written}}}")
    assert pushed(bench).ground.vendor_mode == mode
    assert {answer.reason for answer in standing(bench, NOW)} == says


def test_sec_01_a_key_beside_its_data_and_a_plain_address_are_said(spoil: Spoil) -> None:
    bench = spoil("connections.yaml", '{base_url: "env:GLOWLINE_DEMO_TWILIO_URL"}', '{base_url: "http://sms.example"}')
    assert not pushed(bench).ground.transport_encrypted
    assert {(a.rule, a.reason) for a in standing(bench, NOW)} == {("SEC-01", "Transport or storage is not encrypted.")}
    beside = replace(bench, keys_apart=False, plain=frozenset())
    assert {a.reason for a in standing(beside, NOW)} == {"The key lies beside the data it locks."}


@pytest.mark.parametrize(
    "reference, apart",
    [("file:{home}/keys/lumen.key", True), ("file:{home}/data/lumen/lumen.key", False), ("env:LUMEN_KEY", True)],
)
def test_sec_01_a_key_reference_into_the_data_folder_is_seen(tmp_path: Path, reference: str, apart: bool) -> None:
    written = reference.format(home=tmp_path)
    (tmp_path / "installation.yaml").write_text(f"key_references: {{lumen: '{written}'}}\n")
    assert load_installation(tmp_path).keys_apart("lumen") is apart


def _dropping(*rewrites: str) -> Verdict:
    answers = tuple(Answer(rule="MIN-01", outcome=Outcome.REWRITE, rewrite=name) for name in rewrites)
    return Verdict(
        verdict_id=VerdictId("ve-1"),
        action_id=ActionId("a-1"),
        outcome=Outcome.ALLOW,
        decided_at=NOW,
        policy=ContentHash("0" * 64),
        facts=ContentHash("0" * 64),
        answers=answers,
    )


def test_min_01_dropped_fields_leave_as_if_nobody_had_filled_them() -> None:
    lead = UpsertLead(external_id="q-1", email=SecretStr("ana@example.com"), asked_for=SecretStr("Botox"), source="web")
    left = without_dropped(lead, _dropping("drop_field:asked_for,email"))
    assert left == UpsertLead(external_id="q-1", source="web")
    assert without_dropped(lead, _dropping("neutral")) is lead


def test_min_01_a_field_of_another_payload_drops_nothing() -> None:
    text: Any = SendSms(to=SecretStr("+12125550142"), sender="+12125550110", body=SecretStr("See you."))
    assert without_dropped(text, _dropping("drop_field:asked_for")) is text
