#!/usr/bin/env python3
"""Verifies an exported audit log without any of the software that wrote it.

    python3 verify_audit.py BUNDLE [--key KEY] [--checkpoint NOTE]

One file, Python 3.9 or newer, nothing else: it shares no code with the writer, on purpose, down to its own Ed25519. BUNDLE
is the exported folder or zip; its README.txt says how it is built. KEY is a verifier key you were given (the text, or a
file with it), NOTE a checkpoint you kept yourself; both may be repeated.

Exit code 0: verified. 1: something is wrong with the log. 2: it could not be checked, or the checkpoints that would prove
it are not in the bundle: none at all, or not the newest that the log speaks of.
"""

from __future__ import annotations

import argparse
import base64
import json
import lzma
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any, NamedTuple, Union

# Ed25519 (RFC 8032 5.1): points in extended coordinates x, y, z, t with x/z, y/z and x*y = t/z.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
KEY_BYTES, SIGNATURE_BYTES = 32, 64
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)
BASE_Y = 4 * pow(5, P - 2, P) % P


def point_from(encoded: bytes) -> Point | None:
    """The point these 32 bytes encode (5.1.3), None when they encode none."""
    number = int.from_bytes(encoded, "little")
    y, odd = number & (2**255 - 1), number >> 255
    squared = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(squared, (P + 3) // 8, P)
    if (x * x - squared) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - squared) % P or (x == 0 and odd):
        return None
    x = P - x if x & 1 != odd else x
    return (x, y, 1, x * y % P)


