"""Marks that stop or route everything about a person (R8, R37), from the flags and tags of any tool and from the desk (R60)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from canonical.ids import PersonId
from canonical.people import PersonFlag
from canonical.tasks import Task, TaskKind
from ledger.tasks import task_id
from pipelines.resolve.evidence import Evidence, Record
from pipelines.resolve.names import without_accents

NOBODY: Final[Mapping[str, frozenset[PersonFlag]]] = {}
MEMBER: Final = "member"
"""The tag of somebody with a membership, however a tool writes it (R19)."""
NEVER_TAKEN_BACK = frozenset({PersonFlag.DECEASED, PersonFlag.DISMISSED, PersonFlag.LEGAL_HOLD})
"""Marks that a sync may set and never clear: undoing one takes two people (R37)."""
_TEST_NAMES = frozenset({"test", "testing", "dummy", "asdf"})
_TAGS = {
    "no automation": PersonFlag.NO_AUTOMATION,
    "do not automate": PersonFlag.NO_AUTOMATION,
    "test": PersonFlag.TEST,
    "staff": PersonFlag.STAFF,
    "deceased": PersonFlag.DECEASED,
    "gl deceased": PersonFlag.DECEASED,
    "dismissed": PersonFlag.DISMISSED,
    "legal hold": PersonFlag.LEGAL_HOLD,
    "no reviews": PersonFlag.NO_REVIEWS,
    "gl no reviews": PersonFlag.NO_REVIEWS,
}
"""Tags of any tool that stop or route everything about a person (R8, R37), control words of the desk among them (R60)."""
_BY_THE_DESK = "gl "
_MEMBERS = frozenset({"member", "members", "membership", "active member", "vip member"})
_LIFE: Final = timedelta(days=30)
_TITLES: Final = {
    PersonFlag.DECEASED: "A tool says that a patient is deceased",
    PersonFlag.DISMISSED: "A tool says that a patient was dismissed",
    PersonFlag.LEGAL_HOLD: "A tool says that a patient is under legal hold",
}


def flags_of(
    records: Iterable[Record], staff_phones: frozenset[str], marked: Mapping[str, frozenset[PersonFlag]] = NOBODY
) -> set[str]:
    """Every mark a person carries. `marked`: by record, what the desk said about whoever it belongs to."""
    flags: set[str] = set()
    for record in records:
        flags |= {str(flag) for flag in (*record.evidence.flags, *marked.get(record.record_id, ()))}
        flags |= {_TAGS[tag] for tag in map(_plain, record.evidence.tags) if tag in _TAGS}
        if _TEST_NAMES & {*record.name.given, *record.name.family}:
            flags.add(PersonFlag.TEST)
        if record.evidence.internal or staff_phones & set(record.evidence.contacts):
            flags.add(PersonFlag.STAFF)
    return {str(flag) for flag in flags}


def tags_of(said: Iterable[Evidence]) -> set[str]:
    """All tags as the tools write them, and `member` however they write that."""
    tags = {tag for one in said for tag in one.tags}
    return tags | {MEMBER for tag in tags if _plain(tag) in _MEMBERS}


def _plain(written: str) -> str:
    return " ".join(without_accents(written.replace("_", " ").replace("-", " ")).split())


def kept_flags(before: Evidence | None, now: Evidence) -> tuple[str, ...]:
    """The record's marks now, and those of its past that no sync may take back, whether set as a flag or as a tag."""
    marks = set(now.flags)
    if before is not None:
        tagged = {_TAGS[tag] for tag in map(_plain, before.tags) if tag in _TAGS}
        marks |= (set(before.flags) | tagged) & NEVER_TAKEN_BACK
    return tuple(sorted(str(mark) for mark in marks))


def newly_flagged(
    practice_id: str, person_id: str, before: str | None, records: Sequence[Record], now: datetime
) -> Iterator[Task]:
    """What to tell the practice about somebody it knows whom a tool has just marked for good (R37). `before`: the flags they had.

    Whoever was marked when they first came in is no news, and what the desk said itself it knows.
    """
    if before is None:
        return
    had = {PersonFlag(flag) for flag in before.split(",") if flag}
    said = {PersonFlag(flag) for record in records for flag in record.evidence.flags}
    tagged = {
        tag for record in records for tag in map(_plain, record.evidence.tags) if not tag.startswith(_BY_THE_DESK)
    }
    for flag in sorted((said | {_TAGS[tag] for tag in tagged if tag in _TAGS}) & NEVER_TAKEN_BACK - had):
        yield Task(
            task_id=task_id(practice_id, TaskKind.FLAGGED, f"{person_id}/{flag}"),
            kind=TaskKind.FLAGGED,
            subject_id=person_id,
            person_id=PersonId(person_id),
            title=f"{_TITLES[flag]}: everything to them has stopped, and undoing that takes two people",
            due_at=now,
            expires_at=now + _LIFE,
            opened_at=now,
        )
