"""Business time a ledger remembers nothing of, because a backup was restored and adopted (`ledger.adopt`)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from ledger.session import Session

RESTORED: Final = "restored"
"""The reason of whatever is left to a person because it may have been sent in lost time."""


class Lost(NamedTuple):
    """From the last the restored file knew to the moment somebody adopted it."""

    since: datetime | None
    until: datetime

    def holds(self, due_at: datetime) -> bool:
        """Whether an action due then may have been sent without the ledger knowing."""
        return (self.since is None or due_at > self.since) and due_at <= self.until


def lost_time(session: Session) -> tuple[Lost, ...]:
    """The spans; almost always none."""
    return tuple(Lost(row["lost_from"], row["lost_until"]) for row in session.rows("lost_time"))


def may_have_been_sent(lost: Iterable[Lost], due_at: datetime) -> bool:
    """Whether an action that was due then is a person's decision."""
    return any(span.holds(due_at) for span in lost)
