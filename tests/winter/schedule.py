"""A winter as it is drawn: who is booked when it begins, and when what happens."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import count, islice

from tests.winter import happenings
from tests.winter.desk import CLINICS
from tests.winter.facts import Patient, Place
from tests.winter.practice import DOWNTOWN, MESA, SERIES
from tests.winter.season import Happening, Season

OTHERS = 55
"""Adults of their own phone who are booked when the winter begins."""
IN_SERIES, SESSIONS = 4, 3
OF_THE_SICK, A_PAIR = 6, 2
SOON_AFTER = timedelta(days=4)
MANY_OF = {
    happenings.move: 4,
    happenings.there_and_back: 3,
    happenings.cancel: 2,
    happenings.cancel_and_rebook: 3,
    happenings.late_booking: 1,
    happenings.reply: 3,
    happenings.question: 2,
    happenings.red_flag: 1,
    happenings.stop: 1,
    happenings.stop_in_a_tool: 1,
    happenings.flag: 1,
}
A_WEEK = 6
"""Happenings around each time patients come, of `MANY_OF`."""
BEFORE_A_RUN = (time(10, 59), time(16, 59))
"""What changes then has settled when everything runs."""
AT_DAY = (time(8, 40), time(18, 20))


def weeks() -> list[date]:
    """The first of each group of days on which patients come."""
    return [day for at, day in enumerate(CLINICS) if not at or day - CLINICS[at - 1] > SOON_AFTER]


def draw(season: Season) -> None:
    """Fill the calendar, and plan what will happen."""
    special = season.random.sample(weeks()[1:-1], 5)
    _book(season, special[:2])
    _specials(season, special)
    for day in weeks():
        for ahead in season.random.sample(range(3, 8), 2):
            _plan(season, day - timedelta(days=ahead), BEFORE_A_RUN[0], happenings.session)
        for happening in season.random.choices(list(MANY_OF), list(MANY_OF.values()), k=A_WEEK):
            before = timedelta(days=0 if happening is happenings.late_booking else season.random.randint(0, 3))
            at = time(10, 59) if happening is happenings.late_booking else _some_time(season)
            _plan(season, day - before, at, happening)
    for day in sorted({one + timedelta(days=after) for one in CLINICS for after in (0, 1)}):
        _plan(season, day, time(20, 10), happenings.evening(day))


def _plan(season: Season, day: date, at: time, happening: Happening) -> None:
    season.plan(DOWNTOWN.instant(datetime.combine(day, at)), happening)


def _some_time(season: Season) -> time:
    """Mostly a little before everything runs anyway, otherwise at any time of the day."""
    if season.random.random() < 0.6:
        return season.random.choice(BEFORE_A_RUN)
    return season.random.choice(
        [time(hour, minute) for hour in range(AT_DAY[0].hour, AT_DAY[1].hour) for minute in (5, 25, 40)]
    )


def _specials(season: Season, special: list[date]) -> None:
    """What comes once in a winter, each around another time at which patients come."""
    ill, ill_again, gone, unsigned, shut = special
    one_day = timedelta(days=1)
    _plan(season, gone - one_day, time(10, 0), happenings.outage(season.random.choice(("refuse", "status"))))
    _plan(season, unsigned - 9 * one_day, time(12, 0), happenings.agreement_ends(unsigned - 2 * one_day))
    _plan(season, ill - one_day, time(15, 0), happenings.sick("Okafor", ill, approved=True))
    _plan(season, ill_again - one_day, time(16, 10), happenings.sick("Okafor", ill_again, approved=False))
    _plan(season, shut - 7 * one_day, time(12, 30), happenings.shut(MESA, shut))
    _plan(season, CLINICS[1], time(10, 30), happenings.pause)


# the calendar as it is when the winter begins ---------------------------------------------------------------------


def _book(season: Season, sick_days: list[date]) -> None:
    people = list(season.record.patients.values())
    phones = dict.fromkeys(one.reached_at for one in people)
    homes = [[one for one in people if one.reached_at == phone] for phone in phones]
    alone = iter([home[0] for home in homes if len(home) == 1 and home[0].phone and home[0].consent])
    _of_the_sick(season, alone, sick_days)
    for patient in islice(alone, IN_SERIES):
        _series(season, patient)
    for patient in _hard_to_reach(people):
        _sometime(season, patient)
    for home in homes:
        if len(home) > A_PAIR and home[0].reached_at:
            _family(season, home)
    for patient in islice(alone, OTHERS):
        _sometime(season, patient)


def _hard_to_reach(people: list[Patient]) -> list[Patient]:
    """Children, and whoever agreed to nothing; a guardian comes only along."""
    guardians = {one.reached_at for one in people if one.minor}
    return [one for one in people if (one.minor or not one.consent) and one.phone not in guardians]


def _of_the_sick(season: Season, alone: Iterator[Patient], days: list[date]) -> None:
    """Enough for one provider on the days on which that one will be sick."""
    for day in days:
        for hour in range(10, 10 + OF_THE_SICK):
            _until_booked(season, (one for one in alone if season.desk.homes[one.number] == DOWNTOWN), _at(day, hour))


def _series(season: Season, patient: Patient) -> None:
    first = season.random.randrange(len(weeks()) - 2 * SESSIONS + 1)
    for day in weeks()[first::2][:SESSIONS]:
        season.desk.book(patient, season.desk.slot(season.desk.homes[patient.number], day), service=SERIES)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour))


def _until_booked(season: Season, patients: Iterator[Patient], wall: datetime) -> None:
    next(one for one in patients if season.desk.book(one, wall))


def _sometime(season: Season, patient: Patient) -> None:
    """On some day of the winter; three tries at a free time."""
    place: Place = season.desk.homes[patient.number]
    days = season.random.choices(CLINICS, k=3)
    any(season.desk.book(patient, season.desk.slot(place, day)) for day in days)


def _family(season: Season, group: list[Patient]) -> None:
    """Two or three of a household come on one day, one after the other (R5)."""
    day = season.random.choice(CLINICS)
    start = _at(day, season.random.randint(11, 15))
    for patient, minutes in zip(group[: season.random.randint(2, 3)], count(0, 30), strict=False):
        season.desk.book(patient, start + timedelta(minutes=minutes))
