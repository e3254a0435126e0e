"""Signatures: vendors' own vectors, and every way to get one wrong."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from connectors.kit.signatures import (
    TWILIO,
    Doubt,
    Encoding,
    HmacScheme,
    SignatureRefused,
    require_recent,
    signed_by_twilio,
)

VECTORS = json.loads(
    (Path(__file__).parents[1] / "twilio/fixtures/webhook/signature-vectors.json").read_text(encoding="utf-8")
)
TOKEN = SecretStr(VECTORS["auth_token"])


def vector(name: str) -> tuple[str, bytes, str]:
    """Address, body and expected signature."""
    each = next(each for each in VECTORS["vectors"] if each["name"] == name)
    body = each["body"] if "body" in each else urlencode([tuple(pair) for pair in each["params"]])
    return each["validate_url"], body.encode(), each["expected"]


@pytest.mark.parametrize("name", [each["name"] for each in VECTORS["vectors"]])
def test_twilios_own_vectors_verify(name: str) -> None:
    url, body, expected = vector(name)
    TWILIO.verify(expected, [TOKEN], *signed_by_twilio(url, body, {}))


@pytest.mark.parametrize("name", [each["name"] for each in VECTORS["vectors"]])
def test_twilios_own_vectors_fail_with_another_body(name: str) -> None:
    url, _, expected = vector(name)
    with pytest.raises(SignatureRefused):
        TWILIO.verify(expected, [TOKEN], *signed_by_twilio(url, b"Digits=9999", {}))


def test_an_address_with_a_user_or_an_odd_port_is_still_one_of_three() -> None:
    found = signed_by_twilio("https://user:pw@hooks.example.com:8443/in?x=1", b"", {})
    assert b"https://hooks.example.com/in?x=1" in found
    assert b"https://hooks.example.com:8443/in?x=1" in found


SECRET, OTHER = SecretStr("one"), SecretStr("two")
SCHEMES = [
    HmacScheme(),
    HmacScheme("sha256", Encoding.BASE64),
    HmacScheme("sha256", Encoding.HEX, "sha256="),
    HmacScheme("sha1", Encoding.BASE64),
]


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_either_of_two_secrets_passes_and_neither_of_two_strangers(scheme: HmacScheme) -> None:
    for secret in (SECRET, OTHER):
        scheme.verify(scheme.sign(secret, b"body"), [SECRET, OTHER], b"body")
    with pytest.raises(SignatureRefused) as refused:
        scheme.verify(scheme.sign(SecretStr("three"), b"body"), [SECRET, OTHER], b"body")
    assert refused.value.doubt is Doubt.MISMATCH


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_no_signature_and_no_secret_are_no_proof(scheme: HmacScheme) -> None:
    for given, secrets in (("", [SECRET]), (scheme.sign(SECRET, b"body"), [])):
        with pytest.raises(SignatureRefused) as refused:
            scheme.verify(given, secrets, b"body")
        assert refused.value.doubt is Doubt.MISSING


def test_nothing_signed_is_no_proof() -> None:
    with pytest.raises(SignatureRefused):
        HmacScheme().verify("00", [SECRET])


def test_a_prefix_is_part_of_the_signature() -> None:
    scheme = HmacScheme(prefix="sha256=")
    with pytest.raises(SignatureRefused):
        scheme.verify(scheme.sign(SECRET, b"body").removeprefix("sha256="), [SECRET], b"body")


def test_a_hex_digest_may_be_written_in_capitals_and_base64_may_not() -> None:
    HmacScheme().verify(HmacScheme().sign(SECRET, b"body").upper(), [SECRET], b"body")
    with pytest.raises(SignatureRefused):
        TWILIO.verify(TWILIO.sign(SECRET, b"body").swapcase(), [SECRET], b"body")


def test_what_is_not_ascii_is_refused_and_does_not_fall_over() -> None:
    with pytest.raises(SignatureRefused):
        TWILIO.verify("ünlesbar", [SECRET], b"body")


def test_a_timestamp_is_believed_within_its_tolerance_either_way() -> None:
    now, tolerance = datetime(2026, 11, 1, tzinfo=UTC), timedelta(minutes=5)
    for off in (-tolerance, timedelta(), tolerance):
        require_recent(now + off, now, tolerance)
    for off in (-tolerance - timedelta(seconds=1), tolerance + timedelta(seconds=1)):
        with pytest.raises(SignatureRefused) as refused:
            require_recent(now + off, now, tolerance)
        assert refused.value.doubt is Doubt.STALE


def test_a_refusal_tells_nothing_of_what_was_expected() -> None:
    with pytest.raises(SignatureRefused) as refused:
        HmacScheme().verify("00", [SECRET], b"body")
    assert HmacScheme().sign(SECRET, b"body") not in f"{refused.value}{refused.value.next_step}"
