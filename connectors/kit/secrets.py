"""Where keys and tokens are kept: references to what an operator placed, and a sealed store for what vendors rotate."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from canonical.problems import GlowlineError

_CONNECT = "Connect the vendor first:  glowline connect VENDOR --practice PRACTICE"
_MAGIC = b"GLS1"
_NONCE = 12


class SecretMissing(GlowlineError):
    """A reference leads nowhere. Names the reference, never a value."""


class StoreUnreadable(GlowlineError):
    """A sealed entry does not open: wrong installation key, or a damaged file."""


class SecretStore:
    """Secrets that change while we run (refresh tokens), sealed with AES-256-GCM, one file each.

    A write is complete (fsync of file and folder) before it returns; a reader sees the old entry or the new one, never
    half of either. `exclusive` keeps other threads and processes out while a secret is being replaced.
    """

    def __init__(self, folder: Path, installation_key: bytes) -> None:
        """`folder` is made private; the sealing key is derived from `installation_key` (at least 16 bytes)."""
        if len(installation_key) < 16:  # noqa: PLR2004 - see the sentence
            raise StoreUnreadable(
                "the installation key is shorter than 16 bytes.", next_step="Make one:  glowline keys new installation"
            )
        self._folder = folder
        self._cipher = AESGCM(_derived(installation_key))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def read(self, name: str) -> SecretStr | None:
        """The entry, or None where there is none.

        Raises:
            StoreUnreadable: the entry exists and does not open.
        """
        try:
            sealed = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        try:
            opened = self._cipher.decrypt(sealed[4 : 4 + _NONCE], sealed[4 + _NONCE :], _MAGIC + name.encode())
        except (InvalidTag, ValueError):
            opened = None
        if opened is None or sealed[:4] != _MAGIC:
            raise StoreUnreadable(
                f"the stored secret {name} does not open.",
                next_step="Check the installation key; if it is the right one, connect the vendor anew.",
            )
        return SecretStr(opened.decode())

    def write(self, name: str, secret: SecretStr) -> None:
        """Replace the entry; it is on the disk when this returns."""
        nonce = os.urandom(_NONCE)
        sealed = (
            _MAGIC + nonce + self._cipher.encrypt(nonce, secret.get_secret_value().encode(), _MAGIC + name.encode())
        )
        path = self._path(name)
        partial = path.with_suffix(f".{os.getpid()}.{nonce.hex()}")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync_folder(self._folder)

    @contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """Hold the entry against every other thread and process; released at exit or when this process dies."""
        with self._path(name).with_suffix(".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _path(self, name: str) -> Path:
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.sealed"


def _derived(installation_key: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"glowline secret store").derive(installation_key)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Secrets:
    """Turns a reference (`env:NAME`, `file:PATH`, `store:NAME`) into what it refers to."""

    def __init__(self, environ: Mapping[str, str], store: SecretStore | None = None) -> None:
        """`environ` is usually `os.environ`; it is read at each use, so that a changed file or variable counts."""
        self._environ = environ
        self.store = store

    def read(self, reference: str) -> SecretStr:
        """The secret behind a reference.

        Raises:
            SecretMissing: nothing there, with what to do about it.
        """
        kind, _, name = reference.partition(":")
        readers = {"env": self._from_environment, "file": self._from_file, "store": self._from_store}
        if kind not in readers or not name:
            # Not quoted: somebody may have pasted the secret itself.
            raise SecretMissing(
                "a secret reference has none of the forms env:NAME, file:PATH, store:NAME.",
                next_step="Write a reference; the secret itself never stands in a settings file.",
            )
        return SecretStr(readers[kind](name))

    def _from_environment(self, name: str) -> str:
        if not self._environ.get(name):
            raise SecretMissing(f"env:{name} is not set.", next_step=f"Set the variable {name} for this process.")
        return self._environ[name]

    def _from_file(self, name: str) -> str:
        try:
            text = Path(name).read_text(encoding="utf-8").rstrip("\n")
        except (OSError, UnicodeDecodeError):
            text = ""
        if not text:
            raise SecretMissing(
                f"file:{name} cannot be read or is empty.", next_step="Put the secret there, readable for this process."
            )
        return text

    def _from_store(self, name: str) -> str:
        kept = self.store.read(name) if self.store else None
        if kept is None:
            raise SecretMissing(f"store:{name} holds nothing.", next_step=_CONNECT)
        return kept.get_secret_value()


def fields_of(secret: SecretStr, bare: str) -> dict[str, SecretStr]:
    """A secret that is a JSON object has named fields; any other is one field, called `bare`."""
    text = secret.get_secret_value()
    try:
        body = json.loads(text)
    except json.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        return {bare: secret}
    return {name: SecretStr(value) for name, value in body.items() if isinstance(value, str)}
