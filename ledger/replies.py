"""Replies as the ledger keeps them: what came in, what it meant, and what it answered. Never a word of what was said."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.actions import Answer, Outcome, Purpose
from canonical.clock import rfc3339
from canonical.conversations import Reply
from canonical.ids import Prefix, derived_id
from ledger.audit.events import AuditBody, AuditTag
from ledger.lists import listed
from ledger.progress import advance, newest_version, reached
from ledger.session import Session

Row = Mapping[str, Any]
STAGE = "replies"
FORMS = "replies.forms"
_UNREAD = {STAGE: "inbound_unread", FORMS: "forms_unread"}
"""What is read, and the query that finds it: answers to us, and what people write into forms."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Inbound messages nobody has read yet, and up to which number that is all of them."""

    rows: tuple[Row, ...]
    since: int
    until: int


def unread(session: Session, most: int, stage: str = STAGE) -> Unread | None:
    """The next inbound messages; None when there is nothing behind the mark. `rows` may be empty: other versions count too."""
    since = reached(session, stage)
    until = newest_version(session, since)
    if until == since:
        return None
    rows = session.rows(_UNREAD[stage], since=since, until=until, most=most)
    return Unread(tuple(rows), since, rows[-1]["seq"] if len(rows) == most else until)


def anything_unread(session: Session) -> bool:
    """Whether somebody wrote something that nobody has read."""
    until = session.head.seq
    return any(
        session.rows(query, since=reached(session, stage), until=until, most=1) for stage, query in _UNREAD.items()
    )


def take(session: Session, lot: Unread, stage: str = STAGE) -> bool:
    """Count a lot as read; False when somebody else has read it meanwhile."""
    if reached(session, stage) != lot.since:
        return False
    advance(session, stage, lot.until)
    return True


def known(session: Session, reply_ids: Sequence[str]) -> frozenset[str]:
    """Those of some replies that are here: a message found in a vendor's log was often told by webhook before."""
    rows = session.rows("replies_by_id", ids=listed(reply_ids)) if reply_ids else []
    return frozenset(row["reply_id"] for row in rows)


@dataclass(frozen=True, slots=True)
class Said:
    """The last message of ours to a contact point."""

    attempt_id: str
    person_id: str | None
    purpose: Purpose | None


def last_said(session: Session, contact_point_id: str, until: datetime) -> Said | None:
    """What a message from a contact point at `until` answers; None when nothing was ever said there."""
    row = session.one("last_said_on_contact", contact_point_id=contact_point_id, until=until)
    if row is None:
        return None
    return Said(row["attempt_id"], row["person_id"], Purpose(row["purpose"]) if row["purpose"] else None)


def record_reply(session: Session, reply: Reply, origin: Row, location_id: str, now: datetime) -> None:
    """Keep what a message meant. `origin` is the version it was read from, with record_id, version_id and raw_id."""
    row = reply.model_dump(mode="python") | {"channel": reply.channel.value, "intent": reply.intent.value}
    stood = {name: origin[name] for name in ("record_id", "version_id", "raw_id")}
    session.insert("replies", [row | stood | {"location_id": location_id, "recorded_at": now}])
    session.audit(
        AuditBody(
            tag=AuditTag.REPLY_READ,
            at=rfc3339(now),
            practice=session.practice_id,
            subject_id=reply.reply_id,
            refs={"intent": reply.intent.value, "contact_point": reply.contact_point_id},
        )
    )


def record_answers(session: Session, reply_id: str, answers: Sequence[Answer], policy: str, now: datetime) -> None:
    """Keep what the rules of what comes in said about a reply, where they said anything."""
    spoken = [one for one in answers if one.outcome not in {Outcome.ALLOW, Outcome.NOT_APPLICABLE}]
    if not spoken:
        return
    found = [one.model_dump(mode="json", exclude_defaults=True) for one in spoken]
    row = {
        "verdict_id": derived_id(Prefix.VERDICT, reply_id, "heard"),
        "action_id": reply_id,
        "outcome": min((one.outcome for one in spoken), key=list(Outcome).index).value,
        "stage": "heard",
        "decided_at": now,
        "policy": policy,
        "answers": json.dumps(found, separators=(",", ":"), sort_keys=True),
    }
    session.insert("verdicts", [row])
