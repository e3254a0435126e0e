"""What the contract needs to know of a vendor, told by `tests/connectors/<vendor>/wire.py`."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, cast

import pytest
from pydantic import SecretStr

from canonical.actions import Command, Payload
from canonical.clock import FixedClock
from canonical.delivery import Claimed, Effect
from canonical.ids import ActionId, AttemptId, PracticeId
from canonical.practice import Connection
from canonical.problems import Ambiguous, ConnectorProblem, NeedsOperator, ProtocolBroken, Refused, TryLater
from connectors.kit import dispatch, registry
from connectors.kit.access import Tools
from connectors.kit.capabilities import promised
from connectors.kit.manifest import Manifest
from connectors.kit.problem_table import Intent
from connectors.kit.webhooks import Incoming, Meaning

NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)
TESTS = Path(__file__).parents[1]

Problem = type[ConnectorProblem]
READ, AGAIN, ONCE = Intent.READ, Intent.REPEATABLE_WRITE, Intent.ONCE


def faults(wire: "Wire", intent: Intent) -> dict[str, Problem]:
    """The faults that can strike an operation of that intent, and what each must come to."""
    return {fault: promise[intent] for fault, promise in wire.promises.items() if intent in promise}


def always(problem: Problem) -> dict[Intent, Problem]:
    return {READ: problem, AGAIN: problem, ONCE: problem}


HTTP_PROMISES: dict[str, dict[Intent, Problem]] = {
    "401": always(NeedsOperator),
    "403": always(NeedsOperator),
    "404": always(Refused),
    "409": always(Refused),
    "422": always(Refused),
    "429": always(TryLater),
    "500": {READ: TryLater, AGAIN: TryLater, ONCE: Ambiguous},
    "502": {READ: TryLater, AGAIN: TryLater, ONCE: Ambiguous},
    "503": {READ: TryLater, AGAIN: TryLater, ONCE: Ambiguous},
    "reset": {READ: TryLater, AGAIN: TryLater, ONCE: Ambiguous},
    "timeout": {READ: TryLater, AGAIN: TryLater, ONCE: Ambiguous},
    "cut": {READ: TryLater, AGAIN: TryLater, ONCE: Ambiguous},
    "html": {READ: ProtocolBroken, AGAIN: TryLater, ONCE: Ambiguous},
    "truncated": {READ: ProtocolBroken, AGAIN: TryLater, ONCE: Ambiguous},
    "refused": always(TryLater),
}
"""What an HTTP vendor's misbehaviour must come to. A vendor whose own codes say more overrides single entries."""


class Wire(Protocol):
    """The other side, running: an HTTP server, a mail server, a folder."""

    @property
    def connection(self) -> Connection:
        """A connection that leads there."""

    @property
    def promises(self) -> Mapping[str, Mapping[Intent, Problem]]:
        """Fault → what it must come to, by intent; an intent it cannot strike is left out. The suite provokes each."""

    def tools(self, *, impatient: bool = False) -> Tools:
        """Tools that reach it. Impatient ones give up within a fraction of a second."""

    def fail(self, fault: str | None) -> None:
        """Misbehave like that from now on; None: behave."""

    def served(self) -> bytes:
        """Everything it has handed out."""

    def asked(self) -> tuple[str, ...]:
        """Every write that reached it, as readable text."""

    unheard: frozenset[str]
    """The faults under which no request arrives at all."""
    bad_key: str
    """The fault of a key nobody accepts."""
    missing_scope: str
    """The fault of a key that may not do this; empty where there are no scopes."""
    without_id: str
    """The fault that accepts a write and gives no id; empty where a write never gives one."""


@dataclass(frozen=True)
class PushCase:
    """A command with an invented payload, and what of ours must be found in the request."""

    payload: Payload
    reference: Callable[[AttemptId], str] = str
    found_as: str = ""
    """The vendor's id under which the fixtures' look-up finds it."""


@dataclass(frozen=True)
class HookCase:
    """A call the vendor makes, and what it must be understood as."""

    name: str
    incoming: Incoming
    meaning: Meaning
    stream: str
    covers_body: bool = True
    """False where the vendor proves itself by the address alone, so that nothing can tell a changed body."""


@dataclass(frozen=True)
class Hooks:
    """How the vendor calls. `sign` adds what proves a call made at that instant with that secret."""

    calls: Sequence[HookCase]
    sign: Callable[[Incoming, SecretStr, datetime], Incoming]
    unsign: Callable[[Incoming], Incoming]
    """The same call without its proof."""
    documented: bool = True
    """False where the vendor does not say how its signature is written, so that ours is one reading of it."""


