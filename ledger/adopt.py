"""A backup was restored: the ledger is shorter than what was signed, and must never send again what it has forgotten.

Until somebody adopts it, it is read and not written (AUD-02). Adopting takes what others still know (exported checkpoints, and
attempts that the vendors' own lists prove), and makes sure that nothing of the lost time is sent by itself:

    proven attempts       are held under their ids, so that a claim of the same attempt collides with them
    actions due meanwhile are dropped, and one task tells a person to look at the vendors' lists
    the lost time         is remembered: what planning finds owed in it is left to a person, too (`ledger.actions`)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from canonical.actions import ActionState
from canonical.clock import rfc3339
from canonical.delivery import BEFORE_CLAIM
from canonical.ids import ActionId, Prefix, derived_id
from canonical.problems import LedgerError
from canonical.tasks import Task, TaskKind
from ledger.actions import Move, transition
from ledger.audit.checkpoints import Checkpoint, open_checkpoint
from ledger.audit.judgement import ExportedNote
from ledger.audit.notes import KeyRing, Signer
from ledger.audit.own_events import checkpoint_adopted
from ledger.audit_log import sign
from ledger.checkpoint_folder import Exporter
from ledger.head import Head
from ledger.lost_time import RESTORED
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import open_tasks, task_id

_MOST_ATTEMPTS = 5  # of one action; later ones are found by the collision of their ids
_DUE_IN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Proven:
    """An attempt that somebody outside proves to have been made: the vendor's list, by our reference."""

    attempt_id: str
    vendor_id: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Adopted:
    """What adopting did."""

    checkpoints: int
    proven: int
    """Attempts the ledger had forgotten and holds again."""
    dropped: int
    """Actions left to a person."""
    lost_from: datetime | None
    lost_until: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """What survived outside of the ledger."""

    notes: Sequence[ExportedNote]
    ring: KeyRing
    proven: Sequence[Proven] = ()


def adopt(store: Store, evidence: Evidence, signer: Signer, exporter: Exporter, *, user: str, now: datetime) -> Adopted:
    """Accept the loss in the name of `user` and make the ledger writable again. `now` is business time.

    Raises `LedgerError` when nothing was lost, `NoteRefused` for a checkpoint no trusted key has signed.
    """
    with (
        store.place.opened(read_only=False) as cursor,
        store.transaction(cursor, business_now=now, guarded=False) as session,
    ):
        restored = replace(session.head, business_high_water=_last_known(session))
        lost = _lost(session, restored, evidence)
        _accept(session, restored, lost, user, now)
        proven = _hold(session, evidence.proven)
        dropped = _leave_to_a_person(session, {one.attempt_id for one in evidence.proven}, now)
        _tell(session, restored, now)
        session.run("clear_read_only")
    sign(store, signer, exporter, now)
    return Adopted(len(lost), proven, dropped, restored.business_high_water, now)


def _last_known(session: Session) -> datetime | None:
    """The business time the restored file had reached, before this session moves it."""
    row = session.one("read_head")
    return row["business_high_water"] if row else None


def _lost(session: Session, restored: Head, evidence: Evidence) -> list[tuple[str, Checkpoint]]:
    opened = [
        (note.label, open_checkpoint(note.data, evidence.ring, origin=restored.origin)) for note in evidence.notes
    ]
    accepted = {row["name"] for row in session.rows("adopted_checkpoints")}
    lost = [one for one in opened if one[1].size > restored.audit.seq and one[0] not in accepted]
    if not lost and not restored.read_only_why:
        raise LedgerError(
            f"{restored.practice_id}: the ledger reaches its newest checkpoint, so there is nothing to adopt",
            next_step="Run `glowline audit verify` to see what it thinks of the ledger.",
        )
    return lost


def _accept(session: Session, restored: Head, lost: Sequence[tuple[str, Checkpoint]], user: str, now: datetime) -> None:
    size = restored.audit.seq
    rows = [
        {
            "name": label,
            "size": checkpoint.size,
            "restored": size,
            "lost_from": restored.business_high_water,
            "lost_until": now,
            "user_id": user,
            "recorded_at": now,
        }
        for label, checkpoint in lost
    ]
    session.insert("adoptions", rows)
    session.audit(
        *(
            checkpoint_adopted(
                at=rfc3339(now),
                practice=session.practice_id,
                ledger=restored.origin,
                checkpoint=checkpoint,
                restored=size,
                user=user,
            )
            for _, checkpoint in lost
        )
    )


def _hold(session: Session, proven: Sequence[Proven]) -> int:
    known = {row["attempt_id"] for row in session.rows("known_attempts", ids=[one.attempt_id for one in proven])}
    fresh = {one.attempt_id: one for one in proven if one.attempt_id not in known}
    owners = _owners(session)
    session.insert(
        "attempts",
        [
            {"attempt_id": one.attempt_id, "action_id": owners.get(one.attempt_id), "claimed_at": one.sent_at}
            for one in fresh.values()
        ],
    )
    session.insert(
        "attempt_outcomes",
        [
            {
                "attempt_id": one.attempt_id,
                "outcome": "sent",
                "vendor_id": one.vendor_id,
                "how": RESTORED,
                "happened_at": one.sent_at,
            }
            for one in fresh.values()
        ],
    )
    return len(fresh)


def _owners(session: Session) -> dict[str, str]:
    """The action of each attempt that could have been made of an open action."""
    return {
        attempt: row["action_id"]
        for row in session.rows("every_open_action")
        for attempt in _attempts_of(row["action_id"])
    }


def _attempts_of(action_id: str) -> list[str]:
    return [derived_id(Prefix.ATTEMPT, action_id, str(n)) for n in range(1, _MOST_ATTEMPTS + 1)]


def _leave_to_a_person(session: Session, proven: set[str], now: datetime) -> int:
    due = {row["action_id"]: ActionState(row["state"]) for row in session.rows("actions_maybe_sent", now=now)}
    sent = {
        row["action_id"]: ActionState(row["state"])
        for row in session.rows("every_open_action")
        if proven.intersection(_attempts_of(row["action_id"]))
    }
    moves = [
        Move(ActionId(action), ActionState.DROPPED if before in BEFORE_CLAIM else ActionState.EXPIRED, RESTORED)
        for action, before in sorted((due | sent).items())
        if before in BEFORE_CLAIM or before is ActionState.NOT_SENT
    ]
    transition(session, moves, now=now)
    return len(moves)


def _tell(session: Session, restored: Head, now: datetime) -> None:
    since = rfc3339(restored.business_high_water) if restored.business_high_water else "the beginning"
    task = Task(
        task_id=task_id(session.practice_id, TaskKind.NOT_PROVED, f"restored-{restored.audit.seq}"),
        kind=TaskKind.NOT_PROVED,
        subject_id=restored.origin,
        title=f"A backup was restored. Messages between {since} and {rfc3339(now)} may have gone out: compare the vendors' lists.",
        due_at=now + _DUE_IN,
        expires_at=now + 14 * _DUE_IN,
        opened_at=now,
    )
    open_tasks(session, [task], urgent=True)
