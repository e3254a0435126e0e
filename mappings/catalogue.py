"""Which mapping a stream has: the shipped file, with what a practice's own folders add to it or replace."""

import hashlib
import json
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Final

from canonical.ids import ContentHash
from canonical.practice import Connection
from canonical.problems import SettingsError
from mappings.document import Written, read
from mappings.engine import Mapping, compile_mapping
from mappings.reading import read_codes, read_sheet
from mappings.spec import INLINE, CodeList, Ignore, Sheet, Spec, laid_over

SHIPPED: Final = Path(__file__).parent
ENGINE: Final = "1"
"""Raised when the same tables would be read differently, because the hash of a mapping promises the same result."""


class Catalogue:
    """The mappings of one practice. Files are read once; a changed file needs a new catalogue."""

    def __init__(self, overrides: Sequence[Path] = (), shipped: Path = SHIPPED) -> None:
        """`overrides` are the practice's folders, weakest first; each is laid out like the shipped one."""
        self._layers = (shipped, *overrides)
        self._known: dict[tuple[str, str], Mapping] = {}

    def mapping(self, vendor: str, stream: str) -> Mapping:
        """The mapping of a stream.

        Raises:
            SettingsError: there is none, or it is wrong; with file, line and what to write.
        """
        key = (vendor, stream)
        if key not in self._known:
            self._known[key] = compile_mapping(self._spec(vendor, stream))
        return self._known[key]

    def of(self, connection: Connection, stream: str) -> Mapping:
        """The mapping of a connection's stream: called like the stream, unless `<stream>.mapping` says otherwise.

        Raises:
            SettingsError: as `mapping`.
        """
        return self.mapping(connection.vendor, connection.settings.get(f"{stream}.mapping", stream))

    def names(self) -> tuple[str, ...]:
        """Every `vendor/stream` there is a mapping for."""
        files = (file for layer in self._layers for file in layer.glob("*/*.yaml"))
        return tuple(sorted({f"{file.parent.name}/{file.stem}" for file in files if file.parent.name != "codes"}))

    def _spec(self, vendor: str, stream: str) -> Spec:
        used: dict[str, str] = {}
        sheets: list[Sheet] = []
        for layer in self._layers:
            file = layer / vendor / f"{stream}.yaml"
            if file.is_file():
                document = self._read(file, layer, used)
                below = sheets[-1].kind if sheets else None
                sheets.append(read_sheet(document, lambda written: self._codes(written, used), below))
        if not sheets:
            raise SettingsError(
                f"mappings/{vendor}/{stream}.yaml",
                0,
                f"there is no mapping for {vendor}/{stream}.",
                next_step=f"Write that file in the practice's folder (docs/mappings.md), or use one of: {', '.join(self.names())}.",
            )
        return _merged(f"{vendor}/{stream}", reduce(laid_over, sheets), used)

    def _read(self, file: Path, layer: Path, used: dict[str, str]) -> Written:
        used[f"{self._layers.index(layer)}/{file.relative_to(layer)}"] = file.read_text(
            encoding="utf-8", errors="replace"
        )
        return read(file, shown(file))

    def _codes(self, written: Written, used: dict[str, str]) -> CodeList:
        if not isinstance(written.content, str):
            return read_codes(written, INLINE)
        name = written.text("the code list")
        found = [(layer, layer / "codes" / f"{name}.yaml") for layer in self._layers]
        lists = [self._code_file(file, layer, name, used) for layer, file in found if file.is_file()]
        if not lists:
            known = sorted({file.stem for layer in self._layers for file in layer.glob("codes/*.yaml")})
            raise written.error(
                f"there is no code list '{name}'.", f"Write codes/{name}.yaml, or use one of: {', '.join(known)}."
            )
        return CodeList(name, {theirs: ours for one in lists for theirs, ours in one.codes.items()}, lists[-1].at)

    def _code_file(self, file: Path, layer: Path, name: str, used: dict[str, str]) -> CodeList:
        document = self._read(file, layer, used)
        table = document.table("a code list")
        if "codes" not in table:
            raise document.error("the code list has no `codes`.", "Write `codes:` and below it `their word: our word`.")
        return read_codes(table["codes"], name)


def shown(file: Path) -> str:
    """The path as a person would write it: from the folder that holds `mappings`, or `practices`, on."""
    parts = file.parts
    start = next((at for at, part in enumerate(parts) if part in {"practices", "mappings"}), 0)
    return "/".join(parts[start:])


def _merged(name: str, sheet: Sheet, used: dict[str, str]) -> Spec:
    text = json.dumps(
        {"engine": ENGINE, "files": dict(sorted(used.items()))}, ensure_ascii=False, separators=(",", ":")
    )
    if sheet.kind is None:
        raise TypeError("read_sheet lets no mapping pass without a kind")
    return Spec(
        name=name,
        file=sheet.file,
        kind=sheet.kind,
        about=sheet.about,
        id=sheet.id,
        volatile=sheet.volatile,
        effective_at=sheet.effective_at,
        deleted=sheet.deleted,
        fields={target: entry for target, entry in sheet.fields.items() if not isinstance(entry, Ignore)},
        ignored=sheet.ignored,
        hash=ContentHash(hashlib.sha256(text.encode()).hexdigest()),
        text=text,
    )
