"""What the practice has written down about a service, a provider or a campaign, as values of a text.

All of it but a link and a neutral line is of class treatment: it reaches secure mail and covered tools, and no SMS (C2).
"""

from collections.abc import Iterable, Sequence

from canonical.campaigns import Campaign
from canonical.practice import Provider, Service
from pipelines.messages import wording

_LINES = "\n"
_PARAGRAPHS = "\n\n"


def about_services(booked: Sequence[Service], offered: Sequence[Service], language: str) -> dict[str, str]:
    """What is booked, how to prepare for it, what to do afterwards, and what goes with it (rows 3.3, 3.5, 5.1, 5.3)."""
    if not booked:
        return {}
    instructions = sorted((i for one in booked for i in one.instructions), key=lambda i: i.lead, reverse=True)
    taken = {one.service_id for one in booked}
    beside = dict.fromkeys(wanted for one in booked for wanted in one.complements if wanted not in taken)
    names = {one.service_id: one.name for one in offered}
    return {
        "visit.service": wording.listed(list(dict.fromkeys(one.name for one in booked)), language),
        "visit.instructions": _joined((i.text for i in instructions), _LINES),
        "visit.preparation": _joined((one.preparation for one in booked), _PARAGRAPHS),
        "visit.aftercare": _joined((one.aftercare for one in booked), _PARAGRAPHS),
        "complements": wording.listed([names[one] for one in beside if one in names], language),
    }


def about_providers(treating: Sequence[Provider], language: str) -> dict[str, str]:
    """Who treats. Of several only the names: one biography under two names would be somebody else's (row 3.4)."""
    if not treating:
        return {}
    if len(treating) > 1:
        return {"provider.name": wording.listed([one.display_name for one in treating], language)}
    one = treating[0]
    return {
        "provider.name": one.display_name,
        "provider.credentials": one.credentials,
        "provider.bio": one.bio.strip(),
        "provider.video": one.video,
    }


def about_campaign(campaign: Campaign | None) -> dict[str, str]:
    """What a dated offer says, by mail and by text (row 5.5)."""
    if campaign is None:
        return {}
    return {
        "campaign.text": campaign.text.strip(),
        "campaign.sms_text": campaign.sms_text.strip(),
        "campaign.link": campaign.link,
    }


def _joined(texts: Iterable[str], between: str) -> str:
    """Each once, in order: two services often ask the same."""
    return between.join(dict.fromkeys(text.strip() for text in texts if text.strip()))
