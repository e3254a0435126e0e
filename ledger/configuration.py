"""Configuration that decided anything is kept by its hash, so that a past decision can be read with what was in force."""

from datetime import datetime

from canonical.clock import rfc3339
from ledger.audit.events import AuditBody, AuditTag
from ledger.session import Session


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
