"""LIVE-01 and OWN-01: whose row it is, and which facts are older than its switching on (R40, R43)."""

from datetime import datetime
from enum import Enum

from canonical.plan import Step

GLOWLINE, OFF = "glowline", "off"
OWN_01, LIVE_01 = "OWN-01", "LIVE-01"


class RowClass(Enum):
    """What `live_from` is compared with."""

    TRIGGER = "the vendor's time of the fact"
    BEFORE = "the due time"
    AFTER = "the end of the visit"


_BEFORE_THE_VISIT = frozenset({"2.3", "2.4", "4.1", "4.2"})


def row_class(row: str) -> RowClass:
    """The class of a row, as LIVE-01 lists them."""
    if row in _BEFORE_THE_VISIT or row.startswith("3."):
        return RowClass.BEFORE
    if row.startswith(("5.", "6.")) and row != "6.4":
        return RowClass.AFTER
    return RowClass.TRIGGER


def held_by(step: Step) -> str:
    """The rule that holds back the whole row, or nothing: OWN-01 when it is not ours, LIVE-01 when it is not switched on."""
    if step.owner != GLOWLINE:
        return OWN_01
    return "" if step.live_from else LIVE_01


def is_live(step: Step, at: datetime | None) -> bool:
    """Whether a fact of that time is the row's business. None is old."""
    return step.live_from is not None and at is not None and at >= step.live_from
