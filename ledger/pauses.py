"""Pauses of one practice (R45): set at once, seen by the next claim, ended by a row that says who."""

from datetime import datetime

from canonical.clock import rfc3339
from canonical.ids import Prefix, derived_id
from canonical.pauses import Pause, PauseScope
from ledger.audit.events import AuditBody, AuditTag
from ledger.session import Session


def set_pause(
    session: Session, scope: PauseScope, value: str, *, who: str, why: str, now: datetime, until: datetime | None = None
) -> Pause:
    """Pause a scope. The same scope and value again is the same pause."""
    pause = Pause(
        pause_id=derived_id(Prefix.EVENT, session.practice_id, "pause", scope, value, rfc3339(now)),
        scope=scope,
        value=value,
        who=who,
        why=why,
        set_at=now,
        until=until,
    )
    there = [row for row in session.rows("pauses_in_force", now=now) if (row["scope"], row["value"]) == (scope, value)]
    if there:
        return Pause(**there[0] | {"scope": scope})
    return _begin(session, pause)


def extend_pause(
    session: Session, scope: PauseScope, value: str, *, who: str, why: str, now: datetime, until: datetime | None
) -> None:
    """Pause a scope until `until`, or for longer where `who` paused it for longer already; None = until somebody ends it.

    Each `who` has a pause of its own: what ends one reason to wait ends no other.
    """
    mine = (scope, value, who)
    in_force = session.rows("pauses_in_force", now=now)
    there = next((row for row in in_force if (row["scope"], row["value"], row["who"]) == mine), None)
    if there is None:
        pause_id = derived_id(Prefix.EVENT, session.practice_id, "pause", *mine, rfc3339(now))
        told = {"scope": scope, "value": value, "who": who, "why": why, "set_at": now, "until": until}
        _begin(session, Pause.model_validate({"pause_id": pause_id} | told))
    elif there["until"] is not None and (until is None or until > there["until"]):
        session.insert("pauses", [there | {"until": until}])


def release_pause(session: Session, pause_id: str, *, who: str, now: datetime) -> bool:
    """End a pause, and have what it held asked again; False when it is not in force."""
    row = next((r for r in session.rows("pauses_in_force", now=now) if r["pause_id"] == pause_id), None)
    if row is None:
        return False
    session.insert("pauses", [row | {"released_at": now, "released_by": who}])
    session.run("ask_what_was_paused", now=now)
    session.audit(
        _event(
            session, AuditTag.PAUSE_RELEASED, pause_id, now, scope=row["scope"], value=row["value"] or "all", user=who
        )
    )
    return True


def _begin(session: Session, pause: Pause) -> Pause:
    session.insert("pauses", [pause.model_dump(mode="python") | {"scope": pause.scope.value}])
    refs = {"scope": pause.scope.value, "value": pause.value or "all", "user": pause.who}
    session.audit(_event(session, AuditTag.PAUSE_SET, pause.pause_id, pause.set_at, **refs))
    return pause


def _event(session: Session, tag: AuditTag, pause_id: str, now: datetime, **refs: str) -> AuditBody:
    return AuditBody(tag=tag, at=rfc3339(now), practice=session.practice_id, subject_id=pause_id, refs=refs)
