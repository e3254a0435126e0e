"""Hours: the vectors, both DST nights, holidays, two states at once, and the law that a delay is the earliest open minute."""

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from canonical.clock import DailyWindow
from pipelines.policy.quiet_hours import UNKNOWN_STATE, next_opening, state_hours, window_on, window_words
from tests.shared_data import SHARED

NEW_YORK, CHICAGO, HONOLULU = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago"), ZoneInfo("Pacific/Honolulu")
VECTORS = SHARED / "policy" / "test_vectors.json"
CASES = json.loads(VECTORS.read_text(encoding="utf-8"))["quiet_hours"] if VECTORS.exists() else []

ZONES = st.sampled_from([
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "Pacific/Honolulu",
    "America/Anchorage", "America/Puerto_Rico",
]).map(ZoneInfo)  # fmt: skip
STATES = st.lists(st.sampled_from([*state_hours(), "CO", "NY", "DC"]), max_size=3)
MINUTES = st.integers(0, 60 * 24 * 365 * 2).map(lambda m: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=m))
LATENCY = st.sampled_from([0, 1, 10, 45, 120]).map(lambda m: timedelta(minutes=m))
NO_WAIT = timedelta(0)


@pytest.mark.skipif(not CASES, reason="../shared/policy is not beside this checkout")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_vector_opens_when_it_should(case: dict[str, str]) -> None:
    now, zone = datetime.fromisoformat(case["utc"]), ZoneInfo(case["tz"])

    opening = next_opening(now, case["candidate_states"], zone)

    expected = now if case["decision"] == "allow" else datetime.fromisoformat(case["until_utc"])
    assert opening == expected


def test_all_sixteen_vectors_were_there() -> None:
    if not VECTORS.exists():
        pytest.skip("../shared/policy is not beside this checkout")
    assert len(CASES) == 16


def _is_open(moment: datetime, states: list[str], zone: ZoneInfo, latency: timedelta) -> bool:
    """Said once more, in other words: for each row, the wall clock now and the wall clock when the vendor is done."""
    wall, done = moment.astimezone(zone), (moment + latency).astimezone(zone)
    for state in {"US", *states} & state_hours().keys():
        hours = state_hours()[state].on(wall.date())
        if hours is None or not hours.opens <= wall.time() < hours.closes:
            return False
        if done.date() != wall.date() or not done.time() < hours.closes:
            return False
    return True


@given(MINUTES, STATES, ZONES, LATENCY)
def test_a_delay_ends_inside_the_window_and_no_earlier_minute_was_open(
    now: datetime, states: list[str], zone: ZoneInfo, latency: timedelta
) -> None:
    opening = next_opening(now, states, zone, latency)

    assert opening is not None, "two weeks hold an open hour in every state"
    assert _is_open(opening, states, zone, latency)
    assert (opening == now) is _is_open(now, states, zone, latency)
    waited = int((opening - now) / timedelta(minutes=1))
    assert not any(_is_open(now + timedelta(minutes=m), states, zone, latency) for m in range(waited))


@given(MINUTES, st.lists(ZONES, min_size=2, max_size=3, unique=True), STATES)
def test_of_two_zones_both_must_be_open(now: datetime, zones: list[ZoneInfo], states: list[str]) -> None:
    opening = next_opening(now, states, zones)

    assume(opening is not None)
    assert opening is not None
    assert all(_is_open(opening, states, zone, NO_WAIT) for zone in zones)
    assert opening >= max(filter(None, (next_opening(now, states, zone) for zone in zones)))


@given(MINUTES, STATES, ZONES, LATENCY)
def test_what_is_open_in_the_strictest_window_is_open_everywhere(
    now: datetime, states: list[str], zone: ZoneInfo, latency: timedelta
) -> None:
    strictest = next_opening(now, [UNKNOWN_STATE], zone, latency)

    assert strictest is not None
    assert next_opening(strictest, states, zone, latency) == strictest


@given(MINUTES, STATES, st.sampled_from([*state_hours()]), ZONES)
def test_one_more_state_never_opens_earlier(now: datetime, states: list[str], more: str, zone: ZoneInfo) -> None:
    before, after = next_opening(now, states, zone), next_opening(now, [*states, more], zone)

    assert before is not None
    assert after is not None
    assert after >= before


def test_a_vendor_slower_than_the_window_never_opens_it() -> None:
    noon = datetime(2026, 6, 10, 17, tzinfo=UTC)
    assert next_opening(noon, ["CO"], NEW_YORK, timedelta(hours=13)) is None


