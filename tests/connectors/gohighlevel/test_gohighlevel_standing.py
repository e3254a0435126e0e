"""How an appointment stands, written into HighLevel's calendar: never over an end that the desk has set."""

import itertools
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from canonical.inbox_writes import ReportAppointment
from canonical.problems import RefusalReason, Refused, TryLater
from canonical.visits import AppointmentStatus
from canonical.write_backs import ConfirmAppointment
from connectors.gohighlevel.standing import OPEN, SPELLINGS, STATUSES
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from tests.connectors.gohighlevel.subaccount import ANA, START, SubAccount

AT = "2026-11-20T10:00:00-05:00"
ENDS = ("cancelled", "showed", "noshow", "invalid")
S = AppointmentStatus


def visit(highlevel: SubAccount, status: str = "new") -> str:
    made = highlevel.vendor.do("book", contact=highlevel.ana()["id"], start=AT)
    highlevel.vendor.do("change", id=made["id"], status=status)
    return str(made["id"])


def report(vendor_id: str, status: AppointmentStatus, start: str = AT) -> ReportAppointment:
    return ReportAppointment(
        external_id="a-1",
        contact=SecretStr(ANA),
        contact_name=SecretStr("Ana Ruiz"),
        start=datetime.fromisoformat(start),
        status=status,
        appointment_vendor_id=vendor_id,
    )


def yes(vendor_id: str) -> ConfirmAppointment:
    return ConfirmAppointment(external_id="a-1", appointment_vendor_id=vendor_id, at=START)


def stands(highlevel: SubAccount) -> str:
    [found] = highlevel.vendor.do("appointments")["appointments"]
    return str(found["appointmentStatus"])


def writes(highlevel: SubAccount, mark: int) -> int:
    return sum(entry.action == "write" for entry in highlevel.vendor.journal.entries(since=mark))


@pytest.mark.parametrize("status,theirs", STATUSES.items())
def test_every_status_that_highlevel_has_a_word_for_is_written_in_it(
    highlevel: SubAccount, status: AppointmentStatus, theirs: str
) -> None:
    named = visit(highlevel)
    result = highlevel.send(highlevel.claim(report(named, status)))
    assert (result.vendor_id, stands(highlevel)) == (named, theirs)


def test_what_we_write_comes_back_as_what_was_reported_or_as_less() -> None:
    """A visit that has only begun must not come back as one that is over: what follows a visit would go out too early."""
    read = Catalogue().mapping("gohighlevel", "appointments")
    back = {
        status: read.apply({"id": "a", "startTime": AT, "appointmentStatus": theirs}, Surroundings(), Notes()).body[
            "status"
        ]
        for status, theirs in STATUSES.items()
    }
    less = {S.REQUESTED: S.BOOKED, S.ARRIVED: S.CONFIRMED, S.IN_PROGRESS: S.CONFIRMED, S.CHECKED_OUT: S.COMPLETED}
    assert back == {status: less.get(status, status) for status in STATUSES}


def test_a_second_report_changes_nothing_and_writes_nothing(highlevel: SubAccount) -> None:
    named = visit(highlevel)
    highlevel.send(highlevel.claim(report(named, S.NO_SHOW)))
    mark = highlevel.vendor.journal.mark()
    assert highlevel.send(highlevel.claim(report(named, S.NO_SHOW))).status == "existing"
    assert (writes(highlevel, mark), stands(highlevel)) == (0, "noshow")


def test_highlevels_automations_are_told_to_keep_still(highlevel: SubAccount) -> None:
    named = visit(highlevel)
    highlevel.send(highlevel.claim(report(named, S.COMPLETED)))
    highlevel.send(highlevel.claim(yes(visit(highlevel, "new"))))
    [place] = highlevel.vendor.places.values()
    assert place.automated == []


@pytest.mark.parametrize("end,status", [(end, one) for end, one in itertools.product(ENDS, STATUSES)])
def test_an_end_that_the_desk_has_set_meanwhile_stays(
    highlevel: SubAccount, end: str, status: AppointmentStatus
) -> None:
    named = visit(highlevel, end)
    if STATUSES[status] == end:
        assert highlevel.send(highlevel.claim(report(named, status))).status == "existing"
        return
    with pytest.raises(Refused) as refused:
        highlevel.send(highlevel.claim(report(named, status)))
    assert refused.value.reason is RefusalReason.CONFLICT
    assert stands(highlevel) == end


