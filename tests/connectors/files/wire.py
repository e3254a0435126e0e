"""How the contract reaches a drop folder: a copy of the fixtures, and the ways in which a folder misbehaves."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.problems import NeedsOperator
from connectors.files.pull import Cursor
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.problem_table import Intent
from connectors.kit.secrets import Secrets
from tests.connectors.contract.subject import CLOCK, NOW, Problem, Subject, Wire, always

FIXTURES = Path(__file__).parent / "fixtures" / "pull"
IDS = {
    "medscheduler_appointments": ["appointment_id"],
    "medscheduler_patients": ["patient_id"],
    "contacts": ["patient_id"],
    "appointments": ["appointment_id"],
    "intakes": ["form_id"],
    "payments": ["payment_id"],
    "reviews": ["review_id"],
    "memberships": ["patient_id"],
}


class Folder:
    """A drop folder for one test."""

    unheard: frozenset[str] = frozenset()
    bad_key, missing_scope, without_id = "", "", ""
    promises: Mapping[str, Mapping[Intent, Problem]] = {
        "gone": always(NeedsOperator),
        "a file stands in its place": always(NeedsOperator),
    }

    def __init__(self, path: Path) -> None:
        self._path = path
        ids = {f"{stream}.id": json.dumps(fields) for stream, fields in IDS.items()}
        self.connection = Connection(
            connection_id=ConnectionId("schedule"),
            vendor="files",
            account="lumen-schedule",
            settings={"folder": str(path), **ids},
            streams=tuple(IDS),
        )
        self.fail(None)

    def tools(self, *, impatient: bool = False) -> Tools:
        del impatient  # nothing here can be slow
        return Tools(CLOCK, Secrets({}), RequestsTransport(), None, lambda _: False)

    def fail(self, fault: str | None) -> None:
        shutil.rmtree(self._path, ignore_errors=True)
        self._path.unlink(missing_ok=True)
        if fault == "a file stands in its place":
            self._path.write_text("not a folder")
        elif fault is None:
            self._path.mkdir()
            for file in sorted(FIXTURES.glob("*/*")):
                copy = shutil.copy(file, self._path)
                os.utime(copy, (NOW.timestamp() - 3600, NOW.timestamp() - 3600))

    def served(self) -> bytes:
        return b"\n".join(file.read_bytes() for file in self._path.iterdir())

    def asked(self) -> tuple[str, ...]:
        return ()


@contextmanager
def opened(tmp_path: Path) -> Iterator[Wire]:
    yield Folder(tmp_path / "drop")


def position(cursor: str) -> tuple[int, int]:
    found = Cursor.model_validate_json(cursor)
    return len(found.contents), found.at.offset if found.at else 0


SUBJECT = Subject(
    vendor="files",
    opened=opened,
    private=("Robin", "(212) 555-0142", "robin.davis@example.com", "Craig"),
    position=position,
)