def add(one: Point, two: Point) -> Point:
    """The sum of two points (5.1.4)."""
    a, b = (one[1] - one[0]) * (two[1] - two[0]), (one[1] + one[0]) * (two[1] + two[0])
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2]
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def ed25519_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the owner of `public` signed `message` (5.1.7): s*base - k*key is the point the signature starts with."""
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    key, base, s = (
        point_from(public),
        point_from(BASE_Y.to_bytes(32, "little")),
        int.from_bytes(signature[32:], "little"),
    )
    if key is None or base is None or s >= ORDER:
        return False
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % ORDER
    minus_key = (P - key[0], key[1], 1, P - key[3])
    steps, total = (NEUTRAL, base, minus_key, add(base, minus_key)), NEUTRAL
    for bit in range(255, -1, -1):
        total = add(add(total, total), steps[(s >> bit & 1) | (k >> bit & 1) << 1])
    inverse = pow(total[2], P - 2, P)
    x, y = total[0] * inverse % P, total[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


class Wrong(Exception):
    """Something is not what it must be; the sentence goes into the report."""


class CannotCheck(Exception):
    """There is nothing to check, or nothing to check it with."""


UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
UNPACKABLE = (OSError, EOFError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, *UNREADABLE)
Files = Union[Path, zipfile.Path]  # noqa: UP007 - because Python 3.9 evaluates this line


def one_spelling(data: bytes, fields: list[str]) -> dict[str, Any]:
    """JSON that can be written in one way only, so that a changed byte cannot hide in spaces or escapes."""
    value = json.loads(data)
    if list(value) != fields or (json.dumps(value, separators=(",", ":")) + "\n").encode() != data:
        raise ValueError
    return dict(value)


def whole(value: object) -> int:
    """A number that is no truth value and no float."""
    if type(value) is not int:
        raise ValueError
    return value


def digest(text: str) -> bytes:
    """A hash in lowercase hex."""
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError
    return bytes.fromhex(text)


def unbase64(text: str) -> bytes:
    """Base64 in its one spelling."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError
    return raw


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes by which a signature names its key."""
    return sha256(name.encode() + b"\n\x01" + public).digest()[:4]


def read_key(text: str) -> tuple[str, bytes]:
    """Name and public key of a C2SP verifier key, name+id+base64."""
    name, written, material = text.strip().split("+", 2)
    kind, public = unbase64(material)[:1], unbase64(material)[1:]
    if kind != b"\x01" or len(public) != KEY_BYTES or key_id(name, public).hex() != written:
        raise ValueError
    return name, public


class Entry(NamedTuple):
    """One line of entries.jsonl."""

    number: int
    previous: bytes
    hash: bytes
    body: bytes


def entries(files: Files) -> Iterator[Entry]:
    """The log, line by line."""
    line_number = 1
    try:
        with (files / "entries.jsonl").open("rb") as lines:
            for line in lines:
                got = one_spelling(line, ["seq", "prev", "hash", "body"])
                body = got["body"].encode("utf-8", "surrogateescape")
                yield Entry(whole(got["seq"]), digest(got["prev"]), digest(got["hash"]), body)
                line_number += 1
    except UNREADABLE as error:
        raise Wrong(f"Line {line_number} of entries.jsonl cannot be read: it was damaged or changed.") from error


class Note:
    """A signed checkpoint: three lines, a blank one, signatures."""

    FORM = re.compile("(([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n)\n((?:— [^ \n]+ [^ \n]+\n)+)")

    def __init__(self, label: str, data: bytes, origin: str) -> None:
        self.label, self.signers = label, set[bytes]()
        try:
            match = self.FORM.fullmatch(data.decode())
            if match is None:
                raise ValueError
            text, written_origin, size, root, lines = match.groups()
            self.size, self.root, self.text = int(size), unbase64(root), text.encode()
            self.signatures = [(line.split(" ")[1], unbase64(line.split(" ")[2])) for line in lines[:-1].split("\n")]
        except UNREADABLE as error:
            raise Wrong(f"Checkpoint {label} cannot be read: it was truncated or changed.") from error
        if written_origin != origin:
            raise Wrong(f"Checkpoint {label} belongs to another log.")

    def look_for(self, name: str, public: bytes) -> None:
        """Remembers `public` as a signer. A signature that names this key and fails is a forgery."""
        for signer, raw in self.signatures:
            if (signer, raw[:4]) == (name, key_id(name, public)):
                if not ed25519_verifies(public, self.text, raw[4:]):
                    raise Wrong(
                        f"Checkpoint {self.label} names a known key, but that key did not sign it: it is forged."
                    )
                self.signers.add(public)


class Tree:
    """The RFC 6962 tree as the (leaves, root) of its full subtrees, largest first: enough for the root at every size."""

    def __init__(self) -> None:
        self.full: list[tuple[int, bytes]] = []

    def add(self, body: bytes) -> None:
        """One more leaf."""
        leaves, right = 1, sha256(b"\x00" + body).digest()
        while self.full and self.full[-1][0] == leaves:
            leaves, right = leaves * 2, sha256(b"\x01" + self.full.pop()[1] + right).digest()
        self.full.append((leaves, right))

    def root(self) -> bytes:
        """The root over everything so far."""
        if not self.full:
            return sha256(b"").digest()
        above = self.full[-1][1]
        for _, left in self.full[-2::-1]:
            above = sha256(b"\x01" + left + above).digest()
        return above


class Lost(NamedTuple):
    """An entry that accepts the loss of what a checkpoint covered, after a backup was restored."""

    number: int
    size: int
    root: bytes
    restored: int


class Check:
    """One pass over the entries, then a judgement of every checkpoint. Problems gather in `wrong`, remarks in `said`."""

    def __init__(self, origin: str, keys: list[bytes]) -> None:
        self.origin, self.trusted = origin, list(keys)
        self.wrong: list[str] = []
        self.against: dict[str, list[str]] = {}
        self.said: list[str] = []
        self.notes: list[Note] = []
        self.roots: dict[int, bytes] = {}
        self.handovers: list[tuple[int, bytes, bytes]] = []
        self.lost: list[Lost] = []
        self.tree, self.count, self.last, self.whole = Tree(), 0, bytes(32), False
        self.exported = self.proved = 0

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Keeps what is found wrong inside, and goes on after it."""
        try:
            yield
        except Wrong as problem:
            self.wrong.append(str(problem))

    def walk(self, log: Iterator[Entry]) -> None:
        """Recomputes numbers, chain and tree from the bodies; stops at the first entry that cannot be trusted."""
        sizes = {note.size for note in self.notes}
        self.roots[0] = self.tree.root()
        for entry in log:
            self.refuse_bad(entry)
            self.count, self.last = entry.number, entry.hash
            self.tree.add(entry.body)
            if entry.number in sizes:
                self.roots[entry.number] = self.tree.root()
            if b'"tag":"key:signing:' in entry.body or b'"tag":"ledger:checkpoint:' in entry.body:
                self.listen(entry)
        self.whole = True

    def refuse_bad(self, entry: Entry) -> None:
        """Raises unless this entry continues the one before."""
        number = entry.number
        if number != self.count + 1:
            raise Wrong(f"Entry {self.count + 1} is missing or out of place: entry {number} stands where it belongs.")
        if entry.previous != self.last:
            raise Wrong(f"Entry {number} does not continue the one before it: one of the two was replaced.")
        if sha256(entry.previous + entry.body).digest() != entry.hash:
            raise Wrong(f"Entry {number} was changed after it was written: its hash does not fit.")

    def listen(self, entry: Entry) -> None:
        """Remembers what the log says about its own keys and checkpoints; an entry that only looks like it says nothing."""
        try:
            event = json.loads(entry.body)
            tag, refs, counts = event["tag"], event["refs"], event["counts"]
            if tag == "key:signing:rotated":
                self.handovers.append((entry.number, digest(refs["old_public_key"]), digest(refs["new_public_key"])))
            elif tag == "ledger:checkpoint:signed" and whole(counts["size"]) < entry.number:
                self.exported = max(self.exported, counts["size"])
            elif tag == "ledger:checkpoint:adopted":
                lost = Lost(entry.number, whole(counts["size"]), digest(refs["root"]), whole(counts["restored"]))
                self.lost += [lost] if lost.restored < min(lost.size, lost.number) else []
        except UNREADABLE:
            return

    def compare_head(self, file: Files) -> None:
        """What the ledger kept beside its rows has to follow from the rows."""
        try:
            head = one_spelling(file.read_bytes(), ["size", "last_hash", "tree"])
            kept = (whole(head["size"]), digest(head["last_hash"]), [digest(each) for each in head["tree"]])
        except (OSError, *UNREADABLE) as error:
            raise Wrong("head.json cannot be read: it was damaged or changed.") from error
        if kept != (self.count, self.last, [root for _, root in self.tree.full]):
            raise Wrong(
                f"head.json, kept at {kept[0]} entries, does not follow from the {self.count} entries that are here."
            )

    def fits(self, note: Note) -> bool:
        """Whether this checkpoint is about the entries that are here."""
        return self.roots.get(note.size) == note.root

    def find_signers(self) -> None:
        """Trusts the given keys, and those that an entry proved by a trusted key hands over to or from."""
        for key in self.trusted:  # grows while it is read
            genuine = []
            for note in self.notes:
                with self.noting():
                    note.look_for(self.origin, key)
                    genuine.append(note)
            self.notes = genuine
            self.proved = max((note.size for note in self.notes if note.signers and self.fits(note)), default=0)
            for number, old, new in self.handovers:
                if number <= self.proved and (old in self.trusted or new in self.trusted):
                    self.trusted.extend(each for each in (old, new) if each not in self.trusted)

    def last_sizes(self) -> dict[bytes, int]:
        """The checkpoint with which each retired key vouched for the next one: the last it may have signed."""
        last: dict[bytes, int] = {}
        for number, old, _ in self.handovers:
            if number <= self.proved and old in self.trusted:
                vouching = [note.size for note in self.notes if old in note.signers and self.fits(note)]
                last[old] = min((size for size in vouching if size >= number), default=number)
                self.said.append(f"The signing key changed at entry {number}.")
        return last

    def judge(self, note: Note, last: dict[bytes, int]) -> None:
        """Remembers what one checkpoint says against the log, by kind: one rewriting is told once, not by every later one."""
        if not note.signers:
            kind, says = "unknown", "is signed by no key you trust: it is forged, or a key is missing"
        elif all(note.size > last.get(key, note.size) for key in note.signers):
            kind, says = "retired", "is signed by a key that had already handed over"
        elif self.fits(note) or (not self.whole and note.size > self.count) or self.accepted(note):
            return
        elif note.size > self.count:
            kind, says = "cut", f"was signed over {note.size} entries, but the log ends at entry {self.count}: its end "
            says += "was cut off, or an old backup was restored"
        else:
            kind, says = "rewritten", "was signed over other entries than these: the history was rewritten"
        self.against.setdefault(kind, []).append(f"Checkpoint {note.label} {says}.")

    def accepted(self, note: Note) -> bool:
        """Whether an entry that is itself proved accepts that what this checkpoint covered is lost."""
        for lost in self.lost:
            if (lost.size, lost.root) == (note.size, note.root) and lost.number <= self.proved:
                gone = f"Entries {lost.restored + 1} to {lost.size} of an earlier history are lost"
                self.said.append(f"{gone}: entry {lost.number} accepts the restored backup.")
                return True
        return False


