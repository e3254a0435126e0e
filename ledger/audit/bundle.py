"""The export an outsider can verify without us: plain files in a folder or a zip, checked by `tools/verify_audit.py`.

    entries.jsonl         one entry a line: {"seq":1,"prev":"…hex…","hash":"…hex…","body":"…the canonical text…"}
    checkpoints/*.note    signed notes, byte for byte as they were exported
    keys.json             {"format":1,"origin":"…","keys":["name+id+base64",…]}: the keys the log began with
    head.json             {"size":n,"last_hash":"…hex…","tree":["…hex…",…]}: what the ledger keeps beside its rows
    README.txt            all of this in words

Each file has exactly one spelling (compact ASCII JSON, lowercase hex), so that any changed byte shows.
"""

from __future__ import annotations

import json
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import cast

from canonical.problems import GlowlineError
from ledger.audit.append import AuditHead
from ledger.audit.bundle_readme import README
from ledger.audit.findings import Verification
from ledger.audit.judgement import ExportedNote
from ledger.audit.merkle import CompactRange
from ledger.audit.notes import KeyRing, NoteRefused, VerifierKey
from ledger.audit.verify import Row, RowUnreadable, verify

FORMAT = 1
ENTRIES, KEYS, HEAD, NOTES = "entries.jsonl", "keys.json", "head.json", "checkpoints"
LONGEST_LINE = 4 * 1024 * 1024
_UNREADABLE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    RecursionError,
    zlib.error,
    zipfile.BadZipFile,
)


class BundleRefused(GlowlineError):
    """Not a bundle, or one that cannot be read or written. The message names the file, never its content."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What stands in a bundle besides its rows, which are only ever read as a stream."""

    place: Path
    origin: str
    keys: tuple[VerifierKey, ...]
    notes: tuple[ExportedNote, ...]
    head: AuditHead | None = None

    def rows(self) -> Iterator[Row]:
        """The entries in the order of the file. Raises `RowUnreadable` with the number of the line."""
        with _opened(self.place) as folder, (folder / ENTRIES).open("rb") as lines:
            number = 0
            try:
                while line := lines.readline(LONGEST_LINE):
                    number += 1
                    yield _read_row(line)
            except _UNREADABLE as error:
                raise RowUnreadable(f"Line {max(number, 1)} of {ENTRIES} is damaged") from error

    def verified(self, ring: KeyRing | None = None, more: Iterable[ExportedNote] = ()) -> Verification:
        """Proves or refutes the bundle. `ring` holds keys the reader got elsewhere, `more` checkpoints kept elsewhere.

        Without a ring the bundle's own keys are believed: that proves that it agrees with itself, not whose it is.
        """
        ring = ring or KeyRing.of(*self.keys)
        return verify(self.rows(), notes=(*self.notes, *more), ring=ring, origin=self.origin, head=self.head)


