"""Rows 1.x, 2.1, 2.6 and 7.x through the emulators: as they shall be, and when they must be silent."""

from datetime import timedelta

from tests.proofs.town import local
from tests.rows.clinic import ANA, MAIL, Clinic

REVIEWS = ["review_id", "platform", "rating", "text", "posted_at", "location"]


def asks(clinic: Clinic, at: str, email: str = MAIL, **more: str) -> None:
    """A lead appears in the CRM at a local time, and is read at once."""
    came = local(at)
    clinic.run(came - timedelta(minutes=1))
    clinic.hubspot.clock.set(came, frozen=True)
    lead = {"firstname": "Ana", "lastname": "Reyes", "phone": ANA, "email": email, "lifecyclestage": "lead"}
    clinic.hubspot.do("create", type="contacts", properties=lead | more)
    clinic.run(came + timedelta(minutes=1))


def test_row_1_1_row_1_2_and_row_1_3_answer_in_hours(clinic: Clinic) -> None:
    asks(clinic, "2026-11-09 10:30")
    assert clinic.steps("1.1", "1.4") == ["1.1-answer", "1.1-answer-email"]
    assert "within the hour" in clinic.texts(ANA)[-1]
    assert clinic.steps("1.3") == ["1.3-alert"]
    assert [lead["email"] for lead in clinic.crm("contacts")] == [MAIL]


def test_row_1_4_answers_otherwise_and_row_1_1_is_silent_then(clinic: Clinic) -> None:
    asks(clinic, "2026-11-09 22:30")
    assert clinic.steps("1.1", "1.4") == ["1.4-answer-closed", "1.4-answer-closed-email"]


def test_row_1_4_is_silent_in_hours(clinic: Clinic) -> None:
    asks(clinic, "2026-11-09 10:30")
    assert clinic.steps("1.4") == []


def test_row_1_5_escalates_when_nobody_called(clinic: Clinic) -> None:
    asks(clinic, "2026-11-09 10:30")
    clinic.run_at("2026-11-09 11:35")
    assert clinic.steps("1.5") == ["1.5-escalate"]


def test_row_1_1_to_row_1_5_are_silent_about_a_lead_from_before_go_live_r43(clinic: Clinic) -> None:
    clinic.hubspot.clock.set(local("2026-10-20 10:00"), frozen=True)
    clinic.hubspot.do(
        "create",
        type="contacts",
        properties={"firstname": "Ana", "phone": ANA, "email": MAIL, "lifecyclestage": "lead"},
    )
    clinic.run_at("2026-11-02 09:00", "2026-11-02 11:00")
    assert clinic.steps("1.1", "1.2", "1.3", "1.4", "1.5", "2.1") == []


def test_row_2_1_nudges_by_mail_and_stops_with_an_answer_r3(clinic: Clinic) -> None:
    asks(clinic, "2026-11-09 10:30")
    clinic.run_at("2026-11-09 11:35")
    assert clinic.steps("2.1") == ["2.1-nudge-1h"]
    assert len(clinic.texts(ANA)) == 1
    clinic.says(ANA, "Do you have time on Friday?")
    clinic.run_at("2026-11-09 12:00", "2026-11-10 10:35", "2026-11-12 10:35")
    assert clinic.steps("2.1") == ["2.1-nudge-1h"]


def test_row_2_1_offers_the_link_at_once_to_whoever_wants_to_come(clinic: Clinic) -> None:
    asks(clinic, "2026-11-09 10:30")
    clinic.says(ANA, "Yes I would like to book")
    clinic.run_at("2026-11-09 10:40", "2026-11-09 10:45")
    assert "2.1-booking-link" in clinic.steps("2.1")
    assert "go.example/b/1" in clinic.texts(ANA)[-1]


def test_row_2_1_and_row_2_6_are_silent_after_a_booking_r3(clinic: Clinic) -> None:
    asks(clinic, "2026-11-09 10:30")
    ana = clinic.person("Ana Reyes", ANA, email=MAIL)
    clinic.visit(ana, "2026-11-20 10:00", booked_at="2026-11-09 10:50")
    clinic.run_at("2026-11-09 11:00", "2026-11-09 11:35", "2026-11-10 10:35", "2026-11-16 10:35")
    assert clinic.steps("2.1", "2.6") == []


