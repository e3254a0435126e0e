"""What a vendor's `push.py` is made of: functions that each make one request out of one claim."""

from collections.abc import Callable
from typing import TypeVar

from canonical.actions import Payload
from canonical.delivery import Claimed, LookupResult, SendResult
from connectors.kit.access import Access

Send = Callable[[Access, Claimed], SendResult]
"""`COMMANDS` in a vendor's `push.py` maps a command to one of these."""
LookUp = Callable[[Access, Claimed], LookupResult]
"""`LOOK_UPS` in a vendor's `push.py` maps a command that can be looked up to one of these."""

T = TypeVar("T", bound=Payload)


def payload_of(claimed: Claimed, kind: type[T]) -> T:
    """The claim's payload. Raises TypeError where `COMMANDS` and the payload's kind disagree: a defect of ours."""
    payload = claimed.command.payload
    if not isinstance(payload, kind):
        raise TypeError(f"attempt {claimed.attempt_id} carries {payload.kind}, not what this command takes")
    return payload
