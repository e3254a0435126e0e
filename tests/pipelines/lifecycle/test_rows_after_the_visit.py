"""Rows 4.4 and 5.x: what follows a visit, and the weeks in which it must not (R14, R15, R16, R19, R32, R36)."""

from datetime import date, timedelta
from typing import Any

import pytest

from canonical.ids import ContactPointId
from canonical.practice import Channel, ServiceKind
from canonical.visits import AppointmentStatus, CompletionGrade
from pipelines.lifecycle.reasons import Why
from tests.pipelines.lifecycle.catalogue import LASER, PEEL, ana, clinic, done
from tests.pipelines.lifecycle.world import World, local, ny

BEGIN = "2026-11-02 09:00"
HOURLY = timedelta(hours=1)


def rows_until(world: World, until: str, every: timedelta = HOURLY) -> list[tuple[str, str]]:
    world.run(ny(until), every)
    return [(text.row, local(text.at)) for text in world.texts]


def why(world: World, step: str, visit: str = "v-1") -> Why:
    return world.desired().withheld[visit, step].why


def test_row_4_4_thanks_within_the_hour_of_an_explicit_checkout() -> None:
    world = clinic("2026-11-10 10:40")
    done(world, "v-1", "2026-11-10 10:00", grade=CompletionGrade.CHECKED_OUT, changed_at=ny("2026-11-10 10:35"))
    assert rows_until(world, "2026-11-10 12:00", timedelta(minutes=5)) == [("4.4", "2026-11-10 10:50")]


@pytest.mark.parametrize("grade", [CompletionGrade.MARKED, CompletionGrade.DERIVED, CompletionGrade.NONE])
def test_row_4_4_is_silent_without_an_explicit_checkout(grade: CompletionGrade) -> None:
    world = clinic("2026-11-10 10:40")
    done(world, "v-1", "2026-11-10 10:00", grade=grade, changed_at=ny("2026-11-10 10:35"))
    assert rows_until(world, "2026-11-10 15:00") == []


def test_row_4_4_is_not_said_three_hours_late_r32() -> None:
    world = clinic("2026-11-10 15:00")
    done(world, "v-1", "2026-11-10 10:00", grade=CompletionGrade.CHECKED_OUT, changed_at=ny("2026-11-10 10:35"))
    assert rows_until(world, "2026-11-10 18:00") == []
    assert why(world, "4.4-thank-you") is Why.EXPIRED


def test_row_5_1_checks_in_a_day_after_the_visit_and_once() -> None:
    world = clinic("2026-11-10 12:00")
    done(world, "v-1", "2026-11-10 10:00")
    texts = rows_until(world, "2026-11-14 12:00")
    assert texts == [("5.1", "2026-11-11 11:00"), ("6.2", "2026-11-12 11:00")]


@pytest.mark.parametrize("kind", [ServiceKind.CONSULT, ServiceKind.PHONE, ServiceKind.PICKUP, ServiceKind.UNMAPPED])
def test_row_5_1_is_for_treatments_and_series_only_r19(kind: ServiceKind) -> None:
    world = clinic("2026-11-10 12:00")
    done(world, "v-1", "2026-11-10 10:00", kind=kind)
    assert rows_until(world, "2026-11-14 12:00") == []
    assert why(world, "5.1-check-in") is Why.OTHER_KIND


@pytest.mark.parametrize("status", [AppointmentStatus.NO_SHOW, AppointmentStatus.CANCELLED])
def test_r16_nothing_follows_a_visit_that_did_not_take_place(status: AppointmentStatus) -> None:
    world = clinic("2026-11-10 12:00")
    done(world, "v-1", "2026-11-10 10:00", grade=CompletionGrade.DERIVED, status=status)
    assert rows_until(world, "2026-12-31 12:00", timedelta(hours=12)) == []


def test_r14_a_later_no_show_mark_cancels_what_was_planned() -> None:
    world = clinic("2026-11-10 12:00")
    done(world, "v-1", "2026-11-10 10:00", grade=CompletionGrade.DERIVED)
    world.tick()
    assert [live.action.row for live in world.open.values()]
    world.status("v-1", AppointmentStatus.NO_SHOW)
    world.tick(ny("2026-11-10 13:00"))
    assert world.open == {}


def test_row_5_1_aftercare_goes_by_secure_mail_where_the_service_has_one() -> None:
    world = clinic("2026-11-10 12:00")
    done(world, "v-1", "2026-11-10 10:00", service_id=PEEL)
    world.tick(ny("2026-11-11 10:35"))
    sent = {(text.step) for text in world.texts}
    assert sent == {"5.1-check-in", "5.1-aftercare"}
    assert why(world, "5.1-aftercare") is Why.SAID_ONCE


def test_row_5_2_asks_after_a_week_and_not_after_a_consult() -> None:
    world = clinic("2026-11-10 12:00")
    done(world, "v-1", "2026-11-10 10:00")
    done(world, "v-2", "2026-11-10 14:00", kind=ServiceKind.CONSULT)
    world.run(ny("2026-11-21 12:00"), HOURLY)
    found = [(text.step, local(text.at), text.named[0][0]) for text in world.texts if text.row == "5.2"]
    assert found == [("5.2-results", "2026-11-17 11:00", "v-1")]


