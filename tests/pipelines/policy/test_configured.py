"""What a practice may not configure: TCPA-03, TCPA-12, REV-01, REV-02, REV-08, and the monthly count of REV-10."""

import json
from datetime import date
from typing import Any

import pytest

from canonical.actions import Outcome
from canonical.policy import PolicySettings, ReviewDisplay, ReviewInvites, ReviewMode
from pipelines.policy.asking import HEARD, Finding, answer_of
from pipelines.policy.facts import UNKNOWN
from pipelines.policy.rules.score_blind import InviteCounts, ReviewStep, about_a_score, fisher_exact, invited_alike
from tests.pipelines.policy.cases_pushes import RISK, SLOW
from tests.pipelines.policy.world import SETTINGS, changed
from tests.shared_data import SHARED

TODAY = date(2026, 11, 23)
O = Outcome  # noqa: E741 -- a column of a table
EVERYONE = ReviewInvites(mode=ReviewMode.EVERYONE)
GATED = ReviewInvites(
    mode=ReviewMode.PROMOTERS_ONLY, acknowledged_by="Practice owner", acknowledged_on=date(2026, 11, 1)
)


def said(rule: str, *about: object) -> tuple[Outcome, str]:
    """What a rule of settings answers, with its sentence."""
    finding: Finding = HEARD[rule](*about)
    answer = answer_of(rule, finding)
    return answer.outcome, answer.reason


def settings(**updates: object) -> PolicySettings:
    """A policy file."""
    return changed(SETTINGS, **updates)


def step(*selected: str, scheduled: tuple[str, ...] = ()) -> ReviewStep:
    """A step that asks for a review, by what decides about it."""
    return ReviewStep(step="6.2-review", selected_by=selected, scheduled_by=scheduled)


def test_tcpa_03_refuses_the_exemption_without_a_proof() -> None:
    assert said("TCPA-03", settings(tcpa_mode="exempt")) == (
        O.BLOCK,
        "The exemption applies only to messages free to the recipient; use consent.",
    )


def test_tcpa_03_is_quiet_with_a_proof_and_when_unset_means_consent() -> None:
    assert said("TCPA-03", settings(tcpa_mode="exempt", free_to_recipient_proof="letter-2026-03"))[0] is O.ALLOW
    assert said("TCPA-03", PolicySettings(review_invites=EVERYONE))[0] is O.ALLOW


@pytest.mark.parametrize("wrong", [{"exclusive_opt_out_method": "STOP"}, {"free_text_opt_out": False}])
def test_tcpa_12_refuses_one_way_only(wrong: dict[str, object]) -> None:
    assert said("TCPA-12", settings(**wrong)) == (
        O.BLOCK,
        "Consent may be revoked by any reasonable means; no exclusive method may be set.",
    )


def test_tcpa_12_is_quiet_when_any_words_will_do_and_unset_is_that() -> None:
    assert said("TCPA-12", PolicySettings(review_invites=EVERYONE))[0] is O.ALLOW


@pytest.mark.parametrize(
    "display",
    [
        ReviewDisplay(minimum_rating=4, presented_as="all"),
        ReviewDisplay(),
    ],
    ids=["only good ones, shown as all", "unknown: nobody has said what it leaves out"],
)
def test_rev_08_refuses_a_flattering_widget(display: ReviewDisplay) -> None:
    assert said("REV-08", settings(review_display=display)) == (
        O.BLOCK,
        "Showing only good reviews as if complete is prohibited.",
    )


def test_rev_08_is_quiet_about_an_honest_widget_and_none_at_all() -> None:
    for display in (ReviewDisplay(minimum_rating=0), ReviewDisplay(minimum_rating=4, presented_as="selection")):
        assert said("REV-08", settings(review_display=display))[0] is O.ALLOW
    assert said("REV-08", settings())[0] is O.NOT_APPLICABLE


@pytest.mark.parametrize(
    "name", ["promoter", "score_high", "score", "lead.rating", "staff.happy", "Sentiment", "stars", "nps"]
)
def test_rev_01_refuses_whatever_speaks_of_a_score(name: str) -> None:
    assert about_a_score(name)
    assert said("REV-01", step("adult", name), EVERYONE, TODAY) == (O.BLOCK, RISK)


@pytest.mark.parametrize("name", ["survey_completed", "visit.start", "reviewable", "not_surveyed_lately", "sampled"])
def test_rev_01_is_quiet_about_everything_else(name: str) -> None:
    assert said("REV-01", step("adult", name), EVERYONE, TODAY)[0] is O.ALLOW


def test_rev_01_and_rev_02_refuse_what_nobody_can_read() -> None:
    unread = ReviewStep(step="6.2", selected_by=UNKNOWN, scheduled_by=UNKNOWN)
    assert said("REV-01", unread, EVERYONE, TODAY) == (O.BLOCK, RISK)
    assert said("REV-02", unread, EVERYONE, TODAY) == (O.BLOCK, SLOW)


