"""What an answer does, in the transaction that records it: revocations first, then whatever a person must know of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from canonical.consent import SuppressionScope
from canonical.conversations import ReplyIntent
from canonical.ids import ContactPointId, PersonId
from canonical.practice import Location, Practice
from ledger.lists import listed
from ledger.people import people_on
from ledger.replies import note_interest
from ledger.session import Session
from pipelines.replies.about_visits import ask_for_change, confirm, tell_of_lateness
from pipelines.replies.answer import Answer, is_borrowed
from pipelines.replies.errands import Errands
from pipelines.replies.revocations import Pair, give_back, stop
from pipelines.replies.scoring import keep_score


@dataclass
class Effects:
    """One answer's consequences on one practice's ledger."""

    session: Session
    practice: Practice
    answer: Answer
    now: datetime

    @cached_property
    def contact(self) -> ContactPointId:
        """The contact point it came from."""
        return ContactPointId(self.answer.contact.contact_point_id)

    @cached_property
    def people(self) -> tuple[PersonId, ...]:
        """Everybody who can be reached there; the writer alone, where the tool says who it was."""
        if self.answer.writer:
            return (self.answer.writer,)
        return people_on(self.session, [self.contact]).get(self.contact, ())

    @cached_property
    def person(self) -> PersonId | None:
        """The one person it can come from; None on a shared phone, and for a stranger."""
        return self.people[0] if len(self.people) == 1 else None

    @cached_property
    def place(self) -> Location:
        """Where somebody deals with it."""
        return self.answer.place(self.practice)

    @cached_property
    def errands(self) -> Errands:
        """What is asked of people."""
        return Errands(self.session, self.answer, self.place, self.person, self.now)

    def write(self) -> None:
        """Everything that follows. A revocation is heard whatever else the text says."""
        self.revoke()
        if self.answer.understood.wants_deletion:
            self.delete()
        _BRANCHES.get(self.answer.understood.intent, _nothing)(self)
        if self.answer.understood.intent in _BEFORE_CHANGE and self.answer.understood.wants_change:
            ask_for_change(self.errands, self.people)

    def revoke(self) -> None:
        """What the text takes back."""
        permission = self.answer.understood.permission
        if permission.scope is None:
            return
        if permission.scope is SuppressionScope.PERSON_ON_PHONE:
            self._wrong_number()
            return
        anew = self._suppress(permission.scope, provisional=permission.provisional)
        if anew and not permission.provisional:
            self.errands.call_those_who_lost_reminders(self._with_visits_ahead())
        if permission.reading.may_mean_the_visit:
            self.errands.may_mean_the_appointment()

    def delete(self) -> None:
        """R35: nothing more is sent there from now on, and a person sees to the rest."""
        self._suppress(SuppressionScope.ALL, provisional=False)
        self.errands.delete_everything()

    def give_back(self) -> None:
        """START by whoever holds the phone gives back what a STOP had taken (R34); said elsewhere it is a wish, and a person asks."""
        if self.answer.writer or is_borrowed(self.answer.record, self.answer.contact):
            self.errands.answer_it(self.people)
        else:
            give_back(self.session, self.answer, self.practice.brand, self.now)

    def note_interest(self) -> None:
        """Row 2.1: the link goes out at once, and the call that was promised is still owed."""
        inquiry = self.answer.thread.inquiry
        if inquiry:
            source = f"reply:{self.answer.connection_id}"
            note_interest(self.session, inquiry, source, self.answer.received_at, self.now)

    def _with_visits_ahead(self) -> int:
        if not self.people:
            return 0
        rows = self.session.rows("visits_ahead_of_persons", persons=listed(self.people), now=self.now)
        return len(rows)

    def _suppress(self, scope: SuppressionScope, *, provisional: bool) -> bool:
        return stop(self.session, self.answer, self.practice.brand, scope, self.now, provisional=provisional)

    def _wrong_number(self) -> None:
        """R26: the pair is dead, its consents void; others on that phone keep theirs. Where nobody can tell who was meant, all wait."""
        answer = self.answer
        if answer.writer:  # who signed in is whom we know, and which number they mean, nobody can tell
            self.errands.fix_the_contact(answer.writer)
            return
        asked = answer.asked.person_id if answer.asked else None
        meant = PersonId(asked) if asked and asked in self.people else self.person
        if meant is None:
            self._suppress(SuppressionScope.ALL, provisional=bool(self.people))
        else:
            pair = Pair(self.contact, meant, self.people)
            said = {"source": answer.source, "raw_id": answer.row["raw_id"], "at": answer.received_at}
            pair.part(self.session, self.practice.brand, **said, now=self.now)
        self.errands.fix_the_contact(meant)


_BEFORE_CHANGE = frozenset({ReplyIntent.RED_FLAG, ReplyIntent.LATE})
"""Branches behind which a wish to move the visit would be lost: a fever and another day, a traffic jam and another hour."""


def _nothing(_: Effects) -> None:
    """The reply is recorded, and that is all."""


_BRANCHES: Mapping[ReplyIntent, Callable[[Effects], None]] = {
    ReplyIntent.RED_FLAG: lambda effects: effects.errands.page_a_clinician(effects.people, effects.practice.on_call),
    ReplyIntent.STOP_LIKELY: lambda effects: effects.errands.review_the_opt_out(),
    ReplyIntent.START: Effects.give_back,
    ReplyIntent.BOUND_ANSWER: lambda effects: keep_score(effects.errands, effects.people),
    ReplyIntent.CONFIRM: lambda effects: confirm(effects.session, effects.answer, effects.now),
    ReplyIntent.LATE: lambda effects: tell_of_lateness(effects.errands),
    ReplyIntent.CHANGE: lambda effects: ask_for_change(effects.errands, effects.people),
    ReplyIntent.INTEREST: Effects.note_interest,
    ReplyIntent.HUMAN: lambda effects: effects.errands.answer_it(effects.people),
}
"""What each branch does beside recording, revoking and deleting. HELP is answered by a step of the journeys; a tapback by nobody."""
