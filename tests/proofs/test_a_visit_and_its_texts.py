"""One visit from booking to the day, as its person reads it."""

from datetime import timedelta

from tests.console.said import glowline, told
from tests.proofs.town import Town, local

ANA = "+12125550142"


def test_a_booked_visit_is_confirmed_and_reminded_and_each_text_names_the_true_time(town: Town) -> None:
    ana = town.person("Ana Reyes", ANA)
    town.run_at("2026-11-09 09:00")
    town.book(ana, "2026-11-13 10:00", booked="2026-11-09 10:00")
    town.run_at("2026-11-09 10:10", "2026-11-11 10:01", "2026-11-12 10:01", "2026-11-13 08:05", "2026-11-13 10:05")
    texts = town.texts(ANA)
    assert [("Fri, Nov 13 at 10:00 AM" in text) for text in texts] == [True] * 4, texts
    assert "your appointment at Lumen" in texts[0]
    assert "STOP" in texts[0]
    assert not any("STOP" in text for text in texts[1:])


def test_a_visit_moved_and_moved_back_tells_the_true_time_once(town: Town) -> None:
    ana = town.person("Ana Reyes", ANA)
    visit = town.book(ana, "2026-11-13 10:00")
    town.run_at("2026-11-10 10:00", "2026-11-11 10:01", "2026-11-12 10:01")
    before = town.texts(ANA)
    assert len(before) == 2
    town.move(visit, "2026-11-14 15:00")
    town.run_at("2026-11-12 10:02")
    town.move(visit, "2026-11-13 10:00")
    town.run_at("2026-11-12 10:03", "2026-11-12 10:20", "2026-11-12 15:01", "2026-11-13 08:05", "2026-11-13 09:30")
    after = town.texts(ANA)[2:]
    assert len(after) == 1, after
    assert "See you Fri, Nov 13 at 10:00 AM" in after[0]


def test_a_moved_visit_gets_one_notice_and_no_stale_reminder(town: Town) -> None:
    ana = town.person("Ana Reyes", ANA)
    visit = town.book(ana, "2026-11-13 10:00")
    town.run_at("2026-11-11 10:01")
    assert len(town.texts(ANA)) == 1
    town.move(visit, "2026-11-16 15:00")
    town.run_at("2026-11-11 10:02", "2026-11-11 10:20", "2026-11-12 10:01", "2026-11-14 15:01", "2026-11-15 15:01")
    after = town.texts(ANA)[1:]
    assert "a change at Lumen" in after[0]
    assert all("Mon, Nov 16 at 3:00 PM" in text for text in after), after


def test_a_cancelled_visit_gets_one_notice_and_then_silence(town: Town) -> None:
    ana = town.person("Ana Reyes", ANA)
    visit = town.book(ana, "2026-11-13 10:00")
    town.run_at("2026-11-11 10:01")
    town.cancel(visit)
    town.run_at("2026-11-11 10:02", "2026-11-11 10:20", "2026-11-12 10:01", "2026-11-13 08:05")
    after = town.texts(ANA)[1:]
    assert len(after) == 1, after
    assert "cancelled" in after[0]


def test_twins_on_one_phone_get_one_text_that_names_nobody(town: Town) -> None:
    for name, start in (("Ana Reyes", "2026-11-13 10:00"), ("Eva Reyes", "2026-11-13 10:30")):
        town.book(town.person(name, ANA, born="2001-05-05"), start)
    town.run_at("2026-11-11 10:31", "2026-11-12 10:31")
    texts = town.texts(ANA)
    assert len(texts) == 2, texts
    assert all("10:00 and 10:30 AM" in text for text in texts), texts
    assert not any("Ana" in text or "Eva" in text for text in texts)


def test_without_consent_nothing_is_sent_and_the_reason_is_kept(town: Town) -> None:
    town.book(town.person("Ana Reyes", ANA, consent=False), "2026-11-03 09:00")
    report = town.run(local("2026-11-02 10:00"))
    assert town.texts() == []
    assert report.stages["policy"] == {"blocked": 2}
    assert report.stages["outbox"] == {}


def test_an_expired_agreement_stops_everything_from_the_next_day_on(town: Town) -> None:
    ana = town.person("Ana Reyes", ANA)
    town.book(ana, "2026-11-19 12:00")
    town.book(ana, "2026-11-21 12:00")
    town.run_at("2026-11-17 12:01", "2026-11-18 12:01")
    assert len(town.texts()) == 2
    town.run_at("2026-11-19 08:05", "2026-11-19 12:01", "2026-11-20 12:01")
    assert len(town.texts()) == 2


def test_a_two_day_outage_leaves_no_stale_text_behind(town: Town) -> None:
    ana = town.person("Ana Reyes", ANA)
    town.book(ana, "2026-11-13 10:00")
    town.run_at("2026-11-10 10:00")
    town.twilio.begin_outage("refuse")
    town.run_at("2026-11-11 10:01", "2026-11-12 10:01", "2026-11-12 18:00", "2026-11-13 08:05", "2026-11-13 09:30")
    town.twilio.end_outage()
    town.run_until(local("2026-11-13 12:00"), timedelta(minutes=50))
    assert town.texts() == []


def test_what_the_outage_held_back_is_said_once_when_it_is_still_true(town: Town) -> None:
    ana = town.person("Ana Reyes", ANA)
    town.book(ana, "2026-11-13 10:00")
    town.run_at("2026-11-10 10:00")
    town.twilio.begin_outage("refuse")
    town.run_at("2026-11-11 10:01", "2026-11-12 10:01")
    town.twilio.end_outage()
    town.run_at("2026-11-12 14:00", "2026-11-12 14:05", "2026-11-12 15:00")
    texts = town.texts(ANA)
    assert len(texts) == 1, texts
    assert "Fri, Nov 13 at 10:00 AM" in texts[0]


def test_a_text_is_explained_by_the_record_it_was_written_from_whatever_became_of_the_visit(town: Town) -> None:
    visit = town.book(town.person("Ana Reyes", ANA), "2026-11-13 10:00")
    town.run_at("2026-11-11 10:01")
    town.move(visit, "2026-11-16 15:00")
    town.run_at("2026-11-11 12:00", "2026-11-11 12:30")
    reminded, moved = sorted(town.table("messages"), key=lambda row: row["seq"])
    assert "Mon, Nov 16 at 3:00 PM" in moved["body"]
    for message, ordinal, says in ((reminded, 1, "Fri 13 Nov, 10:00"), (moved, 2, "Mon 16 Nov, 15:00")):
        found = told("explain", message["message_id"], home=town.home)
        assert found["story"]["action"]["visit_version"] == found["story"]["source"]["ordinal"] == ordinal
        assert says in glowline("explain", message["message_id"], home=town.home).lines[1]


def test_a_visit_about_which_nothing_was_planned_is_known_and_leads_to_why_not(town: Town) -> None:
    number = town.book(town.person("Ana Reyes", ANA), "2026-10-20 10:00")
    town.run_at("2026-11-09 09:00")
    assert town.table("open_actions") == town.table("closed_actions") == []
    said = glowline("explain", number, home=town.home)
    assert f"{number} is known, and nothing was ever planned about it" in said.err
    assert "glowline why-not --visit v-" in said.err
    assert told("why-not", "--visit", number, "--row", "3.2", home=town.home)