def write_bundle(bundle: Bundle, rows: Iterable[Row]) -> None:
    """Writes `bundle.place`, a zip when so named and else a folder; complete or not at all.

    Rows are streamed and written as they are, also those that would not verify. Raises `BundleRefused` when the place is
    taken, `OSError` when the disk is full.
    """
    if bundle.place.exists():
        raise BundleRefused(f"{bundle.place.name} exists already", next_step="Name a place that does not exist yet.")
    partial = bundle.place.with_name(f"{bundle.place.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700, parents=True)
    try:
        _write_folder(partial, bundle, rows)
        if bundle.place.suffix == ".zip":
            _zip_folder(partial, bundle.place)
        else:
            partial.rename(bundle.place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def read_bundle(place: Path) -> Bundle:
    """Opens a bundle and reads everything but its rows. Raises `BundleRefused` naming the file that is missing or damaged."""
    with _opened(place) as folder:
        origin, keys = _read_keys(folder)
        return Bundle(place, origin, keys, _read_notes(folder), _read_head(folder))


@contextmanager
def _opened(place: Path) -> Iterator[Traversable]:
    if place.is_dir():
        yield place
        return
    try:
        archive = zipfile.ZipFile(place)
    except (OSError, zipfile.BadZipFile) as error:
        raise BundleRefused(
            f"{place.name} is neither a folder nor a zip", next_step="Fetch the bundle again."
        ) from error
    with archive:
        yield zipfile.Path(archive)


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _exactly(data: bytes) -> dict[str, object]:
    """The mapping that is written as exactly these bytes. Raises one of `_UNREADABLE`."""
    value = json.loads(data)
    if _compact(value) != data:
        raise ValueError
    return dict(value)


def _hash_from(text: object) -> bytes:
    raw = bytes.fromhex(cast("str", text))
    if raw.hex() != text:
        raise ValueError
    return raw


def _read_row(line: bytes) -> Row:
    fields = _exactly(line)
    seq, body = fields["seq"], cast("str", fields["body"])
    if type(seq) is not int or list(fields) != ["seq", "prev", "hash", "body"]:
        raise ValueError
    return seq, _hash_from(fields["prev"]), _hash_from(fields["hash"]), body.encode("utf-8", "surrogateescape")


def _row_line(row: Row) -> bytes:
    """A body is text; bytes that are not UTF-8 (somebody tampered) are kept as lone surrogates and come back unchanged."""
    seq, prev_hash, this, body = row
    text = body.decode("utf-8", "surrogateescape")
    return _compact({"seq": seq, "prev": prev_hash.hex(), "hash": this.hex(), "body": text})


def _write_folder(folder: Path, bundle: Bundle, rows: Iterable[Row]) -> None:
    (folder / NOTES).mkdir()
    for note in bundle.notes:
        (folder / NOTES / Path(note.label).name).write_bytes(note.data)
    keys = [key.vkey() for key in bundle.keys]
    (folder / KEYS).write_bytes(_compact({"format": FORMAT, "origin": bundle.origin, "keys": keys}))
    if bundle.head is not None:
        kept = {"size": bundle.head.seq, "last_hash": bundle.head.last_hash.hex(), "tree": bundle.head.tree.to_hex()}
        (folder / HEAD).write_bytes(_compact(kept))
    (folder / "README.txt").write_text(README, encoding="utf-8")
    with (folder / ENTRIES).open("wb") as lines:
        lines.writelines(map(_row_line, rows))


def _zip_folder(folder: Path, place: Path) -> None:
    packed = folder.with_name(f"{folder.name}.zip")
    try:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.rglob("*")):
                archive.write(file, file.relative_to(folder))
        packed.rename(place)
    finally:
        packed.unlink(missing_ok=True)


def _read_keys(folder: Traversable) -> tuple[str, tuple[VerifierKey, ...]]:
    try:
        fields = _exactly((folder / KEYS).read_bytes())
        if fields["format"] != FORMAT or list(fields) != ["format", "origin", "keys"]:
            raise ValueError
        vkeys = cast("Sequence[str]", fields["keys"])
        return str(fields["origin"]), tuple(map(VerifierKey.from_vkey, vkeys))
    except (*_UNREADABLE, OSError, NoteRefused) as error:
        raise _damaged(KEYS) from error


def _read_head(folder: Traversable) -> AuditHead | None:
    if not (folder / HEAD).is_file():
        return None
    try:
        fields = _exactly((folder / HEAD).read_bytes())
        size, tree = fields["size"], cast("Sequence[str]", fields["tree"])
        if type(size) is not int or list(fields) != ["size", "last_hash", "tree"]:
            raise ValueError
        return AuditHead(size, _hash_from(fields["last_hash"]), CompactRange(size, tuple(map(_hash_from, tree))))
    except _UNREADABLE as error:
        raise _damaged(HEAD) from error


def _read_notes(folder: Traversable) -> tuple[ExportedNote, ...]:
    if not (folder / NOTES).is_dir():
        return ()
    files = sorted((folder / NOTES).iterdir(), key=lambda file: file.name)
    return tuple(ExportedNote(file.name, file.read_bytes()) for file in files if file.name.endswith(".note"))


def _damaged(file: str) -> BundleRefused:
    return BundleRefused(f"{file} is missing or damaged", next_step="Fetch the bundle again from whoever exported it.")
