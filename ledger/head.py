"""The head: the one row every writing transaction takes first. Numbers, the audit's end and the clock's mark stand in it."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from canonical.clock import rfc3339
from canonical.problems import ClockWentBack, LedgerDamaged, LedgerForeign
from ledger.audit.append import AuditHead
from ledger.audit.chain import GENESIS
from ledger.audit.merkle import CompactRange
from ledger.faults import DAMAGED, FOREIGN
from ledger.named_queries import query
from ledger.rows import as_dicts

OVERTAKEN = timedelta(hours=1)
"""How far behind a writer's time may lie: a run keeps the time at which it began, and others write meanwhile."""


@dataclass(frozen=True, slots=True)
class Head:
    """The row as read, with the audit's part understood."""

    practice_id: str
    origin: str
    created_at: datetime | None
    schema_number: int
    min_reader: int
    seq: int
    audit: AuditHead
    business_high_water: datetime | None
    checkpoint_size: int | None
    checkpoint_at: datetime | None
    read_only_why: str | None
    secret: bytes

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Head":
        """From the named query `read_head`. Raises `ValueError` when the audit's part contradicts itself."""
        size = row["audit_size"]
        tree = CompactRange.from_hex(size, json.loads(row["audit_range"]))
        audit = AuditHead(size, bytes(row["audit_hash"] or GENESIS), tree)
        kept = {name: row[name] for name in cls.__slots__ if name in row}
        return cls(**{**kept, "audit": audit, "secret": bytes(row["secret"])})

    def at(self, business_now: datetime | None) -> "Head":
        """The head once business time has reached `business_now`; it never goes back.

        Raises `ClockWentBack` for a time that lies further behind than one run can fall behind another.
        """
        if business_now is None:
            return self
        mark = self.business_high_water
        if mark is not None and business_now < mark - OVERTAKEN:
            raise ClockWentBack(
                f"it is {rfc3339(business_now)}, and this ledger has already seen {rfc3339(mark)}",
                next_step="Correct the machine's clock, or wait until the time is reached again; nothing is planned until then.",
            )
        return replace(self, business_high_water=max(business_now, mark or business_now).astimezone(UTC))

    def written(self) -> dict[str, object]:
        """The parameters of the named query `write_head`."""
        return {
            "seq": self.seq,
            "audit_size": self.audit.seq,
            "audit_hash": self.audit.last_hash,
            "audit_range": json.dumps(self.audit.tree.to_hex()),
            "business_high_water": self.business_high_water,
        }


def read_head(cursor: duckdb.DuckDBPyConnection, where: str, practice_id: str) -> Head:
    """The head of the ledger the cursor stands in.

    Raises:
        LedgerForeign: it is no ledger, or not that practice's.
        LedgerDamaged: a part of the head is not what it must be.
    """
    try:
        found = as_dicts(cursor.execute(query("read_head").sql))
    except (duckdb.CatalogException, duckdb.BinderException):
        found = []
    if len(found) != 1:
        raise LedgerForeign(f"{where}: {FOREIGN.sentence}", next_step=FOREIGN.next_step)
    try:
        head = Head.of(found[0])
    except (ValueError, TypeError) as broken:
        message = f"{where}: the head or the audit of this ledger is damaged"
        raise LedgerDamaged(message, next_step=DAMAGED.next_step) from broken
    if head.practice_id != practice_id:
        raise LedgerForeign(
            f"{where}: the ledger belongs to another practice than {practice_id}",
            next_step="Correct the path, or the practice's id.",
        )
    return head
