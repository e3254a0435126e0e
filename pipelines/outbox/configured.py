"""Settings that a rule refuses, looked at once, when a practice's settings are compiled; and connections that are not encrypted."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from canonical.actions import Outcome, Purpose
from canonical.plan import Step
from canonical.policy import ReviewInvites, ReviewMode
from canonical.practice import Practice
from canonical.problems import SettingsError
from pipelines.messages.templates import Templates
from pipelines.policy.asking import Finding, answer_of
from pipelines.policy.rules.configured import any_words_will_do, exempt_only_when_free, shows_what_it_says
from pipelines.policy.rules.score_blind import ReviewStep, about_a_score, asks_everyone_alike, asks_whoever_came
from settings.located import Key, Located, read_yaml
from settings.practice import PracticeConfig

_SETTINGS: Final = (
    ("TCPA-03", exempt_only_when_free, "tcpa_mode", "Write `tcpa_mode: consent`, or name the proof as free_to_recipient_proof."),
    ("TCPA-12", any_words_will_do, "free_text_opt_out", "Leave exclusive_opt_out_method and free_text_opt_out out."),
    ("REV-08", shows_what_it_says, "review_display", "Say minimum_rating: 0 shows all; a filtered one is presented_as: selection."),
)  # fmt: skip
"""Rules of the policy file, where each looks, and what to write instead."""
_ACKNOWLEDGE: Final = (
    "Name who takes the risk, and on which day: acknowledged_by, acknowledged_on. Or choose another mode."
)
_NO_SCORE: Final = "Take it out, or choose promoters_only with acknowledged_by and acknowledged_on."
_GATED: Final = frozenset({ReviewMode.PROMOTERS_ONLY})
_NOBODY_SIGNED: Final = date.min
_REFERENCE: Final = "env:"
_THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def refuse_settings(config: PracticeConfig, templates: Templates) -> None:
    """Return when no rule minds what is configured.

    A signature of `promoters_only` that has lapsed since is no mistake of the files: REV-01 then holds back every invitation
    (and `glowline check` says so), while everything else goes on.

    Raises:
        SettingsError: naming file, line and rule of the first thing that is refused.
    """
    for rule, function, name, remedy in _SETTINGS:
        _must_pass(rule, function(config.policy), config.folder / "policy.yaml", (name,), remedy)
    invites = config.policy.review_invites
    signed_on = invites.acknowledged_on or _NOBODY_SIGNED
    if invites.mode is ReviewMode.PROMOTERS_ONLY:
        gate = ReviewStep(step="", selected_by=(ReviewMode.PROMOTERS_ONLY.value,))
        finding = asks_whoever_came(gate, invites, signed_on)
        _must_pass("REV-01", finding, config.folder / "policy.yaml", ("review_invites", "mode"), _ACKNOWLEDGE)
    for step in config.journeys.steps:
        if step.labels.purpose is Purpose.REVIEW_REQUEST and not _sleeps(step, invites.mode):
            _must_be_blind(step, config, templates, signed_on)


def _sleeps(step: Step, mode: ReviewMode) -> bool:
    """A step of `promoters_only` alone, in a practice that chose another mode: nobody will ever be asked by it."""
    return frozenset(step.modes) == _GATED and mode is not ReviewMode.PROMOTERS_ONLY


def _must_be_blind(step: Step, config: PracticeConfig, templates: Templates, signed_on: date) -> None:
    """Whoever took the risk took it for steps of `promoters_only`, and for no other (R53)."""
    gated = frozenset(step.modes) == _GATED
    invites = config.policy.review_invites if gated else ReviewInvites(mode=ReviewMode.EVERYONE)
    asked = review_step(step, config, templates)
    for rule, function in (("REV-01", asks_whoever_came), ("REV-02", asks_everyone_alike)):
        finding = function(asked, invites, signed_on)
        if finding.outcome is Outcome.BLOCK:
            raise _at_step(config.folder, step.key, _sentence(rule, finding), _NO_SCORE)


def review_step(step: Step, config: PracticeConfig, templates: Templates) -> ReviewStep:
    """What decides about a step that asks for a review: its conditions, what its texts say, and what else is sent in its mode."""
    needs = tuple(need.value for need in step.needs)
    texts = (
        t for (name, channel, _), t in templates.by_key.items() if name == step.template and channel in step.channels
    )
    variables = tuple(sorted(frozenset[str]().union(*(text.variables for text in texts))))
    rivals = [other for other in config.journeys.steps if other.key != step.key and _share_a_mode(other, step)]
    by_score = tuple(need for need in needs if about_a_score(need)) if rivals else ()
    return ReviewStep(step=step.key, selected_by=(*needs, *variables), scheduled_by=by_score)


def _share_a_mode(other: Step, step: Step) -> bool:
    """Two steps of one mode, one of them for some scores only: the others are asked at another time, or less often (REV-02)."""
    if other.labels.purpose is not Purpose.REVIEW_REQUEST:
        return False
    return not frozenset(other.modes or ReviewMode).isdisjoint(step.modes or ReviewMode)


def _must_pass(rule: str, finding: Finding, file: Path, path: tuple[Key, ...], remedy: str) -> None:
    if finding.outcome is Outcome.BLOCK:
        raise _written(file).error(path, _sentence(rule, finding), remedy)


def _sentence(rule: str, finding: Finding) -> str:
    return f"{answer_of(rule, finding).reason} ({rule})"


def _written(file: Path) -> Located:
    return read_yaml(file, str(file)) if file.is_file() else Located({}, {(): (str(file), 0)})


def _at_step(folder: Path, key: str, message: str, remedy: str) -> SettingsError:
    """The complaint at the practice's own line; one about a shipped step is about the whole folder."""
    for file in sorted((folder / "journeys").glob("*.yaml")):
        located = read_yaml(file, str(file))
        for name, path in _steps_of(located):
            if name == key:
                return located.error((*path, "needs"), f"step {key}: {message}", remedy)
    return SettingsError(str(folder / "journeys"), 0, f"step {key}: {message}", next_step=remedy)


def _steps_of(located: Located) -> Iterator[tuple[str, tuple[Key, ...]]]:
    if isinstance(located.value, dict):
        yield from ((str(key), (key,)) for key in located.value)
    else:
        yield from ((str(entry.get("step")), (at,)) for at, entry in enumerate(located.value))


def plain_connections(practice: Practice) -> frozenset[str]:
    """Connections whose address is not https and not on this machine: what goes there could be read on its way (SEC-01)."""
    return frozenset(one.connection_id for one in practice.connections if any(map(_is_plain, one.settings.values())))


def _is_plain(written: str) -> bool:
    address = os.environ.get(written.removeprefix(_REFERENCE), "") if written.startswith(_REFERENCE) else written
    return address.casefold().startswith("http:") and urlsplit(address).hostname not in _THIS_MACHINE
