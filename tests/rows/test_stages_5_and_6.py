"""Rows 5.1 to 6.4 through the emulators: as they shall be, and in the week in which they must be silent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rows.clinic import ANA, MAIL, Clinic, opened


def been(clinic: Clinic, service: str = "Visit", start: str = "2026-11-10 10:00", **about: str) -> str:
    """Ana's visit took place."""
    ana = clinic.person("Ana Reyes", ANA, email=MAIL)
    clinic.people[ana] |= about
    visit = clinic.visit(ana, start, service, booked_at="2026-11-02 09:00")
    clinic.run_at("2026-11-10 09:30")
    clinic.complete(visit)
    clinic.run_at("2026-11-10 11:00")
    return visit


def test_row_5_1_checks_in_by_a_neutral_text_and_by_secure_mail(clinic: Clinic) -> None:
    been(clinic, "Peel")
    clinic.run_at("2026-11-11 10:35")
    assert clinic.steps("5.1") == ["5.1-aftercare", "5.1-check-in"]
    assert "aftercare" not in clinic.texts(ANA)[-1].casefold()
    assert "Keep it dry" in clinic.mails()[-1]["text"]


def test_row_5_1_and_row_5_2_are_silent_after_a_no_show_r16(clinic: Clinic) -> None:
    visit = been(clinic)
    clinic.complete(visit, "no_show")
    clinic.run_at("2026-11-10 12:00", "2026-11-11 10:35", "2026-11-17 10:35")
    assert clinic.steps("4.4", "5.1", "5.2", "6.2") == []


def test_r16_a_no_show_is_a_task_for_people_and_a_correction_closes_it(clinic: Clinic) -> None:
    visit = been(clinic)
    clinic.complete(visit, "no_show")
    clinic.run_at("2026-11-10 12:00", "2026-11-10 12:05")
    assert clinic.steps("7.1") == ["7.1-no-show"]
    clinic.complete(visit, "completed")
    clinic.run_at("2026-11-10 13:00", "2026-11-10 13:05")
    assert [row["closed_by"] for row in clinic.table("current_tasks")] == ["came_after_all"]


def test_row_5_2_asks_how_it_is_after_a_week(clinic: Clinic) -> None:
    been(clinic)
    clinic.run_at("2026-11-17 10:35")
    assert clinic.steps("5.2") == ["5.2-results"]


def test_row_5_3_names_what_goes_with_it_by_secure_mail(clinic: Clinic) -> None:
    been(clinic, "Peel", email_marketing_consent="written", email_marketing_consent_at="2026-09-01 10:00")
    clinic.run_at("2026-12-10 10:35", "2026-12-10 15:35")
    assert clinic.steps("5.3") == ["5.3-complementary"]
    assert "Laser" in clinic.mails()[-1]["text"]
    assert "go.example/u/1" in clinic.mails()[-1]["text"]


def test_row_5_4_invites_back_by_text_and_by_mail(clinic: Clinic) -> None:
    clinic.settings("policy", number_screening={"screened_by": "Practice manager", "screened_on": "2027-01-02"})
    been(clinic)
    clinic.run_at("2027-01-09 10:35", "2027-01-09 15:35")
    assert clinic.steps("5.4") == ["5.4-rebook", "5.4-rebook-email"]


def test_row_5_3_and_row_5_4_are_silent_for_the_rebooked_r19(clinic: Clinic) -> None:
    visit = been(clinic, "Peel")
    clinic.visit(clinic.calendar[visit]["patient_id"], "2027-02-20 10:00", booked_at="2026-11-12 09:00")
    clinic.run_at("2026-12-10 10:35", "2026-12-10 15:35", "2027-01-09 10:35", "2027-01-09 15:35")
    assert clinic.steps("5.3", "5.4") == []


def test_row_5_4_is_silent_for_a_member_r19(clinic: Clinic) -> None:
    been(clinic, tags="member")
    clinic.run_at("2027-01-09 10:35", "2027-01-09 15:35")
    assert clinic.steps("5.4") == []


OFFER = {
    "kind": "offer",
    "starts_on": "2027-02-01",
    "ends_on": "2027-02-28",
    "text": "Our winter weeks have begun.",
    "sms_text": "Our winter weeks have begun.",
    "link": "https://go.example/w/1",
}


