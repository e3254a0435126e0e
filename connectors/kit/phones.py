"""Phones in a vendor's records, which are text as somebody typed it."""

from typing import Final

import phonenumbers

_SAME: Final = frozenset({phonenumbers.MatchType.EXACT_MATCH, phonenumbers.MatchType.NSN_MATCH})


def national_digits(number: str) -> str:
    """The digits of an E.164 number without its country's code: what a vendor's search can find, however it was written."""
    return phonenumbers.national_significant_number(phonenumbers.parse(number))


def is_phone(held: object, number: str) -> bool:
    """Whether a record's field holds that E.164 number. One without a country's code counts, one that is cut short does not."""
    return isinstance(held, str) and phonenumbers.is_number_match(number, held) in _SAME
