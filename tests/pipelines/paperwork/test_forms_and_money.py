"""Rows 2.3 and 2.4: forms and deposits find their person and visit, in whatever order and however often they come."""

from datetime import timedelta
from itertools import permutations

import pytest

from canonical.ids import ConnectionId
from canonical.intakes import IntakeStatus
from canonical.payments import PaymentStatus
from canonical.people import ConsentClaim
from canonical.practice import Connection
from ledger.people import consents_of
from ledger.store import Store
from pipelines.paperwork import PaperCounts
from pipelines.resolve.evidence import PSEUDONYM, Named
from tests.ledger_fixture import fresh_ledger
from tests.pipelines.paperwork.desk import Desk, deposit, form
from tests.pipelines.resolve.landed import DAY, HOUR, MINUTE, NOW, patient
from tests.pipelines.visits.world import PHONE, appointment, cancelled, moved

MAIL = "liz@kim.example"


@pytest.fixture
def desk(ledger: Store) -> Desk:
    return Desk(ledger)


def test_row_2_3_a_form_that_came_back_is_known_at_its_visit(desk: Desk) -> None:
    desk.arrive()
    desk.put(form("sent"))
    assert desk.intake() is not None
    assert desk.intake().status is IntakeStatus.SENT  # type: ignore[union-attr]  # said in the line above
    counts = desk.put(form(completed_at=NOW))
    state = desk.intake()
    assert (counts.intakes, state and state.status, state and state.completed_at) == (1, IntakeStatus.COMPLETED, NOW)
    (row,) = desk.current("intakes")
    assert row["person_id"] == desk.person_of("book", "p1")


def test_row_2_4_a_deposit_that_was_paid_is_known_at_its_visit(desk: Desk) -> None:
    desk.arrive()
    desk.put(deposit())
    state = desk.deposit()
    assert state is not None
    assert (state.status, state.amount, state.paid_at) == (PaymentStatus.PAID, "$50.00", NOW)


def test_row_2_4_the_same_again_writes_nothing(desk: Desk) -> None:
    desk.arrive()
    desk.put(deposit(), form())
    assert desk.put(deposit(), form()) == PaperCounts(read=2, intakes=1, payments=1), (
        "a new version is written down once"
    )
    assert desk.paperwork() == PaperCounts()
    assert (len(desk.current("payments")), len(desk.current("intakes"))) == (1, 1)


def test_row_2_4_a_payment_before_its_patient_and_its_visit_waits_for_both(desk: Desk) -> None:
    counts = desk.put(deposit(), form())
    assert counts.waiting == 2
    assert desk.paperwork() == PaperCounts()
    desk.arrive()
    counts = desk.paperwork()
    assert (counts.intakes, counts.payments, counts.waiting) == (1, 1, 0)
    assert desk.deposit() is not None
    assert desk.intake() is not None


