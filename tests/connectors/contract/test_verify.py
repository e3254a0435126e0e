"""What every verification keeps to: it proves something, and names what is missing."""

import pytest

from canonical.problems import NeedsOperator
from connectors.kit import registry
from tests.connectors.contract.subject import Subject, Wire, able, clause, over


@clause("verify.good_key_is_proved", "subject", over(able("verify")))
def test_a_good_key_is_proved_by_reading_only(subject: Subject, wire: Wire) -> None:
    assert registry.verifier(wire.connection, wire.tools())().proved
    assert wire.asked() == ()


@clause("verify.bad_key_needs_an_operator", "subject", over([s for s in able("verify") if s.manifest.auth.secret]))
def test_a_bad_key_needs_an_operator(subject: Subject, wire: Wire) -> None:
    wire.fail(wire.bad_key)
    with pytest.raises(NeedsOperator) as problem:
        registry.verifier(wire.connection, wire.tools())()
    assert problem.value.next_step


@clause("verify.missing_scope_is_named", "subject", over([s for s in able("verify") if s.manifest.auth.secret]))
def test_a_missing_scope_is_named(subject: Subject, wire: Wire) -> None:
    if not wire.missing_scope:
        return
    wire.fail(wire.missing_scope)
    with pytest.raises(NeedsOperator) as problem:
        registry.verifier(wire.connection, wire.tools())()
    said = f"{problem.value} {problem.value.next_step}"
    assert any(scope in said for scope in subject.manifest.auth.scopes)


@clause("verify.missing_secret_is_named", "subject", over([s for s in able("verify") if s.manifest.auth.secret]))
def test_a_reference_that_leads_nowhere_is_named(subject: Subject, wire: Wire) -> None:
    lost = wire.connection.model_copy(update={"secret": "env:GLOWLINE_NEVER_SET"})
    with pytest.raises(NeedsOperator, match="GLOWLINE_NEVER_SET") as problem:
        registry.verifier(lost, wire.tools())()
    assert "GLOWLINE_NEVER_SET" in problem.value.next_step
