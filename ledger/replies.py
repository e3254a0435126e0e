"""Replies as the ledger keeps them: what came in, what it meant, and what it answered. Never a word of what was said."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import SecretStr

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
class Told:
    """A visit that a message of ours was about, and the start it named; None where it named none."""

    visit_id: str
    start_at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """A message of ours to a contact point."""

    attempt_id: str
    person_id: str | None
    purpose: Purpose | None
    row: str = ""
    step: str = ""
    told_at: datetime | None = None
    visits: tuple[Told, ...] = ()
    """One message may carry what is owed to several visits (R5)."""
    text: SecretStr = field(default_factory=lambda: SecretStr(""))
    """As it went out: what it offered to answer."""


def said_to(session: Session, contact_point_ids: Collection[str], until: datetime) -> dict[str, tuple[Said, ...]]:
    """By contact point: the last messages that left for it, or may have, newest first. What was refused said nothing."""
    rows = session.rows("said_to_contacts", ids=listed(sorted(contact_point_ids)), until=until)
    messages = listed(sorted({row["message_id"] for row in rows if row["message_id"]}))
    texts = {row["message_id"]: row["body"] for row in session.rows("texts_of_messages", ids=messages)}
    visits: dict[str, list[Told]] = defaultdict(list)
    for row in session.rows("visits_of_messages", ids=messages):
        visits[row["message_id"]].append(Told(row["visit_id"], row["start_at"]))
    found: dict[str, list[Said]] = defaultdict(list)
    for row in rows:
        text, about = SecretStr(texts.get(row["message_id"]) or ""), tuple(visits[row["message_id"]])
        purpose = Purpose(row["purpose"]) if row["purpose"] else None
        whose = (row["attempt_id"], row["person_id"], purpose, row["row"] or "", row["step"] or "", row["claimed_at"])
        found[row["contact_point_id"]].append(Said(*whose, about, text))
    return {contact: tuple(said) for contact, said in found.items()}


@dataclass(frozen=True, slots=True)
class Expected:
    """A visit that is still to take place."""

    visit_id: str
    person_id: str
    start_at: datetime
    location_id: str | None = None
    provider_id: str | None = None


def visits_expected(session: Session, persons: Collection[str], since: datetime) -> tuple[Expected, ...]:
    """The visits of some persons that start after `since` and that nobody cancelled or finished, earliest first."""
    rows = session.rows("visits_expected", persons=listed(sorted(persons)), since=since) if persons else []
    return tuple(Expected(**row) for row in rows)


def record_reply(
    session: Session, reply: Reply, origin: Row, location_id: str, now: datetime, language: str = ""
) -> None:
    """Keep what a message meant. `origin` is the version it was read from, with record_id, version_id and raw_id.

    The language is kept where it is clear (R28); nothing is sent differently because of it.
    """
    row = reply.model_dump(mode="python") | {"channel": reply.channel.value, "intent": reply.intent.value}
    stood = {name: origin[name] for name in ("record_id", "version_id", "raw_id")}
    session.insert("replies", [row | stood | {"location_id": location_id, "recorded_at": now}])
    spoken = {"language": language} if language else {}
    session.audit(
        AuditBody(
            tag=AuditTag.REPLY_READ,
            at=rfc3339(now),
            practice=session.practice_id,
            subject_id=reply.reply_id,
            refs={"intent": reply.intent.value, "contact_point": reply.contact_point_id} | spoken,
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


def note_interest(session: Session, inquiry_id: str, source: str, at: datetime, now: datetime) -> None:
    """Keep that somebody who asked wants to come (row 2.1)."""
    row = {"inquiry_id": inquiry_id, "source": source, "interested_at": at, "recorded_at": now}
    session.insert("interests", [row])


def conversations_watched(session: Session, since: datetime) -> list[dict[str, Any]]:
    """Tasks about replies that were opened since an instant, open or closed, oldest first (R21)."""
    return session.rows("tasks_about_replies", since=since)


def pauses_over(session: Session, who: str, now: datetime) -> tuple[str, ...]:
    """Pauses that wait for an answer somebody has given: no task about it is open any more, or the visit was changed (R20)."""
    rows = session.rows("pauses_that_wait_for_nothing", who=who, now=now)
    return tuple(row["pause_id"] for row in rows)


def treated_lately(session: Session, persons: Collection[str], since: datetime, now: datetime) -> bool:
    """Whether one of some persons had a visit since an instant that nobody cancelled or missed."""
    rows = session.rows("visits_lately", persons=listed(sorted(persons)), since=since, now=now) if persons else []
    return bool(rows)
