"""Gathers what stood before each answer of a lot, in a handful of questions to the ledger."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from canonical.ids import ContactPointId, PersonId
from canonical.people import PersonFlag
from canonical.practice import Practice
from ledger.inquiries import came_from, unbooked
from ledger.people import by_ids, people_on
from ledger.replies import Expected, Said, said_to, visits_expected
from ledger.scores import scored_visits
from ledger.session import Session
from pipelines.replies.thread import BEGUN, Thread

INTEREST_FOR: Final = timedelta(days=90)
"""An inquiry older than this is nobody's question any more."""
_OUR_OWN: Final = frozenset({PersonFlag.STAFF.value, PersonFlag.TEST.value})


@dataclass(frozen=True)
class Gathered:
    """What is known around some contact points."""

    practice: Practice
    people: Mapping[ContactPointId, tuple[PersonId, ...]]
    said: Mapping[str, tuple[Said, ...]]
    expected: tuple[Expected, ...]
    scored: frozenset[str]
    inquiries: Mapping[str, Sequence[tuple[datetime, str]]]
    """By contact point: when each inquiry came that led to no booking, and its id."""
    ours: frozenset[str]
    """People of the practice, and people who are made up (R8)."""

    def thread(self, contact: str, at: datetime) -> Thread:
        """The conversation with a contact point as it stood at an instant."""
        people = self.people.get(ContactPointId(contact), ())
        asked = [inquiry for since, inquiry in self.inquiries.get(contact, ()) if at - INTEREST_FOR <= since <= at]
        return Thread(
            practice=self.practice,
            at=at,
            said=tuple(one for one in self.said.get(contact, ()) if one.told_at is None or one.told_at <= at),
            expected=tuple(one for one in self.expected if one.person_id in people and one.start_at >= at - BEGUN),
            scored=self.scored,
            inquiry=asked[-1] if asked else None,
        )

    def thread_of(self, person: PersonId | None, contact: str, at: datetime) -> Thread:
        """The conversation with one person in a place where nothing of ours is said: only their own visits count."""
        thread = self.thread(contact, at)
        return replace(thread, said=(), expected=tuple(one for one in thread.expected if one.person_id == person))

    def works_here(self, person: PersonId | None) -> bool:
        """Whether somebody works here, or is made up."""
        return person is not None and person in self.ours

    def is_ours(self, contact: str) -> bool:
        """Whether everybody on a contact point works here or is made up; a stranger's number is nobody's of ours."""
        people = self.people.get(ContactPointId(contact), ())
        return bool(people) and self.ours.issuperset(people)


def gather(session: Session, practice: Practice, contacts: Collection[str], now: datetime, since: datetime) -> Gathered:
    """Everything around some contact points. `since` is when the oldest of their answers came."""
    people = people_on(session, contacts)
    everybody = {person for found in people.values() for person in found}
    said = said_to(session, contacts, now)
    asked_about = {told.visit_id for lines in said.values() for one in lines for told in one.visits}
    flags = {
        row["person_id"]: set((row["flags"] or "").split(",")) for row in by_ids(session, "persons_by_id", everybody)
    }
    return Gathered(
        practice=practice,
        people=people,
        said=said,
        expected=visits_expected(session, everybody, since - BEGUN),
        scored=scored_visits(session, asked_about),
        inquiries=_inquiries(session, contacts, people),
        ours=frozenset(person for person, marks in flags.items() if marks & _OUR_OWN),
    )


def _inquiries(
    session: Session, contacts: Collection[str], people: Mapping[ContactPointId, tuple[PersonId, ...]]
) -> dict[str, list[tuple[datetime, str]]]:
    rows = unbooked(session, contacts, {person for found in people.values() for person in found})
    open_ones = [row for row in rows.values() if not row["closed"] and not row["suspected_spam"]]
    open_ones.sort(key=lambda row: (row["received_at"] or row["recorded_at"], row["inquiry_id"]))
    return {
        contact: [
            (row["received_at"] or row["recorded_at"], row["same_as"] or row["inquiry_id"])
            for row in open_ones
            if contact in came_from(row) or row["person_id"] in people.get(ContactPointId(contact), ())
        ]
        for contact in contacts
    }
