"""What every push keeps to: never twice in doubt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from canonical.delivery import Found, Lookup
from canonical.problems import Ambiguous, ConnectorProblem, TryLater
from connectors.kit import dispatch
from connectors.kit.problem_table import Intent
from tests.connectors.contract.subject import (
    NOW,
    Case,
    Subject,
    Wire,
    able,
    attempt,
    claim,
    clause,
    context,
    faults,
    intent_of,
    over,
    over_commands,
)


@clause("push.success_gives_an_id", "subject,command", over_commands())
def test_a_success_gives_the_vendors_id(subject: Subject, command: str, wire: Wire) -> None:
    result = dispatch.send(claim(subject, wire, command), context(wire))
    assert result.vendor_id


@clause("push.our_reference_is_on_the_wire", "subject,command", over_commands())
def test_our_reference_is_on_the_wire(subject: Subject, command: str, wire: Wire) -> None:
    dispatch.send(claim(subject, wire, command), context(wire))
    [request] = wire.asked()
    assert subject.pushes[command].reference(attempt()) in request


@clause("push.success_without_an_id_is_ambiguous", "subject,command", over_commands())
def test_a_success_without_an_id_is_no_success(subject: Subject, command: str, wire: Wire) -> None:
    if not wire.without_id:
        return
    wire.fail(wire.without_id)
    expected = Ambiguous if intent_of(subject, command) is Intent.ONCE else TryLater
    with pytest.raises(expected):
        dispatch.send(claim(subject, wire, command), context(wire))
    assert len(wire.asked()) == 1


@clause("push.one_request_per_attempt", "subject,command", over_commands())
def test_there_is_exactly_one_request_per_attempt_whatever_happens(subject: Subject, command: str, wire: Wire) -> None:
    for number, fault in enumerate([None, *faults(wire, intent_of(subject, command))], 1):
        wire.fail(fault)
        before = len(wire.asked())
        try:
            dispatch.send(claim(subject, wire, command, number), context(wire, impatient=fault == "timeout"))
        except ConnectorProblem:
            assert fault is not None
        assert len(wire.asked()) - before <= 1
        assert len(wire.asked()) - before == 1 or fault in wire.unheard, f"{fault}: the request never arrived"


@clause("push.unclaimed_is_refused", "subject,command", over_commands())
def test_an_attempt_the_ledger_does_not_hold_sends_nothing(subject: Subject, command: str, wire: Wire) -> None:
    with pytest.raises(dispatch.NotClaimed):
        dispatch.send(claim(subject, wire, command), context(wire, held=False))
    assert wire.asked() == ()


@clause("push.lapsed_lease_is_refused", "subject,command", over_commands())
def test_a_lease_that_is_over_sends_nothing(subject: Subject, command: str, wire: Wire) -> None:
    late = claim(subject, wire, command).model_copy(update={"lease_until": NOW - timedelta(seconds=1)})
    with pytest.raises(dispatch.NotClaimed):
        dispatch.send(late, context(wire))
    assert wire.asked() == ()


def over_look_ups() -> list[Case]:
    by_reading = {Lookup.BY_REFERENCE, Lookup.BY_RECIPIENT_AND_TIME}
    return [(s, name) for s in able("push") for name, each in s.manifest.commands.items() if each.lookup in by_reading]


@clause("push.look_up_finds_what_was_accepted", "subject,command", over_look_ups())
def test_a_look_up_finds_what_was_accepted_and_only_reads(subject: Subject, command: str, wire: Wire) -> None:
    result = dispatch.look_up(claim(subject, wire, command), context(wire))
    assert (result.found, result.vendor_id) == (Found.SENT, subject.pushes[command].found_as)
    assert wire.asked() == ()


@clause("push.look_up_does_not_take_anothers", "subject,command", over_look_ups())
def test_what_belongs_to_another_attempt_is_not_taken_for_this_one(subject: Subject, command: str, wire: Wire) -> None:
    if subject.manifest.commands[command].lookup is Lookup.BY_REFERENCE:
        return
    theirs = replace(context(wire), spoken_for=lambda vendor_id: vendor_id == subject.pushes[command].found_as)
    assert dispatch.look_up(claim(subject, wire, command), theirs).found is not Found.SENT


@clause("push.absence_proves_only_what_is_declared", "subject,command", over_look_ups())
def test_absence_is_no_proof_unless_the_manifest_says_so(subject: Subject, command: str, wire: Wire) -> None:
    early = claim(subject, wire, command).model_copy(update={"claimed_at": NOW - timedelta(days=30)})
    found = dispatch.look_up(early, context(wire)).found
    if subject.manifest.commands[command].lookup is Lookup.BY_RECIPIENT_AND_TIME:
        proof = subject.manifest.commands[command].absence_is_proof
        assert found is (Found.ABSENT if proof else Found.UNKNOWN)


@clause("push.every_command_is_tried", "subject", over(able("push")))
def test_every_command_of_the_manifest_has_a_case(subject: Subject) -> None:
    assert set(subject.pushes) == set(subject.manifest.commands)