@pytest.mark.parametrize("end", ENDS)
def test_a_yes_does_not_bring_back_what_the_desk_has_ended(highlevel: SubAccount, end: str) -> None:
    named = visit(highlevel, end)
    with pytest.raises(Refused) as refused:
        highlevel.send(highlevel.claim(yes(named)))
    assert (refused.value.reason, stands(highlevel)) == (RefusalReason.CONFLICT, end)


def test_nobody_is_unconfirmed(highlevel: SubAccount) -> None:
    named = visit(highlevel, "confirmed")
    with pytest.raises(Refused):
        highlevel.send(highlevel.claim(report(named, S.BOOKED)))
    assert stands(highlevel) == "confirmed"


@pytest.mark.parametrize("word", ["something new", "rescheduled", 7])
def test_a_word_that_nobody_knows_is_an_end_that_somebody_has_set(highlevel: SubAccount, word: object) -> None:
    named = visit(highlevel)
    [place] = highlevel.vendor.places.values()
    place.appointments[named]["appointmentStatus"] = word
    with pytest.raises(Refused) as refused:
        highlevel.send(highlevel.claim(report(named, S.NO_SHOW)))
    assert refused.value.reason is RefusalReason.CONFLICT


def test_the_misspelled_field_of_recorded_answers_is_read_too(highlevel: SubAccount) -> None:
    named = visit(highlevel, "cancelled")
    [place] = highlevel.vendor.places.values()
    place.appointments[named]["appoinmentStatus"] = place.appointments[named].pop("appointmentStatus")
    with pytest.raises(Refused) as refused:
        highlevel.send(highlevel.claim(report(named, S.COMPLETED)))
    assert refused.value.reason is RefusalReason.CONFLICT


def test_a_visit_that_has_moved_is_another_than_the_one_reported(highlevel: SubAccount) -> None:
    named = visit(highlevel)
    later = (datetime.fromisoformat(AT) + timedelta(days=1)).isoformat()
    highlevel.vendor.do("change", id=named, start=later)
    with pytest.raises(Refused, match="moved") as refused:
        highlevel.send(highlevel.claim(report(named, S.NO_SHOW)))
    assert refused.value.reason is RefusalReason.CONFLICT
    assert highlevel.send(highlevel.claim(report(named, S.NO_SHOW, later))).status == "noshow"


@pytest.mark.parametrize(
    "status,named,reason",
    [
        (S.UNKNOWN, True, RefusalReason.INVALID),
        (S.RESCHEDULED, True, RefusalReason.INVALID),
        (S.COMPLETED, False, RefusalReason.NOT_FOUND),
    ],
)
def test_what_cannot_be_said_or_names_nothing_is_refused_unasked(
    highlevel: SubAccount, status: AppointmentStatus, named: bool, reason: RefusalReason
) -> None:
    there = visit(highlevel)
    mark = highlevel.vendor.journal.mark()
    with pytest.raises(Refused) as refused:
        highlevel.send(highlevel.claim(report(there if named else "", status)))
    assert refused.value.reason is reason
    assert list(highlevel.vendor.journal.entries(since=mark)) == []


def test_a_lost_answer_is_asked_again_and_written_once(highlevel: SubAccount) -> None:
    named = visit(highlevel)
    highlevel.vendor.fail("drop", method="PUT", path="/calendars/events/appointments/")
    with pytest.raises(TryLater):
        highlevel.send(highlevel.claim(report(named, S.NO_SHOW)))
    assert stands(highlevel) == "noshow"
    assert highlevel.send(highlevel.claim(report(named, S.NO_SHOW))).status == "existing"


def test_the_words_are_those_of_the_mapping_that_reads_them() -> None:
    read = Catalogue().mapping("gohighlevel", "appointments")
    for theirs, plain in SPELLINGS.items():
        one, other = (
            read.apply({"id": "a", "startTime": AT, "appointmentStatus": word}, Surroundings(), Notes()).body["status"]
            for word in (theirs, plain)
        )
        assert one == other
    assert set(OPEN) == set(STATUSES.values())
