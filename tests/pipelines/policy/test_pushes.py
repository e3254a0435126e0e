"""What leaves for a vendor: only what is needed, on firm ground, to whom it may be told."""

from datetime import timedelta

import pytest

from canonical.actions import Outcome, Purpose
from pipelines.policy.allow_lists import COVERED, allowed_fields
from pipelines.policy.engine import settle
from pipelines.policy.facts import Text
from pipelines.policy.pushes import Push, dropped
from pipelines.policy.rules.payloads import NEWSLETTER_FIELDS
from tests.pipelines.policy.casebook import is_answered, of
from tests.pipelines.policy.cases import REVIEW, Case
from tests.pipelines.policy.cases_pushes import OPERATIONS, gated, pushed
from tests.pipelines.policy.world import NOON, SETTINGS, a_consent, some_facts


@of("BAA-03")
def test_baa_03_the_vendors_own_switch_is_on(case: Case) -> None:
    is_answered(case)


@of("TCPA-18")
def test_tcpa_18_a_number_texts_what_it_is_registered_for(case: Case) -> None:
    is_answered(case)


@of("SEC-01")
def test_sec_01_transport_and_storage_are_encrypted_and_keys_lie_apart(case: Case) -> None:
    is_answered(case)


@of("MIN-01")
def test_min_01_only_listed_fields_leave(case: Case) -> None:
    is_answered(case)


@of("PHI-01")
def test_phi_01_a_vendor_without_an_agreement_gets_only_who_joined(case: Case) -> None:
    is_answered(case)


@of("PHI-02")
def test_phi_02_no_audience_comes_from_the_record(case: Case) -> None:
    is_answered(case)


@of("PHI-05")
def test_phi_05_nothing_goes_to_an_ad_platform(case: Case) -> None:
    is_answered(case)


@of("EMAIL-05")
def test_email_05_whoever_left_is_not_subscribed_again(case: Case) -> None:
    is_answered(case)


@of("REV-07")
def test_rev_07_an_invitation_is_a_name_a_way_a_place_and_an_id(case: Case) -> None:
    is_answered(case)


@of("ACC-01")
def test_acc_01_a_disclosure_is_accounted_for(case: Case) -> None:
    is_answered(case)


@of("CMIA-01")
def test_cmia_01_california_wants_an_authorization(case: Case) -> None:
    is_answered(case)


@of("REV-01")
def test_rev_01_the_risk_of_asking_promoters_only_stands_on_every_verdict(case: Case) -> None:
    is_answered(case)


@of("REV-02")
def test_rev_02_the_risk_of_asking_some_later_stands_on_every_verdict(case: Case) -> None:
    is_answered(case)


def test_min_01_drops_the_fields_and_the_rest_is_allowed_with_the_reason_kept() -> None:
    """The engine takes them out of what it asks about, so that the second round is content."""
    facts = some_facts(**pushed(fields=("to", "body", "birth_date", "notes")))

    verdict, _ = settle(
        OPERATIONS, facts, SETTINGS, NOON, "send", lambda _: Text(body="Lumen: see you.", has_brand=True)
    )

    said = {answer.rule: answer for answer in verdict.answers}["MIN-01"]
    assert (said.outcome, said.rewrite) == (Outcome.REWRITE, "drop_field:birth_date,notes")
    assert verdict.outcome is Outcome.ALLOW


def test_rev_07_sets_the_channel_once_and_then_is_content() -> None:
    left = Push(fields=("phone", "visit"), opens_channels=("sms", "email"))

    assert left.rewritten(frozenset({"drop_field:visit"})).fields == ("phone",)
    assert left.rewritten(frozenset({"set_channel"})).opens_channels == ()
    assert left.rewritten(frozenset({"neutral"})) is left
    assert dropped(frozenset({"drop_field:a,b", "drop_field:c", "late_text"})) == {"a", "b", "c"}


@pytest.mark.parametrize("days, taken", [(-1, False), (0, True), (364, True), (365, False)])
def test_rev_01_a_signature_lasts_less_than_a_year_and_nobody_signs_for_the_past(days: int, taken: bool) -> None:
    invites = gated().review_invites
    assert invites.acknowledged_on is not None
    assert invites.risk_taken(invites.acknowledged_on + timedelta(days=days)) is taken


def test_rev_01_and_rev_02_are_recorded_beside_a_verdict_that_may_go() -> None:
    settings = gated()
    facts = some_facts(permission={"consents": (a_consent("feedback"),)})

    verdict, _ = settle(REVIEW, facts, settings, NOON, "send", lambda _: facts.text)

    assert verdict.outcome is Outcome.ALLOW_WITH_RISK
    risks = {answer.rule for answer in verdict.answers if answer.outcome is Outcome.ALLOW_WITH_RISK}
    assert {"REV-01", "REV-02"} <= risks


@pytest.mark.parametrize(
    "vendor, purpose, covered, allowed",
    [
        ("twilio", Purpose.OPERATIONS, True, True),
        ("twilio", Purpose.OPERATIONS, False, False),
        ("mailchimp", Purpose.MARKETING, False, True),
        ("mailchimp", Purpose.OPERATIONS, False, False),
    ],
)
def test_min_01_reads_its_lists_from_the_table(vendor: str, purpose: Purpose, covered: bool, allowed: bool) -> None:
    assert (allowed_fields(vendor, purpose, covered=covered) is not None) is allowed


def test_phi_01_and_the_allow_list_of_the_newsletter_are_the_same() -> None:
    assert set(allowed_fields("mailchimp", Purpose.MARKETING, covered=False) or ()) == NEWSLETTER_FIELDS
    assert "birth_date" not in (allowed_fields(COVERED, Purpose.OPERATIONS, covered=True) or ())
