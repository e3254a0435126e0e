"""The one road out: hands a claimed command to its vendor's `push`, once.

Only `pipelines.outbox` may import this (`.importlinter`), and only this loads a vendor's `push`.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import cast

from canonical.delivery import Claimed, Effect, Found, Lookup, LookupResult, SendResult
from canonical.ids import AttemptId
from canonical.practice import Connection
from canonical.problems import Ambiguous, ConnectorProblem, GlowlineError, ProtocolBroken, TryLater, Where
from connectors.kit.access import Access, Tools
from connectors.kit.capabilities import require_command
from connectors.kit.commands import LookUp, Send
from connectors.kit.manifest import Command
from connectors.kit.problem_table import LOOKED_UP
from connectors.kit.registry import manifest


class NotClaimed(GlowlineError):
    """Somebody tried to send what the ledger does not hold as claimed. A programming error; nothing was sent."""


@dataclass(frozen=True)
class SendContext:
    """What the outbox gives along with a claim."""

    connection: Connection
    tools: Tools
    holds: Callable[[AttemptId], bool]
    """Whether the ledger holds that attempt as claimed now. Must not leave the ledger open."""
    spoken_for: Callable[[str], bool] = lambda _: False
    """Whether a vendor's message id already belongs to another attempt: two people on one phone may get one text."""


def send(claimed: Claimed, context: SendContext) -> SendResult:
    """Make the one request that `claimed` allows.

    Raises:
        NotClaimed: the ledger does not hold this attempt, or its lease is over; nothing was sent.
        NotOffered: the vendor has no such command; nothing was sent.
        TryLater, NeedsOperator: nothing was accepted; another attempt may be made.
        Refused: this vendor will never accept it.
        Ambiguous: it may have been accepted; look it up, never repeat it.
        ProtocolBroken: our own code failed before anything left.
    """
    access, command = _opened(claimed, context)
    _require_claim(claimed, context)
    pushing = cast("dict[str, Send]", _push(claimed).COMMANDS)[claimed.command.payload.kind]
    where = _where(claimed)
    try:
        return pushing(access, claimed)
    except ConnectorProblem as problem:
        outcome = _honest(problem, access, command, where)
    except GlowlineError:
        raise
    except Exception as error:  # every other end of a send must still be one of the six
        outcome = _unforeseen(error, access, command, where)
    raise outcome


def look_up(claimed: Claimed, context: SendContext) -> LookupResult:
    """Find out what became of an attempt whose outcome is unknown. Reads only, and may be repeated.

    `ABSENT` is answered only where the manifest says that absence proves something, and not before it has settled.

    Raises:
        TryLater, NeedsOperator, ProtocolBroken: it could not be found out now.
    """
    access, command = _opened(claimed, context)
    if command.lookup in {Lookup.NONE, Lookup.CALLBACK}:
        return LookupResult(found=Found.UNKNOWN)
    looking = cast("dict[str, LookUp]", _push(claimed).LOOK_UPS)[claimed.command.payload.kind]
    result = looking(access, claimed)
    settled = context.tools.clock.business_now() >= claimed.claimed_at + command.settles_after
    if result.found is Found.ABSENT and not (command.absence_is_proof and settled):
        return LookupResult(found=Found.UNKNOWN)
    return result


def _opened(claimed: Claimed, context: SendContext) -> tuple[Access, Command]:
    if context.connection.connection_id != claimed.command.connection_id:
        raise NotClaimed(f"attempt {claimed.attempt_id} is addressed to another connection.", next_step=_REPORT)
    described = manifest(claimed.command.vendor)
    require_command(described, claimed.command.payload.kind)
    access = Access(context.connection, described, context.tools, spoken_for=context.spoken_for)
    return access, described.commands[claimed.command.payload.kind]


def _require_claim(claimed: Claimed, context: SendContext) -> None:
    if not context.holds(claimed.attempt_id):
        raise NotClaimed(f"the ledger does not hold attempt {claimed.attempt_id} as claimed.", next_step=_REPORT)
    if context.tools.clock.machine_now() >= claimed.lease_until:
        raise NotClaimed(f"the lease of attempt {claimed.attempt_id} is over.", next_step="It is reconciled, not sent.")


def _honest(problem: ConnectorProblem, access: Access, command: Command, where: Where) -> ConnectorProblem:
    """A vendor's word stands, except that a `once` of which bytes have left cannot end in "not what we expected"."""
    if isinstance(problem, ProtocolBroken) and access.trace.written:
        return _unknown(command, where, "the answer was not what the vendor documents.")
    return problem


def _unforeseen(error: Exception, access: Access, command: Command, where: Where) -> ConnectorProblem:
    if access.trace.written:
        return _unknown(command, where, f"our own code failed after the request ({type(error).__name__}).")
    # Not the exception's text: it may quote what it stumbled over.
    return ProtocolBroken(
        where, f"our own code failed before anything left ({type(error).__name__}).", next_step=_REPORT
    )


def _unknown(command: Command, where: Where, says: str) -> ConnectorProblem:
    if command.effect is Effect.ONCE:
        return Ambiguous(where, says, next_step=LOOKED_UP)
    return TryLater(where, says)


def _where(claimed: Claimed) -> Where:
    return Where(claimed.command.vendor, f"push.{claimed.command.payload.kind}", claimed.attempt_id)


def _push(claimed: Claimed) -> ModuleType:
    return importlib.import_module(f"connectors.{claimed.command.vendor}.push")  # noqa: TID251 - the one road


_REPORT = "Report it: this is a defect of ours."
