"""HighLevel's calls: its own 67 documented examples, both signatures, and what nobody may fake.

The repository holds those of them that name nobody; all of them lie beside the checkout.
"""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from canonical.problems import ProtocolBroken
from connectors.gohighlevel import webhook
from connectors.kit.signatures import Doubt, SignatureRefused
from connectors.kit.webhooks import Incoming, Meaning
from tests.connectors.contract.subject import NOW
from tests.connectors.gohighlevel.wire import FIXTURES, KEY, posted, sign
from tests.shared_data import shared

DOCUMENTED = sorted((FIXTURES / "webhook" / "documented").glob("*.json"))
CALL = posted({"type": "ContactUpdate", "locationId": "l", "id": "c"})
HINTS = {
    *("AppointmentCreate.0", "AppointmentUpdate.0", "AppointmentDelete.0", "ContactCreate.0", "ContactUpdate.0"),
    *("ContactDndUpdate.0", "ContactTagUpdate.0", "InboundMessage.0", "InboundMessage.3", "OutboundMessage.0"),
    *("OutboundMessage.3", "OpportunityCreate.0", "OpportunityUpdate.0", "OpportunityStageUpdate.0"),
    *("OpportunityStatusUpdate.0", "OpportunityAssignedToUpdate.0", "OpportunityMonetaryValueUpdate.0"),
}
KNOWN = {"ContactDelete.0", "OpportunityDelete.0", "TaskComplete.0"}


def meaning(file: Path) -> Meaning | None:
    """What an example is taken for; None where it is set aside whole."""
    try:
        [event] = webhook.parse(posted(file.read_bytes()))
    except ProtocolBroken:
        return None
    return event.meaning


def expected(file: Path) -> Meaning | None:
    """What it must be taken for; None: for nothing that we act on."""
    return Meaning.HINT if file.stem in HINTS else Meaning.KNOWN if file.stem in KNOWN else None


def agrees(file: Path) -> bool:
    """Whether an example is taken for what it is."""
    found = meaning(file)
    return found is expected(file) if expected(file) else found not in {Meaning.HINT, Meaning.KNOWN}


@pytest.mark.parametrize("file", DOCUMENTED, ids=lambda file: file.stem)
def test_a_documented_call_is_read_or_set_aside(file: Path) -> None:
    assert agrees(file)


def test_all_67_of_them_are_read_or_set_aside() -> None:
    files = sorted(shared("vendors", "payloads", "highlevel", "webhook_docs").glob("*.json"))
    assert len(files) == 67
    assert [file.stem for file in files if not agrees(file)] == []
    assert {file.stem for file in files} >= HINTS | KNOWN
    unnamed = [file for file in files if meaning(file) is Meaning.UNKNOWN]
    assert all("type" not in json.loads(file.read_bytes()) or file.stem == "UserCreate.0" for file in unnamed)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b"\xff\xfe", b'{"type": '])
def test_what_is_no_object_is_set_aside_whole(body: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        webhook.parse(posted(body))


@pytest.mark.parametrize(
    "told",
    [
        {"type": 7},
        {"type": "ContactCreate", "id": 7},
        {"type": "AppointmentUpdate", "appointment": None},
        {"type": "AppointmentUpdate", "appointment": "gone"},
        {"type": "InboundMessage", "messageType": "SMS"},
        {"type": ["ContactCreate"]},
    ],
)
def test_a_call_that_names_nothing_is_kept_as_unknown(told: dict[str, object]) -> None:
    [event] = webhook.parse(posted(told))
    assert event.meaning is Meaning.UNKNOWN
    assert event.body == json.dumps(told).encode()


def test_a_call_about_a_message_without_an_id_leads_to_its_conversation() -> None:
    example = FIXTURES / "webhook" / "documented" / "InboundMessage.0.json"
    [event] = webhook.parse(posted(example.read_bytes()))
    assert (event.stream, event.vendor_id) == ("messages", "conversation/fcanlLgpbQgQhderivVs")
    assert event.account == "l1C08ntBrFjLS0elLIYU"


def test_the_published_keys_are_keys() -> None:
    new, old = webhook._keys([webhook.ED25519, webhook.RSA])
    assert len(new) == len(old) == 1
    assert isinstance(new[0], Ed25519PublicKey)
    assert old[0].key_size == 4096


def test_without_keys_of_our_own_the_published_ones_decide() -> None:
    with pytest.raises(SignatureRefused) as refused:
        webhook.verify(sign(CALL, SecretStr(KEY), NOW), (), now=NOW)
    assert refused.value.doubt is Doubt.MISMATCH


def by_rsa(call: Incoming, key: rsa.RSAPrivateKey) -> Incoming:
    signature = key.sign(call.body, PKCS1v15(), hashes.SHA256())
    return call.model_copy(
        update={"headers": {**call.headers, webhook.OLD_HEADER: base64.b64encode(signature).decode()}}
    )


def test_the_old_header_is_believed_where_the_new_one_is_missing_and_not_beside_a_wrong_one() -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    secrets = (SecretStr(pem), SecretStr(KEY))
    good = by_rsa(CALL, key)
    webhook.verify(good, secrets, now=NOW)
    flipped = good.model_copy(update={"body": good.body.replace(b"c", b"d", 1)})
    both = good.model_copy(update={"headers": {**good.headers, webhook.HEADER: base64.b64encode(bytes(64)).decode()}})
    for bad in (flipped, both):
        with pytest.raises(SignatureRefused) as refused:
            webhook.verify(bad, secrets, now=NOW)
        assert refused.value.doubt is Doubt.MISMATCH


@pytest.mark.parametrize("written", ["", "N/A"])
def test_unsigned_is_missing_a_signature(written: str) -> None:
    unsigned = CALL.model_copy(update={"headers": {webhook.HEADER: written}})
    with pytest.raises(SignatureRefused) as refused:
        webhook.verify(unsigned, (SecretStr(KEY),), now=NOW)
    assert refused.value.doubt is Doubt.MISSING


@pytest.mark.parametrize("key", ["", "no key", "AAAA", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
def test_a_key_that_is_none_believes_nobody(key: str) -> None:
    with pytest.raises(SignatureRefused):
        webhook.verify(sign(CALL, SecretStr(KEY), NOW), (SecretStr(key),), now=NOW)
