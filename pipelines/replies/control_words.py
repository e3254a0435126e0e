"""Obeys a control word of the desk, from a tag or a text alike (R60). What is ambiguous is not done: a task says what to write."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from canonical.clock import ONE_DAY, local_instant
from canonical.ids import ContactPointId, LocationId, PersonId, ProviderId
from canonical.pauses import PauseScope
from canonical.practice import Location, Practice
from canonical.tasks import Task, TaskKind
from ledger.control_words import Order, obeyed, pauses_of, phones_of, record_word, word_id
from ledger.delays import Delay, announce_delay
from ledger.pauses import extend_pause, release_pause
from ledger.people import people_on
from ledger.replies import Expected, visits_expected
from ledger.session import Session
from ledger.tasks import open_tasks, task_id
from pipelines.replies.desk_words import EVERYBODY, Control, ControlWord
from pipelines.replies.revocations import Pair

DONE, ASKED, KNOWN = "done", "asked", "known"
FLAGGED: Final = "flagged:deceased"
"""Read by whoever keeps the marks of persons (R37)."""
HELD: Final = "the desk says hold"
"""Why; what `gl-resume` ends. The pause of somebody deceased is not ended by a word (R37)."""
_LIFE: Final = timedelta(days=7)
_WRITE: Final = {
    Control.LATE: "gl-late-10 and the last four digits of the phone of a patient who is booked with that provider today",
    Control.HOLD: "gl-hold and the last four digits of the phone, or the number of the visit; or gl-hold all",
    Control.RESUME: "gl-resume and what was held",
    Control.WRONG_NUMBER: "gl-wrong-number and the last four digits of that number",
    Control.DECEASED: "gl-deceased and the last four digits of the phone, or the number of a visit",
    Control.NO_REVIEWS: "gl-no-reviews and the last four digits of the phone",
    Control.CLOSED_TODAY: "gl-closed-today and the name of the location",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a word is about, as far as it was said."""

    people: tuple[str, ...] = ()
    visit_id: str | None = None
    contact_point_id: str | None = None
    provider_id: str | None = None
    location_id: str | None = None

    @property
    def person(self) -> str | None:
        """The one person meant; None where that is not clear."""
        return self.people[0] if len(self.people) == 1 else None


def obey(
    session: Session,
    practice: Practice,
    word: ControlWord,
    subject: Subject,
    who: str,
    source: str,
    now: datetime,
) -> str:
    """Carry out one word, once; the outcome as a code. `who`: a user, or a contact point's id. `source`: connection:message.

    A tag is about the person and the visit it is set on; a text about whom it names.
    """
    if obeyed(session, [word_id(session, source, word.written)]):
        return KNOWN
    work = _Work(session, practice, word, subject, who, source, now)
    outcome = _OBEYING[word.control](work) if word.control else None
    if outcome is None:
        work.ask()
    about = subject.visit_id or subject.person or subject.location_id
    record_word(session, Order(word.written, about, subject.person, who, source), outcome or ASKED, now)
    return outcome or ASKED


