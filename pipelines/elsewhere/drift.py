"""A tool still has somebody as subscribed who opted out: somebody corrects it there (R34). Here they stay opted out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from canonical.clock import ONE_DAY
from canonical.ids import ConnectionId, ContactPointId, PersonId
from canonical.opening import staffed_from
from canonical.practice import Practice
from canonical.problems import GlowlineError
from canonical.tasks import Task, TaskKind
from ledger.elsewhere import Row
from ledger.people import by_ids, people_on
from ledger.store import Store
from ledger.tasks import close_task, open_tasks, task_id
from mappings.catalogue import Catalogue
from mappings.spec import From, rules
from pipelines.resolve.evidence import Evidence
from pipelines.resolve.permissions import stopped_fields

GRACE: Final = timedelta(hours=1)
"""Every tool hears of an opt-out within it; what it says after that counts."""
LOOK_BACK: Final = timedelta(days=30)
AGREED: Final = "agreed"
_LIFE: Final = timedelta(days=30)
_FIELDS: Final = {"sms": "phones", "email": "emails"}
_TITLE: Final = "Somebody opted out, and {tools} still has them as subscribed: correct it there"


def watch_drift(store: Store, practice: Practice, catalogue: Catalogue, now: datetime) -> Counter[str]:
    """One task for each contact point about which a tool disagrees; closed once they agree. Counts of `opened` and `closed`.

    A tool disagrees when its field for opt-outs, read an hour after we knew, says nothing of this one. A tool without such a
    field says nothing either way. Whoever opted out in a tool did so here as well, so there is only this side to it.
    """
    speaks = _Speaks(practice, catalogue)
    with store.reading() as session:
        revoked = {
            row["contact_point_id"]: row for row in session.rows("revoked_in", since=now - LOOK_BACK, until=now - GRACE)
        }
        rows = by_ids(session, "records_on_contacts", revoked)
        found = dict(_disagreeing(revoked, rows, speaks))
        people = people_on(session, found)
        standing = session.rows("open_tasks_of_kind", kind=TaskKind.DRIFT.value)
    there = {row["subject_id"]: row["task_id"] for row in standing}
    fresh = [
        _task(practice, contact, tools, people.get(ContactPointId(contact), ()), now)
        for contact, tools in found.items()
        if contact not in there
    ]
    agreed = [task for contact, task in there.items() if contact not in found]
    if not (fresh or agreed):
        return Counter()
    with store.writing(business_now=now) as session:
        opened = open_tasks(session, fresh)
        closed = sum(close_task(session, task, by=AGREED, now=now) for task in agreed)
    return +Counter(opened=opened, closed=closed)


class _Speaks:
    """Which channels a stream's mapping reads opt-outs of; streams are asked once."""

    def __init__(self, practice: Practice, catalogue: Catalogue) -> None:
        self._connections = {one.connection_id: one for one in practice.connections}
        self._catalogue = catalogue
        self._known: dict[tuple[str, str], frozenset[str]] = {}

    def of(self, connection_id: str, stream: str) -> frozenset[str]:
        """The channels; none for a connection or a mapping that is gone."""
        key = (connection_id, stream)
        if key not in self._known:
            self._known[key] = self._read(connection_id, stream)
        return self._known[key]

    def _read(self, connection_id: str, stream: str) -> frozenset[str]:
        connection = self._connections.get(ConnectionId(connection_id))
        if connection is None:
            return frozenset()
        try:
            spec = self._catalogue.of(connection, stream).spec
        except GlowlineError:
            return frozenset()
        entry = spec.fields.get("opted_out")
        codes = [rule.code for rule in (rules(entry) if entry else ()) if isinstance(rule, From) and rule.code]
        return frozenset(word for code in codes for word in code.codes.values() if word)


def _disagreeing(
    revoked: Mapping[str, Row], rows: Iterable[Row], speaks: _Speaks
) -> Iterator[tuple[str, tuple[str, ...]]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        revocation = revoked[row["contact_point_id"]]
        channel, read_at = revocation["channel"], row["complete_read_at"]
        asked = channel in speaks.of(row["connection_id"], row["stream"])
        if asked and read_at is not None and read_at >= revocation["recorded_at"] + GRACE and not _agrees(row, channel):
            found[row["contact_point_id"]].add(row["connection_id"])
    yield from ((contact, tuple(sorted(tools))) for contact, tools in sorted(found.items()))


def _agrees(row: Row, channel: str) -> bool:
    """Whether the record says that the channel is off, or does not hold the address any more."""
    said = msgspec.json.decode(row["evidence"], type=Evidence)
    held: tuple[str, ...] = getattr(said, _FIELDS[channel])
    return row["contact_point_id"] not in held or any(
        _FIELDS[channel] in stopped_fields(word) for word in said.opted_out
    )


def _task(
    practice: Practice, contact: str, tools: tuple[str, ...], people: tuple[PersonId, ...], now: datetime
) -> Task:
    place = practice.location(None) or practice.locations[0]
    due = staffed_from(place, now + ONE_DAY)
    return Task(
        task_id=task_id(practice.practice_id, TaskKind.DRIFT, contact),
        kind=TaskKind.DRIFT,
        subject_id=contact,
        person_id=people[0] if len(people) == 1 else None,
        title=_TITLE.format(tools=" and ".join(tools)),
        due_at=due,
        expires_at=due + _LIFE,
        opened_at=now,
    )
