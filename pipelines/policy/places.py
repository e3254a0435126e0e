"""Where a person may be: the states and zones of a phone number's area code, and the zones of a state.

An area code is a presumption only (R31): people keep their number when they move. The table is written by `area_codes`.
"""

import csv
import re
from functools import cache
from typing import NamedTuple

from canonical.practice import ZoneName
from pipelines.policy.card import AREA_CODES

_NORTH_AMERICAN = re.compile(r"\+1(?P<area>[2-9]\d{2})[2-9]\d{6}")
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
    return _area_of(e164).states


def zones_of_phone(e164: str) -> tuple[ZoneName, ...]:
    """Every zone the number's area code reaches into; none where the number belongs to no place in North America."""
    return _area_of(e164).zones


class _Area(NamedTuple):
    states: tuple[str, ...] = ()
    zones: tuple[ZoneName, ...] = ()


def _area_of(e164: str) -> _Area:
    found = _NORTH_AMERICAN.fullmatch(e164)
    return _areas().get(found["area"], _Area()) if found else _Area()


@cache
def _areas() -> dict[str, _Area]:
    with AREA_CODES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {row["area_code"]: _Area(tuple(row["states"].split()), tuple(row["zones"].split())) for row in rows}
