"""Rows 2.3, 2.4, 3.3 to 3.5 and 4.3, the mails of 2.5 to 2.8, and when each must not fire (R6, R9, R10, R12, R13, R16, R36)."""

from datetime import date, timedelta
from typing import Any

import pytest

from canonical.ids import ContactPointId
from canonical.intakes import IntakeStatus
from canonical.payments import PaymentStatus
from canonical.practice import DepositRule, ServiceKind
from canonical.subjects import VisitAround
from pipelines.lifecycle.reasons import Why
from tests.pipelines.lifecycle.catalogue import LASER, OKAFOR, PLAIN, ana, around, clinic
from tests.pipelines.lifecycle.world import World, local, ny

TEN = timedelta(minutes=10)
SERIES: dict[str, Any] = {"service_id": LASER, "kind": ServiceKind.SERIES_SESSION}


def booked(now: str = "2026-11-10 09:00", start: str = "2026-11-20 10:00", **fields: Any) -> World:  # noqa: ANN401 - fields by name, from a test's own table
    """Ana books a visit now."""
    world = clinic(now)
    ana(world)
    given: dict[str, Any] = {"service_id": PLAIN, "kind": ServiceKind.TREATMENT} | fields
    world.book("v-1", start, **given)
    return world


def steps(world: World) -> list[str]:
    return [text.step for text in world.texts]


def absorbed(world: World) -> set[str]:
    return {past.step for _, past in world.past.values() if past.absorbed_by}


def why(world: World, step: str) -> Why:
    return world.desired().withheld["v-1", step].why


def test_row_2_3_and_row_2_4_ride_on_the_confirmation_of_the_same_minute_r6() -> None:
    world = booked(**SERIES)
    world.run(ny("2026-11-10 10:00"), TEN)
    assert sorted(steps(world)) == [
        "2.4-deposit-email",
        "2.4-deposit-link",
        "2.5-confirmation",
        "2.5-confirmation-email",
    ]
    assert absorbed(world) == {"2.3-intake", "2.4-deposit", "2.3-intake-email"}


def test_the_confirmation_says_what_it_carries() -> None:
    world = booked(**SERIES)
    world.plan()
    carries = {live.action.step: live.action.facts.get("carries") for live in world.open.values()}
    assert carries["2.5-confirmation"] == "2.3,2.4"
    assert carries["2.5-confirmation-email"] == "2.3"


def test_row_2_3_and_2_4_are_silent_where_nothing_is_due() -> None:
    world = booked()
    world.run(ny("2026-11-10 10:00"), TEN)
    assert sorted(steps(world)) == ["2.5-confirmation", "2.5-confirmation-email"]
    assert absorbed(world) == set()
    assert why(world, "2.3-intake") is Why.UNMET
    assert why(world, "2.4-deposit") is Why.UNMET


def test_row_2_3_is_chased_a_day_ahead_until_it_comes_back() -> None:
    world = booked(**SERIES)
    world.run(ny("2026-11-19 09:00"), timedelta(hours=1))
    world.run(ny("2026-11-19 12:00"), TEN)
    assert "2.3-intake-chase" in steps(world)


def test_row_2_3_is_not_chased_once_completed_and_never_asked_a_second_time_r12() -> None:
    world = booked(**SERIES)
    world.run(ny("2026-11-12 09:00"), timedelta(hours=1))
    around(world, "v-1", intake=IntakeStatus.COMPLETED, deposit=PaymentStatus.PAID)
    world.move("v-1", "2026-11-21 15:00")
    world.run(ny("2026-11-21 14:00"), timedelta(hours=1))
    assert [step for step in steps(world) if step.startswith(("2.3", "2.4"))] == [
        "2.4-deposit-link",
        "2.4-deposit-email",
    ]


