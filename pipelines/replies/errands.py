"""What answers ask of people: tasks with a due time inside opening hours, and the pauses that go with them (R20, R22)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from canonical.ids import PersonId
from canonical.opening import business_days_later, staffed_from
from canonical.pauses import PauseScope
from canonical.practice import Location
from canonical.tasks import Task, TaskKind
from ledger.pauses import extend_pause
from ledger.session import Session
from ledger.tasks import open_tasks, task_id
from pipelines.replies.answer import Answer

STILL_NEWS: Final = timedelta(days=2)
"""An answer found later than this, in a vendor's log that was read for the first time, is nobody's errand any more."""
ANSWER_WITHIN: Final = timedelta(minutes=30)
ACT_WITHIN: Final = timedelta(minutes=15)
PAUSE_DAYS: Final = 2
LIFE: Final = timedelta(days=7)
WHO: Final = "glowline"


@dataclass(frozen=True)
class Errands:
    """Opens tasks about one answer."""

    session: Session
    answer: Answer
    place: Location
    person: PersonId | None
    now: datetime

    def page_a_clinician(self, people: Iterable[PersonId]) -> None:
        """A possible complication (7.3). The pause that goes with it never ends by itself."""
        self._open(TaskKind.RED_FLAG, "A reply may describe a complication: read it now", self.now, urgent=True)
        self._pause(people, None)

    def answer_it(self, people: Iterable[PersonId]) -> None:
        """Somebody must answer; what would talk over the conversation waits (R20). One task while it is not closed."""
        until = business_days_later(self.place, self.answer.received_at, PAUSE_DAYS)
        self._pause(people, until)
        contact = self.answer.contact.contact_point_id
        if not self.session.rows("open_reply_tasks_on_contact", contact_point_id=contact):
            self._open(TaskKind.REPLY, "Somebody replied and waits for an answer", self._staffed(ANSWER_WITHIN))

    def review_the_opt_out(self) -> None:
        """Words that may mean stop: all waits until a person has read them, within one business day (TCPA-11)."""
        due = business_days_later(self.place, self.answer.received_at, 1)
        self._open(TaskKind.OPT_OUT_REVIEW, "A reply may be an opt-out: nothing is sent until you decide", due)

    def may_mean_the_appointment(self) -> None:
        """CANCEL stopped the texts by law; it may have meant the visit as well (R23)."""
        title = "A reply said CANCEL: texts have stopped, and it may mean the appointment"
        self._open(TaskKind.MAY_MEAN_APPOINTMENT, title, self._staffed(ACT_WITHIN), urgent=True)

    def call_those_who_lost_reminders(self, people: int) -> None:
        """How many have visits ahead on a phone that opted out: they are called from now on (R2)."""
        if people:
            who = "1 person" if people == 1 else f"{people} people"
            title = f"A phone opted out: {who} on it with visits ahead will get no more texts"
            self._open(TaskKind.OPTED_OUT, title, business_days_later(self.place, self.now, 1))

    def fix_the_contact(self, meant: PersonId | None) -> None:
        """The number is somebody else's (R26)."""
        due = business_days_later(self.place, self.answer.received_at, 1)
        self._open(
            TaskKind.FIX_CONTACT, "A phone number belongs to somebody else: please correct it", due, person=meant
        )

    def _staffed(self, within: timedelta) -> datetime:
        return staffed_from(self.place, self.now) + within

    def _open(
        self, kind: TaskKind, title: str, due: datetime, *, urgent: bool = False, person: PersonId | None = None
    ) -> None:
        if self.now - self.answer.received_at > STILL_NEWS:
            return
        task = Task(
            task_id=task_id(self.session.practice_id, kind, self.answer.reply_id),
            kind=kind,
            subject_id=self.answer.reply_id,
            person_id=person or self.person,
            location_id=self.place.location_id,
            title=title,
            due_at=due,
            expires_at=due + LIFE,
            opened_at=self.now,
        )
        open_tasks(self.session, [task], urgent=urgent)

    def _pause(self, people: Iterable[PersonId], until: datetime | None) -> None:
        if until is not None and until <= self.now:
            return
        for person in people:
            why = "a person answers them"
            extend_pause(self.session, PauseScope.FOLLOW_UP, person, who=WHO, why=why, now=self.now, until=until)
