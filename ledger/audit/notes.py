"""C2SP signed notes with Ed25519: a text anyone can read, and below it who signed.

Source: c2sp.org/signed-note. Base64 is read strictly, so that every note has exactly one written form and any changed
byte shows.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass
from hashlib import sha256
from typing import NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from canonical.problems import GlowlineError

ED25519 = b"\x01"
KEY_ID_BYTES = 4
KEY_BYTES = 32
LONGEST_NOTE = 64 * 1024
MOST_SIGNATURES = 16
_NAME = re.compile(r"[^\s+]+")
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteRefused(GlowlineError):
    """Not a signed note, or not signed by a key we trust. The message says what is wrong, without the text."""


def strict_base64(text: str) -> bytes:
    """Decodes standard base64 that has exactly one spelling. Raises `NoteRefused`."""
    try:
        raw = b64decode(text, validate=True)
    except (BadBase64, ValueError):
        _refuse("a base64 field is damaged")
    if b64encode(raw).decode() != text:
        _refuse("a base64 field is damaged")
    return raw


def key_id(name: str, public_key: bytes) -> bytes:
    """SHA-256(name || 0x0A || 0x01 || public key), the first four bytes."""
    return sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key and the name it signs under. Raises `NoteRefused` for a name or key a note cannot carry."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            _refuse("a key name is empty or holds a space or a plus sign")
        if len(self.public_key) != KEY_BYTES:
            _refuse(f"an Ed25519 public key has {KEY_BYTES} bytes")

    @property
    def id(self) -> bytes:
        """The four bytes that point from a signature to this key."""
        return key_id(self.name, self.public_key)

    def vkey(self) -> str:
        """The key in C2SP's text form: name+hex id+base64."""
        return f"{self.name}+{self.id.hex()}+{b64encode(ED25519 + self.public_key).decode()}"

    @classmethod
    def from_vkey(cls, text: str) -> VerifierKey:
        """Reads `vkey`'s text. Raises `NoteRefused`, also when the id does not belong to the key."""
        name, _, rest = text.partition("+")
        written_id, _, material = rest.partition("+")
        raw = strict_base64(material)
        if raw[:1] != ED25519:
            _refuse("a verifier key is not an Ed25519 key of the form name+id+base64")
        key = cls(name, raw[1:])
        if key.id.hex() != written_id:
            _refuse("the id in a verifier key does not belong to its key")
        return key

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """Whether this key made `signature` over `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and the name it signs under. Its repr hides the key."""

    name: str
    _private: Ed25519PrivateKey

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Signer:
        """From the 32 secret bytes of RFC 8032."""
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def key(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self._private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The signed note over `text`, which ends in a newline. Raises `NoteRefused` for text a note cannot carry."""
        _refuse_bad_text(text)
        return f"{text}\n{self._line(text)}"

    def _line(self, text: str) -> str:
        signature = self._private.sign(text.encode())
        return f"— {self.name} {b64encode(self.key.id + signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note as parsed: nothing about it is proved until a `KeyRing` has opened it."""

    text: str
    signatures: tuple[Signature, ...]


def parse_note(data: bytes) -> Note:
    """Splits a note into text and signatures. Raises `NoteRefused` when it is not one; checks no signature."""
    if len(data) > LONGEST_NOTE:
        _refuse(f"a note is longer than {LONGEST_NOTE} bytes")
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        _refuse("a note is not UTF-8")
    head, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        _refuse("a note has no signatures, or its end is missing")
    _refuse_bad_text(whole)
    lines = tail[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        _refuse(f"a note has more than {MOST_SIGNATURES} signatures")
    return Note(head + "\n", tuple(map(_parse_signature, lines)))


def _parse_signature(line: str) -> Signature:
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None:
        _refuse("a signature line of a note is damaged")
    raw = strict_base64(match[2])
    if len(raw) <= KEY_ID_BYTES:
        _refuse("a signature of a note is too short")
    return Signature(match[1], raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The public keys a reader trusts, found by name and id."""

    keys: frozenset[VerifierKey]

    @classmethod
    def of(cls, *keys: VerifierKey) -> KeyRing:
        """A ring of these keys."""
        return cls(frozenset(keys))

    def with_keys(self, *keys: VerifierKey) -> KeyRing:
        """The ring after an entry, itself proved by a key of this ring, has vouched for these."""
        return KeyRing(self.keys | set(keys))

    def signers_of(self, note: Note) -> frozenset[VerifierKey]:
        """The known keys that signed. Signatures of unknown keys are ignored, as the format demands.

        Raises `NoteRefused` when a signature carries a known name and id but does not verify.
        """
        found = set()
        for each in note.signatures:
            for key in self.keys:
                if (key.name, key.id) != (each.name, each.key_id):
                    continue
                if not key.verifies(each.signature, note.text.encode()):
                    _refuse("a signature that names a known key is forged or damaged")
                found.add(key)
        return frozenset(found)

    def open(self, data: bytes) -> Note:
        """The note, once at least one known key has signed it and no known key's signature fails. Raises `NoteRefused`."""
        note = parse_note(data)
        if not self.signers_of(note):
            _refuse("no known key has signed the note")
        return note


def _refuse_bad_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        _refuse("the text of a note ends in a newline and holds no control characters")


def _refuse(message: str) -> NoReturn:
    raise NoteRefused(message, next_step="Fetch the note or key again from where it was first exported to.")
