"""A mapping written in a test, as a practice's own file."""

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

from mappings.catalogue import SHIPPED, Catalogue
from mappings.coverage import Notes
from mappings.engine import Mapped, Mapping, Surroundings

NEW_YORK = ZoneInfo("America/New_York")
CHICAGO = ZoneInfo("America/Chicago")
HERE = Surroundings(zones={"Downtown": NEW_YORK, "Loop": CHICAGO}, default_zone=NEW_YORK)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

APPOINTMENT = """
    kind: appointment
    id: id
    fields:
      start: {from: start, via: local_time}
      status: {from: status, code: appointment_status}
"""
PERSON = """
    kind: person
    id: id
    fields:
"""


class Written:
    """Files of one practice's folder, laid over the shipped ones."""

    def __init__(self, folder: Path, *, shipped: Path = SHIPPED) -> None:
        self.folder = folder
        self._shipped = shipped

    def put(self, text: str, name: str = "files/own.yaml") -> "Written":
        path = self.folder / "mappings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return self

    def mapping(self, name: str = "files/own") -> Mapping:
        return Catalogue([self.folder / "mappings"], self._shipped).mapping(*name.split("/"))


def applied(
    mapping: Mapping, record: dict[str, object], notes: Notes | None = None, around: Surroundings = HERE
) -> Mapped:
    return mapping.apply(record, around, notes if notes is not None else Notes())