def test_the_vendors_delay_shortens_the_evening_and_not_the_morning() -> None:
    evening, morning = datetime(2026, 6, 11, 0, 46, tzinfo=UTC), datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
    quarter = timedelta(minutes=15)

    assert next_opening(evening, ["CO"], NEW_YORK, quarter) == datetime(2026, 6, 11, 12, tzinfo=UTC)
    assert next_opening(evening - timedelta(minutes=2), ["CO"], NEW_YORK, quarter) == evening - timedelta(minutes=2)
    assert next_opening(morning, ["CO"], NEW_YORK, quarter) == morning


@pytest.mark.parametrize(
    "state, day, is_open",
    [
        ("RI", date(2026, 11, 26), False),
        ("AL", date(2026, 11, 26), False),
        ("LA", date(2026, 2, 17), False),
        ("AL", date(2026, 2, 17), True),
        ("FL", date(2026, 11, 26), True),
        ("CO", date(2026, 12, 25), True),
        (UNKNOWN_STATE, date(2026, 2, 17), False),
        (UNKNOWN_STATE, date(2026, 12, 25), False),
        (UNKNOWN_STATE, date(2026, 12, 23), True),
        ("AL", date(2026, 7, 3), False),
    ],
    ids=["Thanksgiving in RI", "Thanksgiving in AL", "Mardi Gras in LA", "Mardi Gras in AL", "Thanksgiving in FL", "Christmas in CO",
         "one state's holiday is the unknown row's", "Christmas unknown", "a Wednesday unknown", "the Fourth observed on a Friday"],
)  # fmt: skip
def test_a_holiday_closes_where_the_row_says_so(state: str, day: date, is_open: bool) -> None:
    assert (window_on(day, [state]) is not None) is is_open


def test_the_unknown_row_is_no_wider_than_any_other() -> None:
    unknown = state_hours()[UNKNOWN_STATE]
    for state, hours in state_hours().items():
        for mine, theirs in (
            (unknown.weekdays, hours.weekdays),
            (unknown.saturday, hours.saturday),
            (unknown.sunday, hours.sunday),
        ):
            assert mine is None or (
                theirs is not None and mine.opens >= theirs.opens and mine.closes <= theirs.closes
            ), state
        assert unknown.closed_on_holidays


def test_two_states_leave_only_what_both_allow() -> None:
    wednesday = date(2026, 6, 10)

    assert window_on(wednesday, ["CA", "FL"]) == DailyWindow(time(9), time(20))
    assert window_on(wednesday, ["KY", "RI"]) == DailyWindow(time(10), time(18))
    assert window_on(date(2026, 6, 14), ["TX", "AL"]) is None


def test_an_officer_reads_todays_window() -> None:
    sunday = datetime(2026, 6, 14, 17, tzinfo=UTC)

    assert window_words(sunday, ["TX"], CHICAGO) == "12:00-21:00"
    assert window_words(sunday, ["AL"], CHICAGO) == "at no time today"


@pytest.mark.parametrize(
    "now, opens",
    [
        (datetime(2026, 3, 8, 2, 0, tzinfo=UTC), datetime(2026, 3, 8, 12, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 1, 30, tzinfo=UTC), datetime(2026, 11, 1, 13, 0, tzinfo=UTC)),
    ],
    ids=["the short night", "the long night"],
)
def test_the_night_the_clocks_change_ends_at_eight_on_the_wall(now: datetime, opens: datetime) -> None:
    assert next_opening(now, ["NY"], NEW_YORK) == opens
    assert opens.astimezone(NEW_YORK).time() == time(8)


def test_hawaii_and_new_york_share_only_their_common_hours() -> None:
    """08:00 in Honolulu is 13:00 or 14:00 in New York."""
    midnight = datetime(2026, 6, 10, 4, tzinfo=UTC)
    assert next_opening(midnight, ["NY", "HI"], [NEW_YORK, HONOLULU]) == datetime(2026, 6, 10, 18, tzinfo=UTC)


def test_an_evening_in_hawaii_waits_until_both_are_awake_again() -> None:
    """16:00 in Honolulu is 22:00 in New York; New York opens while Honolulu sleeps."""
    evening = datetime(2026, 6, 11, 2, tzinfo=UTC)
    assert next_opening(evening, ["NY", "HI"], [HONOLULU, NEW_YORK]) == datetime(2026, 6, 11, 18, tzinfo=UTC)
