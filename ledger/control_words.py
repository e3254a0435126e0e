"""What the desk told us by a tag or a text, and what became of it (R60)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.ids import Prefix, derived_id
from ledger.lists import listed
from ledger.session import Session

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """A control word as it was said."""

    word: str
    """As the desk knows it: `gl-hold`."""
    subject_id: str | None
    """What it is about: a visit, a person, a location; None where it names none."""
    person_id: str | None
    who: str
    source: str
    """A connection and the id of its message or tag, joined by a colon: the same saying is obeyed once."""

    @property
    def connection_id(self) -> str:
        """Where it was said."""
        return self.source.partition(":")[0]


def word_id(session: Session, source: str, word: str) -> str:
    """The id of one saying of a word."""
    return derived_id(Prefix.EVENT, session.practice_id, "control word", source, word)


def obeyed(session: Session, ids: Collection[str]) -> frozenset[str]:
    """Those of some sayings that were dealt with before."""
    rows = session.rows("control_words_by_id", ids=listed(sorted(ids))) if ids else []
    return frozenset(row["word_id"] for row in rows)


def record_word(session: Session, order: Order, outcome: str, now: datetime) -> None:
    """Keep what was said and what became of it. `outcome` is a code: `done`, `asked`, `flagged:deceased`."""
    row = {
        "word_id": word_id(session, order.source, order.word),
        "word": order.word,
        "subject_id": order.subject_id,
        "person_id": order.person_id,
        "connection_id": order.connection_id,
        "who": order.who,
        "outcome": outcome,
        "said_at": now,
        "recorded_at": now,
    }
    session.insert("control_words", [row])


def people_by_last_digits(session: Session, digits: str) -> tuple[str, ...]:
    """Everybody reached on a phone that ends in some digits."""
    return tuple(row["person_id"] for row in session.rows("people_by_last_digits", digits=digits))


def phones_by_last_digits(session: Session, person_id: str, digits: str) -> tuple[str, ...]:
    """A person's phones that end in some digits, by contact point; the first choice first."""
    rows = session.rows("phones_by_last_digits", person_id=person_id, digits=digits)
    return tuple(row["contact_point_id"] for row in rows)


def phones_of(session: Session, person_id: str) -> tuple[str, ...]:
    """All phones of a person, by contact point."""
    return phones_by_last_digits(session, person_id, "")


def visits_by_number(session: Session, number: str) -> list[Row]:
    """Open visits that the desk calls by a number: our own id, or the booking tool's."""
    return session.rows("visits_by_number", number=number)


def pauses_of(session: Session, values: Collection[str], now: datetime) -> list[Row]:
    """The pauses in force on some persons, visits or locations, whatever their scope."""
    return [row for row in session.rows("pauses_in_force", now=now) if row["value"] in values]