def start(files: Files, given: list[tuple[str, bytes]]) -> Check:
    """A check with the keys the reader gave, else with those the bundle claims for itself."""
    try:
        claimed = one_spelling((files / "keys.json").read_bytes(), ["format", "origin", "keys"])
        origin, keys = claimed["origin"], [read_key(each) for each in claimed["keys"]]
        if claimed["format"] != 1 or any(name != origin for name, _ in keys):
            raise ValueError
    except (OSError, *UNREADABLE) as error:
        raise Wrong("keys.json cannot be read: it is missing, or was damaged or changed.") from error
    if any(name != origin for name, _ in given):
        raise Wrong("The bundle belongs to another log than the key you gave.")
    return Check(origin, [public for _, public in given or keys])


def verify(files: Files, given: list[tuple[str, bytes]], kept: list[tuple[str, bytes]]) -> Check:
    """Everything, in the order an auditor would do it by hand. `kept` are checkpoints from elsewhere, with their labels."""
    check = start(files, given)
    folder = files / "checkpoints"
    found = {ascii(file.name)[1:-1]: file for file in (folder.iterdir() if folder.is_dir() else ())}
    found = {label: file for label, file in sorted(found.items()) if label.endswith(".note")}
    for label, data in [(label, file.read_bytes()) for label, file in found.items() if file.is_file()] + kept:
        with check.noting():
            check.notes.append(Note(label, data, check.origin))
    check.wrong += [f"Checkpoint {label} is no file." for label, file in found.items() if not file.is_file()]
    with check.noting():
        check.walk(entries(files))
    if check.whole and (files / "head.json").exists():
        with check.noting():
            check.compare_head(files / "head.json")
    check.find_signers()
    last = check.last_sizes()
    for note in check.notes:
        check.judge(note, last)
    for first, *more in check.against.values():
        check.wrong.append(f"{first} The same holds for {len(more)} more." if more else first)
    return check


