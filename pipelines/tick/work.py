"""Which practices a run has to touch, and which connections it has to read: the others are left alone and not reported."""

from datetime import datetime, timedelta
from typing import Final

from canonical.ids import ConnectionId, RunId, content_hash
from canonical.practice import Connection
from canonical.problems import GlowlineError
from ledger.progress import advance, reached
from ledger.session import Session
from ledger.streams import Reached, Stream, all_reached
from pipelines.accept.stage import Drained
from pipelines.tick.doorway import spool_of, take_in
from pipelines.tick.hub import Hub, PracticeHub
from pipelines.tick.sequence import TickReport, tick

SEEN: Final = "clockwork"
"""The mark of how far the ledger's numbers had come when the last whole tick began."""
HOUR: Final = "clockwork_hour"
"""The mark of when that was, in whole seconds of business time since 1970. Runs of the fast lane leave none: they are not whole."""
LONGEST_REST: Final = timedelta(hours=1)
"""However quiet a practice is: days move into the planner's reach, and visits end by the calendar."""


def reasons(practice: PracticeHub) -> tuple[str, ...]:
    """Why a practice needs a tick now; nothing when it does not.

    `changed` compares with where the last run *began*, so that what arrived during that run is never overlooked; a run that
    changed something is therefore followed by one more.
    """
    now = practice.hub.clock.business_now()
    with practice.store.reading() as session:
        last = reached(session, HOUR)
        waiting = session.one("due_by_now", now=now) or {}
        found = {
            "first": not last,
            "changed": session.head.seq > reached(session, SEEN),
            "due": bool(waiting["due"]),
            "unanswered": bool(waiting["unanswered"]),
            "settings": _unknown_settings(session, practice),
            "hour": bool(last) and now.timestamp() - last >= LONGEST_REST.total_seconds(),
        }
    return tuple(reason for reason, holds in found.items() if holds)


def tick_if_needed(practice: PracticeHub, run: str) -> TickReport | None:
    """A tick where there is due or changed work; None where there is none. Raises what `tick` raises."""
    if not reasons(practice):
        return None
    return tick_and_mark(practice, run)


def tick_and_mark(practice: PracticeHub, run: str) -> TickReport:
    """A tick whatever there is to do, leaving the mark that `reasons` compares with."""
    with practice.store.kept():
        with practice.store.reading() as session:
            began = session.head.seq
        report = tick(practice, run)
        with practice.store.writing() as session:
            advance(session, SEEN, max(began, reached(session, SEEN)))
            advance(session, HOUR, int(report.at.timestamp()))
        return report


def anything(hub: Hub) -> bool:
    """Whether a run would find something to do: a call in the spool, or a practice with work, or one that cannot be asked."""
    if spool_of(hub.installation).names():
        return True
    return any(_has_work(hub, practice) for practice in hub.practices())


def _has_work(hub: Hub, practice: str) -> bool:
    try:
        return not hub.store(practice).path.exists() or bool(reasons(hub.open(practice)))
    except GlowlineError:
        return True


def sweep(hub: Hub, run: str) -> Drained:
    """Land what still lies in the spool, whoever should have. Raises a `LedgerError` when the installation's ledger is closed."""
    return take_in(hub, spool_of(hub.installation), RunId(run))


def connections_due(practice: PracticeHub) -> tuple[ConnectionId, ...]:
    """Connections whose cadence has passed since a stream of theirs was last read (business time); never read is due."""
    now = practice.hub.clock.business_now()
    with practice.store.reading() as session:
        known = all_reached(session)
    return tuple(
        one.connection_id for one in practice.config.practice.connections if one.streams and _is_due(one, known, now)
    )


def connections_waiting(hub: Hub) -> int:
    """How many connections are due, over all practices that have a ledger."""
    founded = [one for one in hub.practices() if hub.store(one).path.exists()]
    return sum(len(connections_due(hub.open(one))) for one in founded)


def doubts(hub: Hub) -> int:
    """How many attempts have no known outcome, over all practices that have a ledger."""
    count = 0
    for store in (hub.store(one) for one in hub.practices()):
        if store.path.exists():
            with store.reading() as session:
                count += (session.one("due_by_now", now=hub.clock.business_now()) or {}).get("unanswered", 0)
    return count


def _is_due(connection: Connection, known: dict[Stream, Reached], now: datetime) -> bool:
    reads = [known.get(Stream(connection.connection_id, name)) for name in connection.streams]
    return any(read is None or read.updated_at is None or now - read.updated_at >= connection.cadence for read in reads)


def _unknown_settings(session: Session, practice: PracticeHub) -> bool:
    """Whether a file of the settings says something that never decided anything here."""
    kept = {(row["kind"], row["hash"]) for row in session.rows("kept_settings", kinds=list(practice.config.sources))}
    return any((kind, content_hash(body.encode())) not in kept for kind, body in practice.config.sources.items())
