"""A signed assertion (RFC 7523, RS256): whose it is, for whom, until when, and whether the signature is the app's own."""

import base64
import binascii
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from emulators.kit.exchange import Json
from emulators.salesforce.org import Org

LONGEST = 300
"""Seconds an assertion may be good for."""
INVALID = ("invalid_grant", "invalid assertion")


def refused(org: Org, assertion: str) -> tuple[str, str] | None:
    """Why it opens nothing, in the order in which one finds out; None where it does."""
    header, claims = (_decoded(part) for part in [*assertion.split("."), "", ""][:2])
    now = org.clock.machine_milliseconds() / 1000
    if claims.get("iss") != org.client[0]:
        return "invalid_client_id", "client identifier invalid"
    if header.get("alg") != "RS256" or not _signed(org, assertion):
        return INVALID
    if claims.get("aud") != org.audience:
        return "invalid_grant", "audience is invalid"
    ends = str(claims.get("exp", ""))  # simple-salesforce writes it as text, and is let in
    if not ends.isdecimal() or not now < int(ends) <= now + LONGEST:
        return "invalid_grant", "expired authorization code"
    if claims.get("sub") != org.username or not org.approved:
        return "invalid_grant", "user hasn't approved this consumer"
    return None


def _signed(org: Org, assertion: str) -> bool:
    said, _, signature = assertion.rpartition(".")
    if not org.public_key:
        return False
    key = load_pem_public_key(org.public_key.encode())
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(_bytes(signature), said.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error):
        return False
    return True


def _decoded(part: str) -> dict[str, Json]:
    try:
        found = json.loads(_bytes(part))
    except (ValueError, binascii.Error):
        return {}
    return found if isinstance(found, dict) else {}


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
