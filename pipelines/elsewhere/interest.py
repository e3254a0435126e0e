"""A lead's stage or tag says that somebody wants to come (row 2.1): once for each inquiry, when it is newly said."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from canonical.ids import InquiryId
from canonical.inquiries import InquiryRecord
from canonical.people import PersonRecord
from canonical.practice import Practice
from canonical.raw import Kind
from ledger.elsewhere import bodies_before
from ledger.inquiries import persons_of, unbooked
from ledger.lists import listed
from ledger.paperwork import record_interest
from ledger.people import by_ids
from ledger.progress import advance, newest_version, reached
from ledger.session import Session
from ledger.store import Store

Row = dict[str, Any]
STAGE: Final = "interest"
SETTING: Final = "interest_stages"
"""The setting of a connection that lists the stages and tags that say so, separated by commas or semicolons."""
MOST: Final = 1_000
ASKED_FOR: Final = timedelta(days=90)
"""An inquiry older than this is nobody's question any more."""


@dataclass(frozen=True, slots=True)
class _Said:
    """An interest as a record says it: of an inquiry, or of a person whose open inquiries it is about."""

    record_id: str
    connection_id: str
    at: datetime
    of_inquiry: bool


def note_interests(store: Store, practice: Practice, now: datetime) -> Counter[str]:
    """Note which inquiries are followed by an interest, as the settings of the connections say; `read` and `interested`.

    Run it after inquiries. A lead that stood at such a stage when it was first seen is as old as itself (R43). Raises a
    `LedgerError` as the store does.
    """
    words = dict(_settings(practice))
    counts: Counter[str] = Counter()
    while words:
        with store.reading() as session:
            since = reached(session, STAGE)
            until = newest_version(session, since)
            asked = {"connections": listed(sorted(words)), "since": since, "until": until, "most": MOST}
            rows = session.rows("said_of_leads_after", **asked) if until > since else []
            said = list(_said(session, rows, words)) if rows else []
        if until == since:
            break
        with store.writing(business_now=now) as session:
            if reached(session, STAGE) == since:
                advance(session, STAGE, rows[-1]["seq"] if len(rows) == MOST else until)
                counts += Counter(read=len(rows), interested=_noted(session, said, now))
    return +counts


def _settings(practice: Practice) -> Iterator[tuple[str, frozenset[str]]]:
    for one in practice.connections:
        words = frozenset(
            filter(None, (word.strip().casefold() for word in re.split("[,;]", one.settings.get(SETTING, ""))))
        )
        if words:
            yield one.connection_id, words


def _said(session: Session, rows: list[Row], words: Mapping[str, frozenset[str]]) -> Iterator[_Said]:
    wanted = [row for row in rows if _says(row["kind"], row["body"], words[row["connection_id"]])]
    before = bodies_before(session, {row["version_id"] for row in wanted})
    for row in wanted:
        last = before.get((row["record_id"], row["ordinal"]))
        if last and _says(row["kind"], last, words[row["connection_id"]]):
            continue
        at = row["effective_at"] or row["recorded_at"] if last else _began(row)
        if at is not None:
            yield _Said(
                row["record_id"], row["connection_id"], min(at, row["recorded_at"]), row["kind"] == Kind.INQUIRY
            )


def _says(kind: str, body: str, words: frozenset[str]) -> bool:
    if kind == Kind.INQUIRY:
        return InquiryRecord.model_validate_json(body).stage.strip().casefold() in words
    return bool(words & {tag.strip().casefold() for tag in PersonRecord.model_validate_json(body).tags})


def _began(row: Row) -> datetime | None:
    """When the record itself began, by its tool; None where it does not say."""
    if row["kind"] == Kind.INQUIRY:
        return InquiryRecord.model_validate_json(row["body"]).received_at
    return PersonRecord.model_validate_json(row["body"]).created_at


def _noted(session: Session, said: Iterable[_Said], now: datetime) -> int:
    every = list(said)
    own = by_ids(session, "inquiries_by_record", {one.record_id for one in every if one.of_inquiry})
    by_record = {row["record_id"]: row for row in own}
    people = persons_of(session, {one.record_id for one in every if not one.of_inquiry})
    theirs = unbooked(session, (), set(people.values()))
    noted = 0
    for one in every:
        mine = [by_record[one.record_id]] if one.of_inquiry and one.record_id in by_record else []
        if not one.of_inquiry:
            mine = [row for row in theirs.values() if row["person_id"] == people.get(one.record_id)]
        for row in mine:
            if _is_open(row, one.at):
                subject = InquiryId(row["same_as"] or row["inquiry_id"])
                noted += record_interest(session, subject, one.connection_id, one.at, now)
    return noted


def _is_open(row: Row, at: datetime) -> bool:
    asked: datetime = row["received_at"] or row["recorded_at"]
    return not (row["booked_at"] or row["closed"] or row["suspected_spam"]) and asked <= at <= asked + ASKED_FOR
