"""Processes that end without warning at a chosen moment: forked from one that has imported everything, so that each is cheap."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOMENTS = frozenset({"os.rename", "os.remove", "os.mkdir", "fcntl.flock"})
"""File operations as Python announces them: nothing of ours changes on a disk without one of these around it."""
DATA = "/data/"
"""Opening a file counts when it lies in an installation's data folder."""

_NURSERY = """
import os, sys
sys.path.insert(0, {root!r})
from importlib import import_module
from tests.dying import lives_until
module, function = sys.argv[1].split(":")
work = getattr(import_module(module), function)
print("ready", flush=True)
for line in sys.stdin:
    moment, *arguments = line.split()
    child = os.fork()
    if not child:
        lives_until(int(moment))
        work(*arguments)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def lives_until(moment: int) -> None:
    """Kill this process, as the kernel would, at its n-th file operation from here on."""
    seen = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in MOMENTS or (event == "open" and DATA in str(arguments[0])):
            seen += 1
            if seen == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


class Nursery:
    """A process with everything imported and nothing opened, which forks one that lives until a moment."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def killed_at(self, moment: int, *arguments: str) -> bool:
        """Run the function; True when it was killed, False when it came to its end. Fails when it ended otherwise."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join([str(moment), *arguments]) + "\n")
        self._process.stdin.flush()
        ended = int(self._process.stdout.readline())
        assert ended in {0, -signal.SIGKILL}, f"it ended with {ended}"
        return ended != 0


@contextmanager
def nursery(function: str) -> Iterator[Nursery]:
    """A nursery for `module:function`, which gets the arguments of `killed_at` as texts."""
    script = _NURSERY.format(root=str(ROOT))
    with subprocess.Popen(
        [sys.executable, "-c", script, function], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()
