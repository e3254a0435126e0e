"""One call as it lies in the spool: what arrived, at whose address, and when."""

import json
from typing import Final

from pydantic import ValidationError

from canonical.clock import Instant
from canonical.ids import ConnectionId, PracticeId
from canonical.model import Noun
from canonical.problems import GlowlineError
from connectors.kit.webhooks import Incoming

_LENGTH: Final = 4
_NOT_KEPT: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers that prove something about the caller and say nothing about the event."""


class CallUnreadable(GlowlineError):
    """A file of the spool is not what we write. Names the file; it is kept."""


class Call(Noun):
    """A believed call. The address says which connection the vendor was given; what it reports may concern another."""

    vendor: str
    practice_id: PracticeId
    connection_id: ConnectionId
    incoming: Incoming
    arrived_at: Instant
    """Machine time."""

    def encoded(self) -> bytes:
        """The bytes that are sealed: a header with everything but the body, and the body as it came."""
        headers = {name: value for name, value in self.incoming.headers.items() if name not in _NOT_KEPT}
        head = self.model_dump(mode="json", exclude={"incoming": {"body", "headers"}})
        head["incoming"]["headers"] = headers
        written = json.dumps(head, separators=(",", ":")).encode()
        return len(written).to_bytes(_LENGTH, "big") + written + self.incoming.body

    @classmethod
    def decoded(cls, written: bytes) -> "Call":
        """The call that `encoded` wrote. Raises `CallUnreadable`."""
        end = _LENGTH + int.from_bytes(written[:_LENGTH], "big")
        try:
            head = json.loads(written[_LENGTH:end])
            return cls.model_validate(head | {"incoming": head["incoming"] | {"body": written[end:]}})
        except (ValueError, TypeError, KeyError, ValidationError):
            pass
        raise CallUnreadable("what was opened is no call.", next_step="Report it: another release may have written it.")
