"""Forgetting somebody: leads (DEL-01), patients (DEL-02), Washington's clock (DEL-03), what is never changed (DEL-04) or kept six years (RET-01)."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from canonical.model import Noun
from pipelines.policy.asking import ALLOW, NOT_ASKED, Finding, approval, block, heard
from pipelines.policy.knowing import UNKNOWN, Unknown

KEPT_YEARS = 6
WASHINGTON_DAYS = timedelta(days=45)
BACKUPS = timedelta(days=182)
"""Six months, in which backups run out."""
_NOT_KNOWN = "a day nobody has set"
_PROPAGATED = "Some tools have not confirmed the deletion: {vendors}. Washington deadline {date}."
_NO_CLOCK = "Nobody recorded when the request came or where the person lives: Washington's deadline may run."
_CHANGES = re.compile(
    r"\b(?:UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?|DROP\s+(?:TABLE|VIEW)|ALTER\s+TABLE|INSERT\s+OR\s+REPLACE\s+INTO)"
    r'\s+(?:IF\s+EXISTS\s+)?"?(?P<table>\w+)',
    re.IGNORECASE,
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
NEVER_CHANGED = frozenset(
    {"audit", "checkpoints", "transitions", "verdicts", "attempts", "attempt_outcomes", "receipts"}
)
"""The audit and the lineage. They hold ids only, so nobody's data has to be taken out of them."""


class RecordClass(StrEnum):
    """Sorts of what is held about a person, by what decides how long."""

    MEDICAL_RECORD = "medical_record"
    """Visits, patient records, and what was said about treatment."""
    HIPAA_DOCUMENT = "hipaa_document"
    """Consents, opt-outs, authorizations, agreements, the accounting and the audit."""
    MARKETING = "marketing"
    DM = "dm"
    """What the person wrote to us."""
    LEAD = "lead"
    ANALYTICS = "analytics"


RETAINED = frozenset({RecordClass.MEDICAL_RECORD, RecordClass.HIPAA_DOCUMENT})


class Deletion(Noun):
    """A request to be forgotten."""

    request_id: str
    subject: Literal["lead", "patient"] | Unknown
    """`patient` = somebody with a treatment relationship."""
    approved_by: str = ""
    """Who has said yes to it; empty = nobody yet."""


@heard("DEL-01")
def leads_are_forgotten(deletion: Deletion) -> Finding:
    """A lead is erased once a person has said yes; what stays is a keyed hash, so that nobody contacts them again."""
    if deletion.subject == "patient":
        return NOT_ASKED
    return ALLOW if deletion.approved_by and deletion.subject == "lead" else approval()


class Held(Noun):
    """One class of what is held about a patient."""

    record_class: RecordClass
    kept_until: date | Unknown = UNKNOWN
    """The last day of its retention period."""
    basis: str = ""
    """Where the period comes from, in words."""


@heard("DEL-02")
def records_stay_their_time(held: Held, today: date) -> Finding:
    """Of a patient the medical record and HIPAA documents stay their time; marketing, messages and inquiries go."""
    if held.record_class not in RETAINED:
        return ALLOW
    until = held.kept_until
    if isinstance(until, Unknown):
        return block(date=_NOT_KNOWN, basis=held.basis)
    return block(date=until, basis=held.basis) if until >= today else ALLOW


class Progress(Noun):
    """How far a deletion has come."""

    received_on: date | Unknown
    state: str | Unknown
    extended: bool = False
    """Whether the person was told that it takes another 45 days."""
    finished_on: date | None = None
    acknowledged: Mapping[str, bool]
    """By tool the data went to: whether it has confirmed."""
    backups_expire_on: date | Unknown = UNKNOWN

    @property
    def deadline(self) -> date | None:
        """Washington's, or None where nobody knows when the request came."""
        if isinstance(self.received_on, Unknown):
            return None
        return self.received_on + WASHINGTON_DAYS * (2 if self.extended else 1)


_WASHINGTON = "WA"


@heard("DEL-03")
def washington_waits_45_days(progress: Progress, today: date) -> Finding:
    """A Washington deletion is finished in 45 days, told to every tool, and gone from backups in six months."""
    if progress.state not in {_WASHINGTON, UNKNOWN}:
        return NOT_ASKED
    deadline = progress.deadline
    if deadline is None or progress.state is UNKNOWN:
        return approval(_NO_CLOCK)
    silent = ", ".join(sorted(vendor for vendor, said in progress.acknowledged.items() if not said))
    if (progress.finished_on or today) > deadline:
        return approval(_PROPAGATED, vendors=silent, date=deadline) if silent else approval(date=deadline)
    if progress.finished_on is None:
        return ALLOW
    if silent:
        return approval(_PROPAGATED, vendors=silent, date=deadline)
    backups = progress.backups_expire_on
    late = isinstance(backups, Unknown) or backups > progress.finished_on + BACKUPS
    return approval(date=deadline) if late else ALLOW


@heard("DEL-04")
def the_audit_is_never_changed(statement: str) -> Finding:
    """No statement changes the audit or the lineage: the rows they point to are erased instead."""
    changed = {match["table"].casefold() for match in _CHANGES.finditer(_COMMENT.sub(" ", statement))}
    return ALLOW if changed.isdisjoint(NEVER_CHANGED) else block()


class Purge(Noun):
    """Rows that a purge would remove."""

    row_class: Literal["authorization", "consent", "agreement", "policy", "accounting", "audit", "other"] | Unknown
    last_in_effect: date | Unknown = UNKNOWN
    """When the newest of them was made, or was last in effect."""


@heard("RET-01")
def six_years(purge: Purge, today: date) -> Finding:
    """Authorizations, consents, agreements, policies, the accounting and the audit are kept six years after they last counted."""
    if purge.row_class == "other":
        return ALLOW
    if isinstance(purge.last_in_effect, Unknown) or isinstance(purge.row_class, Unknown):
        return block(date=_NOT_KNOWN)
    until = years_after(purge.last_in_effect, KEPT_YEARS)
    return block(date=until) if today < until else ALLOW


def years_after(day: date, years: int) -> date:
    """The same day so many years on; the last of February becomes the first of March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
