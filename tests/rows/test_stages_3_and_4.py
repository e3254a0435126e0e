"""Rows 3.1 to 4.4 through the emulators: as they shall be, and in the week in which they must be silent."""

from tests.rows.clinic import ANA, BEN, MAIL, Clinic


def coming(clinic: Clinic, service: str = "Visit", start: str = "2026-11-20 10:00", **more: str) -> str:
    """Ana has had a visit in the calendar since October."""
    ana = clinic.person("Ana Reyes", ANA, email=MAIL)
    return clinic.visit(ana, start, service, **more)


def test_row_3_1_and_row_3_2_remind_by_text_and_the_first_by_mail_too(clinic: Clinic) -> None:
    coming(clinic)
    clinic.run_at("2026-11-18 10:05", "2026-11-19 10:05")
    assert clinic.steps("3.1", "3.2") == ["3.1-reminder-48h", "3.1-reminder-48h-email", "3.2-reminder-24h"]
    assert all("Fri, Nov 20 at 10:00 AM" in text for text in clinic.texts(ANA))


def test_row_3_1_and_row_3_2_are_silent_for_whoever_booked_twenty_hours_ahead_r13(clinic: Clinic) -> None:
    ana = clinic.person("Ana Reyes", ANA, email=MAIL)
    clinic.run_at("2026-11-19 13:00")
    clinic.visit(ana, "2026-11-20 10:00", booked_at="2026-11-19 14:00")
    clinic.run_at("2026-11-19 14:10", "2026-11-19 18:00", "2026-11-20 08:05")
    assert clinic.steps("3.1", "3.2") == []
    assert clinic.steps("2.5", "4.1") == ["2.5-confirmation", "2.5-confirmation-email", "4.1-morning-of"]


def test_row_3_3_sends_what_the_service_needs_in_time_and_by_secure_mail_only(clinic: Clinic) -> None:
    coming(clinic, "Laser")
    clinic.run_at("2026-11-13 10:05")
    assert clinic.steps("3.3") == ["3.3-instructions"]
    assert "stay out of the sun" in clinic.mails()[-1]["text"]
    assert not any("sun" in text for text in clinic.texts())


def test_row_3_3_and_row_3_5_are_silent_for_a_service_that_needs_nothing(clinic: Clinic) -> None:
    coming(clinic)
    clinic.run_at("2026-11-13 10:05", "2026-11-18 10:05", "2026-11-19 10:05")
    assert clinic.steps("3.3", "3.5") == []


def test_row_3_4_introduces_the_provider_before_the_first_visit(clinic: Clinic) -> None:
    coming(clinic)
    clinic.run_at("2026-11-17 10:05")
    assert clinic.steps("3.4") == ["3.4-meet-your-provider"]
    assert "Twenty years" in clinic.mails()[-1]["text"]


def test_row_3_4_is_silent_for_whoever_has_met_the_provider(clinic: Clinic) -> None:
    coming(clinic)
    earlier = clinic.visit("P001", "2026-10-01 10:00", booked_at="2026-09-20 09:00")
    clinic.complete(earlier)
    clinic.run_at("2026-11-16 10:05", "2026-11-17 10:05")
    assert clinic.steps("3.4") == []


def test_row_3_5_says_how_to_prepare(clinic: Clinic) -> None:
    coming(clinic, "Laser")
    clinic.run_at("2026-11-13 10:05", "2026-11-17 10:05", "2026-11-18 10:05", "2026-11-19 10:05")
    assert clinic.steps("3.5") == ["3.5-preparation"]
    assert any("without make-up" in mail["text"] for mail in clinic.mails())


def test_row_3_6_writes_a_yes_back_and_r22_answers_nothing(clinic: Clinic) -> None:
    coming(clinic)
    clinic.known_to_the_crm("Ana Reyes", ANA, MAIL)
    clinic.run_at("2026-11-19 10:05")
    before = len(clinic.texts(ANA))
    clinic.says(ANA, "YES")
    clinic.run_at("2026-11-19 10:10", "2026-11-19 10:20")
    assert clinic.steps("3.6") == ["3.6-confirmed"]
    assert [log["hs_communication_body"] for log in clinic.crm("communications")] == [
        "Sent automatically.\n\nThe appointment on Fri, Nov 20 at 10:00 AM was confirmed by reply."
    ]
    assert len(clinic.texts(ANA)) == before
    assert [row["visit_id"] for row in clinic.table("confirmations")] != []


def test_row_3_6_is_silent_where_a_yes_answers_nothing(clinic: Clinic) -> None:
    clinic.person("Ana Reyes", ANA)
    clinic.run_at("2026-11-19 10:05")
    clinic.says(ANA, "YES")
    clinic.run_at("2026-11-19 10:10")
    assert clinic.steps("3.6") == []
    assert clinic.table("confirmations") == []


def test_row_4_1_and_row_4_2_say_where_and_how_on_the_morning(clinic: Clinic) -> None:
    place = clinic.settings_of("locations")["downtown"] | {"parking": "Garage next door", "check_in": "Ring the bell"}
    clinic.settings("locations", downtown=place)
    coming(clinic)
    clinic.run_at("2026-11-20 08:05")
    assert clinic.steps("4.1") == ["4.1-morning-of"]
    [text] = clinic.texts(ANA)
    assert "Garage next door" in text
    assert "Ring the bell" in text


def test_row_4_1_is_silent_for_a_cancelled_visit(clinic: Clinic) -> None:
    visit = coming(clinic)
    clinic.run_at("2026-11-02 10:05")
    clinic.cancel(visit)
    clinic.run_at("2026-11-03 10:05", "2026-11-20 08:05", "2026-11-20 09:00")
    assert clinic.steps() == []


def test_row_4_3_tells_a_delay_to_those_who_have_not_begun(clinic: Clinic) -> None:
    coming(clinic, start="2026-11-20 11:00")
    ben = clinic.person("Ben Moss", BEN)
    clinic.visit(ben, "2026-11-20 09:30")
    clinic.settings("rows", **{"4.1": {"owner": "off"}})
    clinic.run_at("2026-11-20 09:45")
    clinic.late("dr-okafor", 20)
    clinic.run_at("2026-11-20 09:46", "2026-11-20 09:55")
    assert clinic.steps("4.3") == ["4.3-running-late"]
    assert "20" in clinic.texts(ANA)[-1]
    assert clinic.texts(BEN) == []


def test_row_4_3_is_silent_without_a_delay(clinic: Clinic) -> None:
    coming(clinic, start="2026-11-20 11:00")
    clinic.run_at("2026-11-20 09:45", "2026-11-20 10:45")
    assert clinic.steps("4.3") == []


def test_row_4_4_thanks_after_an_explicit_checkout(clinic: Clinic) -> None:
    visit = coming(clinic)
    clinic.run_at("2026-11-20 09:50")
    clinic.complete(visit, "checked_out", checked_out_at="2026-11-20 10:40")
    clinic.run_at("2026-11-20 10:45", "2026-11-20 11:05")
    assert clinic.steps("4.4") == ["4.4-thank-you"]


def test_row_4_4_is_silent_where_somebody_only_marked_it_completed_r14(clinic: Clinic) -> None:
    visit = coming(clinic)
    clinic.run_at("2026-11-20 09:50")
    clinic.complete(visit)
    clinic.run_at("2026-11-20 10:45", "2026-11-20 11:05", "2026-11-20 12:00")
    assert clinic.steps("4.4") == []
