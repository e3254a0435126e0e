"""Who is believed: digests that openssl computed, and addresses that only the form was told."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.kit.signatures import Doubt, SignatureRefused
from connectors.kit.webhooks import Incoming
from connectors.webform.proofs import NAMES, NoSuchProof, proof_of
from connectors.webform.webhook import verify
from tests.connectors.webform.wire import HOOK

VECTORS = json.loads(
    (Path(__file__).parent / "fixtures" / "webhook" / "signature-vectors.json").read_text(encoding="utf-8")
)["vectors"]
NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
LONG = SecretStr("an-invented-long-form-secret-1")


def call(vector: dict[str, Any], **changed: object) -> Incoming:
    incoming = Incoming(
        url=HOOK,
        headers=vector["headers"],
        body=vector["body"].encode(),
        settings={"proof": vector["proof"], **vector.get("settings", {})},
    )
    return incoming.model_copy(update=changed)


def doubt(incoming: Incoming, *secrets: SecretStr, now: datetime = NOW) -> Doubt | None:
    try:
        verify(incoming, secrets, now=now)
    except SignatureRefused as refused:
        return refused.doubt
    return None


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{each['proof']}-{len(each['body'])}" for each in VECTORS])
def test_what_openssl_signed_is_believed_and_nothing_else(vector: dict[str, Any]) -> None:
    secret = SecretStr(vector["secret"])
    assert doubt(call(vector), SecretStr("another"), secret) is None
    assert doubt(call(vector), SecretStr("another")) is Doubt.MISMATCH
    assert doubt(call(vector, body=vector["body"].encode() + b" "), secret) is Doubt.MISMATCH
    assert doubt(call(vector, headers={}), secret) is Doubt.MISSING
    if "at" in vector:
        for off in (timedelta(minutes=6), timedelta(minutes=-6)):
            assert doubt(call(vector), secret, now=NOW + off) is Doubt.STALE
        stamped = {name: value for name, value in vector["headers"].items() if "time" not in name}
        assert doubt(call(vector, headers=stamped), secret) is Doubt.MISMATCH


def test_every_named_way_has_a_vector() -> None:
    assert {each["proof"] for each in VECTORS} == set(NAMES) - {"path"}


def at(path: str, *secrets: SecretStr, **settings: str) -> Doubt | None:
    return doubt(Incoming(url=f"{HOOK}{path}", headers={}, body=b"a=1", settings=settings), *secrets)


def test_an_address_is_believed_by_its_last_part_alone() -> None:
    secret = LONG.get_secret_value()
    assert at(f"/{secret}", LONG) is None
    assert at(f"/{secret}/", LONG) is None
    assert at(f"/{secret}?x=1", SecretStr("another-long-invented-secret"), LONG) is None
    assert at(f"/{secret}/more-than-twenty-characters", LONG) is Doubt.MISMATCH
    assert at(f"?key={secret}", LONG) is Doubt.MISSING
    assert at("", LONG) is Doubt.MISSING
    assert at(f"/{secret[:-1]}x", LONG) is Doubt.MISMATCH


def test_a_short_secret_is_no_address() -> None:
    assert at("/short", SecretStr("short")) is Doubt.MISSING
    assert at("/a-guess-of-twenty-characters", SecretStr("short")) is Doubt.MISSING


def test_an_address_is_not_enough_where_a_signature_is_demanded() -> None:
    assert at(f"/{LONG.get_secret_value()}", LONG, proof="glowline") is Doubt.MISSING


@pytest.mark.parametrize(
    "settings",
    [
        {"proof": "handshake"},
        {"proof": "custom"},
        {"proof": "custom", "signature_header": "x", "signature_hash": "md5"},
        {"proof": "custom", "signature_header": "x", "signature_encoding": "rot13"},
        {"proof": "custom", "signature_header": "x", "timestamp_unit": "h"},
    ],
)
def test_settings_that_describe_no_proof_believe_nobody(settings: dict[str, str]) -> None:
    with pytest.raises(NoSuchProof):
        proof_of(settings)
    assert at(f"/{LONG.get_secret_value()}", LONG, **settings) is Doubt.MISSING


def test_typeform_signs_unless_the_settings_say_otherwise() -> None:
    signed = proof_of({"tool": "typeform"})
    assert signed is not None
    assert signed.header == "typeform-signature"
    assert proof_of({"tool": "typeform", "proof": "path"}) is None
    assert proof_of({}) is None


@pytest.mark.parametrize("stamp", ["9" * 30, "-1", "soon", ""])
def test_an_instant_that_is_none_is_not_believed(stamp: str) -> None:
    signed = proof_of({"proof": "glowline"})
    assert signed is not None
    signature = signed.scheme.sign(LONG, f"{stamp}.a=1".encode())
    headers = {signed.header: signature, signed.stamp: stamp}
    incoming = Incoming(url=HOOK, headers=headers, body=b"a=1", settings={"proof": "glowline"})
    assert doubt(incoming, LONG) in {Doubt.MISSING, Doubt.STALE}
