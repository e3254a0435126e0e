"""R40: one sender per row. Another tool's text about the same visit alarms, and after three the row is held."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from canonical.pauses import PauseScope
from ledger.pauses import release_pause
from ledger.store import Store
from pipelines.elsewhere import watch_foreign
from pipelines.elsewhere.naming import speaks_of_visit
from tests.journeys_fixture import changed, journeys
from tests.pipelines.elsewhere.town import Town, text
from tests.pipelines.resolve.landed import DAY, HOUR, MINUTE

REMINDER = "Reminder: your appointment at Lumen is tomorrow at 10:00 AM. Reply C to confirm."
NEW_YORK = ZoneInfo("America/New_York")
JOURNEYS = journeys()


@pytest.fixture
def town(ledger: Store) -> Town:
    made = Town(ledger)
    made.arrive()
    made.owe("3.2", made.start - DAY)
    return made


def seen(town: Town, *texts: object, connection: str = "crm") -> Counter[str]:
    town.landing.put(connection, *texts, at=town.now)  # type: ignore[arg-type]  # nouns
    return watch_foreign(town.store, town.practice, JOURNEYS, town.now)


def test_r40_a_foreign_reminder_near_ours_alarms_once(town: Town) -> None:
    town.now = town.start - DAY + HOUR
    counts = seen(town, text("SM1", REMINDER, town.now))
    assert (counts["foreign"], counts["alarms"], counts["held"]) == (1, 1, 0)
    (task,) = town.tasks("foreign_text")
    assert "row 3.2" in task["title"]
    assert "crm" in task["title"]
    assert task["subject_id"] == town.visit()["visit_id"]
    assert seen(town, text("SM1:delivered", REMINDER, town.now))["foreign"] == 0, (
        "what became of it is the same message"
    )
    assert watch_foreign(town.store, town.practice, JOURNEYS, town.now) == Counter()


def test_r40_after_three_of_one_row_the_row_is_held_until_somebody_lets_it_go_on(town: Town) -> None:
    town.now = town.start - DAY
    for number in range(2):
        seen(town, text(f"SM{number}", REMINDER, town.now + number * HOUR))
    assert town.pauses() == []
    assert seen(town, text("SM2", REMINDER, town.now + 2 * HOUR))["held"] == 1
    (pause,) = town.pauses()
    assert (pause["scope"], pause["value"], pause["who"]) == (PauseScope.ROW, "3.2", "glowline")
    assert "3 messages" in pause["why"]
    town.now += HOUR
    with town.store.writing() as session:
        release_pause(session, pause["pause_id"], who="maria", now=town.now)
    town.now += HOUR
    assert seen(town, text("SM3", REMINDER, town.now))["held"] == 0, "three more are needed"


THEIRS = journeys(*changed(("3.1", {"owner": "crm"}), ("3.2", {"owner": "crm"})))


@pytest.mark.parametrize("row, before, counted", [("2.5", DAY, 0), ("2.5", 4 * DAY, 1), ("4.1", DAY, 1)])
def test_r40_a_tool_that_owns_reminders_may_send_them_beside_our_confirmation(
    ledger: Store, row: str, before: timedelta, counted: int
) -> None:
    town = Town(ledger)
    town.arrive()
    town.now = town.start - before
    town.owe(row, town.now - HOUR)
    says = f"Reminder: your appointment at Lumen is on {town.start.astimezone(NEW_YORK):%A at %-I:%M %p}."
    town.landing.put("crm", text("SM1", says, town.now), at=town.now)
    assert watch_foreign(town.store, town.practice, THEIRS, town.now)["foreign"] == counted


def test_r40_ours_is_no_foreign_message_by_reference_by_id_or_by_time(town: Town) -> None:
    town.now = town.start - DAY
    town.wrote("at-1", town.now - HOUR)
    assert seen(town, text("SM1", REMINDER, town.now, reference="at-1"))["foreign"] == 0
    with town.store.writing() as session:
        session.insert("attempt_outcomes", [{"attempt_id": "at-1", "outcome": "sent", "vendor_id": "SM2"}])
    assert seen(town, text("SM2", REMINDER, town.now))["foreign"] == 0
    town.wrote("at-2", town.now)
    assert seen(town, text("SM3", REMINDER, town.now + MINUTE))["foreign"] == 0, "its outcome may not be known yet"


def test_r40_a_person_who_answers_is_no_machine(town: Town) -> None:
    town.now = town.start - DAY
    town.heard(town.now - HOUR)
    assert seen(town, text("SM1", "Yes, your appointment is at 10:00", town.now))["foreign"] == 0


def test_r40_what_is_not_about_the_visit_or_not_near_ours_is_left_alone(town: Town) -> None:
    town.now = town.start - DAY
    assert seen(town, text("SM1", "Our new lotion has come in!", town.now))["foreign"] == 0
    assert seen(town, text("SM2", "", town.now))["foreign"] == 0
    assert seen(town, text("SM3", REMINDER, town.now - 2 * DAY))["foreign"] == 0
    assert seen(town, text("SM4", REMINDER, town.now, contact="+12125550199"))["foreign"] == 0
    town.owe("4.1", town.start - 2 * HOUR)
    town.now = town.start + HOUR
    assert seen(town, text("SM5", REMINDER, town.now))["foreign"] == 0, "the visit has begun"


def test_r40_a_cancelled_reminder_or_a_campaign_is_nobodys_row(town: Town) -> None:
    town.now = town.start - 5 * DAY
    town.owe("3.4", town.now, state="cancelled")
    town.owe("5.5", town.now, purpose="marketing")
    assert seen(town, text("SM1", REMINDER, town.now))["foreign"] == 0


START = datetime(2026, 11, 13, 14, 30, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    "said",
    [
        "See you at 2:30!",
        "2:30 PM works",
        "14:30",
        "on Friday",
        "Nos vemos el viernes",
        "tomorrow!",
        "mañana te esperamos",
        "11/13",
        "Nov. 13th",
        "el 13 de noviembre",
        "Please confirm your visit",
        "Recordatorio de su cita",
    ],
)
def test_r40_a_text_speaks_of_a_visit_by_its_time_its_day_or_the_word(said: str) -> None:
    assert speaks_of_visit(said, START, datetime(2026, 11, 12, 9, tzinfo=NEW_YORK))


@pytest.mark.parametrize(
    "said", ["", "Thanks!", "Happy Thursday", "Order 1430 shipped", "20% off until 11/30", "may we help?"]
)
def test_r40_other_texts_do_not(said: str) -> None:
    assert not speaks_of_visit(said, START, datetime(2026, 11, 12, 9, tzinfo=UTC))
