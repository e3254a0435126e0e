"""No invitation depends on a score: neither who is invited (REV-01) nor when (REV-02), which a monthly count checks (REV-10).

REV-01 and REV-02 are asked of each configured step, and once more of every review request, so that a risk somebody took for
`promoters_only` stands on each verdict (R53).
"""

import re
from datetime import date
from math import comb

from canonical.model import Noun
from canonical.policy import ReviewInvites, ReviewMode
from pipelines.policy.asking import ALLOW, Asked, Finding, approval, block, heard, risk, rule
from pipelines.policy.knowing import Unknown

_WORDS = re.compile(r"[a-z0-9]+")
_OF_A_SCORE = frozenset(
    {
        *("score", "scores", "promoter", "promoters", "detractor", "detractors", "passive", "passives", "nps", "csat"),
        *(
            "rating",
            "ratings",
            "star",
            "stars",
            "sentiment",
            "happy",
            "happiness",
            "unhappy",
            "satisfied",
            "satisfaction",
        ),
    }
)
_ALPHA = 0.01
_TOO_FEW = "Too few surveyed people to compare invitation rates by score: {n}."


class ReviewStep(Noun):
    """A step that asks for a review as somebody configured it: names of what decides, never a person."""

    step: str
    selected_by: tuple[str, ...] | Unknown
    """Conditions, template variables and links that decide who is asked, and with what."""
    scheduled_by: tuple[str, ...] | Unknown = ()
    """What decides when, how often and in which order."""


def about_a_score(name: str) -> bool:
    """Whether a name speaks of a score, a rating or somebody's happiness: `promoter`, `score_high`, `staff.happy`."""
    return not _OF_A_SCORE.isdisjoint(_WORDS.findall(name.casefold()))


@heard("REV-01")
def asks_whoever_came(step: ReviewStep, invites: ReviewInvites, today: date) -> Finding:
    """Who is asked for a review, and with which link, depends on no score, unless a named person took that risk this year."""
    return _blind(step.selected_by, invites, today)


@heard("REV-02")
def asks_everyone_alike(step: ReviewStep, invites: ReviewInvites, today: date) -> Finding:
    """When and how often somebody is asked depends on no score, unless a named person took that risk this year."""
    return _blind(step.scheduled_by, invites, today)


def _blind(names: tuple[str, ...] | Unknown, invites: ReviewInvites, today: date) -> Finding:
    if isinstance(names, Unknown):
        return block()
    if not any(about_a_score(name) for name in names):
        return ALLOW
    return risk() if invites.risk_taken(today) else block()


@rule("REV-01")
def no_gate(asked: Asked) -> Finding:
    """Who is asked for a review depends on no score; where somebody took that risk, every verdict says so."""
    return _of_the_mode(asked)


@rule("REV-02")
def no_slow_lane(asked: Asked) -> Finding:
    """When somebody is asked for a review depends on no score; where somebody took that risk, every verdict says so."""
    return _of_the_mode(asked)


def _of_the_mode(asked: Asked) -> Finding:
    """Steps of every other mode were looked at when they were configured."""
    invites = asked.settings.review_invites
    if invites.mode is not ReviewMode.PROMOTERS_ONLY:
        return ALLOW
    return risk() if invites.risk_taken(asked.facts.today) else block()


class InviteCounts(Noun):
    """Surveyed people of one month by score band: how many there were, and how many of them were invited."""

    promoters: int
    promoters_invited: int
    detractors: int
    detractors_invited: int


@heard("REV-10")
def invited_alike(counts: InviteCounts, invites: ReviewInvites) -> Finding:
    """Promoters and detractors are invited alike; where they were not, the programme pauses until somebody has looked."""
    invited = counts.promoters_invited + counts.detractors_invited
    total = counts.promoters + counts.detractors
    weights = _weights(counts.promoters, counts.detractors, invited)
    if not weights or min(weights.values()) >= _ALPHA * comb(total, invited):
        return risk(_TOO_FEW, n=total)
    if fisher_exact(counts) >= _ALPHA:
        return ALLOW
    return risk() if invites.mode is ReviewMode.PROMOTERS_ONLY else approval()


def fisher_exact(counts: InviteCounts) -> float:
    """Two-sided p of Fisher's exact test: how likely a table at least as lopsided is if the score plays no part."""
    invited = counts.promoters_invited + counts.detractors_invited
    weights = _weights(counts.promoters, counts.detractors, invited)
    seen = weights[counts.promoters_invited]
    return sum(weight for weight in weights.values() if weight <= seen) / comb(
        counts.promoters + counts.detractors, invited
    )


def _weights(promoters: int, detractors: int, invited: int) -> dict[int, int]:
    """By promoters among the invited: in how many ways so many can be, the totals given. Whole numbers, so exact."""
    most, least = min(promoters, invited), max(0, invited - detractors)
    return {n: comb(promoters, n) * comb(detractors, invited - n) for n in range(least, most + 1)}