def report(check: Check) -> tuple[list[str], int]:
    """The lines to print, and the exit code."""
    lines = [f"Log {check.origin}: {check.count} entries read, {len(check.notes)} checkpoints."]
    lines += [f"Note:   {each}" for each in check.said] + [f"WRONG:  {each}" for each in check.wrong]
    if check.wrong:
        return [*lines, "Result: something is wrong with this log."], 1
    if check.exported > check.proved:
        lines.append(f"Note:   The log says that a checkpoint over {check.exported} entries was exported; ask for it.")
    if not check.proved:
        return [*lines, "Result: no checkpoint was given, so nothing is proved: unproved since entry 0."], 2
    code = 2 if check.exported > check.proved else 0
    later = check.count - check.proved
    lines.append(
        f"Result: entries 1 to {check.proved} are proved. Unproved since entry {check.proved}: {later} later entries"
    )
    return [*lines, "        are here, and whether more were cut off only a newer checkpoint can tell."], code


def open_files(place: str) -> Files:
    """The folder, or the zip read as one, once all of it could be unpacked: damage on the way says nothing about the log."""
    try:
        files: Files = Path(place) if Path(place).is_dir() else zipfile.Path(place)
        damaged = isinstance(files, zipfile.Path) and files.root.testzip()
    except UNPACKABLE as error:
        raise CannotCheck(f"{place} is neither a folder nor a zip file that can be unpacked here.") from error
    if damaged:
        raise CannotCheck(f"{place} is damaged: {damaged!a} cannot be unpacked.")
    if isinstance(files, zipfile.Path) and len(set(names := files.root.namelist())) < len(names):
        raise Wrong("The zip holds two files of one name: other programs may read the other one.")
    inside = [each for each in files.iterdir() if (each / "entries.jsonl").exists()]
    if len(inside) == 1 and not (files / "entries.jsonl").exists():
        files = inside[0]  # what a desktop makes of a folder, some with one of their own beside it
    if not (files / "entries.jsonl").exists():
        raise CannotCheck(f"{place} holds no entries.jsonl: it is not an exported audit log.")
    return files


def open_key(given: str) -> tuple[str, bytes]:
    """A key as text or as the name of a file."""
    try:
        return read_key(Path(given).read_text() if Path(given).is_file() else given)
    except (OSError, *UNREADABLE) as error:
        raise CannotCheck("A --key is not a verifier key of the form name+id+base64.") from error


def main(arguments: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Verifies an exported audit log.")
    parser.add_argument("bundle", help="the exported folder or zip")
    parser.add_argument("--key", action="append", default=[], help="a verifier key you were given, or a file with it")
    parser.add_argument("--checkpoint", action="append", default=[], help="a checkpoint you kept yourself")
    asked = parser.parse_args(arguments)
    try:
        kept = [(Path(each).name, Path(each).read_bytes()) for each in asked.checkpoint]
        lines, code = report(verify(open_files(asked.bundle), [open_key(each) for each in asked.key], kept))
        if not asked.key:
            lines.insert(
                1, "Note:   No --key was given: this shows that the bundle agrees with itself, not whose it is."
            )
    except Wrong as problem:
        lines, code = [f"WRONG:  {problem}", "Result: something is wrong with this log."], 1
    except (CannotCheck, OSError) as problem:
        lines, code = [f"Result: not checked. {problem}"], 2
    sys.stdout.write("\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