def test_row_2_6_writes_after_a_week(clinic: Clinic) -> None:
    asks(clinic, "2026-11-09 10:30")
    clinic.run_at("2026-11-16 10:35")
    assert clinic.steps("2.6") == ["2.6-nurture-7d"]
    assert "go.example/u/1" in clinic.mails()[-1]["text"]


def test_row_7_1_a_reply_that_needs_a_human_gets_one_and_after_hours_one_fixed_answer_r25(clinic: Clinic) -> None:
    clinic.person("Ana Reyes", ANA)
    clinic.run_at("2026-11-09 20:00")
    clinic.says(ANA, "Could you tell me what it costs?")
    clinic.run_at("2026-11-09 20:05")
    clinic.says(ANA, "And is parking free?")
    clinic.run_at("2026-11-09 20:30")
    assert sorted(clinic.steps("7.1")) == ["7.1-after-hours", "7.1-task"]
    assert len(clinic.texts(ANA)) == 1


def test_row_7_1_is_silent_about_a_tapback(clinic: Clinic) -> None:
    clinic.person("Ana Reyes", ANA)
    clinic.run_at("2026-11-09 10:00")
    clinic.says(ANA, "Liked “See you at Lumen”")
    clinic.run_at("2026-11-09 10:05")
    assert clinic.steps() == []
    assert clinic.table("tasks") == []


def test_row_7_2_confirms_a_stop_once_and_is_then_silent(clinic: Clinic) -> None:
    ana = clinic.person("Ana Reyes", ANA)
    clinic.visit(ana, "2026-11-12 10:00")
    clinic.run_at("2026-11-09 10:00")
    clinic.says(ANA, "please stop texting me")
    clinic.run_at("2026-11-09 10:01", "2026-11-10 10:05", "2026-11-11 10:05", "2026-11-12 08:05")
    assert clinic.steps("7.2") == ["7.2-confirmation", "7.2-copy"]
    assert len(clinic.texts(ANA)) == 1


def test_row_7_3_pages_a_clinician_and_gives_the_fixed_text_at_any_hour(clinic: Clinic) -> None:
    ana = clinic.person("Ana Reyes", ANA)
    clinic.visit(ana, "2026-11-11 10:00")
    clinic.run_at("2026-11-09 23:00")
    clinic.says(ANA, "my lip is turning white and it hurts a lot")
    clinic.run_at("2026-11-09 23:01")
    assert sorted(clinic.steps("7.3")) == ["7.3-emergency", "7.3-task"]
    assert "(212) 555-0199" in clinic.texts(ANA)[-1]
    assert any("TRI-01" in row["answers"] for row in clinic.table("verdicts") if row["stage"] == "heard")


def test_row_7_3_is_silent_where_nothing_is_wrong(clinic: Clinic) -> None:
    clinic.person("Ana Reyes", ANA)
    clinic.run_at("2026-11-09 10:00")
    clinic.says(ANA, "thank you, it looks great")
    clinic.run_at("2026-11-09 10:05")
    assert clinic.steps("7.3") == []


def test_row_7_4_a_new_review_becomes_a_task_with_a_draft(clinic: Clinic) -> None:
    clinic.settings(
        "connections", schedule=clinic.tool("schedule") | {"streams": ["appointments", "contacts", "reviews"]}
    )
    clinic.file(
        "reviews",
        REVIEWS,
        review_id="R1",
        platform="google",
        rating="2",
        text="Too long a wait.",
        posted_at="2026-11-09 09:00",
        location="Downtown",
    )
    clinic.run_at("2026-11-09 10:00", "2026-11-09 10:05")
    assert clinic.steps("7.4") == ["7.4-review-reply"]


def test_row_7_4_is_silent_about_reviews_from_before_go_live_r43(clinic: Clinic) -> None:
    clinic.settings(
        "connections", schedule=clinic.tool("schedule") | {"streams": ["appointments", "contacts", "reviews"]}
    )
    clinic.file(
        "reviews",
        REVIEWS,
        review_id="R1",
        platform="google",
        rating="5",
        text="Lovely.",
        posted_at="2026-10-09 09:00",
        location="Downtown",
    )
    clinic.run_at("2026-11-09 10:00", "2026-11-09 10:05")
    assert clinic.steps("7.4") == []
