"""Control words that the desk writes as tags (R60): each is handed on once, when it newly stands on somebody's record."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from canonical.people import PersonRecord
from canonical.practice import Practice
from ledger.elsewhere import bodies_before
from ledger.inquiries import persons_of
from ledger.progress import advance, newest_version, reached
from ledger.session import Session
from ledger.store import Store
from pipelines.replies.table import small

Row = dict[str, Any]
STAGE: Final = "tags"
MOST: Final = 20
"""Records per step: a word may hold, flag and open tasks, and nobody waits for the ledger longer than a blink."""
FRESH: Final = timedelta(hours=12)
"""A word about today that is first seen later than this is yesterday's."""
_TODAY: Final = ("gl late", "gl closed today")
_SAFE: Final = ("gl hold", "gl deceased", "gl no reviews")
"""Words that only ever stop something: obeyed however old the record is on which they are first seen."""


@dataclass(frozen=True, slots=True)
class SetTag:
    """A control word as it stands on somebody's record in a tool."""

    word: str
    """In small letters, with hyphens: `gl-late-10`."""
    person_id: str
    connection_id: str
    source: str
    """The connection and the version that first had it, joined by a colon: one saying."""
    said_at: datetime


class Obeys(Protocol):
    """Whoever carries out a control word."""

    def __call__(self, session: Session, practice: Practice, tag: SetTag, now: datetime) -> str:
        """What became of it, as a code. The same saying a second time changes nothing."""


def obey_tags(store: Store, practice: Practice, obeys: Obeys, now: datetime) -> Counter[str]:
    """Hand on every control word that newly stands on a record; counts by outcome, and `stale` for those of another day.

    Run it after `resolve`: a tag is about the person of its record. Raises a `LedgerError` as the store does.
    """
    counts: Counter[str] = Counter()
    while True:
        with store.reading() as session:
            since = reached(session, STAGE)
            until = newest_version(session, since)
            rows = session.rows("persons_said_after", since=since, until=until, most=MOST) if until > since else []
            found = list(_new(session, rows)) if rows else []
        if until == since:
            return counts
        with store.writing(business_now=now) as session:
            if reached(session, STAGE) == since:
                advance(session, STAGE, rows[-1]["seq"] if len(rows) == MOST else until)
                for tag, first in found:
                    outcome = obeys(session, practice, tag, now) if _holds(practice, tag, now, first=first) else "stale"
                    counts[outcome] += 1


def _new(session: Session, rows: list[Row]) -> Iterator[tuple[SetTag, bool]]:
    """Words that the version before did not have, and whether there was none before."""
    before = bodies_before(session, {row["version_id"] for row in rows})
    people = persons_of(session, {row["record_id"] for row in rows})
    for row in rows:
        last = before.get((row["record_id"], row["ordinal"]))
        had = _words(last) if last else {}
        person = people.get(row["record_id"])
        for plain, word in _words(row["body"]).items():
            if person and plain not in had:
                said_at = min(row["effective_at"] or row["recorded_at"], row["recorded_at"])
                source = f"{row['connection_id']}:{row['version_id']}"
                yield SetTag(word, person, row["connection_id"], source, said_at), last is None


def _words(body: str) -> Mapping[str, str]:
    """By their plain form: the control words among the tags of a record."""
    said = PersonRecord.model_validate_json(body)
    plain = (small(tag.replace("_", " ").replace("-", " ")) for tag in said.tags)
    return {word: word.replace(" ", "-") for word in plain if word.startswith("gl ")}


def _holds(practice: Practice, tag: SetTag, now: datetime, *, first: bool) -> bool:
    """Whether a word still means what it meant: of old records only what stops something, of today's words only today's."""
    plain = tag.word.replace("-", " ")
    zone = practice.locations[0].tz
    old = now - tag.said_at > FRESH or tag.said_at.astimezone(zone).date() != now.astimezone(zone).date()
    if plain.startswith(_TODAY):
        return not old
    return not (first and old) or plain.startswith(_SAFE)
