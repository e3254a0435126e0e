"""Where a phone number may be at home: states and zones of its area code, from the numbering plan's own tables.

An area code is a presumption only (R31): people keep their number when they move.
"""

import re
from functools import cache

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
_NORTH_AMERICAN = re.compile(r"\+1(?P<area>[2-9]\d{2})[2-9]\d{6}")
_NOBODYS = "+1{}5550142"
_NOWHERE = "Etc/Unknown"


_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_ZONES: dict[str, tuple[ZoneName, ...]] = {
    "AK": ("America/Anchorage", "America/Adak"),
    "AZ": ("America/Phoenix", _MOUNTAIN),
    "FL": (_EASTERN, _CENTRAL),
    "HI": ("Pacific/Honolulu",),
    "ID": ("America/Boise", _PACIFIC),
    "IN": ("America/Indiana/Indianapolis", _CENTRAL),
    "KS": (_CENTRAL, _MOUNTAIN),
    "KY": (_EASTERN, _CENTRAL),
    "MI": ("America/Detroit", _CENTRAL),
    "ND": (_CENTRAL, _MOUNTAIN),
    "NE": (_CENTRAL, _MOUNTAIN),
    "NV": (_PACIFIC, _MOUNTAIN),
    "OR": (_PACIFIC, "America/Boise"),
    "SD": (_CENTRAL, _MOUNTAIN),
    "TN": (_CENTRAL, _EASTERN),
    "TX": (_CENTRAL, _MOUNTAIN),
    "PR": ("America/Puerto_Rico",),
    "VI": ("America/Puerto_Rico",),
    "GU": ("Pacific/Guam",),
    "MP": ("Pacific/Guam",),
    "AS": ("Pacific/Pago_Pago",),
}
"""States of more than one zone, or of one of their own; where most people live stands first (tz database, 2026)."""
_BY_ZONE = {
    _EASTERN: "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    _CENTRAL: "AL AR IA IL LA MN MO MS OK WI",
    _MOUNTAIN: "CO MT NM UT WY",
    _PACIFIC: "CA WA",
}
_ZONES |= {state: (zone,) for zone, states in _BY_ZONE.items() for state in states.split()}


def zones_of_state(state: str) -> tuple[ZoneName, ...]:
    """Every zone of a state or territory, the one with most people first; none for a code that is no state."""
    return _ZONES.get(state, ())


def states_of_phone(e164: str) -> tuple[str, ...]:
    """US states and territories the number's area code stands for; none for toll-free, foreign and unknown numbers."""
    found = _NORTH_AMERICAN.fullmatch(e164)
    return _states_of_area(found["area"]) if found else ()


def zones_of_phone(e164: str) -> tuple[ZoneName, ...]:
    """Every zone the number's area code reaches into; none where the number belongs to no place."""
    if found := _NORTH_AMERICAN.fullmatch(e164):
        return _zones_of_area(found["area"])
    number = _geographic(e164)
    zones = timezone.time_zones_for_geographical_number(number) if number else ()
    return tuple(zones) if len(zones) == 1 and zones[0] != _NOWHERE else ()


@cache
def _states_of_area(area_code: str) -> tuple[str, ...]:
    """Asked of a number that belongs to nobody: what follows the area code says nothing since numbers can be carried along."""
    number = _geographic(_NOBODYS.format(area_code))
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


@cache
def _zones_of_area(area_code: str) -> tuple[ZoneName, ...]:
    if _geographic(_NOBODYS.format(area_code)) is None:
        return ()
    prefix = f"1{area_code}"
    return tuple(sorted({zone for known, zones in TIMEZONE_DATA.items() if known.startswith(prefix) for zone in zones}))


def _geographic(e164: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_number_geographical(number) else None
