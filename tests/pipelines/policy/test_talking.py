"""Conversations, calls and details that need a warning."""

from tests.pipelines.policy.casebook import is_answered, of
from tests.pipelines.policy.cases import Case


@of("META-01")
def test_meta_01_a_direct_message_stays_inside_the_window(case: Case) -> None:
    is_answered(case)


@of("META-02")
def test_meta_02_people_send_as_people(case: Case) -> None:
    is_answered(case)


@of("META-03")
def test_meta_03_a_direct_message_holds_nothing_of_the_record(case: Case) -> None:
    is_answered(case)


@of("AI-01")
def test_ai_01_a_synthetic_voice_needs_consent(case: Case) -> None:
    is_answered(case)


@of("AI-02")
def test_ai_02_an_agent_says_that_it_is_one(case: Case) -> None:
    is_answered(case)


@of("TCPA-21")
def test_tcpa_21_a_missed_call_is_weak_consent(case: Case) -> None:
    is_answered(case)


@of("UNENC-01")
def test_unenc_01_details_need_a_warning(case: Case) -> None:
    is_answered(case)
