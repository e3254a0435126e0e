"""`python -m pipelines.policy.area_codes` writes table/area_codes.csv from the numbering plan that `phonenumbers` carries.

The library is not asked while deciding: its place names cost 100 MB and a quarter of a second in every process, and a few
hundred area codes are all we need of them. A test compares the committed table with this.
"""

import sys
from collections.abc import Iterator

import phonenumbers
from phonenumbers import geocoder
from phonenumbers.tzdata import TIMEZONE_DATA

from pipelines.policy.card import AREA_CODES

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
_NOBODYS = "+1{}5550142"
"""What follows the area code says nothing since numbers can be carried along, so a number of nobody stands for all."""


def table() -> str:
    """The whole file: every North American area code that belongs to a place, its states and its zones."""
    return "\n".join(["area_code,states,zones", *_lines()]) + "\n"


def _lines() -> Iterator[str]:
    for area_code in map(str, range(201, 990)):
        zones = zones_of_area(area_code)
        if zones:
            yield f"{area_code},{' '.join(states_of_area(area_code))},{' '.join(zones)}"


def states_of_area(area_code: str) -> tuple[str, ...]:
    """The US state or territory of an area code, if it has one."""
    number = _geographic(area_code)
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


def zones_of_area(area_code: str) -> tuple[str, ...]:
    """Every zone any exchange of the area code lies in."""
    if _geographic(area_code) is None:
        return ()
    prefix = f"1{area_code}"
    return tuple(sorted({zone for known, zones in TIMEZONE_DATA.items() if known.startswith(prefix) for zone in zones}))


def _geographic(area_code: str) -> phonenumbers.PhoneNumber | None:
    number = phonenumbers.parse(_NOBODYS.format(area_code))
    return number if phonenumbers.is_number_geographical(number) else None


if __name__ == "__main__":
    AREA_CODES.write_text(table(), encoding="utf-8")
    sys.stdout.write(f"{AREA_CODES.name}: {table().count(chr(10)) - 1} area codes\n")