def test_row_2_4_the_newest_by_the_tools_own_time_wins_whatever_the_order(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A call and a poll tell of one payment in two streams: each order comes to the same."""
    story = [
        (deposit("requested", None), NOW - 2 * HOUR),
        (deposit("paid", NOW - HOUR), NOW - HOUR),
        (deposit("refunded", NOW), NOW - MINUTE),
    ]
    for order in permutations(range(3)):
        desk = Desk(fresh_ledger(tmp_path_factory.mktemp("order")))
        desk.arrive()
        for number in order:
            noun, said_at = story[number]
            _in_stream(desk, f"payments_{number}", noun, said_at)
        state = desk.deposit()
        assert state is not None
        assert state.status is PaymentStatus.REFUNDED, order


def _in_stream(desk: Desk, stream: str, noun: object, said_at: object) -> None:
    landing = desk.landing
    with desk.store.writing() as session:
        row = landing._row("book", noun, desk.now, deleted=False)  # type: ignore[arg-type]  # a payment
        session.insert("versions", [row | {"stream": stream, "record_id": f"rec-{stream}", "effective_at": said_at}])
    desk.paperwork()


def test_row_2_4_a_moved_visit_keeps_its_deposit(desk: Desk) -> None:
    desk.arrive()
    desk.put(deposit())
    desk.now += HOUR
    desk.book("book", moved(desk.visit_1, NOW + 12 * DAY, desk.now))
    desk.paperwork()
    assert desk.visit()["start_at"] == NOW + 12 * DAY
    assert desk.deposit() is not None
    assert desk.tasks("deposit_return") == []


@pytest.mark.parametrize("on_cancel, says", [("refund", "give back"), ("keep", "is kept")])
def test_row_2_4_a_cancelled_visit_asks_somebody_to_refund_or_to_keep(ledger: Store, on_cancel: str, says: str) -> None:
    desk = Desk(ledger, on_cancel=on_cancel)
    desk.arrive()
    desk.put(deposit())
    desk.now += HOUR
    desk.book("book", cancelled(desk.visit_1, desk.now))
    assert desk.paperwork().tasks == 1
    (task,) = desk.tasks("deposit_return")
    assert says in task["title"]
    assert "$50.00" in task["title"]
    assert task["due_at"] >= desk.now + DAY, "until then a new booking is the same visit (R12)"
    assert desk.paperwork().tasks == 0


def test_row_2_4_a_payment_that_comes_after_the_cancellation_asks_as_well(desk: Desk) -> None:
    desk.arrive()
    desk.book("book", cancelled(desk.visit_1, desk.now))
    desk.paperwork()
    assert desk.put(deposit()).tasks == 1


def test_r12_a_visit_that_is_booked_again_takes_the_task_back(desk: Desk) -> None:
    desk.arrive()
    desk.put(deposit())
    desk.now += HOUR
    desk.book("book", cancelled(desk.visit_1, desk.now))
    desk.paperwork()
    desk.now += HOUR
    desk.book("book", appointment("a2", NOW + 10 * DAY, booked_at=desk.now))
    desk.paperwork()
    assert desk.tasks("deposit_return") == []
    assert desk.deposit() is not None, "the deposit moves with the visit"


def test_row_2_4_a_refund_closes_the_task_and_a_person_who_closed_it_is_not_asked_again(desk: Desk) -> None:
    desk.arrive()
    desk.put(deposit())
    desk.now += HOUR
    desk.book("book", cancelled(desk.visit_1, desk.now))
    desk.paperwork()
    desk.put(deposit("refunded", desk.now), said_at=desk.now)
    assert desk.tasks("deposit_return") == []
    (row,) = desk.current("payments")
    assert (row["status"], row["paid_at"]) == ("refunded", NOW)


def test_row_2_4_waived_is_a_payment_with_that_status_and_a_failed_try_beside_a_paid_one_does_not_count(
    desk: Desk,
) -> None:
    desk.arrive()
    desk.put(deposit("waived"))
    state = desk.deposit()
    assert state is not None
    assert state.status is PaymentStatus.WAIVED
    desk.put(deposit("failed", vendor_id="m2"))
    assert desk.deposit() == state


def test_m5_money_spent_is_kept_for_the_person_and_is_no_deposit(desk: Desk) -> None:
    desk.arrive()
    counts = desk.put(deposit(deposit=False, appointment_vendor_id="", vendor_id="m3"))
    assert counts.waiting == 0
    (row,) = desk.current("payments")
    assert (row["person_id"], row["visit_id"], row["deposit"]) == (desk.person_of("book", "p1"), None, False)
    assert desk.deposit() is None


def test_row_2_3_a_form_without_an_appointment_is_for_the_next_visit_and_stays_there(desk: Desk) -> None:
    desk.put(form(appointment_vendor_id="", completed_at=NOW))
    desk.arrive()
    desk.paperwork()
    first = desk.visit()["visit_id"]
    assert desk.current("intakes")[0]["visit_id"] == first
    desk.book("book", appointment("a2", NOW + 2 * DAY, booked_at=NOW, service="Facial"))
    desk.paperwork()
    assert desk.current("intakes")[0]["visit_id"] == first


def test_row_2_3_a_tool_that_carries_the_booking_tools_ids_says_so_in_its_settings(ledger: Store) -> None:
    desk = Desk(ledger)
    forms = Connection(
        connection_id=ConnectionId("forms"), vendor="files", account="forms", settings={"ids_of": "book"}
    )
    desk.practice = desk.practice.model_copy(update={"connections": (*desk.practice.connections, forms)})
    desk.arrive()
    desk.put(form(), connection="forms")
    assert desk.intake() is not None


def test_row_2_4_our_own_reference_leads_to_the_visit(desk: Desk) -> None:
    desk.arrive()
    reference = desk.visit()["visit_id"]
    desk.put(deposit(person_vendor_id="", appointment_vendor_id="", reference=reference), connection="form")
    (row,) = desk.current("payments")
    assert (row["visit_id"], row["person_id"]) == (reference, desk.person_of("book", "p1"))


def test_row_2_3_what_the_form_asked_becomes_evidence_once(desk: Desk) -> None:
    """C4: marketing for the number on the form, a photo for the person, dated like the form."""
    desk.landing.put("book", patient("p1", "Liz Kim", PHONE, emails=(MAIL,)), at=desk.now)
    desk.book("book", desk.visit_1)
    claims = (
        ConsentClaim(contact=PHONE, category="marketing", kind="written", wording="Text me offers at this number."),
        ConsentClaim(contact="any", category="photo", kind="express"),
        ConsentClaim(contact="new@kim.example", category="marketing", kind="no"),
    )
    desk.put(form("sent", consents=claims))
    assert desk.current("consents") == []
    counts = desk.put(form(completed_at=NOW, consents=claims))
    assert counts.consents == 4
    with desk.store.reading() as session:
        named = Named(session.key(PSEUDONYM))
        contact = named.contact(PHONE)
        assert contact
        found = {one.category.value: one for one in consents_of(session, [contact.contact_point_id])}
    assert (found["marketing"].kind, found["marketing"].given_at) == ("written", NOW)
    assert found["photo"].granted
    assert desk.put(form(completed_at=NOW, consents=claims)).consents == 0


def test_row_2_3_a_form_of_somebody_unknown_gives_its_consents_when_they_are_known(desk: Desk) -> None:
    photo = (ConsentClaim(contact="any", category="photo", kind="express"),)
    assert desk.put(form(completed_at=NOW, consents=photo)).consents == 0
    desk.arrive()
    assert desk.paperwork().consents == 1


def test_row_2_4_what_was_called_off_is_not_owed_and_what_was_paid_stays_history(desk: Desk) -> None:
    desk.arrive()
    desk.put(deposit("requested", None))
    desk.put(deposit("requested", None), deleted=True)
    state = desk.deposit()
    assert state is not None
    assert state.status is PaymentStatus.FAILED
    desk.now += timedelta(minutes=5)
    desk.put(deposit("paid", vendor_id="m2"))
    desk.put(deposit("paid", vendor_id="m2"), deleted=True)
    again = desk.deposit()
    assert again is not None
    assert again.status is PaymentStatus.PAID
