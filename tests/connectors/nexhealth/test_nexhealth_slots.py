"""Free slots: what can really be booked, and that a booking made there is gone from the list."""

from datetime import UTC, date, datetime, timedelta

import pytest

from canonical.appointments import Slot
from canonical.problems import NotOffered, Refused
from canonical.write_backs import CreateAppointment
from connectors.kit import registry
from connectors.kit.registry import Sought
from tests.connectors.nexhealth.office import Office

FRIDAY = date(2026, 11, 13)


def slots(office: Office, sought: Sought) -> tuple[Slot, ...]:
    return registry.openings(office.connection(), office.tools(), sought).slots


def test_a_days_slots_are_instants_in_the_places_own_hours(office: Office) -> None:
    found = slots(office, Sought(first_day=FRIDAY, days=1, service="Visit"))
    assert found[0].start == datetime(2026, 11, 13, 14, 0, tzinfo=UTC)  # nine in New York
    assert {slot.end - slot.start for slot in found} == {timedelta(minutes=45)}
    assert {(slot.location, slot.provider, slot.service) for slot in found} == {("101", "104", "Visit")}


def test_what_is_booked_is_no_longer_free_and_what_has_begun_is_not_offered(office: Office) -> None:
    sought = Sought(first_day=FRIDAY, days=1, service="Visit")
    first = slots(office, sought)[0]
    office.send(
        CreateAppointment(
            external_id="a-1",
            person_vendor_id=office.patient(),
            provider=first.provider,
            start=first.start,
            service="27",
        )
    )
    left = slots(office, sought)
    assert first.start not in {slot.start for slot in left}
    office.nexhealth.clock.set(left[2].start, frozen=True)
    assert slots(office, sought)[0].start > left[2].start


def test_both_places_are_asked_each_in_its_own_zone(office: Office) -> None:
    office.locations |= {"102": "uptown"}
    found = slots(office, Sought(first_day=FRIDAY, days=1, service="27"))
    opens = {slot.location: slot.start for slot in reversed(found)}
    assert opens["102"] - opens["101"] == timedelta(hours=1)


def test_more_than_two_weeks_are_asked_for_in_pieces(office: Office) -> None:
    found = slots(office, Sought(first_day=FRIDAY, days=30, service="Visit"))
    asked = [request.url for request, _ in office.wire.to("/available_slots")]
    assert [url.partition("days=")[2].split("&")[0] for url in asked] == ["14", "14", "2"]
    assert len({slot.start.date() for slot in found}) == 21
    assert found == tuple(sorted(found, key=lambda slot: slot.start))


def test_without_a_service_everybody_who_treats_is_asked_for(office: Office) -> None:
    found = slots(office, Sought(first_day=FRIDAY, days=1))
    assert {slot.end - slot.start for slot in found} == {timedelta(minutes=15)}


def test_a_service_nobody_knows_is_refused_and_a_vendor_without_slots_says_so(office: Office) -> None:
    with pytest.raises(Refused):
        slots(office, Sought(first_day=FRIDAY, service="Juggling"))
    twilio = office.connection().model_copy(update={"vendor": "twilio"})
    with pytest.raises(NotOffered):
        registry.openings(twilio, office.tools(), Sought(first_day=FRIDAY))
