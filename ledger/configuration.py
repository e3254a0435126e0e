"""Configuration that decided anything is kept by its hash, so that a past decision can be read with what was in force."""

from dataclasses import dataclass
from datetime import datetime

from canonical.clock import rfc3339
from ledger.audit.events import AuditBody, AuditTag
from ledger.session import Session


@dataclass(frozen=True, slots=True)
class Kept:
    """A configuration as it was when it was first used."""

    kind: str
    name: str
    body: str
    first_used_at: datetime
    """Business time, UTC."""


def remember(session: Session, kind: str, name: str, content: str, body: str, now: datetime) -> bool:
    """Keep a configuration under its content hash, once. True when it was not here before."""
    found = session.one("known_configuration", hash=content, kind=kind)
    if found is not None and found["kept"]:
        return False
    row = {"hash": content, "kind": kind, "name": name, "body": body, "first_used_at": now}
    session.insert("configuration", [row])
    session.audit(
        AuditBody(
            tag=AuditTag.CONFIGURATION_STORED,
            at=rfc3339(now),
            practice=session.practice_id,
            subject_id=session.practice_id,
            refs={"kind": kind, "hash": content},
        )
    )
    return True


def recall(session: Session, kind: str, content: str) -> Kept | None:
    """What was in force under this hash; None when it never decided anything here."""
    row = session.one("configuration_by_hash", hash=content, kind=kind)
    return Kept(kind, row["name"], row["body"], row["first_used_at"]) if row else None
