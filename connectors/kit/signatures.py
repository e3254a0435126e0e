"""Proving that a call to us comes from the vendor it claims to come from: HMACs over what really arrived."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit, urlunsplit

from pydantic import SecretStr

from canonical.problems import GlowlineError


class Doubt(StrEnum):
    """Why a call was not believed."""

    MISSING = "missing"
    """No signature, or no secret to check it with."""
    MISMATCH = "mismatch"
    STALE = "stale"
    """Signed, but too long ago or in the future: it may be a replay."""


class SignatureRefused(GlowlineError):
    """The call is not believed; nothing of it is kept."""

    def __init__(self, doubt: Doubt) -> None:
        """The sentence says why, and never what was expected."""
        super().__init__(f"the webhook's signature was not accepted: {doubt}.", next_step=_NEXT[doubt])
        self.doubt = doubt


_NEXT = {
    Doubt.MISSING: "Set the webhook's secret at the vendor and in the connection.",
    Doubt.MISMATCH: "Compare the connection's secret and public address with what the vendor has.",
    Doubt.STALE: "Check this machine's clock; a replayed call needs nothing.",
}

Digest = Callable[[bytes, bytes], bytes]


class Encoding(StrEnum):
    """How a digest is written down."""

    HEX = "hex"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True)
class HmacScheme:
    """A vendor's way to sign with a shared secret. `prefix` stands before the written digest (`sha256=`)."""

    hash_name: str = "sha256"
    encoding: Encoding = Encoding.HEX
    prefix: str = ""

    def sign(self, secret: SecretStr, signed: bytes) -> str:
        """The signature as the vendor would write it."""
        digest = hmac.new(secret.get_secret_value().encode(), signed, self.hash_name).digest()
        written = digest.hex() if self.encoding is Encoding.HEX else base64.b64encode(digest).decode()
        return self.prefix + written

    def verify(self, given: str, secrets: Sequence[SecretStr], *signed: bytes) -> None:
        """Accept when any of the secrets signed any of the given bytes. Constant time per comparison.

        Two secrets are how a key is rotated without losing a call; two byte strings, how a vendor that is not of one
        mind about what it signs is heard.

        Raises:
            SignatureRefused: missing, or none matches.
        """
        if not given or not secrets:
            raise SignatureRefused(Doubt.MISSING)
        wanted = [self.sign(secret, each) for secret in secrets for each in signed]
        # Every candidate is compared, so that the time taken does not tell which one came close.
        matches = [hmac.compare_digest(self._normal(given), self._normal(each)) for each in wanted]
        if not any(matches):
            raise SignatureRefused(Doubt.MISMATCH)

    def _normal(self, written: str) -> bytes:
        text = written.strip()
        return (text.lower() if self.encoding is Encoding.HEX else text).encode("utf-8", "replace")


def require_recent(signed_at: datetime, now: datetime, tolerance: timedelta) -> None:
    """Raises `SignatureRefused` unless the signed instant is within `tolerance` of `now`, either way."""
    if abs(now - signed_at) > tolerance:
        raise SignatureRefused(Doubt.STALE)


SHORTEST_ADDRESS = 20
"""Characters a secret must have to be the end of an address: it stands in the logs of whoever carries the call."""


def require_address(url: str, secrets: Sequence[SecretStr]) -> None:
    """For vendors that sign nothing: the last part of the path must be one of the secrets. Constant time per comparison.

    Raises:
        SignatureRefused: missing, too short to prove anything, or none of them.
    """
    given = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]).encode()
    long_enough = [secret.get_secret_value().encode() for secret in secrets if len(secret) >= SHORTEST_ADDRESS]
    if len(given) < SHORTEST_ADDRESS or not long_enough:
        raise SignatureRefused(Doubt.MISSING)
    matches = [hmac.compare_digest(given, wanted) for wanted in long_enough]
    if not any(matches):
        raise SignatureRefused(Doubt.MISMATCH)


TWILIO = HmacScheme("sha1", Encoding.BASE64)


def signed_by_twilio(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[bytes, ...]:
    """What Twilio may have signed: the URL (with and without its port) and the sorted, de-duplicated form fields.

    A JSON body is covered by `bodySHA256` in the URL instead; where that does not match, nothing was signed.
    Checked against the seven vectors of twilio-python's own tests (commit 306691e7, 2026-11).
    """
    expected = parse_qs(urlsplit(url).query).get("bodySHA256")
    if expected is not None:
        if not hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), expected[0].lower().encode()):
            return ()
        fields = ""
    else:
        fields = _twilio_fields(body, headers)
    return tuple(f"{each}{fields}".encode() for each in _with_and_without_port(url))


def _twilio_fields(body: bytes, headers: Mapping[str, str]) -> str:
    if "json" in headers.get("content-type", ""):
        return ""
    pairs = set(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return "".join(name + value for name, value in sorted(pairs))


def _with_and_without_port(url: str) -> Iterable[str]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme, 443)
    yield urlunsplit(parts)
    yield urlunsplit(parts._replace(netloc=host))
    yield urlunsplit(parts._replace(netloc=f"{host}:{port}"))
