"""Where a phone number may be at home: states and zones of its area code, from the numbering plan's own tables.

An area code is a presumption only (R31): people keep their number when they move.
"""

from functools import lru_cache

import phonenumbers
from phonenumbers import geocoder, timezone
from phonenumbers.tzdata import TIMEZONE_DATA

from canonical.practice import ZoneName

_STATES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI", "Idaho": "ID",
    "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA",
    "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS",
    "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH", "New Jersey": "NJ",
    "New Mexico": "NM", "New York": "NY", "North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK",
    "Oregon": "OR", "Pennsylvania": "PA", "Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD",
    "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA", "Washington State": "WA",
    "Washington D.C.": "DC", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}  # fmt: skip
"""The numbering plan's names, as the library writes them."""
_CODES = frozenset(_STATES.values())
_TERRITORIES = frozenset({"PR", "VI", "GU", "AS", "MP"})
_NORTH_AMERICA = 1
_NOWHERE = "Etc/Unknown"


@lru_cache(maxsize=65536)
def states_of_phone(e164: str) -> tuple[str, ...]:
    """US states and territories the number's area code stands for; none for toll-free, foreign and unknown numbers."""
    number = _geographic(e164)
    if number is None:
        return ()
    region = phonenumbers.region_code_for_number(number)
    if region in _TERRITORIES:
        return (region,)
    return _state_named(geocoder.description_for_valid_number(number, "en")) if region == "US" else ()


def _state_named(description: str) -> tuple[str, ...]:
    """`Chicago, IL` and `Illinois` are both ways the library writes a place."""
    code = _STATES.get(description) or description.rpartition(", ")[2]
    return (code,) if code in _CODES else ()


@lru_cache(maxsize=65536)
def zones_of_phone(e164: str) -> tuple[ZoneName, ...]:
    """Every zone the number's area code reaches into; none where the number belongs to no place.

    The exchange after the area code says nothing any more: numbers are carried from town to town.
    """
    number = _geographic(e164)
    if number is None:
        return ()
    if number.country_code == _NORTH_AMERICA:
        return _zones_of_area(str(number.national_number)[:3])
    found = tuple(z for z in timezone.time_zones_for_geographical_number(number) if z != _NOWHERE)
    return found if len(found) == 1 else ()


@lru_cache
def _zones_of_area(area_code: str) -> tuple[ZoneName, ...]:
    prefix = f"{_NORTH_AMERICA}{area_code}"
    return tuple(sorted({zone for known, zones in TIMEZONE_DATA.items() if known.startswith(prefix) for zone in zones}))


def _geographic(e164: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_number_geographical(number) else None
