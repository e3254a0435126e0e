"""How a practice stands, in counts, instants and ids: what may be shown to somebody who may see no patient."""

from dataclasses import dataclass
from datetime import datetime

from ledger.streams import all_reached
from pipelines.tick.hub import PracticeHub


@dataclass(frozen=True)
class Standing:
    """A practice as its ledger has it now."""

    open_by_state: dict[str, int]
    held: dict[str, int]
    """Open actions that wait or are blocked, by state and reason."""
    unknown: int
    """Attempts without a known outcome."""
    set_aside: int
    """Raw rows nobody understood."""
    oldest_fact: datetime | None
    """The stream that was read completely longest ago; None when one never was."""
    next_due: datetime | None
    entries: int
    """Entries of the audit."""
    signed: int
    """How many of them the newest checkpoint covers."""


def standing(practice: PracticeHub) -> Standing:
    """Read it; some milliseconds."""
    now = practice.hub.clock.business_now()
    with practice.store.reading() as session:
        read = [one.complete_read_at for one in all_reached(session).values()]
        held = {f"{row['state']}: {row['reason']}": int(row["actions"]) for row in session.rows("held_by_reason")}
        return Standing(
            open_by_state={row["state"]: int(row["actions"]) for row in session.rows("count_open_actions")},
            held=held,
            unknown=int((session.one("due_by_now", now=now) or {}).get("unanswered", 0)),
            set_aside=int((session.one("count_set_aside") or {}).get("aside", 0)),
            oldest_fact=min((at for at in read if at), default=None) if all(read) else None,
            next_due=(session.one("next_due", now=now) or {}).get("at"),
            entries=session.head.audit.seq,
            signed=session.head.checkpoint_size or 0,
        )