def test_row_5_5_goes_while_a_campaign_is_in_force(clinic: Clinic) -> None:
    clinic.settings("campaigns", winter=OFFER)
    clinic.settings("policy", number_screening={"screened_by": "Practice manager", "screened_on": "2027-02-02"})
    been(clinic)
    clinic.settings("rows", **{row: {"owner": "off"} for row in ("5.1", "5.2", "5.4", "6.2")})
    clinic.run_at("2027-02-08 10:35", "2027-02-08 15:35")
    assert clinic.steps("5.5") == ["5.5-win-back", "5.5-win-back-email"]
    assert "winter weeks" in clinic.texts(ANA)[-1]


def test_row_5_5_is_silent_without_one(clinic: Clinic) -> None:
    been(clinic)
    clinic.run_at("2027-02-08 10:35", "2027-02-08 15:35")
    assert clinic.steps("5.5") == []


def test_row_6_2_sends_the_link_to_everyone_two_days_after(clinic: Clinic) -> None:
    been(clinic)
    clinic.run_at("2026-11-11 10:35", "2026-11-12 10:35")
    assert clinic.steps("6.1", "6.2") == ["6.2-review"]
    assert "go.example/r/1" in clinic.texts(ANA)[-1]


def test_row_6_2_is_silent_for_a_minor_r36(clinic: Clinic) -> None:
    been(clinic, birth_date="2012-01-01", guardian_phone="+12125550144")
    clinic.run_at("2026-11-12 10:35")
    assert clinic.steps("6.2") == []


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Clinic]:
    """A clinic that asks first, and then everyone."""
    with opened(tmp_path, "survey_then_everyone") as made:
        yield made


@pytest.fixture
def selective(tmp_path: Path) -> Iterator[Clinic]:
    """A clinic whose manager took the risk of `promoters_only`."""
    invites = {"mode": "promoters_only", "acknowledged_by": "Practice manager", "acknowledged_on": "2026-10-20"}
    with opened(tmp_path, "promoters_only", review_invites=invites) as made:
        yield made


def test_row_6_1_asks_one_question_and_row_6_4_hands_a_low_score_to_people(asking: Clinic) -> None:
    been(asking)
    asking.run_at("2026-11-11 10:35", "2026-11-12 10:35")
    assert asking.steps("6.1") == ["6.1-survey"]
    asking.says(ANA, "4")
    asking.run_at("2026-11-12 11:00", "2026-11-12 11:10")
    assert [row["score"] for row in asking.table("survey_answers")] == [4]
    assert asking.steps("6.4") == ["6.4-task"]


def test_row_6_2_follows_a_low_answer_like_any_other(asking: Clinic) -> None:
    been(asking)
    asking.run_at("2026-11-11 10:35", "2026-11-12 10:35")
    asking.says(ANA, "8")
    asking.run_at("2026-11-12 11:00", "2026-11-12 11:40", "2026-11-13 11:40")
    assert asking.steps("6.2") == ["6.2-review-at-answer"]


def test_row_6_1_is_silent_twenty_hours_after_the_check_in_and_for_the_lately_asked_r54(asking: Clinic) -> None:
    been(asking)
    asking.run_at("2026-11-12 08:30", "2026-11-12 10:35", "2026-11-13 01:00")
    assert asking.steps("5.1", "6.1") == ["5.1-check-in"]


def test_row_6_3_follows_up_once_without_an_answer(selective: Clinic) -> None:
    been(selective)
    selective.run_at("2026-11-11 10:35", "2026-11-12 10:35", "2026-11-17 10:40", "2026-11-18 10:40")
    assert selective.steps("6.1", "6.2", "6.3") == ["6.1-survey", "6.3-follow-up"]


def test_row_6_3_is_silent_after_an_answer_and_row_6_4_for_a_ten(selective: Clinic) -> None:
    been(selective)
    selective.run_at("2026-11-11 10:35", "2026-11-12 10:35")
    selective.says(ANA, "10!")
    selective.run_at("2026-11-12 11:00", "2026-11-12 11:40", "2026-11-17 10:40", "2026-11-18 10:40")
    assert selective.steps("6.1", "6.2", "6.3", "6.4") == ["6.1-survey", "6.2-review-promoter"]
