"""What a file is, found in one pass over its bytes in constant memory: its content, its encoding, its lines."""

import codecs
import hashlib
from dataclasses import dataclass
from typing import Final

from connectors.files.client import DroppedFile

CHUNK: Final = 1024 * 1024
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NOT_TEXT: Final = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF"),
)
_PLAIN_NAMES: Final = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the bytes of a file finds, in constant memory."""

    sha256: str
    encoding: str
    start: int
    """Where the text begins, behind a byte order mark."""
    newline: bytes
    lines: int
    not_text: str
    """What it is instead, such as `an Excel workbook`; empty for text."""

    def lines_after(self, line: int) -> int:
        """How many there are from that one on, counted from 1."""
        return max(self.lines - line + 1, 0)


def survey(file: DroppedFile, declared: str) -> Survey:
    """Read the whole file once. `declared` is the encoding its owner named, or empty.

    A byte order mark decides; without one, what is valid UTF-8 is UTF-8 and anything else is cp1252, which is how
    Windows writes. Raises `OSError` when the file cannot be read.
    """
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, newlines, returns, head = True, 0, 0, b""
    with file.path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            head = head or chunk
            digest.update(chunk)
            newlines += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            valid = valid and _decodes(decoder, chunk, final=False)
    encoding, start = _encoding(head, declared, utf8=valid and _decodes(decoder, b"", final=True))
    old_mac = returns > 0 and newlines == 0
    lines = returns if old_mac else newlines
    return Survey(digest.hexdigest(), encoding, start, b"\r" if old_mac else b"\n", lines, _not_text(head, encoding))


def known_encoding(name: str) -> bool:
    """Whether an owner may declare that encoding; the empty name means that it is found out."""
    try:
        codec = codecs.lookup(name).name if name else "utf-8"
    except LookupError:
        return False
    return not codec.startswith("utf-32") and codec != "utf-7"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(head: bytes, declared: str, *, utf8: bool) -> tuple[str, int]:
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding, len(mark)
    if declared:
        name = codecs.lookup(declared).name
        return _PLAIN_NAMES.get(name, name), 0
    sample = head[:4096]
    if sample[1::2].count(0) > len(sample) // 4:
        return "utf-16-le", 0
    return ("utf-8" if utf8 else "cp1252"), 0


def _not_text(head: bytes, encoding: str) -> str:
    for mark, what in _NOT_TEXT:
        if head.startswith(mark):
            return what
    binary = not encoding.startswith("utf-16") and head[:4096].count(0) > len(head[:4096]) // 20
    return "binary" if binary else ""
