"""What an account is kept back by for now, in a file that all processes of a machine share."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Hold:
    """Nobody asks before `until` (epoch milliseconds); `strikes` counts refusals in a row. Until `down_until` nobody insists."""

    until: int = 0
    strikes: int = 0
    down_until: int = 0


@dataclass(frozen=True, slots=True)
class HoldFile:
    """The account's hold on the disk. Who changes it holds the account's lock."""

    path: Path

    def read(self) -> Hold:
        """As it stands; none where the file is absent or damaged."""
        try:
            return Hold(**json.loads(self.path.read_text()))
        except (OSError, ValueError, TypeError):
            return Hold()

    def write(self, hold: Hold) -> None:
        """From now on."""
        partial = self.path.with_name(f"{self.path.name}.new")
        partial.write_text(json.dumps(asdict(hold)))
        partial.replace(self.path)
