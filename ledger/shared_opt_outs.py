"""Opt-outs from a number that several practices send from, as one of them takes them over (R34)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.installation import contact_hash
from ledger.lists import listed
from ledger.session import Session


@dataclass(frozen=True, slots=True)
class Word:
    """The newest that somebody said to a shared number about being written to."""

    seq: int
    sender: str
    lifted: bool
    effective_at: datetime


def words(session: Session, senders: Iterable[str]) -> dict[str, Word]:
    """By hash of the contact: the newest word to any of these numbers. `session` is the installation's."""
    rows = session.rows("words_to_senders", senders=listed(sorted(senders)))
    return {row.pop("contact_hash"): Word(**row) for row in rows}


def spoken(session: Session, found: Mapping[str, Word], contacts: Mapping[str, str]) -> dict[str, Word]:
    """By contact point: what its owner said. `contacts`: value by contact point; `session` is the installation's."""
    hashed = {point: contact_hash(session, value) for point, value in contacts.items()}
    return {point: found[one] for point, one in hashed.items() if one in found}


def shared_numbers(session: Session, practice_id: str, senders: Iterable[str]) -> dict[str, frozenset[str]]:
    """Those of a practice's numbers that others send from too, with these others. `session` is the installation's."""
    mine = list(senders)
    rows = session.rows("numbers_of_others", practice_id=practice_id, senders=listed(mine)) if mine else []
    return {one: frozenset(r["practice_id"] for r in rows if r["sender"] == one) for one in {r["sender"] for r in rows}}


def phones_since(session: Session, since: int) -> dict[str, str]:
    """Phones that were written down after a number, by contact point. `session` is the practice's."""
    return {row["contact_point_id"]: row["value"] for row in session.rows("phones_since", since=since)}
