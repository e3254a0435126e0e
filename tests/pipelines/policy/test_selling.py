"""What sells: written consent, lists, authorizations, commercial mail."""

from tests.pipelines.policy.casebook import is_answered, of
from tests.pipelines.policy.cases import Case


@of("TCPA-01")
def test_tcpa_01_a_text_that_sells_needs_a_signature(case: Case) -> None:
    is_answered(case)


@of("TCPA-19")
def test_tcpa_19_a_listed_or_reassigned_number_is_not_sold_to(case: Case) -> None:
    is_answered(case)


@of("AUTH-01")
def test_auth_01_paid_messages_need_an_authorization_that_says_so(case: Case) -> None:
    is_answered(case)


@of("AUTH-02")
def test_auth_02_promoting_others_needs_an_authorization(case: Case) -> None:
    is_answered(case)


@of("AUTH-03")
def test_auth_03_texas_needs_a_clear_permission(case: Case) -> None:
    is_answered(case)


@of("AUTH-04")
def test_auth_04_what_has_ended_permits_nothing(case: Case) -> None:
    is_answered(case)


@of("EMAIL-01")
def test_email_01_commercial_mail_shows_address_and_opt_out(case: Case) -> None:
    is_answered(case)


@of("EMAIL-03")
def test_email_03_one_click_unsubscribes(case: Case) -> None:
    is_answered(case)


@of("EMAIL-04")
def test_email_04_a_subject_says_what_it_is(case: Case) -> None:
    is_answered(case)
