"""What policy asks about a message that sells, filled from settings, consents and opt-outs."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from canonical.actions import Action, Purpose
from canonical.consent import Consent, ConsentCategory, Suppression, SuppressionScope
from canonical.policy import NumberScreening
from canonical.practice import Channel, Location, Practice
from pipelines.messages.wording import phone
from pipelines.outbox.route import Way
from pipelines.policy.facts import UNKNOWN, Campaign, Mailing, Permission, Profile, Screening, Unknown

_ON_A_PHONE = (Channel.SMS, Channel.VOICE)
_MAILS = (Channel.EMAIL, Channel.SECURE_EMAIL)
_SELLS_OR_ASKS = (Purpose.MARKETING, Purpose.SURVEY, Purpose.REVIEW_REQUEST)
_STOPPED = (SuppressionScope.ALL, SuppressionScope.MARKETING)
_NOT_YET_REASSIGNED = timedelta(days=45)
"""A number that was given up rests so long before anybody else gets it (47 CFR 52.15(f)(1)(ii), memory)."""
_SIGNS = {"dkim": True, "unsigned": False}
"""What a mail sender's `registration` says about its host; anything else says nothing."""


def campaign_facts(action: Action, practice: Practice) -> Campaign:
    """The offer that the planner chose, or none (rows 5.3 to 5.5)."""
    wanted = action.facts.get("campaign")
    if not wanted:
        return Campaign()
    found = next((one for one in practice.campaigns if one.campaign_id == wanted), None)
    if found is None:
        return Campaign(campaign_id=wanted)
    return Campaign(campaign_id=wanted, paid_by=found.paid_by, product_owner=found.product_owner)


def profile_facts(action: Action, practice: Practice) -> Profile:
    """How the practice names itself and where it is, as its texts say it."""
    place = _place(action, practice)
    return Profile(
        names=(practice.name, practice.sms_name, *(one.name for one in practice.locations)),
        postal_address=place.address,
        phone=phone(place.phone),
        unsubscribe=place.links.get("unsubscribe", ""),
        review_link=place.review_link,
    )


def _place(action: Action, practice: Practice) -> Location:
    return practice.location(action.location_id) or practice.locations[0]


def mailing_facts(action: Action, way: Way | None, practice: Practice) -> Mailing:
    """The headers a mail would leave with: one click where the place has an https link, signed where the sender says so."""
    if way is None or action.channel not in _MAILS:
        return Mailing()
    sender = next((one for one in practice.senders if one.address == way.sender), None)
    signed = _SIGNS.get(sender.registration) if sender else None
    one_click = unsubscribe_link(action, practice).startswith("https:")
    return Mailing(one_click=one_click, signed=UNKNOWN if signed is None else signed)


def unsubscribe_link(action: Action, practice: Practice) -> str:
    """What a mail that sells or asks carries in its headers; empty for every other, and where the place has none."""
    if action.labels.purpose not in _SELLS_OR_ASKS:
        return ""
    return _place(action, practice).links.get("unsubscribe", "")


def screening_facts(
    action: Action, permission: Permission, screened: NumberScreening | None, now: datetime, zone: ZoneInfo
) -> Screening:
    """What is known about a number that would be sold to: our own opt-outs, the practice's word, the age of the consent."""
    if action.labels.purpose is not Purpose.MARKETING or action.channel not in _ON_A_PHONE:
        return Screening()
    internal = not isinstance(permission.suppressions, Unknown) and any(map(_stops, permission.suppressions))
    given = None if isinstance(permission.consents, Unknown) else _given(permission.consents, now)
    if given is None:
        return Screening(internal=internal)
    clear = screened is not None and screened.covers(_day(given, zone), _day(now, zone))
    young = now - given < _NOT_YET_REASSIGNED
    return Screening(
        national=False if clear else UNKNOWN, internal=internal, reassigned=False if clear or young else UNKNOWN
    )


def _stops(suppression: Suppression) -> bool:
    return not suppression.lifted and suppression.scope in _STOPPED


def _given(consents: Sequence[Consent], now: datetime) -> datetime | None:
    """When this number's owner last agreed to be sold to."""
    given = [c.given_at for c in consents if c.category is ConsentCategory.MARKETING and c.granted and c.given_at]
    return max((at for at in given if at <= now), default=None)


def _day(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()
