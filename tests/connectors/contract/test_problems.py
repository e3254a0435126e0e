"""What every misbehaviour of a vendor comes to, and what nobody sees of it."""

import logging
import traceback
from collections.abc import Callable

import pytest

from canonical.problems import Ambiguous, ConnectorProblem, Refused, TryLater
from connectors.kit import dispatch, registry
from connectors.kit.capabilities import promised
from connectors.kit.problem_table import Intent
from tests.connectors.contract.subject import (
    NOW,
    Case,
    Subject,
    Wire,
    able,
    claim,
    clause,
    context,
    faults,
    intent_of,
    over,
    subjects,
)

PROMISED_FAULTS = ("401", "403", "404", "409", "422", "429", "500", "503", "reset", "timeout", "html", "truncated")
READ = "read"


def over_operations() -> list[Case]:
    reads: list[Case] = [(subject, READ) for subject in subjects() if promised(subject.manifest) & {"pull", "verify"}]
    return reads + [(subject, command) for subject in able("push") for command in subject.manifest.commands]


def operate(subject: Subject, wire: Wire, operation: str, *, impatient: bool, number: int = 1) -> None:
    """Do the one thing that meets the fault."""
    if operation != READ:
        dispatch.send(claim(subject, wire, operation, number), context(wire, impatient=impatient))
    elif subject.streams():
        list(
            registry.puller(wire.connection, wire.tools(impatient=impatient)).pull(subject.streams()[0], None, now=NOW)
        )
    else:
        registry.verifier(wire.connection, wire.tools(impatient=impatient))()


def intent(subject: Subject, operation: str) -> Intent:
    return Intent.READ if operation == READ else intent_of(subject, operation)


def problem_of(act: Callable[[], None]) -> ConnectorProblem | None:
    try:
        act()
    except ConnectorProblem as problem:
        return problem
    return None


@clause("problems.land_where_promised", "subject,operation", over_operations())
def test_every_fault_comes_to_what_was_promised(subject: Subject, operation: str, wire: Wire) -> None:
    came_to: dict[str, object] = {}
    wanted = faults(wire, intent(subject, operation))
    for number, fault in enumerate(wanted, 1):
        wire.fail(fault)
        hurry = fault == "timeout"
        problem = problem_of(lambda: operate(subject, wire, operation, impatient=hurry, number=number))  # noqa: B023 - called at once
        came_to[fault] = type(problem)
    assert came_to == wanted


@clause("problems.a_once_is_never_called_unsent_in_doubt", "subject,operation", over_operations())
def test_a_once_that_may_have_left_is_never_called_unsent(subject: Subject, operation: str, wire: Wire) -> None:
    if intent(subject, operation) is not Intent.ONCE:
        return
    for fault in ("500", "503", "reset", "timeout", "html", "truncated"):
        if fault in wire.promises:
            wire.fail(fault)
            hurry = fault == "timeout"
            problem = problem_of(lambda: operate(subject, wire, operation, impatient=hurry))  # noqa: B023 - called at once
            assert isinstance(problem, Ambiguous), fault


@clause("problems.say_where_and_what_next", "subject,operation", over_operations())
def test_a_problem_carries_vendor_capability_and_reference(subject: Subject, operation: str, wire: Wire) -> None:
    for fault in faults(wire, intent(subject, operation)):
        wire.fail(fault)
        hurry = fault == "timeout"
        problem = problem_of(lambda: operate(subject, wire, operation, impatient=hurry))  # noqa: B023 - called at once
        assert problem is not None
        assert problem.where.vendor == subject.vendor
        assert problem.where.capability
        assert operation == READ or problem.where.reference
        assert problem.next_step or isinstance(problem, TryLater | Refused)


@clause("problems.a_pause_the_vendor_asks_for_is_kept", "subject,operation", over_operations())
def test_a_pause_the_vendor_asks_for_is_passed_on(subject: Subject, operation: str, wire: Wire) -> None:
    if "429" not in wire.promises:
        return
    wire.fail("429")
    problem = problem_of(lambda: operate(subject, wire, operation, impatient=False))
    assert isinstance(problem, TryLater)
    assert problem.after is not None


@clause("secrets.are_seen_nowhere", "subject,operation", over_operations())
def test_no_secret_and_nobodys_data_is_in_a_repr_a_log_or_an_exception(
    subject: Subject, operation: str, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = [repr(wire.connection), repr(subject.manifest), repr(wire.tools())]
    for fault in (None, *faults(wire, intent(subject, operation))):
        wire.fail(fault)
        hurry = fault == "timeout"
        problem = problem_of(lambda: operate(subject, wire, operation, impatient=hurry))  # noqa: B023 - called at once
        shown += [repr(claim(subject, wire, operation))] if operation != READ else []
        shown += [*_told(problem), *map(repr, _chain(problem))] if problem else []
    shown += [record.getMessage() for record in caplog.records if record.name.split(".")[0] not in LIBRARIES]
    for word in subject.private:
        assert not any(word in text for text in shown), f"{word!r} is seen"


LIBRARIES = frozenset({"urllib3", "mail"})
"""`mail` is the pretend mail host's own log. urllib3 logs URLs at DEBUG; `redact.guard` keeps them quiet and is tested by itself."""


def _told(problem: ConnectorProblem) -> list[str]:
    return [str(problem), repr(problem), repr(problem.where), problem.next_step, *traceback.format_exception(problem)]


def _chain(problem: BaseException) -> list[BaseException]:
    """What hangs on behind it, shown or not: some crash reporters walk it all."""
    found: list[BaseException] = []
    link = problem.__cause__ or problem.__context__
    while link is not None and link not in found:
        found.append(link)
        link = link.__cause__ or link.__context__
    return found


@clause("problems.are_all_provoked", "subject", over(subjects()))
def test_every_misbehaviour_of_the_contract_is_provoked_or_has_no_meaning_here(subject: Subject, wire: Wire) -> None:
    assert wire.promises
    if any(fault in wire.promises for fault in ("html", "401")):
        assert set(PROMISED_FAULTS) <= set(wire.promises)
