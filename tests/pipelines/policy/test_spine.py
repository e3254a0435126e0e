"""The rules without which nothing leaves: agreements, consent, opt-outs, hours, switches, freshness, the audit."""

from tests.pipelines.policy.casebook import is_answered, of
from tests.pipelines.policy.cases import Case


@of("BAA-01")
def test_baa_01_patient_linked_data_goes_only_where_an_agreement_covers_it(case: Case) -> None:
    is_answered(case)


@of("BAA-02")
def test_baa_02_an_agreement_past_its_end_stops_everything(case: Case) -> None:
    is_answered(case)


@of("TCPA-02")
def test_tcpa_02_a_text_needs_consent_for_its_category(case: Case) -> None:
    is_answered(case)


@of("TCPA-06")
def test_tcpa_06_what_sells_or_asks_keeps_every_states_hours(case: Case) -> None:
    is_answered(case)


@of("TCPA-07")
def test_tcpa_07_other_texts_wait_for_daytime_r31(case: Case) -> None:
    is_answered(case)


@of("TCPA-08")
def test_tcpa_08_where_the_place_is_unknown_the_strictest_window_holds(case: Case) -> None:
    is_answered(case)


@of("TCPA-13")
def test_tcpa_13_an_opt_out_stops_what_it_covers(case: Case) -> None:
    is_answered(case)


@of("TCPA-15")
def test_tcpa_15_an_opt_out_is_confirmed_once(case: Case) -> None:
    is_answered(case)


@of("TCPA-17")
def test_tcpa_17_a_text_says_who_writes(case: Case) -> None:
    is_answered(case)


@of("TCPA-20")
def test_tcpa_20_an_inquiry_is_answered_once_and_in_time_r30(case: Case) -> None:
    is_answered(case)


@of("EMAIL-02")
def test_email_02_an_unsubscribed_address_hears_nothing(case: Case) -> None:
    is_answered(case)


@of("PHI-03")
def test_phi_03_a_text_says_the_minimum(case: Case) -> None:
    is_answered(case)


@of("AUD-01")
def test_aud_01_nothing_goes_while_the_audit_cannot_be_written(case: Case) -> None:
    is_answered(case)


@of("AUD-02")
def test_aud_02_a_ledger_that_does_not_match_is_not_written(case: Case) -> None:
    is_answered(case)


@of("FRESH-01")
def test_fresh_01_an_old_fact_waits_for_the_next_reading(case: Case) -> None:
    is_answered(case)


@of("EXP-01")
def test_exp_01_what_is_too_late_is_not_said_r32(case: Case) -> None:
    is_answered(case)


@of("LIVE-01")
def test_live_01_what_happened_before_go_live_is_silent_r43(case: Case) -> None:
    is_answered(case)


@of("PAUSE-01")
def test_pause_01_a_pause_holds_what_it_covers_r45(case: Case) -> None:
    is_answered(case)


@of("OWN-01")
def test_own_01_a_row_has_one_sender_r40(case: Case) -> None:
    is_answered(case)


@of("UNK-01")
def test_unk_01_doubt_never_sends(case: Case) -> None:
    is_answered(case)