@pytest.mark.parametrize("status", [PaymentStatus.PAID, PaymentStatus.WAIVED, PaymentStatus.KEPT])
def test_row_2_4_unpaid_asks_the_staff_at_the_deadline_and_not_once_settled(status: PaymentStatus) -> None:
    world = booked(**SERIES)
    world.run(ny("2026-11-18 09:00"), timedelta(hours=2))
    assert "2.4-deposit-unpaid" not in steps(world)
    world.run(ny("2026-11-18 11:00"), TEN)
    assert "2.4-deposit-unpaid" in steps(world)
    world = booked(**SERIES, around=VisitAround(deposit=status))
    world.run(ny("2026-11-18 11:00"), timedelta(hours=1))
    assert not any(step.startswith("2.4") for step in steps(world))


def test_row_2_4_may_differ_after_a_no_show_r16() -> None:
    world = booked(around=VisitAround(missed_before=True))
    world.practice = world.practice.model_copy(update={"deposit": DepositRule(after_no_show_cents=10000)})
    world.run(ny("2026-11-10 10:00"), TEN)
    assert "2.4-deposit" in absorbed(world)
    world = booked(around=VisitAround(missed_before=False))
    world.practice = world.practice.model_copy(update={"deposit": DepositRule(after_no_show_cents=10000)})
    world.run(ny("2026-11-10 10:00"), TEN)
    assert "2.4-deposit" not in absorbed(world)


def test_row_2_7_by_mail_corrects_a_mail_even_where_a_text_has_told_it_r9() -> None:
    world = booked()
    world.run(ny("2026-11-10 10:00"), TEN)
    world.move("v-1", "2026-11-21 15:00")
    world.clears = lambda action: action.step != "2.7-change-notice-email" or world.now >= ny("2026-11-10 12:00")
    world.run(ny("2026-11-10 13:00"), TEN)
    assert steps(world)[2:] == ["2.7-change-notice", "2.7-change-notice-email"]
    world.run(ny("2026-11-11 13:00"), timedelta(hours=1))
    assert len(steps(world)) == 4


def test_row_2_8_by_mail_and_text_once_each() -> None:
    world = booked()
    world.run(ny("2026-11-10 10:00"), TEN)
    world.cancel("v-1")
    world.run(ny("2026-11-12 10:00"), timedelta(hours=1))
    assert sorted(steps(world)[2:]) == ["2.8-cancel-notice", "2.8-cancel-notice-email"]


def test_row_2_7_and_2_8_say_nothing_where_nobody_was_told() -> None:
    world = clinic("2026-11-10 09:00", off=("2.5", "3.1", "3.2", "4.1", "3.3", "3.4", "3.5"))
    ana(world)
    world.book("v-1", "2026-11-20 10:00")
    world.run(ny("2026-11-10 10:00"), TEN)
    world.move("v-1", "2026-11-21 10:00")
    world.run(ny("2026-11-10 12:00"), TEN)
    world.cancel("v-1")
    world.run(ny("2026-11-10 14:00"), TEN)
    assert steps(world) == []


def test_row_3_3_goes_as_long_ahead_as_the_instruction_needs() -> None:
    world = booked(**SERIES)
    world.run(ny("2026-11-13 12:00"), timedelta(hours=1))
    assert [local(text.at) for text in world.texts if text.row == "3.3"] == ["2026-11-13 10:00"]


def test_row_3_3_of_a_late_booking_goes_at_once_and_not_under_four_hours_r13() -> None:
    world = booked("2026-11-18 09:00", **SERIES)
    world.run(ny("2026-11-18 10:00"), TEN)
    assert "3.3-instructions" in {*steps(world), *absorbed(world)}
    world = booked("2026-11-20 07:00", **SERIES)
    world.run(ny("2026-11-20 08:00"), TEN)
    assert "3.3-instructions" not in {*steps(world), *absorbed(world)}
    assert why(world, "3.3-instructions") is Why.PAST


def test_row_3_3_is_silent_for_a_service_without_instructions() -> None:
    world = booked()
    world.run(ny("2026-11-19 10:00"), timedelta(hours=1))
    assert "3.3" not in world.rows()


