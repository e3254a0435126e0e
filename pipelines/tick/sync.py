"""Vendor to raw for one practice: every connection that can be pulled, each by itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from canonical.ids import RunId
from canonical.practice import Connection
from canonical.problems import NeedsOperator, NotOffered
from ledger.tasks import call_operator
from pipelines.poll import Poll, Polled, open_puller, poll
from pipelines.tick.hub import PracticeHub


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
        puller = open_puller(connection, practice.hub.tools, practice.catalogue)
    except NotOffered:
        return {}
    now = practice.hub.clock.business_now()
    run = Poll(practice.store, connection, puller, practice.catalogue, now, RunId(run_id))
    polled = poll(run)
    for one in polled.values():
        if isinstance(one.problem, NeedsOperator):
            _call_operator(practice, connection)
    return {(connection.connection_id, stream): one for stream, one in polled.items()}


def _call_operator(practice: PracticeHub, connection: Connection) -> None:
    now, subject = practice.hub.clock.business_now(), connection.connection_id
    with practice.store.writing(business_now=now) as session:
        call_operator(session, subject, f"{connection.vendor} ({subject}) no longer lets us in", now)
