"""Where a number may be at home."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipelines.policy.area_codes import table
from pipelines.policy.card import AREA_CODES
from pipelines.policy.places import states_of_phone, zones_of_phone, zones_of_state


@pytest.mark.parametrize(
    "phone, states, zones",
    [
        ("+12125550142", ("NY",), ("America/New_York",)),
        ("+13105550142", ("CA",), ("America/Los_Angeles",)),
        ("+12025550142", ("DC",), ("America/New_York",)),
        ("+12065550142", ("WA",), ("America/Los_Angeles",)),
        ("+13045550142", ("WV",), ("America/New_York",)),
        ("+18505550142", ("FL",), ("America/Chicago", "America/New_York")),
        ("+16025550142", ("AZ",), ("America/Phoenix",)),
        ("+18085550142", ("HI",), ("Pacific/Honolulu",)),
        ("+17875550142", ("PR",), ("America/Puerto_Rico",)),
        ("+13405550142", ("VI",), ("America/St_Thomas",)),
        ("+14165550142", (), ("America/Toronto",)),
    ],
    ids=["New York", "Los Angeles", "Washington, the city", "Washington, the state", "West Virginia", "a Florida of two zones", "Arizona",
         "Hawaii", "Puerto Rico", "Virgin Islands", "Toronto"],
)  # fmt: skip
def test_an_area_code_stands_for_a_state_and_its_zones(
    phone: str, states: tuple[str, ...], zones: tuple[str, ...]
) -> None:
    assert (states_of_phone(phone), zones_of_phone(phone)) == (states, zones)


@pytest.mark.parametrize(
    "phone",
    [
        "+18005550142",
        "+18885550142",
        "+15005550006",
        "+442079460000",
        "+447700900123",
        "+19999999999",
        "+1",
        "",
        "call me",
        "2125550142",
    ],
    ids=[
        "toll-free",
        "toll-free 888",
        "personal",
        "London",
        "a mobile abroad",
        "nonsense",
        "no number",
        "nothing",
        "words",
        "no country",
    ],
)
def test_a_number_that_belongs_to_no_place_says_so(phone: str) -> None:
    assert (states_of_phone(phone), zones_of_phone(phone)) == ((), ())


def test_a_state_has_its_zones_and_the_first_is_where_most_people_live() -> None:
    assert zones_of_state("CA") == ("America/Los_Angeles",)
    assert zones_of_state("FL") == ("America/New_York", "America/Chicago")
    assert zones_of_state("ZZ") == zones_of_state("") == ()


LISTED_WRONG = {"AK"}
"""The library puts one exchange of Alaska's area code into Honolulu's zone; that only makes its hours narrower."""


@pytest.mark.parametrize(
    "day", [datetime(2026, 6, 21, tzinfo=UTC), datetime(2026, 12, 21, tzinfo=UTC)], ids=["summer", "winter"]
)
def test_an_area_codes_zones_show_the_clocks_of_its_state(day: datetime) -> None:
    """Two sources, one truth: ours by state, the library's by exchange."""
    strangers = {
        (state, code)
        for code in range(201, 990)
        for state in states_of_phone(f"+1{code}5550142")
        if not _clocks(day, zones_of_phone(f"+1{code}5550142")) <= _clocks(day, zones_of_state(state))
    }
    assert {state for state, _ in strangers} <= LISTED_WRONG


def _clocks(day: datetime, zones: tuple[str, ...]) -> set[timedelta | None]:
    return {day.astimezone(ZoneInfo(zone)).utcoffset() for zone in zones}


def test_every_area_code_that_has_a_state_has_a_zone_python_knows() -> None:
    placed = {
        code: (states_of_phone(f"+1{code}5550142"), zones_of_phone(f"+1{code}5550142")) for code in range(201, 990)
    }
    in_states = {code: zones for code, (states, zones) in placed.items() if states}

    assert len(in_states) > 300
    assert {state for states, _ in placed.values() for state in states} >= {
        "AK",
        "CA",
        "DC",
        "FL",
        "HI",
        "NY",
        "TX",
        "WY",
        "PR",
    }
    assert all(zones and all(ZoneInfo(zone) for zone in zones) and len(zones) < 5 for zones in in_states.values())


def test_the_committed_area_codes_are_the_ones_the_numbering_plan_gives() -> None:
    assert AREA_CODES.read_text(encoding="utf-8") == table(), "run: python -m pipelines.policy.area_codes"


def test_deciding_does_not_load_the_librarys_place_names() -> None:
    """They would cost every process 100 MB."""
    program = "import sys, pipelines.policy.engine, pipelines.policy.places as p; p.zones_of_phone('+12125550142'); print('phonenumbers' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout == "False\n"