def test_rev_02_refuses_a_time_that_depends_on_a_score() -> None:
    assert said("REV-02", step(scheduled=("delay_by_score",)), EVERYONE, TODAY) == (O.BLOCK, SLOW)
    assert said("REV-02", step("adult", scheduled=("visit.end",)), EVERYONE, TODAY)[0] is O.ALLOW


def test_rev_01_and_rev_02_take_a_risk_that_somebody_signed_for_this_year() -> None:
    gate = step("promoter", scheduled=("promoter",))
    for rule, sentence in (("REV-01", RISK), ("REV-02", SLOW)):
        assert said(rule, gate, GATED, TODAY) == (O.ALLOW_WITH_RISK, sentence)
        assert said(rule, gate, changed(GATED, acknowledged_on=date(2025, 11, 1)), TODAY)[0] is O.BLOCK


def _vectors() -> list[dict[str, Any]]:
    """None where they do not lie beside this checkout: then the test is skipped."""
    place = SHARED / "policy" / "test_vectors.json"
    found: list[dict[str, Any]] = json.loads(place.read_text())["bounds"]["review_config"] if place.exists() else []
    return found


@pytest.mark.parametrize(
    "vector", _vectors(), ids=lambda vector: f"{vector['mode']}, {len(vector)} words: {vector['expect']}"
)
def test_rev_01_and_rev_02_agree_with_every_written_vector(vector: dict[str, Any]) -> None:
    written = vector.get("acknowledged_on")
    invites = ReviewInvites(
        mode=ReviewMode(str(vector["mode"]).split()[0]),
        acknowledged_by=str(vector.get("acknowledged_by", "")),
        acknowledged_on=date.fromisoformat(str(written)) if written else None,
    )
    fields: tuple[str, ...] = tuple(vector.get("invite_predicate_fields", ()))
    names = (*fields, *(name for name in ("min_score", "delay_by_score", "rate", "seeded") if name in vector))
    selects = tuple(name for name in names if name != "delay_by_score")
    asked = ReviewStep(
        step="6.2", selected_by=selects, scheduled_by=tuple(name for name in names if name == "delay_by_score")
    )

    outcomes = {said(rule, asked, invites, TODAY)[0] for rule in ("REV-01", "REV-02")}

    expected = str(vector["expect"])
    assert (O.BLOCK in outcomes) is expected.startswith("reject"), expected
    assert (O.ALLOW_WITH_RISK in outcomes) is ("allow_with_risk" in expected)


def counts(promoters: tuple[int, int], detractors: tuple[int, int]) -> InviteCounts:
    """Invited of surveyed, by band."""
    return InviteCounts(
        promoters=promoters[1],
        promoters_invited=promoters[0],
        detractors=detractors[1],
        detractors_invited=detractors[0],
    )


@pytest.mark.parametrize(
    "promoters, detractors, p",
    [((8, 10), (1, 6), 0.0350), ((3, 10), (3, 10), 1.0), ((20, 20), (10, 20), 0.000436), ((1, 9), (11, 14), 0.00276)],
)
def test_rev_10_computes_fishers_exact_test(promoters: tuple[int, int], detractors: tuple[int, int], p: float) -> None:
    """The first is the example in SciPy's documentation, the last the one about dieting in Wikipedia's article on the test."""
    assert fisher_exact(counts(promoters, detractors)) == pytest.approx(p, rel=0.01)


def test_rev_10_pauses_the_programme_when_promoters_are_invited_more_often() -> None:
    lopsided = counts((20, 20), (10, 20))
    assert said("REV-10", lopsided, EVERYONE) == (
        O.NEED_APPROVAL,
        "Invitation rates differ by score; something upstream is filtering.",
    )
    assert said("REV-10", counts((10, 20), (20, 20)), EVERYONE)[0] is O.NEED_APPROVAL, "and when detractors are"


def test_rev_10_only_reports_in_promoters_only() -> None:
    assert said("REV-10", counts((20, 20), (0, 20)), GATED) == (
        O.ALLOW_WITH_RISK,
        "Invitation rates differ by score; something upstream is filtering.",
    )


def test_rev_10_is_quiet_about_chance() -> None:
    assert said("REV-10", counts((15, 20), (12, 20)), EVERYONE)[0] is O.ALLOW


@pytest.mark.parametrize("few", [counts((3, 3), (0, 2)), counts((0, 0), (0, 0)), counts((40, 40), (40, 40))])
def test_rev_10_reports_when_too_few_were_asked_to_say_anything(few: InviteCounts) -> None:
    """No table with these totals could be lopsided enough."""
    outcome, sentence = said("REV-10", few, EVERYONE)
    assert outcome is O.ALLOW_WITH_RISK
    assert (
        sentence == f"Too few surveyed people to compare invitation rates by score: {few.promoters + few.detractors}."
    )


def test_rev_10_never_confuses_the_bands() -> None:
    assert (
        invited_alike(counts((20, 20), (10, 20)), EVERYONE).outcome
        is invited_alike(counts((10, 20), (20, 20)), EVERYONE).outcome
    )
