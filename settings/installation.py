"""An installation: its practices, its data folder, its keys and its public address."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import Field

from canonical.ids import PracticeId
from canonical.model import Noun
from canonical.problems import SettingsError
from settings.located import Located, parsed, read_yaml
from settings.practice import PracticeConfig, load_practice

SHIPPED = Path(__file__).resolve().parent.parent / "practices"
"""`base` and `verticals` ship with the application; clients live in the installation's own folder."""
_SETTINGS: Final = (".yaml", ".liquid")


class Receiver(Noun):
    """The public door: where vendors reach it and where it listens."""

    public_url: str = "http://127.0.0.1:8601"
    host: str = "127.0.0.1"
    port: int = 8601


class Installation(Noun):
    """What `installation.yaml` says, with every path made absolute."""

    folder: Path
    data: Path
    keys: Path
    """Where key files live: never inside `data`, because a key beside what it locks locks nothing (SEC-01)."""
    key_references: dict[str, str] = Field(default_factory=dict)
    """By practice, `installation` or `signing`: another reference (`env:NAME`) than the file in `keys`."""
    previous_keys: dict[str, str] = Field(default_factory=dict)
    """While a ledger is re-keyed: the reference of the key it had before."""
    checkpoints: Path
    """A directory off the box that receives every signed checkpoint."""
    receiver: Receiver = Receiver()
    alerts: str = ""
    heartbeat: str = ""
    tick_minutes: int = Field(default=5, ge=1, le=60)
    root: Path = SHIPPED

    def key_for(self, name: str) -> str:
        """The key reference of a practice's ledger, of the `installation`'s own, or of `signing`."""
        return self.key_references.get(name, f"file:{self.keys / f'{name}.key'}")

    def keys_apart(self, practice: str) -> bool:
        """Whether no key that a practice needs lies inside the data it locks (SEC-01); one that is no file lies elsewhere."""
        references = (self.key_for(name).partition(":") for name in (practice, "installation", "signing"))
        files = [Path(place).resolve() for kind, _, place in references if kind == "file"]
        return not any(file.is_relative_to(self.data) for file in files)

    def practice_folders(self) -> dict[PracticeId, Path]:
        """Folders beside `installation.yaml` that hold a practice.yaml, by name."""
        return {PracticeId(file.parent.name): file.parent for file in sorted(self.folder.glob("*/practice.yaml"))}

    def written_at(self, practice: str) -> frozenset[tuple[str, int, int]]:
        """The state of every file that may say something about a practice: equal states are equal settings."""
        folder = self.practice_folders().get(PracticeId(practice))
        places = [self.root, *([folder] if folder else [])]
        return frozenset(state for place in places if place.is_dir() for state in _states_below(str(place)))

    def practice(self, practice: str) -> PracticeConfig:
        """One practice, read anew. Raises SettingsError, also for a practice that has no folder."""
        folders = self.practice_folders()
        if practice not in folders:
            known = ", ".join(folders) or "none yet"
            raise SettingsError(
                str(self.folder), 0, f"there is no practice '{practice}' here.", next_step=f"Known practices: {known}."
            )
        return load_practice(folders[PracticeId(practice)], self.root)


def _states_below(folder: str) -> Iterator[tuple[str, int, int]]:
    """Every settings file in a folder and those below it. Asked at every tick: `rglob` takes three times as long."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _states_below(entry.path)
            elif entry.name.endswith(_SETTINGS):
                stat = entry.stat()
                yield entry.path, stat.st_mtime_ns, stat.st_size


def load_installation(folder: Path) -> Installation:
    """Read `installation.yaml` of `folder`.

    Raises:
        SettingsError: when it is missing or wrong.
    """
    file = folder / "installation.yaml"
    if not file.is_file():
        raise SettingsError(
            str(file),
            0,
            "there is no installation here.",
            next_step="Run: glowline init   or set GLOWLINE_HOME to the folder that holds installation.yaml.",
        )
    located = read_yaml(file, str(file))
    paths = {name: (folder / str(located.value.get(name, name))).resolve() for name in ("data", "checkpoints", "keys")}
    value = located.value | paths | {"folder": folder.resolve()}
    installation = parsed(Installation, Located(value, located.places))
    if installation.keys.is_relative_to(installation.data):
        raise located.error(("keys",), "the keys would lie inside the data they lock.", "Name a folder elsewhere.")
    return installation


def home() -> Path:
    """The installation's folder: GLOWLINE_HOME, else the working directory."""
    return Path(os.environ.get("GLOWLINE_HOME", ".")).resolve()
