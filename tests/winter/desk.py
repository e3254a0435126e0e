"""The front desk and its calendar: who is booked where, moved, cancelled, and booked again, and what is true since when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from tests.winter.facts import Patient, Place, Record, State, Story, key_of
from tests.winter.practice import DOWNTOWN, PROVIDERS, VISIT, Practice

CLINICS = (
    *(date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 17), date(2026, 12, 8), date(2027, 1, 5)),
    *(date(2027, 1, 26), date(2027, 2, 16), date(2027, 3, 14), date(2027, 3, 15)),
)
"""Days on which patients come, about every third week, and around the nights to 1 November and to 14 March, in which the
clocks of New York are turned: every row speaks on some day of such a week, and what is quiet costs no run."""
LONG_AGO = "2026-10-01 09:00"
APART = timedelta(hours=26)
"""Further from a cancellation than R12 looks for a rebooking."""
NOTICE = timedelta(hours=5)
"""Who is moved or booked has so long to hear of it."""


@dataclass
class Desk:
    """Changes the booking tool, and keeps what is true in the record of the judge."""

    practice: Practice
    record: Record
    homes: dict[str, Place]
    random: Random
    taken: set[tuple[str, str]] = field(default_factory=set)
    """Phone and time, so that a time in a text belongs to one visit; provider and time, because nobody is in two rooms."""

    @property
    def now(self) -> datetime:
        """The practice's clock."""
        return self.practice.clock.business

    def book(self, patient: Patient, wall: datetime, *, service: str = VISIT, by_patient: bool = False) -> Story | None:
        """A new visit, booked now; before go-live, long ago. None where nobody is free then."""
        place = self.homes[patient.number]
        provider = self._take(patient, place, wall)
        if provider is None:
            return None
        number = self._appoint(patient, place, wall, provider, service=service, by_patient=by_patient)
        story = Story(patient, place, [State(self._since(), wall)], [number], by_patient)
        self.record.stories.append(story)
        return story

    def _since(self) -> datetime:
        return self.now if self.record.runs else self.now - timedelta(days=20)

    def _appoint(
        self, patient: Patient, place: Place, wall: datetime, provider: str, *, service: str, by_patient: bool
    ) -> str:
        booked = f"{place.wall(self.now):%Y-%m-%d %H:%M}" if self.record.runs else LONG_AGO
        by = "patient" if by_patient else "staff"
        more = {"service": service, "booked_at": booked, "booked_by": by}
        return self.practice.appoint(patient.number, place, wall, provider, **more)

    def _take(self, patient: Patient, place: Place, wall: datetime) -> str | None:
        """Take the time for one of the place's providers, if the phone has never heard of that time."""
        own = (patient.reached_at or patient.number, key_of(wall))
        free = [name for name in PROVIDERS[place.name] if (name, key_of(wall)) not in self.taken]
        if own in self.taken or not free:
            return None
        self.taken |= {own, (free[0], key_of(wall))}
        return free[0]

    def move(self, story: Story, wall: datetime) -> bool:
        """To another time; False where it is not free."""
        before = {key_of(one.start) for one in story.states if one.start}
        if key_of(wall) not in before and self._take(story.patient, story.place, wall) is None:
            return False
        self.practice.put_at(story.numbers[-1], wall)
        story.states.append(State(self.now, wall))
        return True

    def cancel(self, story: Story) -> None:
        """It is off."""
        self.practice.edit(story.numbers[-1], status="cancelled")
        story.states.append(State(self.now, None))

    def book_again(self, story: Story, wall: datetime) -> bool:
        """Within a day of the cancellation: the same visit goes on (R12). False where nobody is free."""
        provider = self._take(story.patient, story.place, wall)
        if provider is None:
            return False
        service = self.practice.calendar[story.numbers[0]]["service"]
        made = self._appoint(story.patient, story.place, wall, provider, service=service, by_patient=False)
        story.numbers.append(made)
        story.states.append(State(self.now, wall))
        return True

    # who and when -----------------------------------------------------------------------------------------------

    def standing(self, within: timedelta | None = None) -> list[Story]:
        """Visits ahead that may still be changed, of people who have no other visit near."""
        latest = self.now + (within or timedelta(days=200))
        found = [(story.start(self.now), story) for story in self.record.stories]
        return [story for start, story in found if start and self.now + NOTICE < start <= latest and self._calm(story)]

    def _calm(self, story: Story) -> bool:
        """Nothing of theirs was booked or cancelled so lately that R12 could take two visits for one."""
        theirs = (one for one in self.record.stories if one.patient is story.patient)
        return not story.held and all(
            self.now - one.states[-1].at > APART for one in theirs if one is not story or len(one.numbers) > 1
        )

    def free_patients(self, patients: Sequence[Patient]) -> Iterator[Patient]:
        """In random order, those nothing of whose stands ahead or was cancelled lately."""
        busy = {
            one.patient.reached_at or one.patient.number
            for one in self.record.stories
            if (one.states[-1].start is not None and (one.start(self.now) or self.now) > self.now - timedelta(days=1))
            or self.now - one.states[-1].at < APART
        }
        for patient in self.random.sample(patients, len(patients)):
            if (patient.reached_at or patient.number) not in busy:
                yield patient

    def slot(self, place: Place, day: date) -> datetime:
        """Some time on a day; early ones only downtown (R29)."""
        half_hours = self.random.randint(17 if place == DOWNTOWN else 19, 34)
        return datetime.combine(day, time(half_hours // 2, half_hours % 2 * 30))

    def next_clinics(self) -> list[date]:
        """The days after today on which patients come."""
        return [day for day in CLINICS if day > DOWNTOWN.wall(self.now).date()]

    def another_slot(self, story: Story) -> datetime:
        """A time for a visit that is moved: on the same day, the day after, or the next on which patients come."""
        start, today = story.states[-1].start, story.place.wall(self.now).date()
        day = max(start.date() if start else today, today + timedelta(days=1))
        later = [one for one in CLINICS if one > day]
        choices = [day, day + timedelta(days=1), later[0] if later else day]
        return self.slot(story.place, self.random.choices(choices, [4, 4, 2])[0])
