"""An opt-out is ours at once and everybody's within the hour (TCPA-14)."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from pydantic import Field

from canonical.clock import ONE_DAY, Instant
from canonical.model import Noun
from pipelines.policy.asking import ALLOW, Finding, approval, block, heard

COPIED_WITHIN = timedelta(hours=1)
LEGAL_CEILING_BUSINESS_DAYS = 10
_SATURDAY = 5


class OptOutCopies(Noun):
    """A revocation and the tools that must know of it."""

    revoked_at: Instant
    acknowledged: Mapping[str, Instant | None] = Field(default_factory=dict)
    """By vendor: when it confirmed. None = not yet; no acknowledgement means not applied."""


@heard("TCPA-14")
def copied_everywhere(copies: OptOutCopies, now: Instant, zone: ZoneInfo) -> Finding:
    """A tool that has not confirmed an opt-out after an hour is a task; after ten business days a law is broken.

    The number hears nothing from the hub in any case: the suppression itself blocks (TCPA-13).
    """
    missing = ", ".join(sorted(vendor for vendor, at in copies.acknowledged.items() if at is None))
    if not missing or now - copies.revoked_at <= COPIED_WITHIN:
        return ALLOW
    if now.astimezone(zone).date() > ceiling(copies.revoked_at.astimezone(zone).date()):
        return block(vendor=missing)
    return approval(vendor=missing)


def ceiling(revoked_on: date) -> date:
    """The tenth business day after `revoked_on`: weekends and federal holidays do not count."""
    day, left = revoked_on, LEGAL_CEILING_BUSINESS_DAYS
    while left:
        day += ONE_DAY
        left -= day.weekday() < _SATURDAY and day not in _federal_holidays(day.year)
    return day


@cache
def _federal_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("US", years=year))
