"""Claiming a thousand actions, as the outbox does it: the claim, its attempt and its audit entry in one transaction.

    python -m tests.ledger.claiming file LEDGER        or: lake FOLDER, with the catalogue's address in the environment

says when it is ready, waits for a line, claims until nothing is left, and says how many it got.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from canonical.actions import ActionState
from canonical.ids import ActionId, Prefix, derived_id
from ledger.actions import Move, transition
from ledger.audit.notes import KeyRing
from ledger.audit_log import verify
from ledger.ducklake import Catalogue
from ledger.keys import LedgerKey
from ledger.session import Session
from ledger.store import Store, embedded
from tests.lake_fixture import DSN

NOW = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
ACTIONS = 1_000
KEY = LedgerKey(b"claiming" + bytes(24))
AT_ONCE, AT_ONCE_IN_A_CATALOGUE = 20, 50


def owe(store: Store) -> None:
    """A thousand cleared actions."""
    actions = [
        {
            "action_id": f"a-{n:04}",
            "state": "cleared",
            "subject_id": f"v-{n}",
            "facts": "{}",
            "priority": 1,
            "due_at": NOW,
        }
        for n in range(ACTIONS)
    ]
    with store.writing() as session:
        session.insert("open_actions", actions)


def claim_all(store: Store, at_once: int = AT_ONCE) -> int:
    """Claim in batches until nothing is cleared; how many this claimer got."""
    got = 0
    while claimed := store.write(lambda session: _claim(session, at_once)):
        got += claimed
    return got


def _claim(session: Session, at_once: int) -> int:
    actions = [row["action_id"] for row in session.rows("cleared_actions")[:at_once]]
    attempts = {action: derived_id(Prefix.ATTEMPT, action, "1") for action in actions}
    session.insert("attempts", [{"attempt_id": attempt, "action_id": action} for action, attempt in attempts.items()])
    moves = [
        Move(ActionId(action), ActionState.CLAIMED, "due", {"attempt": attempt}) for action, attempt in attempts.items()
    ]
    transition(session, moves, now=NOW)
    return len(actions)


def must_have_claimed_once_each(store: Store) -> None:
    """None doubled, none forgotten, no number given twice, no gap in the audit."""
    with store.reading() as session:
        cursor, head = session._cursor, session.head
        attempts = cursor.execute(
            "SELECT count(*), count(DISTINCT action_id), count(DISTINCT seq) FROM attempts"
        ).fetchone()
        moved = cursor.execute(
            "SELECT count(*), count(DISTINCT seq), max(seq) FROM transitions WHERE after = 'claimed'"
        ).fetchone()
        states = cursor.execute("SELECT state, count(*) FROM open_actions GROUP BY state").fetchall()
    assert attempts == (ACTIONS, ACTIONS, ACTIONS)
    assert moved == (ACTIONS, ACTIONS, head.seq)
    assert states == [("claimed", ACTIONS)]
    found = verify(store, [], KeyRing.of())
    assert found.ok, found.summary
    assert found.entries == ACTIONS


def main(kind: str, place: Path) -> None:
    """Claim what is left of a ledger, as one of several processes."""
    store = embedded(place, "lumen", KEY) if kind == "file" else Catalogue(f"env:{DSN}", place).store("lumen")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(f"{claim_all(store, AT_ONCE if kind == 'file' else AT_ONCE_IN_A_CATALOGUE)}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
