"""Journeys compiled to ranges over columns, which the ledger can evaluate for a practice's whole calendar in milliseconds."""

from enum import StrEnum

from canonical.clock import Instant
from canonical.ids import ContentHash
from canonical.model import Noun


class Column(StrEnum):
    """The columns a range may be asked of."""

    START = "start_at"
    END = "end_at"
    BOOKED = "booked_at"
    CHANGED = "changed_at"
    RECEIVED = "received_at"
    INTERESTED = "interested_at"
    RECORDED = "recorded_at"


class Table(StrEnum):
    """Where the subjects of a range stand."""

    VISITS = "open_visits"
    INQUIRIES = "inquiries"
    REPLIES = "replies"
    SUPPRESSIONS = "suppressions"
    OPT_OUT_COPIES = "opt_out_copies"
    TASKS = "tasks"


class Bound(Noun):
    """A column lies in [since, until); a missing end is open."""

    column: Column
    since: Instant | None = None
    until: Instant | None = None


class Watermark(Noun):
    """LIVE-01 as a condition on a row: its fact is not older than the row's `live_from` (R43)."""

    column: Column
    since: Instant
    vendor_time: bool = False
    """The fact must carry the vendor's own time; without one it counts as old (trigger rows)."""


class Range(Noun):
    """Which subjects one step could be owed to in this tick, and what LIVE-01 or OWN-01 holds back of them."""

    step: str
    row: str
    table: Table
    bounds: tuple[Bound, ...]
    statuses: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    completed: bool = False
    """Only visits that took place, as far as we know (R14)."""
    rebooked: bool = True
    """False: only visits after which the person has booked nothing more (R19)."""
    mailed: bool = False
    """Only visits of people who have, or had, a mail address."""
    services: tuple[str, ...] = ()
    """Only visits of these services; empty = of all."""
    told: bool = False
    """Only visits that changed after something was last told about them (R9)."""
    watermark: Watermark | None = None
    held_by: str = ""
    """The rule that holds the whole row back: then its subjects are counted and not read."""


class Plan(Noun):
    """What the ledger must look at for one tick: ranges, and nothing the ledger would have to decide."""

    now: Instant
    horizon: Instant
    """Actions due before it are planned."""
    journeys: ContentHash
    ranges: tuple[Range, ...]