@dataclass(frozen=True)
class Subject:
    """A vendor under test."""

    vendor: str
    opened: Callable[[Path], AbstractContextManager[Wire]]
    private: tuple[str, ...] = ()
    """Secrets and invented personal data that must never be seen outside a request."""
    pushes: Mapping[str, PushCase] = field(default_factory=dict)
    hooks: Hooks | None = None
    pieces: Callable[[bytes], Sequence[bytes]] = lambda body: (body,)
    """The parts of a record that each came over the wire as they are, where a record is put together from several answers."""
    position: Callable[[str], Any] = str
    """A cursor as something that can be compared, to see that it never goes back."""

    @property
    def manifest(self) -> Manifest:
        return registry.manifest(self.vendor)

    @property
    def fixtures(self) -> Path:
        return TESTS / self.vendor / "fixtures"

    def streams(self) -> tuple[str, ...]:
        """The streams the fixtures hold: those of the manifest, and of an open one those that were recorded."""
        named = [name for name in self.manifest.pulled() if name != "*"]
        held = [folder.name for folder in sorted((self.fixtures / "pull").glob("*")) if folder.is_dir()]
        return tuple(named) if "*" not in self.manifest.streams else tuple(held)


def attempt(number: int = 1) -> AttemptId:
    return AttemptId(f"at-contract{number:05d}")


def claim(subject: Subject, wire: Wire, command: str, number: int = 1) -> Claimed:
    """A licence as the outbox would give it."""
    return Claimed(
        practice_id=PracticeId("lumen"),
        attempt_id=attempt(number),
        action_id=ActionId("a-contract"),
        command=Command(
            connection_id=wire.connection.connection_id,
            vendor=subject.vendor,
            product=subject.manifest.product_of(command),
            payload=subject.pushes[command].payload,
        ),
        claimed_at=NOW,
        lease_until=NOW + timedelta(seconds=60),
    )


def context(wire: Wire, *, impatient: bool = False, held: bool = True) -> dispatch.SendContext:
    return dispatch.SendContext(wire.connection, wire.tools(impatient=impatient), lambda _: held)


def intent_of(subject: Subject, command: str) -> Intent:
    return Intent.of(Effect(subject.manifest.commands[command].effect))


def subjects() -> tuple[Subject, ...]:
    """Every connector that tells the contract how to reach it."""
    return tuple(_subject(vendor) for vendor in registry.vendors() if has_wire(vendor))


def has_wire(vendor: str) -> bool:
    return (TESTS / vendor / "wire.py").is_file()


def _subject(vendor: str) -> Subject:
    module = importlib.import_module(f"tests.connectors.{vendor}.wire")  # noqa: TID251 - because it is found by name
    return cast("Subject", module.SUBJECT)


def able(capability: str) -> tuple[Subject, ...]:
    """The subjects whose manifest promises that file."""
    return tuple(subject for subject in subjects() if capability in promised(subject.manifest))


Case = tuple[Subject, *tuple[Any, ...]]


def clause(name: str, arguments: str, cases: Sequence[Case]) -> pytest.MarkDecorator:
    """Parametrize a clause; where a manifest declares `name` a gap, it must fail, and a gap that heals turns red."""
    return pytest.mark.parametrize(
        arguments,
        [
            pytest.param(*case, id="-".join([case[0].vendor, *map(str, case[1:])]), marks=_gap(case[0], name))
            for case in cases
        ],
    )


def _gap(subject: Subject, name: str) -> tuple[pytest.MarkDecorator, ...]:
    CLAUSES.add(name)
    gap = subject.manifest.gaps.get(name)
    if gap is None:
        return ()
    return (
        pytest.mark.xfail(strict=True, reason=f"{gap.kind}: {gap.why}", raises=(AssertionError, pytest.fail.Exception)),
    )


CLAUSES: set[str] = set()
"""The names of all clauses, for the test that holds the manifests' gaps against them."""


def over(subjects_: Sequence[Subject]) -> list[Case]:
    return [(subject,) for subject in subjects_]


def over_streams() -> list[Case]:
    return [(subject, stream) for subject in able("pull") for stream in subject.streams()]


def over_commands() -> list[Case]:
    return [(subject, command) for subject in able("push") for command in subject.manifest.commands]
