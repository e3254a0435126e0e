"""Misbehaviour on order: the next N matching requests, never a probability."""

import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple, Self

# What each kind does, and whether the vendor has accepted the request by then. README.md prints this table.
KINDS: dict[str, tuple[bool, str]] = {
    "delay": (True, "the right answer, `seconds` late"),
    "refuse": (
        False,
        "the connection is reset as soon as it is made: the client notices connecting, writing or reading",
    ),
    "reset": (False, "the request is read, then the connection is reset"),
    "hang": (False, "no answer until the client gives up"),
    "drop": (True, "the request is carried out, then the connection closes without an answer"),
    "status": (False, "an error answer in the vendor's own words: `status`, `code`, `retry_after`, `text`"),
    "html": (False, "a proxy's HTML page with `status` instead of JSON"),
    "truncated": (True, "half of the JSON, well framed"),
    "cut": (True, "half of the announced bytes, then the connection closes"),
    "empty": (True, "the right status and no body"),
    "no_id": (True, "the right status and a body without any id"),
    "webhook_duplicate": (True, "the webhook is delivered twice"),
    "webhook_late": (True, "the webhook is delivered `seconds` later, or at `webhooks/release` when that is 0"),
    "webhook_reorder": (True, "`times` webhooks are collected and delivered in reverse order"),
    "webhook_lost": (True, "the webhook is never delivered"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Trouble of one kind for the next `times` matching requests (`None`: until lifted), after `skip` of them passed.

    `method` is the HTTP method, or the SMTP stage (CONNECT, EHLO, MAIL, RCPT, DATA, BODY); `path` is a regular
    expression searched in the path (for webhooks in the URL, for RCPT in the address). `accept` overrides whether the
    vendor carries the request out. `seconds` delays any kind.
    """

    kind: str
    times: int | None = 1
    skip: int = 0
    method: str | None = None
    path: str | None = None
    accept: bool | None = None
    seconds: float = 0.0
    status: int = 503
    code: int | None = None
    retry_after: str | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"No fault is called {self.kind!r}; there are {', '.join(KINDS)}.")

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Self:
        """A fault from JSON; `ValueError` names an unknown field or kind."""
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(given) - set(known))
        if unknown or "kind" not in given:
            raise ValueError(f"A fault has {', '.join(known)}; here: {', '.join(unknown) or 'no kind'}.")
        return cls(**given)

    @property
    def accepts(self) -> bool:
        """Whether the vendor carries the request out although its answer suffers."""
        return KINDS[self.kind][0] if self.accept is None else self.accept

    def matches(self, method: str, path: str) -> bool:
        """Whether this fault is for such a request."""
        right_method = self.method is None or self.method.upper() == method
        return right_method and (self.path is None or re.search(self.path, path) is not None)


class Taken(NamedTuple):
    """A fault that strikes now; `left` more of its kind are to come."""

    fault: Fault
    left: int | None


@dataclass(slots=True)
class _Armed:
    fault: Fault
    to_skip: int
    left: int | None


class Faults:
    """The faults armed on one emulator. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []

    def add(self, fault: Fault) -> None:
        """Arm a fault; several queue up in the order they were added."""
        with self._lock:
            self._armed.append(_Armed(fault, fault.skip, fault.times))

    def clear(self) -> None:
        """Lift everything."""
        with self._lock:
            self._armed.clear()

    def take(self, method: str, path: str) -> Taken | None:
        """The fault that strikes this request, if any; refused connections are taken as method CONNECT."""
        return self._take(method, path, webhook=False)

    def take_webhook(self, url: str) -> Taken | None:
        """The fault that strikes a webhook on its way out, if any."""
        return self._take("POST", url, webhook=True)

    def listing(self) -> list[dict[str, Any]]:
        """What is still armed, with how often it will strike."""
        with self._lock:
            return [asdict(each.fault) | {"left": each.left, "to_skip": each.to_skip} for each in self._armed]

    def _take(self, method: str, path: str, *, webhook: bool) -> Taken | None:
        with self._lock:
            for armed in self._armed:
                concerned = _concerns(armed.fault, method, webhook=webhook) and armed.fault.matches(method, path)
                if concerned and self._strike(armed):
                    return Taken(armed.fault, armed.left)
        return None

    def _strike(self, armed: _Armed) -> bool:
        if armed.to_skip:
            armed.to_skip -= 1
            return False
        if armed.left is not None:
            armed.left -= 1
            if not armed.left:
                self._armed.remove(armed)
        return True


def _concerns(fault: Fault, method: str, *, webhook: bool) -> bool:
    if webhook or fault.kind.startswith("webhook_"):
        return webhook and fault.kind.startswith("webhook_")
    return (method == "CONNECT") == (fault.kind == "refuse" or fault.method == "CONNECT")
