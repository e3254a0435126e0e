"""The table of branches: its order, its names, and what must not set off an alarm."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from canonical.conversations import Direction, MessageRecord, ReplyIntent
from canonical.practice import Channel
from pipelines.replies.table import OFFERED, PERMISSION, branches, small
from pipelines.replies.understanding import Heard, understand
from pipelines.tick.hearing import _hear
from tests.pipelines.replies.corpus import thread
from tests.receiver.world import LUMEN, NOON, PATIENT
from tests.shared_data import shared

EXPECTED = {
    "revoke_all_nonemergency": ReplyIntent.STOP,
    "ambiguous_hold_and_human": ReplyIntent.STOP_LIKELY,
    "wrong_number_suppress": ReplyIntent.WRONG_NUMBER,
    "help": ReplyIntent.HELP,
    "restores_former_informational_scope_only; marketing_needs_new_consent": ReplyIntent.START,
    "no_revocation": ReplyIntent.HUMAN,
}


def intent(text: str) -> ReplyIntent:
    record = MessageRecord(
        vendor_id="SM1", channel=Channel.SMS, direction=Direction.INBOUND, contact=PATIENT, ours=LUMEN, text=text
    )
    return understand(record, Heard(SecretStr(text), Channel.SMS, NOON), _hear, thread("")).intent


def test_the_branches_stand_in_the_order_of_the_semantics() -> None:
    order = list(dict.fromkeys(branch.name for branch in branches()))
    assert order == [
        "red_flag", PERMISSION, "delete_me", OFFERED, "bound_answer", "confirm", "late", "change", "tapback", "interest", "human",
    ]  # fmt: skip


def test_every_vector_of_the_policy_takes_its_branch() -> None:
    vectors = json.loads(shared("policy", "test_vectors.json").read_text())["revocation"]
    wrong = {v["text"]: found for v in vectors if (found := intent(v["text"])) is not EXPECTED[v["expect"]]}
    alarms = ("nonstop pain since last night", "The bruising won't stop, is that normal?")
    assert wrong == dict.fromkeys(alarms, ReplyIntent.RED_FLAG), "an alarm comes first (R22)"


@pytest.mark.parametrize(
    "text",
    [
        "What number should I call?",
        "I'll be there, looking forward to it",
        "Is the white building yours?",
        "Can I come Friday? I have a hair appointment",
        "ok see you at the front desk",
        "Bruising is almost gone!",
        "Can my friend come along?",
        "My brow looks great",
    ],
)
def test_small_talk_sets_off_no_alarm(text: str) -> None:
    assert intent(text) is ReplyIntent.HUMAN


def test_text_is_brought_down_to_small_letters() -> None:
    assert small("  I  CAN’T\u200b breathé ") == "i cant breathe"


def test_a_table_that_forgets_the_human_does_not_load(tmp_path: Path) -> None:
    file = tmp_path / "intents.yaml"
    file.write_text("- branch: permission\n")
    with pytest.raises(ValueError, match="the last branch is not `human`"):
        branches(file)


def test_a_branch_that_is_no_intent_does_not_load(tmp_path: Path) -> None:
    file = tmp_path / "intents.yaml"
    file.write_text("- branch: cheerful\n- branch: human\n")
    with pytest.raises(ValueError, match="cheerful"):
        branches(file)
