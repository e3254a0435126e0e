"""unibooking, somebody else's client of booking tools (npm, MIT): run in its own process, installed from the lock file here."""

import fcntl
import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CACHE = HERE.parents[2] / ".cache"
FILES = ("package.json", "package-lock.json", "use.mjs")


@cache
def installed() -> Path:
    """A folder with the locked package and our script, made once per lock file. Node comes from Debian (nodejs, npm).

    `make test` makes it before any test runs; two workers that come first together take turns.
    """
    assert shutil.which("npm"), "nodejs and npm are missing:  sudo apt-get install nodejs npm"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "unibooking.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        return _made()


def _made() -> Path:
    told = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()[:16]
    folder = CACHE / f"unibooking-{told}"
    if not (folder / "ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copy(HERE / name, folder / name)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
        (folder / "ready").touch()
    return folder


@dataclass(frozen=True)
class Outside:
    """One adapter of theirs, towards one address."""

    adapter: str
    base: str = ""
    credentials: tuple[tuple[str, str], ...] = ()

    def use(self, *calls: list[Any], replay: list[Any] | None = None) -> list[dict[str, Any]]:
        """Carry out calls in order; each result has `ok`, or `error` and what it says."""
        asked = {
            "adapter": self.adapter,
            "base": self.base,
            "credentials": dict(self.credentials),
            "calls": calls,
            "replay": replay,
        }
        done = subprocess.run(
            ["node", "use.mjs"],
            cwd=installed(),
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found


if __name__ == "__main__":
    installed()
