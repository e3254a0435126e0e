"""Rows 2.3 to 2.8 through the emulators: as they shall be, and in the week in which they must be silent."""

from tests.rows.clinic import ANA, MAIL, Clinic

DEPOSITS = ["payment_id", "patient_id", "appointment_id", "amount", "status", "paid_at", "deposit"]
FORMS = ["form_id", "patient_id", "appointment_id", "status", "completed_at"]


def booked(clinic: Clinic, service: str = "Laser", **more: str) -> str:
    """Ana books on 9 November at ten for the 20th, and everything of the first hour goes."""
    ana = clinic.person("Ana Reyes", ANA, email=MAIL)
    clinic.run_at("2026-11-09 09:00")
    visit = clinic.visit(ana, "2026-11-20 10:00", service, booked_at="2026-11-09 10:00", **more)
    clinic.run_at("2026-11-09 10:10", "2026-11-09 10:45")
    return visit


def test_row_2_5_confirms_by_text_and_by_mail(clinic: Clinic) -> None:
    booked(clinic, "Visit")
    assert clinic.steps() == ["2.5-confirmation", "2.5-confirmation-email"]
    [text] = clinic.texts(ANA)
    assert "Fri, Nov 20 at 10:00 AM" in text
    assert "Fri, Nov 20 at 10:00 AM" in clinic.mails()[0]["text"]


def test_row_2_5_is_silent_about_what_was_booked_before_go_live_r43(clinic: Clinic) -> None:
    ana = clinic.person("Ana Reyes", ANA, email=MAIL)
    clinic.visit(ana, "2026-11-20 10:00")
    clinic.run_at("2026-11-02 09:00", "2026-11-02 12:00")
    assert clinic.steps() == []
    assert clinic.texts() == []


def test_row_2_3_and_row_2_4_ask_for_the_form_and_the_deposit_in_the_confirmation(clinic: Clinic) -> None:
    booked(clinic)
    assert clinic.steps("2.3", "2.4", "2.5") == ["2.4-deposit-email", "2.5-confirmation", "2.5-confirmation-email"]
    [text] = clinic.texts(ANA)
    assert "go.example/i/1" in text
    assert "go.example/d/1" in text
    assert "laser" not in text.casefold()
    assert "50" not in clinic.mails()[-1]["text"]


def test_row_2_3_and_row_2_4_chase_what_has_not_come(clinic: Clinic) -> None:
    booked(clinic)
    clinic.run_at("2026-11-13 10:05", "2026-11-18 10:05", "2026-11-19 10:05", "2026-11-19 10:40")
    assert clinic.steps("2.3", "2.4") == ["2.4-deposit-email", "2.4-deposit-unpaid", "2.3-intake-chase"]
    assert [task["hs_task_subject"] for task in clinic.crm("tasks")] == ["A deposit has not been paid"]


def test_row_2_3_and_row_2_4_are_silent_once_the_form_is_back_and_the_money_came(clinic: Clinic) -> None:
    visit = booked(clinic)
    clinic.settings(
        "connections",
        schedule=clinic.tool("schedule") | {"streams": ["appointments", "contacts", "intakes", "payments"]},
    )
    patient = clinic.calendar[visit]["patient_id"]
    at = "2026-11-10 12:00"
    clinic.file(
        "intakes", FORMS, form_id="I1", patient_id=patient, appointment_id=visit, status="completed", completed_at=at
    )
    clinic.file(
        "payments",
        DEPOSITS,
        payment_id="M1",
        patient_id=patient,
        appointment_id=visit,
        amount="50.00",
        status="paid",
        paid_at=at,
        deposit="yes",
    )
    clinic.run_at("2026-11-10 12:30", "2026-11-18 10:05", "2026-11-19 10:05", "2026-11-19 10:40")
    assert clinic.steps("2.3", "2.4") == ["2.4-deposit-email"]
    assert clinic.crm("tasks") == []


def test_row_2_7_tells_the_final_state_once_by_text_and_by_mail_r9(clinic: Clinic) -> None:
    visit = booked(clinic, "Visit")
    clinic.move(visit, "2026-11-21 11:00")
    clinic.run_at("2026-11-10 09:00", "2026-11-10 09:10", "2026-11-10 10:00")
    assert clinic.steps("2.7") == ["2.7-change-notice", "2.7-change-notice-email"]
    assert "Sat, Nov 21 at 11:00 AM" in clinic.texts(ANA)[-1]
    assert "Sat, Nov 21 at 11:00 AM" in clinic.mails()[-1]["text"]


def test_row_2_7_is_silent_where_it_was_moved_back_before_anybody_was_told_r10(clinic: Clinic) -> None:
    visit = booked(clinic, "Visit")
    clinic.move(visit, "2026-11-21 11:00")
    clinic.run_at("2026-11-10 09:00")
    clinic.move(visit, "2026-11-20 10:00")
    clinic.run_at("2026-11-10 09:02", "2026-11-10 09:20", "2026-11-10 12:00")
    assert clinic.steps("2.7") == []


def test_row_2_8_tells_a_cancellation_once_and_nothing_after_it(clinic: Clinic) -> None:
    visit = booked(clinic, "Visit")
    clinic.cancel(visit)
    clinic.run_at("2026-11-10 09:00", "2026-11-10 09:10", "2026-11-18 10:05", "2026-11-19 10:05", "2026-11-20 08:05")
    assert clinic.steps()[2:] == ["2.8-cancel-notice", "2.8-cancel-notice-email"]


def test_row_2_8_is_silent_where_the_visit_was_rebooked_in_time_r12(clinic: Clinic) -> None:
    visit = booked(clinic, "Visit")
    clinic.cancel(visit)
    patient = clinic.calendar[visit]["patient_id"]
    clinic.visit(patient, "2026-11-23 10:00", booked_at="2026-11-10 08:55")
    clinic.run_at("2026-11-10 09:00", "2026-11-10 09:10", "2026-11-10 10:00")
    assert clinic.steps("2.8") == []
    assert clinic.steps("2.7") == ["2.7-change-notice", "2.7-change-notice-email"]
    assert "Mon, Nov 23 at 10:00 AM" in clinic.texts(ANA)[-1]
