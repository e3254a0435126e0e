"""Dated offers and news (row 5.5): nothing is a campaign without a first and a last day, and without saying who pays."""

from datetime import date
from enum import StrEnum
from typing import NewType

from pydantic import model_validator

from canonical.model import Noun

CampaignId = NewType("CampaignId", str)


class CampaignKind(StrEnum):
    """What a campaign brings."""

    OFFER = "offer"
    NEW_SERVICE = "new_service"


class Campaign(Noun):
    """One item of a practice's campaigns.yaml, in force from its first to its last day, both included."""

    campaign_id: CampaignId
    kind: CampaignKind
    starts_on: date
    ends_on: date
    paid_by: str = ""
    """Whoever else pays for it, a manufacturer for example; empty = nobody (AUTH-01)."""
    product_owner: str = ""
    """Whose product it promotes; empty = the practice's own (AUTH-02)."""
    text: str
    """What the mail says. It may name a treatment, so it goes by secure mail only."""
    sms_text: str = ""
    """What a text says: neutral. Empty = no text goes out."""
    link: str = ""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "Campaign":
        if self.ends_on < self.starts_on:
            message = "a campaign ends on its first day or later"
            raise ValueError(message)
        return self

    def in_force(self, today: date) -> bool:
        """Whether it runs on that day, in the practice's own zone."""
        return self.starts_on <= today <= self.ends_on
