"""Settings that a rule refuses do not load: file, line, rule, and what to write instead."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from canonical.plan import Journeys, Need, Step
from canonical.policy import ReviewMode
from canonical.practice import Connection
from canonical.problems import SettingsError
from pipelines.outbox.configured import plain_connections, refuse_settings, review_step
from pipelines.outbox.workbench import Workbench, workbench
from pipelines.policy.facts import Unknown
from settings.installation import SHIPPED
from settings.practice import load_practice

SIGNED = "{mode: promoters_only, acknowledged_by: Dr. Okafor, acknowledged_on: 2026-11-01}"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the shipped practices that a test may spoil."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "practices"))


def bench(home: Path) -> Workbench:
    """The demo practice of that copy, compiled."""
    return workbench(load_practice(home / "demo" / "lumen", home), lambda *_: False, lambda *_: None)


def policy(home: Path, text: str) -> None:
    """Another policy file."""
    (home / "demo" / "lumen" / "policy.yaml").write_text(text)


def journeys(home: Path, text: str) -> None:
    """A journey file of the practice's own."""
    folder = home / "demo" / "lumen" / "journeys"
    folder.mkdir()
    (folder / "ours.yaml").write_text(text)


def test_the_shipped_practice_is_refused_nothing(home: Path) -> None:
    assert bench(home).config.policy.review_invites.mode is ReviewMode.EVERYONE


@pytest.mark.parametrize("mode", [mode for mode in ReviewMode if mode is not ReviewMode.PROMOTERS_ONLY])
def test_the_shipped_journeys_are_blind_to_the_score_in_every_mode(home: Path, mode: ReviewMode) -> None:
    policy(home, f"review_invites: {{mode: '{mode}'}}\n")
    assert bench(home).config.policy.review_invites.mode is mode


@pytest.mark.parametrize(
    "text, line, rule, remedy",
    [
        ("review_invites: {mode: 'off'}\ntcpa_mode: exempt\n", 2, "TCPA-03", "free_to_recipient_proof"),
        ("review_invites: {mode: 'off'}\n\nfree_text_opt_out: false\n", 3, "TCPA-12", "free_text_opt_out"),
        ("review_invites: {mode: 'off'}\nexclusive_opt_out_method: STOP\n", 1, "TCPA-12", "exclusive_opt_out_method"),
        ("review_invites: {mode: 'off'}\nreview_display: {minimum_rating: 4}\n", 2, "REV-08", "minimum_rating: 0"),
        ("review_invites: {mode: 'off'}\nreview_display: {presented_as: all}\n", 2, "REV-08", "minimum_rating: 0"),
        ("review_invites:\n  mode: promoters_only\n", 2, "REV-01", "acknowledged_by, acknowledged_on"),
        ("review_invites:\n  acknowledged_by: Dr. Okafor\n  mode: promoters_only\n", 3, "REV-01", "acknowledged_on"),
        ("review_invites:\n  acknowledged_on: 2026-11-01\n  mode: promoters_only\n", 3, "REV-01", "acknowledged_by"),
    ],
)
def test_what_a_rule_refuses_does_not_load(home: Path, text: str, line: int, rule: str, remedy: str) -> None:
    policy(home, text)
    with pytest.raises(SettingsError) as caught:
        bench(home)
    assert f"demo/lumen/policy.yaml:{line}  " in str(caught.value)
    assert f"({rule})" in str(caught.value)
    assert remedy in caught.value.next_step


def test_rev_01_promoters_only_loads_with_a_name_and_a_day(home: Path) -> None:
    policy(home, f"review_invites: {SIGNED}\n")
    assert bench(home).config.policy.review_invites.risk_taken(date(2026, 11, 26))


def test_rev_01_a_signature_that_lapsed_stops_invitations_and_not_the_practice(home: Path) -> None:
    policy(home, "review_invites: {mode: promoters_only, acknowledged_by: Dr. Okafor, acknowledged_on: 2020-01-01}\n")
    assert not bench(home).config.policy.review_invites.risk_taken(date(2026, 11, 26)), "each verdict then blocks"


def test_rev_01_no_other_mode_may_read_the_score(home: Path) -> None:
    journeys(home, "6.2-review:\n  max_age: 25h\n  needs: [adult, promoter]\n")
    with pytest.raises(SettingsError) as caught:
        bench(home)
    assert "journeys/ours.yaml:3  step 6.2-review: " in str(caught.value)
    assert "selective solicitation" in str(caught.value)
    assert caught.value.next_step.startswith("Take it out, or choose promoters_only")


def test_rev_01_a_signature_covers_no_step_of_another_mode(home: Path) -> None:
    """Somebody signed for promoters_only; a step that would also run elsewhere is refused all the same."""
    policy(home, f"review_invites: {SIGNED}\n")
    journeys(home, "6.2-review-promoter: {modes: [promoters_only, everyone]}\n")
    with pytest.raises(SettingsError, match=r"ours\.yaml:1  step 6\.2-review-promoter"):
        bench(home)


def test_rev_01_a_gated_step_sleeps_where_nobody_chose_its_mode(home: Path) -> None:
    journeys(home, "6.2-review-promoter: {template: review-link}\n")
    assert bench(home).config.journeys.step("6.2-review-promoter").template == "review-link"


def test_rev_02_scores_that_share_a_mode_are_asked_at_different_times(home: Path) -> None:
    compiled = bench(home)
    promoter = compiled.config.journeys.step("6.2-review-promoter").model_copy(update={"modes": (ReviewMode.EVERYONE,)})
    both = _with(compiled.config.journeys, promoter)
    asked = review_step(promoter, compiled.config.model_copy(update={"journeys": both}), compiled.templates)
    alone = review_step(compiled.config.journeys.step("6.2-review"), compiled.config, compiled.templates)
    assert asked.scheduled_by == (Need.PROMOTER.value,)
    assert alone.scheduled_by == ()
    assert not isinstance(alone.selected_by, Unknown)
    assert "first_name" in alone.selected_by, "what a text says of somebody decides too"


def _with(journeys: Journeys, step: Step) -> Journeys:
    others = tuple(one for one in journeys.steps if one.key != step.key)
    return journeys.model_copy(update={"steps": (*others, step)})


def test_rev_01_a_shipped_step_would_be_refused_without_a_line(home: Path) -> None:
    compiled = bench(home)
    gated = compiled.config.journeys.step("6.2-review").model_copy(update={"needs": (Need.PROMOTER,)})
    config = compiled.config.model_copy(update={"journeys": _with(compiled.config.journeys, gated)})
    with pytest.raises(SettingsError, match=r"demo/lumen/journeys  step 6\.2-review"):
        refuse_settings(config, compiled.templates)


@pytest.mark.parametrize(
    "address, plain",
    [
        ("http://vendor.example/api", True),
        ("HTTP://vendor.example", True),
        ("https://vendor.example/api", False),
        ("http://127.0.0.1:8080", False),
        ("http://localhost:8080", False),
        ("env:GLOWLINE_TEST_ADDRESS", True),
        ("env:GLOWLINE_TEST_NOTHING", False),
        ("starttls", False),
    ],
)
def test_sec_01_a_plain_address_is_found_wherever_it_is_written(
    home: Path, address: str, plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLOWLINE_TEST_ADDRESS", "http://vendor.example")
    connection = Connection(connection_id="x", vendor="twilio", account="x", settings={"base_url": address})  # type: ignore[arg-type] # an id
    practice = load_practice(home / "demo" / "lumen", home).practice.model_copy(update={"connections": (connection,)})
    assert plain_connections(practice) == ({"x"} if plain else frozenset())
