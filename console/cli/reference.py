"""`python -m console.cli.reference` writes docs/reference/cli.md: every command as its own help has it.

Nothing on that page is typed by hand; a test compares the committed page with this.
"""

import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from console.cli.app import app

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"

_OPENING = """\
# The command line

Written by `python -m console.cli.reference` from the commands themselves. `glowline COMMAND --help` says the same.

Every command takes `--home FOLDER`, the folder that holds installation.yaml (else `GLOWLINE_HOME`, else the working directory), and `--json`, which prints one JSON document
in place of words. A problem we know ends in two lines on standard error, what is wrong and what to do, and exit code 1; [errors.md](errors.md) lists them. 0 means done, 2 a typing mistake (of `audit verify` also: nothing contradicts the audit, and the checkpoints that would prove it are missing).
"""
_EVERYWHERE = frozenset({"home", "as_json"})


def leaves() -> dict[str, Any]:
    """Every command by the words that call it, in the order of the help."""
    return dict(_walk(typer.main.get_command(app), ()))


def _walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer's own click
    inside: Mapping[str, Any] | None = getattr(command, "commands", None)
    if inside is None:
        yield " ".join(words), command
        return
    for name, one in inside.items():
        yield from _walk(one, (*words, name))


def page() -> str:
    """The whole page."""
    return "\n".join([_OPENING, *(line for name, command in leaves().items() for line in _section(name, command))])


def _section(name: str, command: Any) -> Iterator[str]:  # noqa: ANN401 - typer's own click
    own = [one for one in command.params if one.name not in _EVERYWHERE]
    yield f"## {name}\n"
    yield f"    glowline {name}{''.join(f' {_word(one)}' for one in own if one.param_type_name == 'argument')}\n"
    yield f"{command.help}\n"
    if own:
        yield "| | |\n|---|---|"
        yield from (f"| `{_called(one)}` | {_says(one)} |" for one in own)
        yield ""


def _word(argument: Any) -> str:  # noqa: ANN401 - typer's own click
    shown = argument.name.upper()
    return shown if argument.required else f"[{shown}]"


def _called(one: Any) -> str:  # noqa: ANN401 - typer's own click
    return _word(one) if one.param_type_name == "argument" else ", ".join(one.opts)


def _says(one: Any) -> str:  # noqa: ANN401 - typer's own click
    choices = type(one.default) if isinstance(one.default, Enum) else ()
    one_of = f" One of: {', '.join(str(each.value) for each in choices)}." if choices else ""
    must = " Required." if one.required and one.param_type_name == "option" else ""
    default = getattr(one.default, "value", one.default)
    else_ = f" Else: {default}." if isinstance(default, (str, int)) and default and default is not True else ""
    return f"{one.help or ''}{one_of}{must}{else_}".strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(PAGE.parents[2])}: {len(leaves())} commands\n")
