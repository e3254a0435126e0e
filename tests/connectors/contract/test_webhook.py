"""What every webhook keeps to: believe nobody who cannot prove it, lose nothing from those who can."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic import SecretStr

from connectors.kit import registry
from connectors.kit.signatures import Doubt, SignatureRefused
from connectors.kit.webhooks import Incoming, Meaning
from mappings.wire import read
from tests.connectors.contract.subject import NOW, Case, HookCase, Hooks, Subject, Wire, able, clause, over

STRANGER = SecretStr("an-invented-secret-of-somebody-else")


def hooks(subject: Subject) -> Hooks:
    assert subject.hooks is not None, f"tests/connectors/{subject.vendor}/wire.py tells of no webhooks"
    return subject.hooks


def over_calls(wanted: Callable[[HookCase], bool] = lambda _: True) -> list[Case]:
    return [
        (subject, number)
        for subject in able("webhook")
        for number, call in enumerate(hooks(subject).calls)
        if wanted(call)
    ]


def verify(subject: Subject, incoming: Incoming, *secrets: SecretStr) -> None:
    registry.webhook(subject.vendor).verify(incoming, secrets, now=NOW)


@clause("webhook.good_signature_passes", "subject,number", over_calls())
def test_a_good_signature_passes_with_either_of_two_secrets(subject: Subject, number: int, wire: Wire) -> None:
    secrets = registry.webhook_secrets(wire.connection, wire.tools())
    assert secrets
    call = hooks(subject).calls[number].incoming
    for secret in secrets:
        verify(subject, hooks(subject).sign(call, secret, NOW), *secrets)


@clause("webhook.signature_is_documented", "subject", over(able("webhook")))
def test_the_vendor_says_how_its_signature_is_written(subject: Subject) -> None:
    assert hooks(subject).documented


@clause("webhook.one_flipped_byte_fails", "subject,number", over_calls(lambda call: call.covers_body))
def test_one_flipped_byte_fails(subject: Subject, number: int, wire: Wire) -> None:
    secrets = registry.webhook_secrets(wire.connection, wire.tools())
    good = hooks(subject).sign(hooks(subject).calls[number].incoming, secrets[0], NOW)
    for at in range(0, len(good.body), max(1, len(good.body) // 25)):
        spoiled = bytearray(good.body)
        spoiled[at] ^= 1
        with pytest.raises(SignatureRefused):
            verify(subject, good.model_copy(update={"body": bytes(spoiled)}), *secrets)


@clause("webhook.missing_proof_fails", "subject,number", over_calls())
def test_a_call_without_proof_fails(subject: Subject, number: int, wire: Wire) -> None:
    secrets = registry.webhook_secrets(wire.connection, wire.tools())
    good = hooks(subject).sign(hooks(subject).calls[number].incoming, secrets[0], NOW)
    with pytest.raises(SignatureRefused) as refused:
        verify(subject, hooks(subject).unsign(good), *secrets)
    assert refused.value.doubt is Doubt.MISSING
    with pytest.raises(SignatureRefused):
        verify(subject, good)


@clause("webhook.a_stranger_fails", "subject,number", over_calls())
def test_a_stranger_who_signs_fails(subject: Subject, number: int, wire: Wire) -> None:
    secrets = registry.webhook_secrets(wire.connection, wire.tools())
    forged = hooks(subject).sign(hooks(subject).calls[number].incoming, STRANGER, NOW)
    with pytest.raises(SignatureRefused):
        verify(subject, forged, *secrets)


@clause("webhook.old_timestamp_is_refused", "subject", over(able("webhook")))
def test_an_old_timestamp_is_refused(subject: Subject, wire: Wire) -> None:
    secrets = registry.webhook_secrets(wire.connection, wire.tools())
    stale = hooks(subject).sign(hooks(subject).calls[0].incoming, secrets[0], NOW - timedelta(hours=1))
    with pytest.raises(SignatureRefused):
        verify(subject, stale, *secrets)


@clause("webhook.events_are_understood", "subject,number", over_calls())
def test_an_event_is_known_ignored_or_unknown_and_its_bytes_are_kept(subject: Subject, number: int, wire: Wire) -> None:
    call = hooks(subject).calls[number]
    events = registry.webhook(subject.vendor).parse(call.incoming)
    assert events
    for event in events:
        assert (event.meaning, event.stream) == (call.meaning, call.stream)
        record = event.record(wire.connection.connection_id)
        assert record.vendor_id
        assert record.body
        if event.meaning is Meaning.KNOWN and not event.deleted:
            registry.require_known_shape(subject.vendor, event.stream, read(record.format.text, record.body))


@clause("webhook.a_repeated_call_is_the_same_record", "subject,number", over_calls())
def test_a_call_that_comes_twice_is_the_same_record(subject: Subject, number: int, wire: Wire) -> None:
    call = hooks(subject).calls[number].incoming
    parse = registry.webhook(subject.vendor).parse
    once, twice = parse(call), parse(call)
    assert [(event.stream, event.vendor_id, event.body) for event in once] == [
        (event.stream, event.vendor_id, event.body) for event in twice
    ]


@clause("webhook.every_meaning_has_a_case", "subject", over(able("webhook")))
def test_there_is_a_known_and_an_unknown_event_among_the_cases(subject: Subject) -> None:
    meanings = {call.meaning for call in hooks(subject).calls}
    assert {Meaning.KNOWN, Meaning.UNKNOWN} <= meanings
