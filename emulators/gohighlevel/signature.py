"""How the pretend HighLevel signs: Ed25519 over the body."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"glowline emulator").digest())


def public_key() -> str:
    """The key a receiver checks with, as HighLevel publishes its own: the base64 of a SubjectPublicKeyInfo."""
    return base64.b64encode(_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def signed(body: bytes) -> dict[str, str]:
    """The headers of a call."""
    return {"X-GHL-Signature": base64.b64encode(_KEY.sign(body)).decode()}
