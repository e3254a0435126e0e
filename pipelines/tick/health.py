"""What must hold of a practice whatever happened to it, each question asked of the ledger alone and answered in counts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from canonical.clock import rfc3339
from canonical.practice import Connection
from connectors.kit.manifest import Via
from connectors.kit.registry import manifest
from ledger.actions import conservation
from ledger.audit.notes import KeyRing
from ledger.audit_log import verify
from ledger.streams import Reached, Stream, all_reached
from pipelines.tick.conservation import terms
from pipelines.tick.hub import PracticeHub

LONGEST_DOUBT: Final = timedelta(hours=1)
MOST_SET_ASIDE: Final = 0.05
"""The share of a stream's raw rows that may be set aside before somebody has to look at its mapping."""
MISSED_READS: Final = 6
"""Cadences without a complete pass after which a stream is stale whose vendor's manifest names no age."""
SHORTEST_AGE: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Trouble:
    """Something that does not hold: where, a sentence without values, and what to do."""

    where: str
    sentence: str
    next_step: str


@dataclass(frozen=True)
class Checked:
    """The answer to one question about one practice."""

    counts: dict[str, int] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it holds."""
        return not self.troubles


def audit_is_proved(practice: PracticeHub) -> Checked:
    """Every hash follows from the one before, and the newest exported checkpoint covers the log (AUD-01, AUD-02)."""
    store = practice.store
    notes = store.checkpoints.notes() if store.checkpoints else ()
    found = verify(store, notes, KeyRing.of(practice.hub.sealing.public_key(store)))
    counts = {"entries": found.entries, "checkpoints": len(notes), "proved_through": found.proved_through}
    step = f"Run: glowline audit verify {practice.practice_id}"
    troubles = tuple(Trouble(one.code.value, one.sentence, step) for one in found.findings)
    return Checked(counts, troubles)


def sums_close(practice: PracticeHub) -> Checked:
    """Every action that was ever planned has left in one named way or is open: conservation since the ledger began."""
    with practice.store.snapshot() as session:
        flow = conservation(session, 0)
    missing = flow.missing(0)
    step = f"Run: glowline audit verify {practice.practice_id}, then report it."
    troubles = (Trouble("actions", f"{missing} actions are unaccounted for", step),) if missing else ()
    return Checked(terms(flow, 0), troubles)


def little_is_set_aside(practice: PracticeHub) -> Checked:
    """No stream has more than one record in twenty in quarantine."""
    with practice.store.reading() as session:
        rows = session.rows("raw_by_stream")
    step = f"Run: glowline quarantine list {practice.practice_id}, mend the mapping, then: glowline quarantine replay"
    troubles = tuple(
        Trouble(f"{row['connection_id']}/{row['stream']}", f"{row['aside']} of {row['raw']} rows are set aside", step)
        for row in rows
        if row["aside"] > row["raw"] * MOST_SET_ASIDE
    )
    return Checked({"raw": sum(row["raw"] for row in rows), "aside": sum(row["aside"] for row in rows)}, troubles)


def no_doubt_is_old(practice: PracticeHub) -> Checked:
    """Whatever may or may not have left was looked up, or given to a person, within the hour."""
    before = practice.hub.clock.business_now() - LONGEST_DOUBT
    with practice.store.reading() as session:
        rows = session.rows("doubts_older_than", before=before)
    troubles = tuple(
        Trouble(
            row["attempt_id"],
            f"{row['vendor']}: the outcome is unknown since {rfc3339(row['ambiguous_since'])}",
            f"Look it up at the vendor, then run: glowline explain {row['attempt_id']}",
        )
        for row in rows
    )
    return Checked({"old_doubts": len(rows)}, troubles)


def streams_are_fresh(practice: PracticeHub) -> Checked:
    """Every stream that is pulled was read completely within the age its vendor's manifest allows (FRESH-01)."""
    now = practice.hub.clock.business_now()
    with practice.store.reading() as session:
        known = all_reached(session)
    wanted = [
        (connection, name, known.get(Stream(connection.connection_id, name), Reached()))
        for connection in practice.config.practice.connections
        for name in connection.streams
        if _is_pulled(connection, name)
    ]
    troubles = tuple(
        Trouble(
            f"{connection.connection_id}/{name}",
            _how_old(read, now),
            f"Run: glowline sync {practice.practice_id} --connection {connection.connection_id}",
        )
        for connection, name, read in wanted
        if read.complete_read_at is None or now - read.complete_read_at > _greatest_age(connection, name)
    )
    return Checked({"streams": len(wanted), "stale": len(troubles)}, troubles)


def _is_pulled(connection: Connection, name: str) -> bool:
    described = manifest(connection.vendor).stream(name)
    return described is not None and described.via is Via.PULL


def _greatest_age(connection: Connection, name: str) -> timedelta:
    described = manifest(connection.vendor).stream(name)
    declared = described.max_age if described else None
    return declared or max(SHORTEST_AGE, MISSED_READS * connection.cadence)


def _how_old(read: Reached, now: datetime) -> str:
    if read.complete_read_at is None:
        return "was never read completely"
    hours = (now - read.complete_read_at) / timedelta(hours=1)
    return f"was last read completely {hours:.1f} hours ago"
