"""The controls: a small winter in which nothing is wrong, and every rule of the judge broken once on purpose.

They prove the judge and no number of the design, so their names say none.
"""

from datetime import UTC, datetime, timedelta

import pytest

from tests.winter.facts import Asked, Patient, Record, Span, State, Story, Text
from tests.winter.judge import RULES, judge
from tests.winter.manners import sums_close
from tests.winter.practice import DOWNTOWN, MESA
from tests.winter.reading import KINDS, LOGISTICS, kind_of, times_in

ANA, KIM, MUM = "+12125550142", "+12125550143", "+12125550144"
VISIT = datetime(2026, 11, 13, 10, 30)  # noqa: DTZ001 - a wall clock
MOVED = datetime(2026, 11, 20, 15, 0)  # noqa: DTZ001 - a wall clock
REMINDER = "Hi Ana, a reminder from Lumen: Fri, Nov 13 at 10:30 AM, 12 Mercer St, New York."
SEE_YOU = "Hi Ana, see you at Lumen Fri, Nov 13 at 10:30 AM."
CHANGE = "Hi Ana, a change at Lumen: we now see you Fri, Nov 20 at 3:00 PM, 12 Mercer St, New York."
CANCELLED = "Hi Ana, cancelled at Lumen: Fri, Nov 13 at 10:30 AM. To book again: https://go.example/b/1"
CHECK_IN = "Hi Ana, Lumen here, checking in after your visit. Any questions, big or small? Just reply."
REVIEW = (
    "Hi Ana, thank you for coming to Lumen. Would you tell others how it was, in your own words? https://go.example/r/1"
)
REBOOK = "Hi Ana, it has been a while since your visit to Lumen. Shall we find you a time? https://go.example/b/1"
STOPPED = "You will get no more texts from Lumen. For anything about an appointment, please call (212) 555-0101."
LONG_AGO = datetime(2026, 10, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """A New York wall clock as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=DOWNTOWN.zone).astimezone(UTC)


class World:
    """Ana has a visit on Friday, was reminded on Wednesday and on Thursday, and it is Thursday afternoon."""

    def __init__(self) -> None:
        self.ana = Patient("P001", "Ana Reyes", ANA, ANA, feedback=True, written=True)
        self.kim = Patient("P002", "Kim Reyes", KIM, MUM, minor=True)
        self.visit = Story(self.ana, DOWNTOWN, [State(LONG_AGO, VISIT)], ["A0001"])
        self.lesson = Story(self.kim, DOWNTOWN, [State(LONG_AGO, MOVED)], ["A0002"])
        self.record = Record(at("2026-11-12 16:00"), {"P001": self.ana, "P002": self.kim}, [self.visit, self.lesson])
        self.record.runs = [at(f"2026-11-{day} {hour}:05") for day in (10, 11, 12) for hour in (11, 12, 16)]
        self.text("2026-11-11 11:05", REMINDER)
        self.text("2026-11-12 11:05", SEE_YOU)

    def text(self, when: str, body: str, phone: str = ANA, sender: str = DOWNTOWN.sender) -> None:
        """The vendor took a text."""
        kind = kind_of(body)
        named = times_in(body) if kind in LOGISTICS else ()
        self.record.add(Text(at(when), phone, sender, body, kind, named))
        for texts in (self.record.texts, self.record.by_phone[phone]):
            texts.sort(key=lambda text: text.at)
        self.record.asked.append(Asked(at(when), phone))

    def becomes(self, when: str, start: datetime | None) -> None:
        """The booking tool says another time, or none."""
        self.visit.states.append(State(at(when), start))

    def passes(self, *runs: str) -> None:
        """Everything ran at these times, and the last of them is now."""
        self.record.runs += [at(run) for run in runs]
        self.record.now = self.record.runs[-1]

    def call(self, when: str) -> None:
        """Somebody was asked to call Ana."""
        self.record.calls["A0001"] = [at(when)]

    def found(self) -> set[str]:
        """The rules that were broken."""
        return {breach.rule for breach in judge(self.record, LONG_AGO)}


@pytest.fixture
def world() -> World:
    """A fresh one."""
    return World()


def test_a_winter_in_which_nothing_is_wrong_passes(world: World) -> None:
    assert world.found() == set()


# what is true -------------------------------------------------------------------------------------------------------


def test_a_text_that_was_untrue_when_it_was_sent_is_found(world: World) -> None:
    world.becomes("2026-11-12 10:00", MOVED)
    assert [str(one).split(":")[0] for one in RULES[0](world.record, LONG_AGO)] == ["R9 at 2026-11-12 16"]


def test_a_cancellation_of_a_visit_that_stands_is_found(world: World) -> None:
    world.text("2026-11-12 14:00", CANCELLED)
    assert "R9" in world.found()


def test_a_time_that_nobody_has_is_found(world: World) -> None:
    world.text("2026-11-12 14:00", SEE_YOU.replace("10:30", "11:00"))
    assert world.found() == {"R9"}


def test_a_move_that_nobody_tells_is_found_after_one_tick_and_not_before(world: World) -> None:
    world.becomes("2026-11-12 16:10", MOVED)
    world.passes("2026-11-12 16:20")
    assert world.found() == set()
    world.passes("2026-11-12 16:50")
    assert world.found() == {"R9"}
    world.text("2026-11-12 16:50", CHANGE)
    assert world.found() == set()


@pytest.mark.parametrize("span", ["down", "unsigned", "paused"])
def test_what_could_not_be_told_is_excused_only_while_it_could_not(world: World, span: str) -> None:
    getattr(world.record, span).append(Span(at("2026-11-12 16:15"), at("2026-11-12 17:00")))
    world.becomes("2026-11-12 16:10", MOVED)
    world.passes("2026-11-12 16:20", "2026-11-12 16:50")
    assert world.found() == set()
    world.passes("2026-11-12 17:05", "2026-11-12 17:40")
    assert world.found() == {"R9"}
    world.call("2026-11-12 17:06")
    assert world.found() == set()


def test_the_same_reminder_twice_is_found(world: World) -> None:
    world.text("2026-11-12 14:00", SEE_YOU)
    assert world.found() == {"R10"}


def test_a_notice_may_say_again_what_was_unsaid_in_between(world: World) -> None:
    world.becomes("2026-11-12 16:10", MOVED)
    world.text("2026-11-12 16:20", CHANGE)
    world.becomes("2026-11-12 17:10", VISIT)
    world.text("2026-11-12 17:20", CHANGE.replace("Fri, Nov 20 at 3:00", "Fri, Nov 13 at 10:30").replace("PM", "AM"))
    world.becomes("2026-11-12 18:10", MOVED)
    world.text("2026-11-12 18:20", CHANGE)
    world.passes("2026-11-12 19:00")
    assert world.found() == set()
    world.text("2026-11-12 18:55", CHANGE)
    assert world.found() == {"R10", "R39"}, "and it is the fifth of the day"


def test_a_visit_that_began_untold_and_uncalled_is_found(world: World) -> None:
    world.record.texts.clear()
    world.record.by_phone.clear()
    world.passes("2026-11-13 11:05")
    assert world.found() == {"R57"}
    world.call("2026-11-13 10:40")
    assert world.found() == {"R57"}, "too late"
    world.call("2026-11-13 09:00")
    assert world.found() == set()


def test_whoever_read_a_time_that_is_cancelled_and_was_not_called_is_found(world: World) -> None:
    world.becomes("2026-11-12 20:45", None)
    world.passes("2026-11-13 11:05")
    assert world.found() == {"R57"}


def test_who_cannot_be_written_to_is_called_by_ten_on_the_day_before(world: World) -> None:
    world.ana.consent = False
    world.record.texts.clear()
    world.record.asked.clear()
    world.record.by_phone.clear()
    world.passes("2026-11-13 11:05")
    world.call("2026-11-12 12:00")
    assert world.found() == {"R57"}
    world.call("2026-11-12 11:05")
    assert world.found() == set(), "the first run after ten"


# who may be written to ----------------------------------------------------------------------------------------------


def test_a_text_to_somebody_who_never_agreed_is_found(world: World) -> None:
    world.ana.consent = False
    assert "TCPA-01" in world.found()


@pytest.mark.parametrize("body, without", [(REVIEW, "feedback"), (REBOOK, "written")])
def test_asking_or_selling_without_consent_to_it_is_found(world: World, body: str, without: str) -> None:
    world.text("2026-11-12 14:00", body)
    assert world.found() == set()
    setattr(world.ana, without, False)
    assert world.found() == {"TCPA-01"}


@pytest.mark.parametrize("body", [REVIEW, REBOOK])
def test_what_asks_or_sells_about_a_minor_is_found(world: World, body: str) -> None:
    world.text("2026-11-12 14:00", body, MUM)
    assert "R36" in world.found()


def test_a_text_to_a_minors_own_phone_is_found(world: World) -> None:
    world.text("2026-11-12 14:00", CHECK_IN, KIM)
    assert world.found() == {"TCPA-01"}


def test_a_text_after_a_stop_is_found_and_one_confirmation_is_none(world: World) -> None:
    world.record.stopped[ANA] = at("2026-11-12 13:00")
    world.record.heard[ANA] = [at("2026-11-12 13:00")]
    world.text("2026-11-12 13:01", STOPPED)
    assert world.found() == set()
    world.text("2026-11-12 13:40", STOPPED)
    assert world.found() == {"R34"}


def test_an_attempt_after_a_stop_that_the_vendor_refused_is_found(world: World) -> None:
    world.record.stopped[ANA] = at("2026-11-12 13:00")
    world.record.asked.append(Asked(at("2026-11-12 13:30"), ANA, accepted=False))
    assert world.found() == {"R34"}


def test_a_text_about_the_dead_is_found(world: World) -> None:
    world.record.flagged["P001"] = at("2026-11-12 10:00")
    assert world.found() == {"R37"}


def test_a_text_while_the_agreement_is_out_of_force_is_found(world: World) -> None:
    world.record.unsigned.append(Span(at("2026-11-12 00:00"), at("2026-11-13 09:00")))
    assert world.found() == {"BAA-02"}


def test_a_text_during_a_pause_is_found(world: World) -> None:
    world.record.paused.append(Span(at("2026-11-12 11:00"), at("2026-11-12 14:00")))
    assert world.found() == {"R45"}


def test_a_follow_up_during_a_talk_is_found_and_a_reminder_is_none(world: World) -> None:
    world.record.talks[ANA] = [Span(at("2026-11-12 09:00"), at("2026-11-13 21:00"))]
    assert world.found() == set()
    world.text("2026-11-12 14:00", CHECK_IN)
    assert world.found() == {"R20"}


def test_a_text_at_night_is_found(world: World) -> None:
    world.text("2026-11-12 21:00", CHECK_IN)
    assert world.found() == {"TCPA-07"}


def test_a_question_at_night_where_the_phone_is_from_is_found(world: World) -> None:
    phone = "+16025550142"
    world.record.patients["P003"] = far = Patient("P003", "Bea Quill", phone, phone, feedback=True)
    world.record.stories.append(Story(far, DOWNTOWN, [State(LONG_AGO, MOVED)], ["A0003"]))
    world.text("2026-11-12 09:30", REVIEW, phone)
    assert world.found() == {"TCPA-07"}


def test_a_confirmation_at_night_is_none_where_they_have_just_booked(world: World) -> None:
    world.visit.states = [State(at("2026-11-10 22:00"), VISIT)]
    world.visit.by_patient = True
    booked = "Hi Ana, your appointment at Lumen: Fri, Nov 13 at 10:30 AM, 12 Mercer St, New York."
    world.text("2026-11-10 22:02", booked)
    assert world.found() == set()
    world.visit.by_patient = False
    assert world.found() == {"TCPA-07"}


def test_an_answer_that_nobody_asked_for_is_found(world: World) -> None:
    world.text("2026-11-12 21:30", "Thank you for your message to Lumen. We are closed now and will answer soon.")
    assert world.found() == {"TCPA-07"}


def test_a_text_from_the_other_locations_number_is_found(world: World) -> None:
    world.text("2026-11-12 14:00", CHECK_IN, sender=MESA.sender)
    assert world.found() == {"R11"}


# how ----------------------------------------------------------------------------------------------------------------


def test_two_texts_within_half_an_hour_are_found(world: World) -> None:
    world.text("2026-11-12 11:34", CHECK_IN)
    assert world.found() == {"R6"}


def test_the_fifth_text_of_a_day_is_found(world: World) -> None:
    for hour in (12, 13, 14):
        world.text(f"2026-11-12 {hour}:00", SEE_YOU.replace("Ana", f"Ana {hour}"))
    assert world.found() == set()
    world.text("2026-11-12 15:00", SEE_YOU.replace("Ana", "Ana 15"))
    assert world.found() == {"R39"}


@pytest.mark.parametrize(
    "whens", [("12 14:00", "12 15:00"), ("06 14:00", "08 14:00", "12 14:00")], ids=["on one day", "in one week"]
)
def test_one_follow_up_too_many_is_found(world: World, whens: tuple[str, ...]) -> None:
    for when in whens:
        world.text(f"2026-11-{when}", CHECK_IN)
    assert world.found() == {"R39"}


def test_the_fifth_offer_of_a_month_is_found(world: World) -> None:
    for day in (1, 3, 5, 7, 9):
        world.text(f"2026-11-{day:02} 14:00", REBOOK)
    assert world.found() == {"R39"}


@pytest.mark.parametrize("word", ["your laser visit", "después del tratamiento", "a filler"])
def test_a_word_that_says_what_is_done_is_found(world: World, word: str) -> None:
    world.text("2026-11-12 14:00", f"{CHECK_IN} It is about {word}.")
    assert world.found() == {"C2"}


def test_a_text_that_nobody_knows_is_found(world: World) -> None:
    world.text("2026-11-12 14:00", "Have a nice day.")
    assert world.found() == {"catalogue"}


def test_a_tick_whose_sums_do_not_close_is_found() -> None:
    terms = {"open_before": 3, "planned": 2, "revived": 0, "sent": 1, "expired": 1, "open_after": 3}
    now = at("2026-11-12 11:05")
    assert list(sums_close(terms, now)) == []
    assert [one.rule for one in sums_close(terms | {"open_after": 2}, now)] == ["conservation"]


def test_every_rule_has_a_control() -> None:
    """A rule that is added without one is noticed here: this is how many there are."""
    assert len(RULES) == len({rule.__name__ for rule in RULES}) == 17


# reading ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, times",
    [
        ("see you Fri, Nov 13 at 9:00 AM.", ("11-13 09:00",)),
        ("see you Fri, Nov 13 at 11:30 AM and 12:00 PM.", ("11-13 11:30", "11-13 12:00")),
        (
            "see you Fri, Nov 13 at 10:00, 10:30 and 11:00 AM, 12 Mercer St",
            ("11-13 10:00", "11-13 10:30", "11-13 11:00"),
        ),
        ("Fri, Jan 1 at 10:00 AM EST at Downtown and 2:00 PM MST at Mesa.", ("01-01 10:00", "01-01 14:00")),
        ("el vie 13 nov a las 9:00 AM.", ("11-13 09:00",)),
        ("el mie 3 mar a la 1:00 PM.", ("03-03 13:00",)),
        ("el sab 2 ene a las 10:00 y 10:30 AM, 12 Mercer St", ("01-02 10:00", "01-02 10:30")),
        ("call us: (212) 555-0101", ()),
    ],
)
def test_times_are_read_as_they_are_said(text: str, times: tuple[str, ...]) -> None:
    assert times_in(text) == times


def test_the_texts_of_these_controls_are_what_they_stand_for() -> None:
    bodies = (REMINDER, SEE_YOU, CHANGE, CANCELLED, CHECK_IN, REVIEW, REBOOK, STOPPED)
    kinds = ("reminder-48h", "reminder-24h", "change", "cancel", "check-in", "review", "rebook", "stopped")
    assert tuple(map(kind_of, bodies)) == kinds
    assert set(kinds) < KINDS.keys()
    assert timedelta(0) < at("2026-11-01 03:00") - at("2026-11-01 01:00")
