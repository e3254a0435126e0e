"""A path of the pretend HighLevel, and a request that was let in."""

from collections.abc import Callable
from dataclasses import dataclass

from emulators.gohighlevel.place import Place
from emulators.gohighlevel.tokens import Token
from emulators.kit.exchange import Answer, Call

Handle = Callable[["Ask"], Answer]


@dataclass(frozen=True)
class Rule:
    """One path: the scope it needs and what answers it."""

    scope: str
    handle: Handle
    action: str = "read"


@dataclass(frozen=True)
class Ask:
    """A request that was let in: from whose token, and for which sub-account."""

    call: Call
    place: Place
    token: Token