@dataclass(frozen=True)
class _Work:
    """One word, about to be carried out. Each method answers None where it is not clear what is meant."""

    session: Session
    practice: Practice
    word: ControlWord
    subject: Subject
    who: str
    source: str
    now: datetime

    @property
    def place(self) -> Location | None:
        """The location meant: the one that is named, or the only one. Never a guess (R11)."""
        named = [one for one in self.practice.locations if one.location_id == self.subject.location_id]
        found = named or self.practice.locations
        return found[0] if len(found) == 1 else None

    def late(self) -> str | None:
        """Row 4.3: the provider of the visit, on this day; announced once."""
        found = self._provider()
        if found is None or self.word.minutes is None:
            return None
        place, provider = found
        day = self.now.astimezone(place.tz).date()
        said = (self.word.minutes, day, self.now, self.who, self.source)
        announce_delay(self.session, Delay(place.location_id, provider, *said), self.now)
        return DONE

    def _provider(self) -> tuple[Location, ProviderId] | None:
        if self.subject.provider_id and self.place:
            return self.place, ProviderId(self.subject.provider_id)
        found = {
            (place.location_id, visit.provider_id): (place, ProviderId(visit.provider_id))
            for visit in visits_expected(self.session, self.subject.people, self.now - ONE_DAY)
            if (place := self.practice.location(visit.location_id))
            and visit.provider_id
            and self._is_meant(visit, place)
        }
        return next(iter(found.values())) if len(found) == 1 else None

    def _is_meant(self, visit: Expected, place: Location) -> bool:
        today = visit.start_at.astimezone(place.tz).date() == self.now.astimezone(place.tz).date()
        return today and self.subject.visit_id in {None, visit.visit_id}

    def hold(self) -> str | None:
        """Nothing more goes to them, about the visit, or at all, until somebody says resume."""
        scope = self._held()
        if scope is None:
            return None
        self._pause(*scope, HELD, None)
        return DONE

    def resume(self) -> str | None:
        """What the desk held may go."""
        scope = self._held()
        there = [
            row
            for row in (pauses_of(self.session, [scope[1]], self.now) if scope else [])
            if row["why"] == HELD and scope and row["scope"] == scope[0]
        ]
        ended = [release_pause(self.session, row["pause_id"], who=self.who, now=self.now) for row in there]
        return DONE if any(ended) else None

    def _held(self) -> tuple[PauseScope, str] | None:
        if self.word.about == EVERYBODY:
            return PauseScope.PRACTICE, ""
        if self.subject.visit_id:
            return PauseScope.VISIT, self.subject.visit_id
        return (PauseScope.PERSON, self.subject.person) if self.subject.person else None

    def wrong_number(self) -> str | None:
        """R26: that person and that phone are parted."""
        person = self.subject.person
        phones = phones_of(self.session, person) if person else ()
        phone = self.subject.contact_point_id or (phones[0] if len(phones) == 1 else None)
        if person is None or phone is None:
            return None
        contact = ContactPointId(phone)
        pair = Pair(contact, PersonId(person), people_on(self.session, [contact]).get(contact, ()))
        pair.part(self.session, self.practice.brand, source=self.source, raw_id="", at=self.now, now=self.now)
        self._task(TaskKind.FIX_CONTACT, "The desk says a phone number belongs to somebody else: please correct it")
        return DONE

    def deceased(self) -> str | None:
        """R37: everything stops at once, and no word takes it back."""
        if self.subject.person is None:
            return None
        self._pause(PauseScope.PERSON, self.subject.person, "deceased", None)
        self._task(TaskKind.FLAGGED, "The desk says a patient is deceased: everything to them has stopped", urgent=True)
        return FLAGGED

    def no_reviews(self) -> str | None:
        """Rows 6.x of that person."""
        if self.subject.person is None:
            return None
        self._pause(PauseScope.REVIEWS, self.subject.person, "the desk says no reviews", None)
        return DONE

    def closed_today(self) -> str | None:
        """Nothing goes from there until midnight; whoever is booked is called (R38)."""
        place = self.place
        if place is None:
            return None
        midnight = local_instant(self.now.astimezone(place.tz).date() + ONE_DAY, time(0), place.tz)
        self._pause(PauseScope.LOCATION, place.location_id, "closed today", midnight)
        title = f"{place.name} is closed today, the desk says: nothing is sent from there until midnight, so call whoever is booked"
        self._task(TaskKind.CALL_LIST, title, urgent=True, place=place.location_id)
        return DONE

    def ask(self) -> None:
        """Say what to write; nothing was done."""
        wanted = _WRITE[self.word.control] if self.word.control else f"one of {', '.join(one.tag for one in Control)}"
        self._task(
            TaskKind.CONTROL_WORD, f"A control word was not clear, and nothing was done. Write {wanted}", urgent=True
        )

    def _pause(self, scope: PauseScope, value: str, why: str, until: datetime | None) -> None:
        extend_pause(self.session, scope, value, who=self.who, why=why, now=self.now, until=until)

    def _task(self, kind: TaskKind, title: str, *, urgent: bool = False, place: LocationId | None = None) -> None:
        subject_id = word_id(self.session, self.source, self.word.written)
        task = Task(
            task_id=task_id(self.session.practice_id, kind, subject_id),
            kind=kind,
            subject_id=subject_id,
            person_id=PersonId(self.subject.person) if self.subject.person else None,
            location_id=place or (self.place.location_id if self.place else None),
            title=title,
            due_at=self.now,
            expires_at=self.now + _LIFE,
            opened_at=self.now,
        )
        open_tasks(self.session, [task], urgent=urgent)


_OBEYING: Mapping[Control, Callable[[_Work], str | None]] = {
    Control.LATE: _Work.late,
    Control.HOLD: _Work.hold,
    Control.RESUME: _Work.resume,
    Control.WRONG_NUMBER: _Work.wrong_number,
    Control.DECEASED: _Work.deceased,
    Control.NO_REVIEWS: _Work.no_reviews,
    Control.CLOSED_TODAY: _Work.closed_today,
}
