"""What comes in and what is written about it: CALL-01, TRI-01, MHMD-01, and PHI-04 for logs."""

import pytest
from pydantic import SecretStr

from canonical.actions import Outcome
from connectors.kit.redact import redacted
from pipelines.policy.asking import HEARD, answer_of
from pipelines.policy.facts import UNKNOWN
from pipelines.policy.rules.collecting import CallContent, Collected, Triage
from pipelines.policy.rules.diagnostics import Diagnostic
from tests.pipelines.policy.world import changed

O = Outcome  # noqa: E741 -- a column of a table
CALL = CallContent(fetches=True, covered=True, announced=True, states=("CA", "NY"))
LEAD = Collected(state="WA", practice_state="OR", shared=True)
WITHHELD = "Washington My Health My Data consent missing."


def said(rule: str, *about: object) -> tuple[Outcome, str]:
    """What a rule answers, with its sentence."""
    answer = answer_of(rule, HEARD[rule](*about))
    return answer.outcome, answer.reason


@pytest.mark.parametrize(
    "call, why",
    [
        ({"covered": False}, "no agreement with the call vendor covers them"),
        ({"covered": UNKNOWN}, "no agreement with the call vendor covers them"),
        ({"announced": False}, "no recording announcement is configured, and the call may be from a state that wants one"),
        ({"announced": UNKNOWN, "states": UNKNOWN}, "no recording announcement is configured, and the call may be from a state that wants one"),
    ],
    ids=["no agreement", "unknown agreement", "nobody is told, and one is in California", "unknown announcement, unknown state"],
)  # fmt: skip
def test_call_01_keeps_to_time_and_number(call: dict[str, object], why: str) -> None:
    assert said("CALL-01", changed(CALL, **call)) == (O.BLOCK, f"Call audio/transcripts are off: {why}.")


def test_call_01_is_quiet_about_announced_recordings_one_party_states_and_bare_calls() -> None:
    assert said("CALL-01", CALL)[0] is O.ALLOW
    assert said("CALL-01", changed(CALL, announced=False, states=("NY",)))[0] is O.ALLOW
    assert said("CALL-01", CallContent(fetches=False))[0] is O.ALLOW


def test_tri_01_blocks_every_automatic_answer_but_the_emergency_text() -> None:
    flagged = Triage(flagged=True, lexicon="a" * 64)
    assert said("TRI-01", changed(flagged, answer="other")) == (
        O.BLOCK,
        "Possible complication; routed to a clinician.",
    )
    for answer in ("none", "emergency_text"):
        assert said("TRI-01", changed(flagged, answer=answer)) == (
            O.NEED_APPROVAL,
            "Possible complication; routed to a clinician.",
        )


def test_tri_01_is_quiet_about_a_text_without_a_red_flag() -> None:
    """Not possible to be unknown: a text was read, or it did not come in."""
    assert said("TRI-01", Triage(flagged=False, lexicon="a" * 64, answer="other"))[0] is O.ALLOW


@pytest.mark.parametrize(
    "lead",
    [
        {},
        {"shared": False, "beyond_the_request": True},
        {"state": "OR", "collected_in": "WA"},
        {"state": UNKNOWN, "practice_state": "WA"},
    ],
    ids=[
        "shared without a consent",
        "more than was asked",
        "collected in Washington",
        "unknown: a practice in Washington",
    ],
)
def test_mhmd_01_withholds_what_washington_did_not_agree_to(lead: dict[str, object]) -> None:
    assert said("MHMD-01", changed(LEAD, **lead)) == (O.BLOCK, WITHHELD)


@pytest.mark.parametrize(
    "lead, outcome",
    [
        ({"consent_share": True}, O.ALLOW),
        ({"shared": False}, O.ALLOW),
        ({"shared": False, "beyond_the_request": True, "consent_collect": True}, O.ALLOW),
        ({"held_under_hipaa": True}, O.NOT_APPLICABLE),
        ({"state": "OR"}, O.NOT_APPLICABLE),
        ({"state": UNKNOWN}, O.NOT_APPLICABLE),
    ],
    ids=["agreed to it", "only what was asked", "agreed to more", "a patient's record", "an Oregonian", "unknown: a practice in Oregon"],
)  # fmt: skip
def test_mhmd_01_is_quiet_about_everything_else(lead: dict[str, object], outcome: Outcome) -> None:
    assert said("MHMD-01", changed(LEAD, **lead))[0] is outcome


@pytest.mark.parametrize(
    "line",
    [
        "cannot reach +12125550142",
        "cannot reach (212) 555-0142",
        "to ana@example.com",
        "GET /people?name=Ana",
        "authorization: Bearer abcdefgh12345",
    ],
)
def test_phi_04_redacts_what_describes_somebody(line: str) -> None:
    answer = answer_of("PHI-04", HEARD["PHI-04"](Diagnostic(text=SecretStr(line))))
    assert (answer.outcome, answer.rewrite) == (O.REWRITE, "redact")
    assert answer.reason == "Patient-linked data was redacted from a diagnostic record."
    again = Diagnostic(text=SecretStr(redacted(line)))
    assert said("PHI-04", again)[0] is O.ALLOW, "once redacted it may stand"


def test_phi_04_redacts_a_treatment_and_whatever_is_unknown() -> None:
    assert said("PHI-04", Diagnostic(text=SecretStr("botox"), lexicon_term="botox"))[0] is O.REWRITE
    assert said("PHI-04", Diagnostic(text=UNKNOWN))[0] is O.REWRITE


def test_phi_04_is_quiet_about_ids_and_counts() -> None:
    assert (
        said("PHI-04", Diagnostic(text=SecretStr("run run-7f3k: 12 actions of p-zq3x blocked by TCPA-02")))[0]
        is O.ALLOW
    )


def test_phi_04_never_shows_what_it_was_asked_about() -> None:
    assert "555" not in repr(Diagnostic(text=SecretStr("+12125550142")))
