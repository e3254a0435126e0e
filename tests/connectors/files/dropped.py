"""A drop folder in a test: files in, pages out."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from canonical.clock import FixedClock
from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.raw import Page, RawRecord, Suspect
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.registry import Puller
from connectors.kit.secrets import Secrets

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
STREAM = "appointments"


def tools() -> Tools:
    return Tools(FixedClock(NOW), Secrets({}), RequestsTransport(), None, lambda _: False)


class Drop:
    """A folder with one stream, whose id stands in the column `id` unless a setting says otherwise."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.settings = {f"{STREAM}.id": "id"} | {f"{STREAM}.{name}": value for name, value in settings.items()}
        self._made = 0

    def put(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        """Each file is a minute newer than the one before."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        self._made += 1
        at = (NOW - timedelta(hours=1) + timedelta(minutes=self._made)).timestamp()
        os.utime(path, (at, at))
        return path

    @property
    def connection(self) -> Connection:
        return Connection(
            connection_id=ConnectionId("schedule"),
            vendor="files",
            account="desk",
            settings={"folder": str(self.folder), **self.settings},
            streams=(STREAM,),
        )

    def puller(self) -> Puller:
        return registry.puller(self.connection, tools())

    def pages(self, cursor: str | None = None) -> list[Page]:
        return list(self.puller().pull(STREAM, cursor, now=NOW))


def records(pages: list[Page]) -> list[RawRecord]:
    return [record for page in pages for record in page.records]


def suspects(pages: list[Page]) -> list[Suspect]:
    return [suspect for page in pages for suspect in page.suspects]


def ids(pages: list[Page]) -> list[str]:
    return [record.vendor_id for record in records(pages)]


def troubles(pages: list[Page]) -> dict[str, str]:
    return {suspect.origin: suspect.code for suspect in suspects(pages)}
