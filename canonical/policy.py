"""What a practice may set about policy. The rules themselves are not settings."""

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from canonical.clock import Instant
from canonical.consent import ConsentCategory, ConsentKind
from canonical.durations import Duration
from canonical.model import Noun


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


class Caps(Noun):
    """How much one contact point may hear, across journeys and household (R39)."""

    logistics_per_day: int = Field(default=4, ge=1)
    follow_up_per_day: int = Field(default=1, ge=0)
    follow_up_per_week: int = Field(default=2, ge=0)
    marketing_per_day: int = Field(default=1, ge=0)
    marketing_per_month: int = Field(default=4, ge=0)


class PolicySettings(Noun):
    """A practice's policy file."""

    tcpa_mode: Literal["consent", "exempt"] = "consent"
    exclusive_opt_out_method: str = ""
    """Must stay empty: TCPA-12 refuses a configuration that names one."""
    free_text_opt_out: bool = True
    review_invites: ReviewInvites
    caps: Caps = Caps()
    vendor_max_latency: dict[str, Duration] = Field(default_factory=dict)
    """By vendor: how long it may sit on a message; a window's end is shortened by it (TCPA-06)."""
    missed_call_textback: bool = False


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
