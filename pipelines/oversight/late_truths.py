"""A fact that comes after a message and would have stopped it is nobody's fault and somebody's business (R55)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from canonical.actions import Purpose
from canonical.agreements import Agreement, VendorRegister
from canonical.clock import ONE_DAY, local_instant
from canonical.consent import SuppressionScope
from canonical.ids import ContentHash, LocationId, PersonId
from canonical.tasks import Task, TaskKind
from ledger.late_truths import LateTruth, keep_truths, newest_of_truths, read_late, sent_through
from ledger.progress import advance, forget, reached
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import open_tasks, task_id
from pipelines.oversight.wording import counted, spoken

Row = dict[str, Any]
STAGE: Final = "late_truths"
_REGISTER: Final = "late_truths.register."
LIFE: Final = timedelta(days=14)
OPT_OUT, WRONG_NUMBER, AGREEMENT = "opt_out", "wrong_number", "agreement"
TITLES: Final[Mapping[str, str]] = {
    OPT_OUT: "A message went out {lag} after an opt-out we did not know of",
    WRONG_NUMBER: "A message went out to a number that was somebody else's, {lag} after they had said so",
    "cancelled": "A message went out {lag} after its visit was cancelled, and named it",
    "moved": "A message went out {lag} after its visit was moved, and named the old time",
    AGREEMENT: "{many} went through {vendor} after its agreement had run out",
}
"""By kind. Neutral: no name, no treatment word."""
_MAY_FOLLOW_A_STOP = frozenset({Purpose.OPT_OUT_CONFIRMATION, Purpose.INTERNAL})


def find_late_truths(
    store: Store, register: VendorRegister, version: ContentHash, zone: ZoneInfo, now: datetime
) -> int:
    """Look at what was learned since last time for messages it would have stopped; how many are new.

    `version` is the register's hash: sends are compared with it once for each.
    """
    mark = _REGISTER + version
    with store.reading() as session:
        since, newest = reached(session, STAGE), newest_of_truths(session)
        found = list(_late(read_late(session, since))) if newest > since else []
        anew = not reached(session, mark)
        lapsed = (
            [one for each in _over(register, zone, now) for one in _unlicensed(session, *each, now)] if anew else []
        )
    if newest == since and not anew:
        return 0
    with store.writing(business_now=now) as session:
        fresh = keep_truths(session, [*found, *lapsed], now)
        open_tasks(session, [*_tasks(session, fresh, now), *_vendors(session, fresh, now)], urgent=False)
        advance(session, STAGE, newest)
        if anew:
            forget(session, _REGISTER)
            advance(session, mark, 1)
    return len(fresh)


def _late(rows: Iterable[Row]) -> Iterable[LateTruth]:
    for row in rows:
        kind = row["change"] if "change" in row else _kind_of(row)
        if kind:
            yield LateTruth(
                attempt_id=row["attempt_id"],
                action_id=row["action_id"],
                kind=kind,
                sent_at=row["sent_at"],
                fact_at=row["fact_at"],
                known_at=row["known_at"],
                subject_id=row["subject_id"],
                person_id=row["person_id"],
                location_id=row["location_id"],
            )


def _kind_of(row: Row) -> str:
    """What a revocation would have stopped: one of marketing stops nothing else, and its own confirmation follows every one."""
    scope, purpose = SuppressionScope(row["scope"]), Purpose(row["purpose"])
    if purpose in _MAY_FOLLOW_A_STOP or (scope is SuppressionScope.MARKETING and purpose is not Purpose.MARKETING):
        return ""
    return WRONG_NUMBER if scope is SuppressionScope.PERSON_ON_PHONE else OPT_OUT


def _over(register: VendorRegister, zone: ZoneInfo, now: datetime) -> Iterable[tuple[Agreement, datetime]]:
    """Agreements that have run out, each with the instant at which they had."""
    for one in register.agreements:
        if one.expires_on is not None:
            ended = local_instant(one.expires_on + ONE_DAY, time(0), zone)
            if ended <= now:
                yield one, ended


def _unlicensed(session: Session, agreement: Agreement, ended: datetime, now: datetime) -> Iterable[LateTruth]:
    for row in sent_through(session, agreement.vendor, ended):
        if row["product"] in agreement.covered_products:
            yield LateTruth(
                row["attempt_id"], row["action_id"], AGREEMENT, row["sent_at"], ended, now, subject_id=agreement.vendor
            )


def _tasks(session: Session, fresh: Iterable[LateTruth], now: datetime) -> Iterable[Task]:
    for one in fresh:
        if one.kind != AGREEMENT:
            lag = spoken(one.sent_at - one.fact_at)
            yield _task(session, one.attempt_id, TITLES[one.kind].format(lag=lag), now, one)


def _vendors(session: Session, fresh: Iterable[LateTruth], now: datetime) -> Iterable[Task]:
    """One task for a vendor, however much went through it."""
    for vendor, count in sorted(Counter(one.subject_id for one in fresh if one.kind == AGREEMENT).items()):
        yield _task(
            session, f"agreement/{vendor}", TITLES[AGREEMENT].format(many=counted(count, "message"), vendor=vendor), now
        )


def _task(session: Session, subject: str, title: str, now: datetime, about: LateTruth | None = None) -> Task:
    person, place = (about.person_id, about.location_id) if about else (None, None)
    return Task(
        task_id=task_id(session.practice_id, TaskKind.SHOULD_NOT_HAVE_GONE, subject),
        kind=TaskKind.SHOULD_NOT_HAVE_GONE,
        subject_id=subject,
        person_id=PersonId(person) if person else None,
        location_id=LocationId(place) if place else None,
        title=title,
        due_at=now + ONE_DAY,
        expires_at=now + LIFE,
        opened_at=now,
    )
