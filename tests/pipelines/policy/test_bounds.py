"""The bounds of the shared vectors that concern built rules: one plain confirmation, and what a STOP covers."""

import json
from datetime import timedelta

import pytest
from pydantic import SecretStr

from canonical.actions import Outcome, Purpose
from canonical.consent import SuppressionScope
from canonical.practice import Channel
from pipelines.policy.rules.inbound import Inbound, hear
from tests.pipelines.policy.cases import CONFIRM
from tests.pipelines.policy.world import NOON, answers, some_facts
from tests.shared_data import SHARED

VECTORS = SHARED / "policy" / "test_vectors.json"
BOUNDS = json.loads(VECTORS.read_text(encoding="utf-8"))["bounds"] if VECTORS.exists() else {}
MEANT = {"marketing": Purpose.MARKETING, "exempt informational (a)(9)(iv)": Purpose.TREATMENT}
pytestmark = pytest.mark.skipif(not BOUNDS, reason="../shared/policy is not beside this checkout")


@pytest.mark.parametrize("case", BOUNDS.get("revocation_confirmation", ()), ids=lambda case: case["expect"])
def test_a_confirmation_goes_as_the_vector_says(case: dict[str, str]) -> None:
    facts = some_facts(
        occasion={
            "revoked_at": NOON - timedelta(minutes=int(case["minutes_after_revocation"])),
            "confirmations_sent": 1 if "one only" in case["expect"] else 0,
        },
        text={"body": case["text"]},
    )

    outcome = answers(CONFIRM, facts)["TCPA-15"].outcome

    assert outcome is (Outcome.ALLOW if case["expect"] == "allow" else Outcome.BLOCK)


@pytest.mark.parametrize("case", BOUNDS.get("scope", ()), ids=lambda case: case["reply_to"])
def test_a_stop_covers_everything_whatever_it_answers(case: dict[str, str]) -> None:
    heard = hear(Inbound(text=SecretStr(case["text"]), channel=Channel.SMS, at=NOON, answers=MEANT[case["reply_to"]]))

    assert "suppress every non-emergency" in case.get("expect_house_default", case.get("expect", ""))
    assert heard.scope is SuppressionScope.ALL
