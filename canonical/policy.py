"""What a practice may set about policy. The rules themselves are not settings."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import Field

from canonical.clock import Instant
from canonical.consent import ConsentCategory, ConsentKind
from canonical.durations import Duration
from canonical.model import Noun

_ONE_YEAR = timedelta(days=365)


class ReviewMode(StrEnum):
    """Who is asked for a public review. Required, without a default (R53)."""

    EVERYONE = "everyone"
    SURVEY_THEN_EVERYONE = "survey_then_everyone"
    SAMPLE = "sample"
    OFF = "off"
    PROMOTERS_ONLY = "promoters_only"
    """Selective solicitation: loads only with a named acknowledgement less than a year old."""


class ReviewInvites(Noun):
    """The review mode and, for `promoters_only`, who took the risk and when."""

    mode: ReviewMode
    acknowledged_by: str = ""
    acknowledged_on: date | None = None
    ask_again_after: Duration = timedelta(days=180)
    """How long a person is left alone after an invitation (REV-05, R54)."""
    hold_at_most: Duration = timedelta(days=14)
    """How long an open complaint or clinical issue may hold one back, whatever the score (R54)."""

    def risk_taken(self, today: date) -> bool:
        """Whether a named person has taken the risk of `promoters_only` within the last year (R53)."""
        signed_on = self.acknowledged_on
        if self.mode is not ReviewMode.PROMOTERS_ONLY or not self.acknowledged_by or signed_on is None:
            return False
        return signed_on <= today < signed_on + _ONE_YEAR


class Caps(Noun):
    """How much one contact point may hear, across journeys and household (R39)."""

    logistics_per_day: int = Field(default=4, ge=1)
    follow_up_per_day: int = Field(default=1, ge=0)
    follow_up_per_week: int = Field(default=2, ge=0)
    marketing_per_day: int = Field(default=1, ge=0)
    marketing_per_month: int = Field(default=4, ge=0)
    answers_per_hour: int = Field(default=20, ge=1)
    """Automatic answers to one form, whoever used it (R48)."""


class NumberScreening(Noun):
    """The practice's word that its numbers were held against the do-not-call and reassigned-numbers lists (TCPA-19).

    Numbers that were found there are opt-outs like any other. Good for 31 days, and for consents given before it.
    """

    screened_by: str = Field(min_length=1)
    screened_on: date

    def covers(self, consent_day: date, today: date) -> bool:
        """Whether it says something, on that day, about a number whose owner agreed on `consent_day`."""
        return consent_day <= self.screened_on <= today < self.screened_on + _SCREENED_FOR


_SCREENED_FOR = timedelta(days=31)
"""47 CFR 64.1200(c)(2)(i)(D): a list no older than 31 days."""


class ReviewDisplay(Noun):
    """The widget that shows reviews on the practice's own site (REV-08)."""

    minimum_rating: int | None = None
    """Reviews with fewer stars are left out; 0 = it shows all; None = nobody has said."""
    presented_as: Literal["all", "selection"] = "all"


class Retention(Noun):
    """How long records are kept that a deletion leaves (DEL-02)."""

    medical_record_years: int | None = Field(default=None, ge=1)
    """After the last visit, and for minors after they are of age. It is the state's law; None = kept until somebody says."""
    basis: str = "the state's rule on medical records"


class PolicySettings(Noun):
    """A practice's policy file."""

    tcpa_mode: Literal["consent", "exempt"] = "consent"
    free_to_recipient_proof: str = ""
    """The document that proves texts free to whoever gets them; `exempt` loads only with one (TCPA-03)."""
    exclusive_opt_out_method: str = ""
    """Must stay empty: TCPA-12 refuses a configuration that names one."""
    free_text_opt_out: bool = True
    review_invites: ReviewInvites
    caps: Caps = Caps()
    vendor_max_latency: dict[str, Duration] = Field(default_factory=dict)
    """By vendor: how long it may sit on a message; a window's end is shortened by it (TCPA-06)."""
    missed_call_textback: bool = False
    review_display: ReviewDisplay | None = None
    """None = there is no widget."""
    retention: Retention = Retention()
    number_screening: NumberScreening | None = None
    """Without one, texts that sell go only to numbers whose consent is younger than a number can be given away again."""


class Attestation(Noun):
    """The practice's word for what an intake point shows people before they give their number (R33)."""

    name: str
    connection: str
    stream: str = ""
    """Empty = every stream of the connection."""
    wording: str
    screenshot_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    form_version: str = ""
    since: Instant
    until: Instant | None = None
    kind: ConsentKind = ConsentKind.PROVIDED_NUMBER
    categories: tuple[ConsentCategory, ...] = (ConsentCategory.INFORMATIONAL,)
    attested_by: str
    attested_on: date
