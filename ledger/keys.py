"""Keys of ledgers: where they are kept, how they are read, and what is derived from them.

A reference says where a key is (`env:NAME` or `file:PATH`), never what it is. The text found there is 32 bytes in hex or
base64. While a key is being rotated a reference names two places: the current and the previous key.
"""

import base64
import binascii
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from canonical.problems import LedgerKeyMissing

KEY_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class LedgerKey:
    """The 32 secret bytes a ledger is encrypted under. Prints as hidden. Raises `LedgerKeyMissing` for another length."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise LedgerKeyMissing(
                f"a ledger key has {KEY_BYTES} bytes, this one has {len(self.secret)}",
                next_step="Store 32 random bytes as hex or base64: `glowline keys new` prints a fresh one.",
            )

    def __repr__(self) -> str:
        return "LedgerKey(hidden)"

    def for_file(self) -> str:
        """What DuckDB is given: a key of its own, so that the one we keep never enters it."""
        return base64.b64encode(subkey(self.secret, "duckdb-file")).decode()

    @classmethod
    def fresh(cls) -> "LedgerKey":
        """A new random key."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def text(self) -> str:
        """The written form a reference leads to. Handle like the key itself."""
        return self.secret.hex()


def subkey(secret: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose, by HKDF-SHA-256; knowing one says nothing about the secret or the others."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"glowline/{purpose}".encode()).derive(secret)


@dataclass(frozen=True, slots=True)
class KeyReference:
    """Where the current key is, and during a rotation the previous one."""

    current: str
    previous: str | None = None

    def key(self) -> LedgerKey:
        """The current key. Raises `LedgerKeyMissing`, naming the reference."""
        return read_key(self.current)

    def previous_key(self) -> LedgerKey | None:
        """The previous key, or None where the reference names none. Raises `LedgerKeyMissing`."""
        return read_key(self.previous) if self.previous else None


def read_key(reference: str) -> LedgerKey:
    """The key a reference leads to. Raises `LedgerKeyMissing`, naming the reference and never what was found there."""
    return LedgerKey(_bytes_of(read_secret(reference), reference))


def read_secret(reference: str) -> str:
    """The text a reference leads to. Raises `LedgerKeyMissing`, naming the reference."""
    kind, _, name = reference.partition(":")
    if kind not in {"env", "file"}:
        raise LedgerKeyMissing(
            "a key reference starts with neither env: nor file:",
            next_step="Write env:NAME or file:PATH, never the key itself.",
        )
    text = os.environ.get(name) if kind == "env" else _text_of(Path(name), reference)
    if not text or not text.strip():
        empty = kind == "file" and text is not None
        raise LedgerKeyMissing(
            f"the file at {reference} is empty" if empty else f"there is nothing at {reference}",
            next_step=f"Put 32 bytes in hex or base64 at {reference}, or correct the reference.",
        )
    return text.strip()


def _text_of(path: Path, reference: str) -> str | None:
    try:
        return path.expanduser().read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise LedgerKeyMissing(
            f"what lies at {reference} is no file of plain text that can be read",
            next_step="A key is 32 random bytes, written as 64 hex digits or as base64, in a plain text file.",
        ) from None


def _bytes_of(text: str, reference: str) -> bytes:
    try:
        if re.fullmatch(r"[0-9a-fA-F]{64}", text):
            return bytes.fromhex(text)
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise LedgerKeyMissing(
            f"what {reference} leads to is no key",
            next_step="A key is 32 random bytes, written as 64 hex digits or as base64.",
        )
    return raw


def fingerprint(key: LedgerKey) -> str:
    """Eight hex digits that tell keys apart without helping to guess one."""
    return subkey(key.secret, "fingerprint").hex()[:8]
