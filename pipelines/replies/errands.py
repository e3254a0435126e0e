"""What answers ask of people: tasks with a due time inside opening hours, and the pauses that go with them (R20, R22)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from canonical.ids import PersonId
from canonical.opening import business_days_later, staffed_from
from canonical.pauses import PauseScope
from canonical.practice import Location
from canonical.tasks import Task, TaskKind
from ledger.pauses import extend_pause
from ledger.replies import treated_lately
from ledger.session import Session
from ledger.tasks import open_tasks, task_id
from pipelines.replies.answer import Answer

STILL_NEWS: Final = timedelta(days=2)
"""An answer found later than this, in a vendor's log that was read for the first time, is nobody's errand any more."""
ANSWER_WITHIN: Final = timedelta(minutes=30)
ACT_WITHIN: Final = timedelta(minutes=15)
PAUSE_DAYS: Final = 2
FRESH: Final = timedelta(days=14)
LIFE: Final = timedelta(days=7)
WHO: Final = "glowline"
ALARM: Final = "glowline:alarm"
"""Who holds what a possible complication holds: never ended but by a person (R20)."""


@dataclass(frozen=True)
class Errands:
    """Opens tasks about one answer."""

    session: Session
    answer: Answer
    place: Location
    person: PersonId | None
    now: datetime

    def page_a_clinician(self, people: Iterable[PersonId], on_call: Sequence[str]) -> None:
        """A possible complication (7.3), at any hour (R25). The pause that goes with it never ends by itself."""
        self.open(TaskKind.RED_FLAG, page_title(1, len(on_call)), self.now, urgent=True)
        for person in people:
            self.pause(PauseScope.FOLLOW_UP, person, None, "a possible complication", who=ALARM)

    def answer_it(self, people: Iterable[PersonId]) -> None:
        """Somebody must answer; what would talk over the conversation waits (R20). One task while it is not closed.

        Whoever was treated lately is read first: no list holds every word for a complication.
        """
        self.pause_follow_ups(people, self.patience())
        contact = self.answer.contact.contact_point_id
        if not self.session.rows("open_reply_tasks_on_contact", contact_point_id=contact):
            spoken = " in Spanish" if self.answer.understood.language == "es" else ""
            lately = treated_lately(self.session, tuple(people), self.answer.received_at - FRESH, self.now)
            who = "Somebody who was here within two weeks" if lately else "Somebody"
            title = f"{who} replied{spoken} and waits for an answer"
            self.open(TaskKind.REPLY, title, self.staffed(ANSWER_WITHIN), urgent=lately)

    def delete_everything(self) -> None:
        """Somebody asks that their data be deleted (R35)."""
        due = business_days_later(self.place, self.answer.received_at, 1)
        self.open(TaskKind.DELETION, "Somebody asks that their data be deleted: nothing more is sent there", due)

    def review_the_opt_out(self) -> None:
        """Words that may mean stop: all waits until a person has read them, within one business day (TCPA-11)."""
        due = business_days_later(self.place, self.answer.received_at, 1)
        self.open(TaskKind.OPT_OUT_REVIEW, "A reply may be an opt-out: nothing is sent until you decide", due)

    def may_mean_the_appointment(self) -> None:
        """CANCEL stopped the texts by law; it may have meant the visit as well (R23)."""
        title = "A reply said CANCEL: texts have stopped, and it may mean the appointment"
        self.open(TaskKind.MAY_MEAN_APPOINTMENT, title, self.staffed(ACT_WITHIN), urgent=True)

    def call_those_who_lost_reminders(self, people: int) -> None:
        """How many have visits ahead on a phone that opted out: they are called from now on (R2)."""
        if people:
            who = "1 person" if people == 1 else f"{people} people"
            title = f"A phone opted out: {who} on it with visits ahead will get no more texts"
            self.open(TaskKind.OPTED_OUT, title, business_days_later(self.place, self.now, 1))

    def fix_the_contact(self, meant: PersonId | None) -> None:
        """The number is somebody else's (R26)."""
        due = business_days_later(self.place, self.answer.received_at, 1)
        self.open(TaskKind.FIX_CONTACT, "A phone number belongs to somebody else: please correct it", due, person=meant)

    def staffed(self, within: timedelta) -> datetime:
        """So long after now, or after the next opening."""
        return staffed_from(self.place, self.now) + within

    def patience(self) -> datetime:
        """How long what a person holds back waits for them: two business days after the message (R20)."""
        return business_days_later(self.place, self.answer.received_at, PAUSE_DAYS)

    def open(
        self, kind: TaskKind, title: str, due: datetime, *, urgent: bool = False, person: PersonId | None = None
    ) -> None:
        """Ask for something, unless the answer is old news or comes from one of our own (R8)."""
        if self.answer.ours or self.now - self.answer.received_at > STILL_NEWS:
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

    def pause_follow_ups(self, people: Iterable[PersonId], until: datetime) -> None:
        """Hold what would talk over a conversation."""
        for person in people:
            self.pause(PauseScope.FOLLOW_UP, person, until, "a person answers them")

    def pause(self, scope: PauseScope, value: str, until: datetime | None, why: str, *, who: str = WHO) -> None:
        """Hold a scope until then, or for longer where it is held for longer already."""
        if until is None or until > self.now:
            extend_pause(self.session, scope, value, who=who, why=why, now=self.now, until=until)


def page_title(number: int, of: int) -> str:
    """What whoever is on call reads first."""
    listed = f" (number {number} of {of} on call)" if of else ""
    return f"A reply may describe a complication: read it now{listed}"
