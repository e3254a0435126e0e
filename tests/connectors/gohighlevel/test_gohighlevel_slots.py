"""Free slots: what can really be booked, and that a booking made there is gone from the list (row 2.2)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from canonical.appointments import Slot
from canonical.problems import Refused
from connectors.gohighlevel.calendars import Calendar
from connectors.kit import registry
from connectors.kit.registry import Sought
from tests.connectors.gohighlevel.subaccount import SubAccount

FRIDAY = date(2026, 11, 13)


def slots(highlevel: SubAccount, sought: Sought) -> tuple[Slot, ...]:
    return registry.openings(highlevel.connection, highlevel.tools(), sought).slots


def asked(highlevel: SubAccount) -> int:
    return sum("/free-slots" in entry.path for entry in highlevel.vendor.journal.entries())


def test_a_days_slots_are_instants_in_the_calendars_own_hours(highlevel: SubAccount) -> None:
    found = slots(highlevel, Sought(first_day=FRIDAY, days=1))
    assert found[0].start == datetime(2026, 11, 13, 14, tzinfo=UTC)  # nine in New York
    assert {slot.end - slot.start for slot in found} == {timedelta(minutes=30)}
    assert {slot.start.date() for slot in found} == {FRIDAY}


def test_what_is_booked_is_no_longer_free_and_what_has_begun_is_not_offered(highlevel: SubAccount) -> None:
    sought = Sought(first_day=FRIDAY, days=1)
    first = slots(highlevel, sought)[0]
    highlevel.vendor.do("book", contact=highlevel.ana()["id"], start=first.start.isoformat())
    left = slots(highlevel, sought)
    assert first.start not in {slot.start for slot in left}
    highlevel.vendor.turn_clock(left[2].start, frozen=True)
    assert slots(highlevel, sought)[0].start > left[2].start


def test_more_than_a_month_is_asked_for_in_pieces(highlevel: SubAccount) -> None:
    found = slots(highlevel, Sought(first_day=FRIDAY, days=40))
    assert asked(highlevel) == 2
    assert len({slot.start.date() for slot in found}) == 28  # the working days
    assert found == tuple(sorted(found, key=lambda slot: slot.start))


def test_a_calendar_is_named_by_its_name_or_its_id_and_another_is_refused(highlevel: SubAccount) -> None:
    service = slots(highlevel, Sought(first_day=FRIDAY, days=1))[0].service
    assert slots(highlevel, Sought(first_day=FRIDAY, days=1, service=service))
    with pytest.raises(Refused, match="no such calendar"):
        slots(highlevel, Sought(first_day=FRIDAY, service="Juggling"))


@pytest.mark.parametrize(
    "given,unit,minutes",
    [(45, "mins", 45), (1.5, "hours", 90), (None, None, 30), ("soon", "mins", 30), (True, None, 30)],
)
def test_a_calendar_says_how_long_a_booking_takes(given: object, unit: str | None, minutes: int) -> None:
    assert Calendar("c-1", slot_duration=given, slot_duration_unit=unit).lasts == timedelta(minutes=minutes)