def test_row_5_3_names_complements_after_thirty_days() -> None:
    world = clinic("2026-12-09 12:00")
    done(world, "v-1", "2026-11-10 10:00", service_id=PEEL)
    world.run(ny("2026-12-12 12:00"), HOURLY)
    assert [(t.row, local(t.at)) for t in world.texts] == [("5.3", "2026-12-10 11:00")]


@pytest.mark.parametrize(
    "fields, around, person, sentence",
    [
        ({"service_id": None}, {}, {}, "names no complements"),
        ({}, {"later_visit": True}, {}, "has rebooked"),
        ({"service_id": LASER, "kind": ServiceKind.SERIES_SESSION}, {"sessions_done": 2}, {}, "series is not over"),
        ({}, {}, {"birth_date": date(2010, 1, 1)}, "a minor"),
        ({}, {}, {"guardian_id": ContactPointId("cp-mum")}, "a minor"),
    ],
)
def test_row_5_3_is_silent_for_r19_and_r36(
    fields: dict[str, Any], around: dict[str, Any], person: dict[str, Any], sentence: str
) -> None:
    world = clinic("2026-12-09 12:00")
    ana(world, **person)
    done(world, "v-1", "2026-11-10 10:00", around=around, **{"service_id": PEEL} | fields)
    world.run(ny("2026-12-26 12:00"), timedelta(hours=6))
    assert [text for text in world.texts if text.row == "5.3"] == []
    world.now = ny("2026-12-12 12:00")
    assert sentence in world.desired().withheld["v-1", "5.3-complementary"].detail


def test_row_5_4_invites_back_when_the_service_says_so_else_after_sixty_days() -> None:
    world = clinic("2026-11-20 12:00")
    done(
        world, "v-1", "2026-11-02 10:00", service_id=LASER, kind=ServiceKind.SERIES_SESSION, around={"sessions_done": 3}
    )
    done(world, "v-2", "2026-11-03 10:00")
    world.run(ny("2027-01-20 12:00"), timedelta(hours=4))
    found = {(text.named[0][0], local(text.at)[:10]) for text in world.texts if text.step == "5.4-rebook"}
    assert found == {("v-1", "2026-12-02"), ("v-2", "2027-01-02")}


@pytest.mark.parametrize(
    "around, person, sentence",
    [
        ({"later_visit": True}, {}, "rebooked"),
        ({}, {"member": True}, "a member"),
        ({}, {"birth_date": date(2010, 1, 1)}, "a minor"),
        ({}, {"sold_to": frozenset()}, "did not agree in writing"),
    ],
)
def test_row_5_4_is_silent_for_members_minors_the_rebooked_and_without_written_consent(
    around: dict[str, Any], person: dict[str, Any], sentence: str
) -> None:
    world = clinic("2026-12-30 12:00")
    ana(world, **person)
    done(world, "v-1", "2026-11-02 10:00", around=around)
    world.run(ny("2027-01-05 12:00"), HOURLY)
    assert [text for text in world.texts if text.step == "5.4-rebook"] == []
    assert sentence in world.desired().withheld["v-1", "5.4-rebook"].detail


def test_row_5_5_needs_a_campaign_in_force() -> None:
    world = clinic("2026-12-20 12:00")
    done(world, "v-1", "2026-09-25 10:00")  # ended before the row was switched on: R43
    done(world, "v-2", "2026-11-03 10:00")
    world.run(ny("2026-12-31 12:00"), timedelta(hours=6))
    assert [text for text in world.texts if text.row == "5.5"] == []
    world.run(ny("2027-02-05 12:00"), timedelta(hours=6))
    found = {text.step for text in world.texts if text.row == "5.5"}
    assert found == {"5.5-win-back", "5.5-win-back-email"}
    assert {text.named[0][0] for text in world.texts if text.row == "5.5"} == {"v-2"}


def test_row_5_5_never_starts_on_history_r43() -> None:
    world = clinic("2027-01-15 12:00")
    done(world, "v-1", "2026-10-20 10:00")
    world.run(ny("2027-02-20 12:00"), timedelta(hours=6))
    assert world.texts == []
    assert why(world, "5.5-win-back") in {Why.NOT_LIVE, Why.EXPIRED}


def test_r15_a_correction_of_a_past_visit_repeats_nothing() -> None:
    world = clinic("2026-11-10 12:00")
    done(world, "v-1", "2026-11-10 10:00")
    world.run(ny("2026-11-11 12:00"), HOURLY)
    world.move("v-1", "2026-11-10 11:00")
    world.status("v-1", AppointmentStatus.COMPLETED)
    world.run(ny("2026-11-13 12:00"), HOURLY)
    assert [text.row for text in world.texts] == ["5.1", "6.2"]


def test_mail_steps_take_the_mail_address() -> None:
    world = clinic("2026-11-10 12:00")
    done(world, "v-1", "2026-11-10 10:00", service_id=PEEL)
    owed = {action.step: action for action in world.desired().owed.values()}
    assert owed["5.1-aftercare"].channel is Channel.SECURE_EMAIL
    assert owed["5.1-aftercare"].contact_point_id == "cp-mail"
