"""What an answer takes back, or gives back: stop, wrong number, delete me, start (R26, R34, R35)."""

from collections.abc import Sequence
from datetime import datetime

from canonical.consent import Consent, ConsentCategory, ConsentKind, Suppression, SuppressionScope
from canonical.ids import ConsentId, ContactPointId, PersonId, Prefix, SuppressionId, content_hash, derived_id
from ledger.permission import give_consent, held_before, restore, suppress, withdraw
from ledger.session import Session
from pipelines.replies.answer import Answer
from pipelines.resolve.evidence import Contact


def stop(
    session: Session, answer: Answer, brand: str, scope: SuppressionScope, now: datetime, *, provisional: bool = False
) -> bool:
    """Suppress the contact point an answer came from, and the writer's others; False when all were stopped before."""
    stopped = [
        suppress(session, _stopped(answer, contact, brand, scope, now, provisional), raw_id=answer.row["raw_id"])
        for contact in (answer.contact, *answer.also)
    ]
    return any(stopped)


def _stopped(
    answer: Answer,
    contact: Contact,
    brand: str,
    scope: SuppressionScope,
    now: datetime,
    provisional: bool,  # noqa: FBT001 - passed on
) -> Suppression:
    others = () if contact is answer.contact else (contact.contact_point_id,)
    return Suppression(
        suppression_id=SuppressionId(derived_id(Prefix.SUPPRESSION, answer.reply_id, scope, *others)),
        contact_point_id=ContactPointId(contact.contact_point_id),
        brand=brand,
        scope=scope,
        effective_at=answer.received_at,
        recorded_at=now,
        source=answer.source,
        word=answer.understood.permission.reading.word or answer.understood.matched,
        provisional=provisional,
    )


class Pair:
    """A person and a phone that is not theirs (R26)."""

    def __init__(self, contact: ContactPointId, person: PersonId, people: Sequence[PersonId]) -> None:
        """`people`: everybody who can be reached there, the person included."""
        self.contact, self.person, self.people = contact, person, tuple(people)

    def part(self, session: Session, brand: str, *, source: str, raw_id: str, at: datetime, now: datetime) -> None:
        """End the pair, and void the phone's consents where nobody else is on it; others keep theirs until staff decide."""
        suppression = Suppression(
            suppression_id=SuppressionId(derived_id(Prefix.SUPPRESSION, source, self.contact, self.person, "pair")),
            contact_point_id=self.contact,
            person_id=self.person,
            brand=brand,
            scope=SuppressionScope.PERSON_ON_PHONE,
            effective_at=at,
            recorded_at=now,
            source=source,
            word="wrong number",
        )
        suppress(session, suppression, raw_id=raw_id)
        if self.people == (self.person,):
            withdraw(session, self.contact, brand, source=source, raw_id=raw_id, now=now)


def give_back(session: Session, answer: Answer, brand: str, now: datetime) -> None:
    """START gives back what a STOP had taken, for informational texts only, as evidence of its own (R34)."""
    contact = ContactPointId(answer.contact.contact_point_id)
    raw_id, at = answer.row["raw_id"], answer.received_at
    former = held_before(session, contact, brand)
    lifted = restore(session, contact, brand, source=answer.source, raw_id=raw_id, at=at, now=now)
    if not lifted or former is None:
        return
    consent = Consent(
        consent_id=ConsentId(derived_id(Prefix.CONSENT, answer.reply_id, "start")),
        contact_point_id=contact,
        brand=brand,
        category=ConsentCategory.INFORMATIONAL,
        kind=ConsentKind.EXPRESS,
        given_at=at,
        recorded_at=now,
        source=f"{answer.connection_id}:start",
        wording_sha256=content_hash(answer.record.text.encode()),
    )
    give_consent(session, consent, raw_id=raw_id)
