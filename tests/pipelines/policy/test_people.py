"""The person it is about, what is asked of them, and the record of the decision."""

from tests.pipelines.policy.casebook import is_answered, of
from tests.pipelines.policy.cases import Case


@of("CONF-01")
def test_conf_01_a_promised_way_is_followed(case: Case) -> None:
    is_answered(case)


@of("MINOR-01")
def test_minor_01_a_minor_is_reached_through_the_guardian(case: Case) -> None:
    is_answered(case)


@of("NEVER-01")
def test_never_01_some_are_never_written_to(case: Case) -> None:
    is_answered(case)


@of("AUD-03")
def test_aud_03_an_incomplete_record_lets_nothing_go(case: Case) -> None:
    is_answered(case)


@of("REV-03")
def test_rev_03_nothing_is_offered_for_a_review(case: Case) -> None:
    is_answered(case)


@of("REV-04")
def test_rev_04_insiders_are_not_asked(case: Case) -> None:
    is_answered(case)


@of("REV-05")
def test_rev_05_nobody_is_asked_twice_or_in_pain(case: Case) -> None:
    is_answered(case)


@of("REV-06")
def test_rev_06_a_public_answer_gives_nobody_away(case: Case) -> None:
    is_answered(case)


@of("REV-09")
def test_rev_09_a_public_answer_neither_threatens_nor_trades(case: Case) -> None:
    is_answered(case)


@of("SUR-01")
def test_sur_01_a_survey_routes_nobody(case: Case) -> None:
    is_answered(case)
