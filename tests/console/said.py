"""Saying a command as a person types it, and hearing everything it answers."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from console.cli import main


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:  # noqa: ANN401 - whatever the document holds
        """The one JSON document."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def glowline(*words: str, home: Path) -> Said:
    """Run a command in this process. Whatever it does not foresee is raised here, as it would be a traceback there."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    needs_home = words[:2] != ("keys", "new")
    argv = ["glowline", *words, *(("--home", str(home)) if needs_home else ())]
    with patch.object(sys, "argv", argv), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Said(code, out.getvalue(), err.getvalue())


def told(*words: str, home: Path) -> Any:  # noqa: ANN401 - whatever the document holds
    """What a command that works says to a machine."""
    said = glowline(*words, "--json", home=home)
    assert said.code == 0, said
    return said.data
