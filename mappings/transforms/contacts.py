"""Transforms of how and where people are reached."""

from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from canonical.people import THREAD
from mappings.targets import Sort
from mappings.transforms.registry import Unreadable, transform

REGION: Final = "US"
"""Where a phone without a country code is dialled."""
_ZONE_WORDS: Final = {
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "arizona": "America/Phoenix",
    "pacific": "America/Los_Angeles",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
}


@transform(Sort.TEXT)
@lru_cache(maxsize=65_536)
def phone(text: str) -> str:
    """A phone as E.164; without a country code it is a US number. A number with an extension reaches no one person.

    >>> phone("(212) 555-0142"), phone("+44 7911 123456")
    ('+12125550142', '+447911123456')
    """
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        raise Unreadable("is not a phone number") from None
    if number.extension:
        raise Unreadable("is a phone number with an extension")
    if not phonenumbers.is_valid_number(number):
        raise Unreadable("is not a phone number that can exist")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@transform(Sort.TEXT)
@lru_cache(maxsize=65_536)
def email(text: str) -> str:
    """A mail address, in small letters; no look-up is made.

    >>> email("Ana.Ruiz@Example.COM")
    'ana.ruiz@example.com'
    """
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise Unreadable("is not a mail address") from None
    return str(found.normalized).lower()


@transform(Sort.TEXT)
def thread(text: str) -> str:
    """Somebody's thread on a platform: its name, and its id of the person.

    >>> thread("instagram:17841400000000001")
    'instagram:17841400000000001'
    """
    if not THREAD.fullmatch(text):
        raise Unreadable("is not a thread like instagram:17841400000000001")
    return text


@transform(Sort.TEXT)
@lru_cache(maxsize=1_024)
def zone_name(text: str) -> str:
    """A time zone: an IANA name, or `Eastern Time`, `Pacific` and the like.

    >>> zone_name("Eastern Time (US)"), zone_name("America/Chicago")
    ('America/New_York', 'America/Chicago')
    """
    word = text.casefold().split()[0]
    try:
        return ZoneInfo(_ZONE_WORDS.get(word, text)).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unreadable("is not a time zone like America/New_York") from None
