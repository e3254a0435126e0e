"""The drop folder: where it is, and which of its files belong to a stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from canonical.problems import NeedsOperator
from connectors.kit.access import Access

_UNFINISHED: Final = ("*.part", "*.tmp", "*.crdownload", "*.filepart", "~*", ".*")
"""Names of files somebody is still writing, or that an office program keeps beside its own."""
_JSON_ENDINGS: Final = frozenset({".jsonl", ".ndjson", ".json"})


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """A file of a stream, as the folder lists it."""

    path: Path
    size: int
    modified_ns: int

    @property
    def name(self) -> str:
        """Its name, which is how people speak of it."""
        return self.path.name

    @property
    def stamp(self) -> str:
        """Name, size and time of the last write: equal stamps are not opened again."""
        return f"{self.name}/{self.size}/{self.modified_ns}"

    @property
    def modified(self) -> datetime:
        """When it was last written (UTC)."""
        return datetime.fromtimestamp(self.modified_ns / 1e9, UTC)

    @property
    def is_json(self) -> bool:
        """Whether its name says one JSON record per line."""
        return self.path.suffix.lower() in _JSON_ENDINGS

    def unchanged(self) -> bool:
        """Whether the file is still what the listing said."""
        try:
            now = self.path.stat()
        except OSError:
            return False
        return (now.st_size, now.st_mtime_ns) == (self.size, self.modified_ns)


def folder(access: Access) -> Path:
    """The drop folder of a connection.

    Raises:
        NeedsOperator: no folder is named, or it cannot be read.
    """
    where = access.where("pull.folder")
    written = access.setting("folder")
    if not written:
        raise NeedsOperator(
            where,
            f"connection {access.connection.connection_id} names no folder.",
            next_step="Add to the connection:  settings: {folder: /path/of/the/drop/folder}",
        )
    found = Path(written).expanduser()
    if not found.is_dir():
        raise NeedsOperator(
            where, "the drop folder is not there.", next_step=f"Create {found}, or correct `folder` of the connection."
        )
    return found


def dropped(access: Access, stream: str) -> list[DroppedFile]:
    """The finished files of a stream, oldest first; of two equally old ones the name decides."""
    pattern = access.setting(f"{stream}.files", f"{stream}*").lower()
    found = [DroppedFile(*about) for about in _listed(access) if _belongs(about[0].name.lower(), pattern)]
    return sorted(found, key=lambda file: (file.modified_ns, file.name))


def _listed(access: Access) -> Iterator[tuple[Path, int, int]]:
    here = folder(access)
    try:
        for path in here.iterdir():
            if path.is_file():
                about = path.stat()
                yield path, about.st_size, about.st_mtime_ns
    except PermissionError:
        raise NeedsOperator(
            access.where("pull.folder"), "the drop folder may not be read.", next_step=f"Let this user read {here}."
        ) from None


def _belongs(name: str, pattern: str) -> bool:
    return fnmatch(name, pattern) and not any(fnmatch(name, unfinished) for unfinished in _UNFINISHED)
