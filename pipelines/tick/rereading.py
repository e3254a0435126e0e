"""Records that a hint named, read again by their ids and landed: past every index, and as fresh as the call that named them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from canonical.ids import ConnectionId, RunId
from canonical.problems import ConnectorProblem
from canonical.raw import Page, RawRecord
from connectors.kit.registry import puller
from ledger.raw import Landed, land
from ledger.streams import Stream
from ledger.webhooks import ORIGIN
from pipelines.accept.arrival import arrival_of, volatile_fields
from pipelines.accept.stage import Hint
from pipelines.tick.hub import PracticeHub


def read_again(practice: PracticeHub, hints: Iterable[Hint], run_id: RunId) -> tuple[Landed, tuple[Hint, ...]]:
    """Land what the hints name as it is now. Gives the sum, and hints whose vendor could not be asked just now.

    A vendor that does not read by id, or no longer lets us in, is left to the next sync: polling is the truth. What the practice
    does not read of a connection is not landed because somebody calls about it.
    """
    total, later = Landed(), []
    for (connection_id, stream), named in _grouped(hints).items():
        try:
            total += _stream(practice, connection_id, stream, [hint.vendor_id for hint in named], run_id)
        except ConnectorProblem:
            later += named
    return total, tuple(later)


def _grouped(hints: Iterable[Hint]) -> Mapping[tuple[ConnectionId, str], list[Hint]]:
    groups: dict[tuple[ConnectionId, str], list[Hint]] = defaultdict(list)
    for hint in sorted(set(hints), key=lambda hint: hint.vendor_id):
        groups[hint.owner.connection_id, hint.stream].append(hint)
    return groups


def _stream(
    practice: PracticeHub, connection_id: ConnectionId, stream: str, ids: Sequence[str], run_id: RunId
) -> Landed:
    connection, now = practice.connection(connection_id), practice.hub.clock.business_now()
    found = puller(connection, practice.hub.tools).again(stream, ids, now=now)
    by_stream: dict[str, list[RawRecord]] = defaultdict(list)
    for record in found:
        if record.stream not in connection.streams:
            continue
        origin = f"{ORIGIN}hint, {record.origin}"
        by_stream[record.stream].append(record.model_copy(update={"origin": origin}))
    landed = Landed()
    for name, records in by_stream.items():
        page = Page(records=tuple(records), cursor="")
        volatile = volatile_fields(practice.catalogue, connection, name)
        arrival = arrival_of(Stream(connection_id, name), page, volatile, now=now, run_id=run_id)
        with practice.store.writing(business_now=now) as session:
            landed += land(session, arrival)
    return landed
