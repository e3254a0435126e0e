"""Vendor to raw for one practice: every connection that can be pulled, each by itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from canonical.ids import RunId
from canonical.practice import Connection
from canonical.problems import NeedsOperator, NotOffered
from connectors.kit.access import Tools
from connectors.kit.manifest import Via
from connectors.kit.registry import manifest
from ledger.tasks import call_operator
from pipelines.poll import Poll, Polled, open_puller, poll
from pipelines.tick.hub import PracticeHub

WAITED_FOR: Final = timedelta(days=3)
"""How long a vendor that lists nothing is asked about each message of ours; mail hosts give up after two days or three."""


@dataclass
class Synced:
    """What a sync came to, by connection and stream."""

    polled: dict[tuple[str, str], Polled] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Records read."""
        return sum(one.landed.read for one in self.polled.values())

    @property
    def news(self) -> int:
        """Records that were new or said something else."""
        return sum(one.landed.new + one.landed.changed for one in self.polled.values())

    @property
    def problems(self) -> Mapping[tuple[str, str], str]:
        """Why a stream was not read to its end, as sentences without values."""
        return {key: str(one.problem) for key, one in self.polled.items() if one.problem}

    @property
    def closes(self) -> bool:
        """Whether read = new + changed + unchanged + repeated + rejected, for every stream."""
        return all(one.closes for one in self.polled.values())


def sync(practice: PracticeHub, run_id: str, only: Collection[str] | None = None) -> Synced:
    """Read every stream that can be pulled from where it was. A vendor's trouble is in the result and stops no other.

    `only` names connections. A key that no longer opens opens a task for whoever can renew it.
    """
    result = Synced()
    for connection in practice.config.practice.connections:
        if connection.streams and (only is None or connection.connection_id in only):
            result.polled.update(_connection(practice, connection, run_id))
    return result


def _connection(practice: PracticeHub, connection: Connection, run_id: str) -> dict[tuple[str, str], Polled]:
    try:
        puller = open_puller(connection, _tools(practice, connection), practice.catalogue)
    except NotOffered:
        return {}
    now = practice.hub.clock.business_now()
    run = Poll(practice.store, connection, puller, practice.catalogue, now, RunId(run_id))
    polled = poll(run)
    for one in polled.values():
        if isinstance(one.problem, NeedsOperator):
            _call_operator(practice, connection)
    return {(connection.connection_id, stream): one for stream, one in polled.items()}


def _tools(practice: PracticeHub, connection: Connection) -> Tools:
    """The tools; where a vendor tells what became of a message only by its id, with the ids that are still awaited."""
    described = manifest(connection.vendor).streams
    asked = [name for name, one in described.items() if one.reports and one.by_id and one.via is Via.PULL]
    if not set(asked) & set(connection.streams):
        return practice.hub.tools
    since = practice.hub.clock.business_now() - WAITED_FOR
    with practice.store.reading() as session:
        rows = session.rows("attempts_unreported", connection_id=connection.connection_id, since=since)
    awaited = tuple(str(row["vendor_id"]) for row in rows)
    return replace(practice.hub.tools, awaited=lambda _: awaited)


def _call_operator(practice: PracticeHub, connection: Connection) -> None:
    now, subject = practice.hub.clock.business_now(), connection.connection_id
    with practice.store.writing(business_now=now) as session:
        call_operator(session, subject, f"{connection.vendor} ({subject}) no longer lets us in", now)
