"""What the person reads: the place's own time (R11), several visits in one text (R2, R5), nothing about the service."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from canonical.ids import LocationId
from canonical.practice import Channel, Location, Practice
from pipelines.messages.compose import Occasion, TemplateMissing, compose
from pipelines.messages.lexicon import Lexicon
from pipelines.messages.templates import load_templates
from pipelines.messages.wording import Named
from settings.installation import SHIPPED
from settings.practice import load_practice

CONFIG = load_practice(SHIPPED / "demo" / "lumen", SHIPPED)
TEMPLATES = load_templates(CONFIG.messages)
DOWNTOWN = CONFIG.practice.locations[0]
UPTOWN = DOWNTOWN.model_copy(
    update={"location_id": LocationId("uptown"), "name": "Lumen Uptown", "address": "9 High St, New York"}
)


def at(text: str, place: Location = DOWNTOWN) -> Named:
    """A visit at a UTC instant."""
    return Named(datetime.fromisoformat(text).replace(tzinfo=UTC), place)


def say(
    template: str,
    *visits: Named,
    first_name: str = "Ana",
    zone: str | None = None,
    practice: Practice = CONFIG.practice,
) -> str:
    """The composed body."""
    return compose(
        Occasion(
            template,
            Channel.SMS,
            "en",
            practice,
            visits[0].location,
            first_name,
            visits,
            ZoneInfo(zone) if zone else None,
        ),
        TEMPLATES,
    ).body


def test_a_reminder_says_the_local_time_of_the_place() -> None:
    assert say("reminder-24h", at("2026-11-13T14:00")) == (
        "Hi Ana, see you at Lumen Fri, Nov 13 at 9:00 AM. To move it: https://go.example/l/7f3k"
    )


def test_without_a_name_the_greeting_has_no_gap() -> None:
    assert say("reminder-24h", at("2026-11-13T14:00"), first_name="").startswith("Hi, see you")


def test_two_visits_at_one_place_are_told_together() -> None:
    assert "Fri, Nov 13 at 10:00 and 10:30 AM" in say("reminder-24h", at("2026-11-13T15:00"), at("2026-11-13T15:30"))


def test_three_visits_across_noon_name_both_halves() -> None:
    text = say("reminder-24h", at("2026-11-13T15:00"), at("2026-11-13T16:45"), at("2026-11-13T18:00"))
    assert "10:00 AM, 11:45 AM and 1:00 PM" in text


def test_two_places_are_both_named() -> None:
    text = say("morning-of", at("2026-11-13T15:00"), at("2026-11-13T18:00", UPTOWN))
    assert "10:00 AM at Lumen Downtown and 1:00 PM at Lumen Uptown" in text
    assert "12 Mercer St, New York; 9 High St, New York" in text


@pytest.mark.parametrize(
    "utc, said",
    [
        ("2026-11-01T05:30", "Sun, Nov 1 at 1:30 AM"),
        ("2026-11-01T06:30", "Sun, Nov 1 at 1:30 AM"),
        ("2026-03-08T07:30", "Sun, Mar 8 at 3:30 AM"),
        ("2026-11-14T04:30", "Fri, Nov 13 at 11:30 PM"),
    ],
)
def test_dst_nights_and_late_visits_keep_their_wall_clock(utc: str, said: str) -> None:
    assert said in say("reminder-24h", at(utc))


def test_the_zone_is_named_only_when_the_patients_clock_differs() -> None:
    assert "9:00 AM EST." in say("reminder-24h", at("2026-11-13T14:00"), zone="America/Chicago")
    assert "9:00 AM." in say("reminder-24h", at("2026-11-13T14:00"), zone="America/Detroit")


def test_a_missing_template_is_named() -> None:
    with pytest.raises(TemplateMissing, match=r"nothing\.sms\.liquid"):
        say("nothing", at("2026-11-13T14:00"))


@pytest.mark.parametrize(
    "text",
    [
        "Your Botox visit",
        "BOTOX",
        "b\u200botox",
        "Ｂｏｔｏｘ",
        "see go.example/botox-care",
        "chemical  peel",
        "Tóx party",
    ],
)
def test_the_lexicon_sees_through_disguises(text: str) -> None:
    assert Lexicon.of(CONFIG.lexicon).term_in(text) is not None


@pytest.mark.parametrize("text", ["See you at Lumen", "detox tea is not our word", "appealing", "12 Mercer St"])
def test_the_lexicon_matches_whole_words(text: str) -> None:
    assert Lexicon.of(CONFIG.lexicon).term_in(text) is None


def test_no_shipped_text_says_a_word_of_the_lexicon() -> None:
    lexicon = Lexicon.of(CONFIG.lexicon)
    texts = [
        (key, say(key[0], at("2026-11-13T14:00"))) for key in TEMPLATES.by_key if key[1] == "sms" and key[2] == "en"
    ]
    assert texts
    assert [(key, lexicon.term_in(text)) for key, text in texts if lexicon.term_in(text)] == []
