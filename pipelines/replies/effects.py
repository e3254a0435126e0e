"""What an answer does, in the transaction that records it: revocations first, then whatever a person must know of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from canonical.consent import Consent, ConsentCategory, ConsentKind, Suppression, SuppressionScope
from canonical.conversations import ReplyIntent
from canonical.ids import ConsentId, ContactPointId, PersonId, Prefix, SuppressionId, content_hash, derived_id
from canonical.practice import Location, Practice
from ledger.lists import listed
from ledger.people import people_on
from ledger.permission import give_consent, held_before, restore, suppress, withdraw
from ledger.session import Session
from pipelines.replies.answer import Answer
from pipelines.replies.errands import Errands


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
        """Everybody who can be reached there."""
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
        _BRANCHES.get(self.answer.understood.intent, _nothing)(self)

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

    def _with_visits_ahead(self) -> int:
        if not self.people:
            return 0
        rows = self.session.rows("visits_ahead_of_persons", persons=listed(self.people), now=self.now)
        return len(rows)

    def _suppress(self, scope: SuppressionScope, *, provisional: bool, person: PersonId | None = None) -> bool:
        answer = self.answer
        suppression = Suppression(
            suppression_id=SuppressionId(derived_id(Prefix.SUPPRESSION, answer.reply_id, scope)),
            contact_point_id=self.contact,
            person_id=person,
            brand=self.practice.brand,
            scope=scope,
            effective_at=answer.received_at,
            recorded_at=self.now,
            source=answer.source,
            word=answer.understood.permission.reading.word,
            provisional=provisional,
        )
        return suppress(self.session, suppression, raw_id=answer.row["raw_id"])

    def _wrong_number(self) -> None:
        """R26: the pair is dead, its consents void; others on that phone keep theirs. Where nobody can tell who was meant, all wait."""
        asked = self.answer.asked.person_id if self.answer.asked else None
        meant = PersonId(asked) if asked and asked in self.people else self.person
        if meant is None:
            self._suppress(SuppressionScope.ALL, provisional=bool(self.people))
        else:
            self._suppress(SuppressionScope.PERSON_ON_PHONE, provisional=False, person=meant)
            if self.people == (meant,):
                withdraw(
                    self.session,
                    self.contact,
                    self.practice.brand,
                    source=self.answer.source,
                    raw_id=self.answer.row["raw_id"],
                    now=self.now,
                )
        self.errands.fix_the_contact(meant)

    def restore_what_was_stopped(self) -> None:
        """START gives back what a STOP had taken, for informational texts only, as evidence of its own (R34)."""
        answer, brand = self.answer, self.practice.brand
        raw_id, at = answer.row["raw_id"], answer.received_at
        former = held_before(self.session, self.contact, brand)
        lifted = restore(self.session, self.contact, brand, source=answer.source, raw_id=raw_id, at=at, now=self.now)
        if not lifted or former is None:
            return
        consent = Consent(
            consent_id=ConsentId(derived_id(Prefix.CONSENT, answer.reply_id, "start")),
            contact_point_id=self.contact,
            brand=brand,
            category=ConsentCategory.INFORMATIONAL,
            kind=ConsentKind.EXPRESS,
            given_at=at,
            recorded_at=self.now,
            source=f"{answer.connection_id}:start",
            wording_sha256=content_hash(answer.record.text.encode()),
        )
        give_consent(self.session, consent, raw_id=raw_id)


def _nothing(_: Effects) -> None:
    """The reply is recorded, and that is all."""


_BRANCHES: Mapping[ReplyIntent, Callable[[Effects], None]] = {
    ReplyIntent.RED_FLAG: lambda effects: effects.errands.page_a_clinician(effects.people),
    ReplyIntent.STOP_LIKELY: lambda effects: effects.errands.review_the_opt_out(),
    ReplyIntent.START: Effects.restore_what_was_stopped,
    ReplyIntent.HUMAN: lambda effects: effects.errands.answer_it(effects.people),
}
"""What each branch does beside recording and revoking. HELP is answered by a step of the journeys; a tapback by nobody."""
