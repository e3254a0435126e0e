"""What a claim asks before it is made: whether anybody has said something that nobody has understood yet."""

from typing import Protocol

from canonical.ids import RunId
from ledger.session import Session


class Ear(Protocol):
    """What a claim asks before it is made."""

    def listen(self, run_id: RunId) -> None:
        """Take in and understand whatever may hold a STOP. No ledger is open."""

    def unheard(self, session: Session) -> bool:
        """Whether something may hold a STOP that nobody has understood; asked in the transaction of the claim."""

    def interrupted(self) -> bool:
        """Whether something has come since that may hold a STOP: a look at the disk between two requests. No ledger is open."""


class Silence:
    """Nobody speaks to us."""

    def listen(self, run_id: RunId) -> None:
        """Nothing."""

    def unheard(self, session: Session) -> bool:
        """Never."""
        del session
        return False

    def interrupted(self) -> bool:
        """Never."""
        return False
