"""How a form's call proves itself: a table of ways to sign, and the address that only the form was told.

Sources: Typeform's and Webflow's pages on securing webhooks, OpnForm's documentation (read 2026-11, facts 1.5). Where a tool
signs nothing (Jotform, most WordPress plugins), the secret is the last part of the address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from pydantic import SecretStr

from connectors.kit.signatures import (
    Doubt,
    Encoding,
    HmacScheme,
    SignatureRefused,
    require_address,
    require_recent,
)
from connectors.kit.webhooks import Incoming

TOLERANCE: Final = timedelta(minutes=5)
PATH: Final = "path"


class Unit(StrEnum):
    """How an instant is counted."""

    SECONDS = "s"
    MILLISECONDS = "ms"


@dataclass(frozen=True, slots=True)
class Signed:
    """A way to sign. With a `stamp`, the instant and the body are signed together, joined by `joint`."""

    header: str
    scheme: HmacScheme
    stamp: str = ""
    """The header with the instant; empty where none is signed."""
    joint: str = "."
    unit: Unit = Unit.SECONDS


_HEX: Final = HmacScheme("sha256", Encoding.HEX)
PROOFS: Final[Mapping[str, Signed]] = {
    "glowline": Signed("x-glowline-signature", replace(_HEX, prefix="sha256="), "x-glowline-timestamp"),
    "typeform": Signed("typeform-signature", HmacScheme("sha256", Encoding.BASE64, "sha256=")),
    "webflow": Signed("x-webflow-signature", _HEX, "x-webflow-timestamp", ":", Unit.MILLISECONDS),
    "opnform": Signed("x-webhook-signature", replace(_HEX, prefix="sha256=")),
}
"""Ways with a name. `custom` is put together from the connection's settings, `path` is the address."""
NAMES: Final = (*PROOFS, "custom", PATH)


class NoSuchProof(ValueError):
    """The settings describe no way to prove a call. The message says what to write."""


def proof_of(settings: Mapping[str, str]) -> Signed | None:
    """The way the connection's settings name; None for the address. Raises `NoSuchProof`."""
    name = settings.get("proof") or ("typeform" if settings.get("tool") == "typeform" else PATH)
    if name == PATH:
        return None
    if name == "custom":
        return _custom(settings)
    if name not in PROOFS:
        raise NoSuchProof(f"`proof` is one of: {', '.join(NAMES)}.")
    return PROOFS[name]


def _custom(settings: Mapping[str, str]) -> Signed:
    header, algorithm = settings.get("signature_header", "").lower(), settings.get("signature_hash", "sha256")
    encoding, unit = settings.get("signature_encoding", Encoding.HEX), settings.get("timestamp_unit", Unit.SECONDS)
    if not header:
        raise NoSuchProof("`proof: custom` needs `signature_header`.")
    if algorithm not in {"sha256", "sha512", "sha1"}:
        raise NoSuchProof("`signature_hash` is sha256, sha512 or sha1.")
    if encoding not in set(Encoding) or unit not in set(Unit):
        raise NoSuchProof("`signature_encoding` is hex or base64, `timestamp_unit` s or ms.")
    return Signed(
        header=header,
        scheme=HmacScheme(algorithm, Encoding(encoding), settings.get("signature_prefix", "")),
        stamp=settings.get("timestamp_header", "").lower(),
        joint=settings.get("timestamp_joint", "."),
        unit=Unit(unit),
    )


def believe(incoming: Incoming, secrets: Sequence[SecretStr], now: datetime) -> None:
    """Believe the call, or raise `SignatureRefused`. Settings that describe no proof believe nobody."""
    try:
        proof = proof_of(incoming.settings)
    except NoSuchProof:
        raise SignatureRefused(Doubt.MISSING) from None
    if proof is None:
        require_address(incoming.url, secrets)
    else:
        _by_signature(proof, incoming, secrets, now)


def _by_signature(proof: Signed, incoming: Incoming, secrets: Sequence[SecretStr], now: datetime) -> None:
    given, stamp = incoming.headers.get(proof.header, ""), incoming.headers.get(proof.stamp, "")
    signed = incoming.body if not proof.stamp else f"{stamp}{proof.joint}".encode() + incoming.body
    proof.scheme.verify(given, secrets, signed)
    if proof.stamp:
        require_recent(_moment(stamp, proof.unit), now, TOLERANCE)


def _moment(stamp: str, unit: Unit) -> datetime:
    if not stamp.isdecimal():
        raise SignatureRefused(Doubt.MISSING)
    try:
        return datetime.fromtimestamp(int(stamp) / (1000 if unit is Unit.MILLISECONDS else 1), UTC)
    except (OverflowError, ValueError, OSError):
        raise SignatureRefused(Doubt.STALE) from None
