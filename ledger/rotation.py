"""A new key for a ledger. Its reference names the new key as current and the old one as previous while this happens.

A process killed at any point leaves a ledger that opens: before the new file takes the place, the previous key fits, and from
then on the current one; an opening tries both. Doing it again finishes it, or finds nothing to do.
"""

from datetime import datetime

from canonical.clock import rfc3339
from canonical.problems import LedgerKeyMissing
from ledger.audit.events import AuditBody, AuditTag
from ledger.embedded import EmbeddedFile
from ledger.files import attached
from ledger.keys import LedgerKey, fingerprint
from ledger.rewriting import copied_anew
from ledger.store import Store


def rotate(store: Store, now: datetime) -> bool:
    """Re-key the ledger from the previous to the current key of its reference; False when that is done already.

    `now` is business time. Raises `LedgerKeyMissing` when the reference names no previous key, `LedgerKeyWrong` when neither
    fits, and whatever a damaged or full disk raises; the ledger is then as it was.
    """
    place = store.place
    if not isinstance(place, EmbeddedFile):
        message = f"{place.name} is not a file: its keys are the catalogue's"
        raise TypeError(message)
    with place.rewritten() as new:
        current, fitting = place.keys()[0], place.fitting_key()
        if fitting == current:
            _must_have_previous(place)
            return False
        copied_anew(place.path, fitting, new, current)
        with (
            attached(new, current, read_only=False) as cursor,
            store.transaction(cursor, business_now=now, guarded=False) as session,
        ):
            session.audit(_rotated(session.practice_id, fitting, current, now))
    return True


def _must_have_previous(place: EmbeddedFile) -> None:
    if len(place.keys()) == 1:
        raise LedgerKeyMissing(
            f"{place.path}: the key reference names no previous key, and the current one fits",
            next_step="Store a new key, name it as current and the old one as previous, then rotate.",
        )


def _rotated(practice: str, old: LedgerKey, new: LedgerKey, now: datetime) -> AuditBody:
    return AuditBody(
        tag=AuditTag.LEDGER_KEY_ROTATED,
        at=rfc3339(now),
        practice=practice,
        subject_id=f"key-{fingerprint(new)}",
        refs={"before": f"key-{fingerprint(old)}"},
    )
