"""What is kept of a procedure: its fee, whose it is and when it was done. Which procedure it was is left out before it lands (MIN-01)."""

from typing import Final

import msgspec

from connectors.kit.shapes import beside, without

PROCEDURES: Final = "procedures"
NOT_KEPT: Final = frozenset({"code", "name", "body_site", "treatment_plan_ids"})
DONE: Final = "completed"


class _Row(msgspec.Struct):
    status: str | None = None
    start_date: str | None = None
    end_date: str | None = None


def billed(row: bytes) -> bytes:
    """The row, a JSON object, without what was done. Behind it stands when it was done, where it was: planned ones have days, too.

    NexHealth knows the day only: noon UTC is on that day everywhere in the United States.
    """
    kept = without(row, NOT_KEPT)
    try:
        found = msgspec.json.decode(row, type=_Row)
    except msgspec.MsgspecError:
        return kept  # a field is of another kind than is documented: its shape says so
    day = found.end_date or found.start_date
    return beside(kept, "done", {"at": f"{day}T12:00:00Z"}) if day and found.status == DONE else kept