def test_row_3_4_introduces_the_provider_once_and_to_new_patients_only() -> None:
    world = booked(provider_id=OKAFOR)
    world.run(ny("2026-11-17 12:00"), timedelta(hours=1))
    assert [local(text.at) for text in world.texts if text.row == "3.4"] == ["2026-11-17 10:00"]
    world = booked(provider_id=OKAFOR, around=VisitAround(met_provider=True))
    world.run(ny("2026-11-19 12:00"), timedelta(hours=1))
    assert "3.4" not in world.rows()
    world = booked()
    world.run(ny("2026-11-19 12:00"), timedelta(hours=1))
    assert "3.4" not in world.rows()


def test_row_3_4_of_a_late_booking_folds_into_the_confirmation_r13() -> None:
    world = booked("2026-11-18 09:00", provider_id=OKAFOR)
    world.plan()
    carries = {live.action.step: live.action.facts.get("carries") for live in world.open.values()}
    assert carries["2.5-confirmation-email"] == "3.4"
    assert carries["2.5-confirmation"] is None


def test_row_3_5_says_how_to_prepare_a_day_ahead_where_the_service_says_so() -> None:
    world = booked(**SERIES)
    world.run(ny("2026-11-19 12:00"), timedelta(hours=1))
    assert [local(text.at) for text in world.texts if text.row == "3.5"] == ["2026-11-19 10:00"]
    world = booked()
    world.run(ny("2026-11-19 12:00"), timedelta(hours=1))
    assert "3.5" not in world.rows()


def test_row_4_3_tells_a_delay_once_and_only_to_those_who_have_not_begun() -> None:
    world = clinic("2026-11-10 08:00", off=("2.5", "3.1", "3.2", "3.4", "4.1"))
    for name, start in (("v-1", "2026-11-10 09:00"), ("v-2", "2026-11-10 11:00"), ("v-3", "2026-11-11 11:00")):
        world.book(name, start, person=name, booked=ny("2026-11-01 09:00"), provider_id=OKAFOR)
    said = ny("2026-11-10 09:30")
    world.run(said, TEN)
    for name in world.visits:
        around(world, name, delay_minutes=20, delayed_at=said)
    world.run(ny("2026-11-10 10:30"), TEN)
    assert [(text.row, text.named[0][0]) for text in world.texts] == [("4.3", "v-2")]
    again = ny("2026-11-10 10:30")
    around(world, "v-2", delay_minutes=40, delayed_at=again)
    world.run(ny("2026-11-10 11:00"), TEN)
    assert [text.row for text in world.texts] == ["4.3", "4.3"]


def test_r36_a_minor_is_reached_through_the_guardian_and_through_nobody_else() -> None:
    world = clinic("2026-11-10 09:00")
    mum = ContactPointId("cp-mum")
    ana(world, birth_date=date(2012, 2, 2), guardian_id=mum)
    world.book("v-1", "2026-11-20 10:00")
    world.plan()
    texts = {live.action.step: live.action.contact_point_id for live in world.open.values()}
    assert texts["2.5-confirmation"] == mum
    assert why(world, "2.5-confirmation-email") is Why.UNREACHABLE
    assert all(live.action.facts["guardian"] == "1" for live in world.open.values())
    ana(world, birth_date=date(2012, 2, 2))
    world.plan()
    assert {live.action.contact_point_id for live in world.open.values()} == {None}


def test_r36_a_birthday_ends_it() -> None:
    world = clinic("2026-11-10 09:00")
    ana(world, birth_date=date(2008, 11, 11), guardian_id=ContactPointId("cp-mum"))
    world.book("v-1", "2026-11-20 10:00")
    world.plan()
    assert next(iter(world.open.values())).action.contact_point_id == "cp-mum"
    world.now = ny("2026-11-12 09:00")
    assert {action.contact_point_id for action in world.desired().owed.values()} == {"cp-ana", "cp-mail"}
