"""Asking a vendor: reads are repeated while that can help, writes leave at most once, and every answer has a meaning."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import TypeVar
from urllib.parse import urlsplit

import tenacity
from pydantic import BaseModel

from canonical.problems import ConnectorProblem, NeedsOperator, ProtocolBroken, TryLater, Where
from connectors.kit.access import Access
from connectors.kit.auth import Anonymous, Auth
from connectors.kit.exchange import Answer, Request, Unanswered, is_private
from connectors.kit.limits import Budget, Nested, retry_after
from connectors.kit.problem_table import (
    Intent,
    ProblemTable,
    problem_of_answer,
    problem_of_garbage,
    problem_of_silence,
)
from connectors.kit.shapes import Misshapen, shaped

S = TypeVar("S", bound=BaseModel)
P = TypeVar("P")

UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Patience:
    """How long we insist. Seconds of machine time.

    A write waits for its budget only briefly, because a claim's lease (60 s) is running.
    """

    tries: int = 4
    first: float = 0.5
    longest: float = 20.0
    budget_of_read: timedelta = timedelta(seconds=60)
    budget_of_write: timedelta = timedelta(seconds=5)


def no_code(answer: Answer) -> str:
    """For vendors without codes of their own."""
    del answer
    return ""


def no_pause(answer: Answer) -> timedelta | None:
    """For vendors that ask for a pause in Retry-After, or not at all."""
    del answer
    return None


@dataclass(frozen=True)
class Line:
    """A vendor's HTTP interface, as one connection may use it."""

    access: Access
    auth: Auth = field(default_factory=Anonymous)
    problems: ProblemTable = field(default_factory=dict)
    code_of: Callable[[Answer], str] = no_code
    """The vendor's own error code in an unsuccessful answer, or "". Must not raise."""
    pause_of: Callable[[Answer], timedelta | None] = no_pause
    """The pause an unsuccessful answer asks for in the vendor's own words, where it has no Retry-After. Must not raise."""
    patience: Patience = Patience()
    dice: random.Random = field(default_factory=random.Random)

    def read(self, request: Request, capability: str, reference: str = "") -> Answer:
        """A successful answer to a request that changes nothing, whatever its verb. `reference`: the attempt it helps.

        Repeated with capped exponential back-off and jitter while that can help; only once while the vendor was found down
        within the last minute, by whichever process: what can wait for the next tick does not make this one wait.

        Raises:
            TryLater: it did not help. NeedsOperator, Refused, ProtocolBroken: it cannot.
        """
        where = self.access.where(capability, reference=reference)
        trying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._worth_another),
            stop=lambda state: state.attempt_number >= self.patience.tries or self._budget(request).is_down(),
            wait=self._back_off,
            sleep=self._rest,
            reraise=True,
        )
        try:
            return trying(self._once, request, where, Intent.READ)
        except TryLater as problem:
            if problem.after is None:
                self._budget(request).found_down()
            raise

    def write(self, request: Request, command: str, reference: str) -> Answer:
        """A successful answer to a command's one request. `reference` is our attempt id.

        Never repeated here: an idempotent or keyed command is repeated by its next attempt, with the same key.

        Raises:
            TryLater: nothing was accepted. Ambiguous: it may have been (effect `once`). NeedsOperator, Refused.
        """
        where = self.access.where(f"push.{command}", reference=reference)
        return self._once(request, where, Intent.of(self.access.manifest.commands[command].effect))

    def read_as(self, shape: type[S], request: Request, capability: str, reference: str = "") -> S:
        """As `read`, understood. Raises `ProtocolBroken` when it is not of that shape."""
        answer = self.read(request, capability, reference)
        return self._understood(shape, answer, self.access.where(capability, reference=reference), Intent.READ)

    def write_as(self, shape: type[S], request: Request, command: str, reference: str) -> S:
        """As `write`, understood. A success without what the shape demands (an id) is `Ambiguous`, never a success."""
        answer = self.write(request, command, reference)
        intent = Intent.of(self.access.manifest.commands[command].effect)
        return self._understood(shape, answer, self.access.where(f"push.{command}", reference=reference), intent)

    def _once(self, request: Request, where: Where, intent: Intent) -> Answer:
        if not is_private(request.url):
            raise NeedsOperator(where, "the address is not https.", next_step="Correct the connection's base URL.")
        signed = _placed(where, lambda: self.auth.signed(request))
        self._take_budget(request, where, intent)
        answer = self._exchanged(signed, where, intent)
        if answer.status == UNAUTHORIZED and _placed(where, self.auth.renewed):
            raise TryLater(where, "the access token had ended early; there is a new one.", after=timedelta())
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - success, as HTTP defines it
            raise self._problem(answer, where, intent)
        return answer

    def _exchanged(self, request: Request, where: Where, intent: Intent) -> Answer:
        trace = self.access.trace
        before = trace.written
        # Until the transport says otherwise: an exception nobody foresaw must not look like "nothing left".
        trace.written = before or intent is not Intent.READ
        try:
            answer = self.access.tools.transport.exchange(
                request, account=self.access.connection.account, fresh=intent is Intent.ONCE
            )
        except Unanswered as silence:
            self._budget(request).ended()
            trace.written = before or (silence.written and intent is not Intent.READ)
            problem = problem_of_silence(silence, where, intent)
        else:
            self._budget(request).hear(answer.status, self._told(answer))
            return answer
        raise problem

    def _budget(self, request: Request) -> Budget:
        narrower = self.access.narrower(urlsplit(request.url).path)
        return Nested((self.access.budget(), *narrower)) if narrower else self.access.budget()

    def _take_budget(self, request: Request, where: Where, intent: Intent) -> None:
        patience = self.patience.budget_of_read if intent is Intent.READ else self.patience.budget_of_write
        wait = self._budget(request).take(patience)
        if wait is not None:
            raise TryLater(where, "the account's rate budget is spent for now.", after=wait)

    def _problem(self, answer: Answer, where: Where, intent: Intent) -> ConnectorProblem:
        code = self.code_of(answer)
        after = retry_after(self._told(answer), self.access.tools.clock.machine_now())
        coded = Where(where.vendor, where.capability, where.reference, code or str(answer.status))
        return problem_of_answer(self.problems, answer.status, code, coded, intent, after)

    def _told(self, answer: Answer) -> Mapping[str, str]:
        """The answer's headers, with the pause a vendor names elsewhere put where everybody looks for it."""
        known = answer.status < 400 or "retry-after" in answer.headers  # noqa: PLR2004 - no pause after a success
        pause = None if known else self.pause_of(answer)
        return answer.headers if pause is None else {**answer.headers, "retry-after": str(ceil(pause.total_seconds()))}

    def _understood(self, shape: type[S], answer: Answer, where: Where, intent: Intent) -> S:
        try:
            return shaped(answer.body, shape)
        except Misshapen as wrong:
            problem = problem_of_garbage(where, str(wrong), intent)
        raise problem

    def _worth_another(self, error: BaseException) -> bool:
        if not isinstance(error, TryLater):
            return False
        return error.after is None or error.after.total_seconds() <= self.patience.longest

    def _rest(self, seconds: float) -> None:
        self.access.tools.pause(seconds)

    def _back_off(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.after.total_seconds() if isinstance(error, TryLater) and error.after else 0.0
        grown = min(self.patience.longest, self.patience.first * 2.0 ** (state.attempt_number - 1))
        return asked + grown * self.dice.uniform(0.5, 1.0)


def _placed(where: Where, prove: Callable[[], P]) -> P:
    """What a proof came to; its problems are told of the request that needed it, with our reference."""
    try:
        return prove()
    except ConnectorProblem as problem:
        problem.where = where
        raise


def broken_page(where: Where, wrong: Misshapen) -> ProtocolBroken:
    """The problem of a page that cannot be split into records."""
    return ProtocolBroken(where, f"the page {wrong}.", next_step="Compare the answer with the documentation.")
