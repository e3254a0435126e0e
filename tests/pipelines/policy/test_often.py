"""How often, and how many at once."""

from tests.pipelines.policy.casebook import is_answered, of
from tests.pipelines.policy.cases import Case


@of("TCPA-04")
def test_tcpa_04_an_exempt_text_is_short_and_plain(case: Case) -> None:
    is_answered(case)


@of("TCPA-05")
def test_tcpa_05_exempt_texts_come_once_a_day_and_three_times_a_week(case: Case) -> None:
    is_answered(case)


@of("TCPA-09")
def test_tcpa_09_nobody_hears_about_one_subject_too_often(case: Case) -> None:
    is_answered(case)


@of("CAP-01")
def test_cap_01_r39_one_contact_point_hears_only_so_much(case: Case) -> None:
    is_answered(case)


@of("SURGE-01")
def test_surge_01_more_than_expected_waits_for_a_yes(case: Case) -> None:
    is_answered(case)
