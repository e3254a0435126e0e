"""The command's tree, and the one place where an error becomes two lines."""

import sys
from typing import NoReturn

import typer
from rich.markup import escape

from canonical.problems import GlowlineError
from console.cli import (
    approving,
    asking,
    checking,
    connect,
    connectors,
    contents,
    desk,
    erasing,
    looking_back,
    mapped,
    opt_outs,
    overseeing,
    quarantine,
    running,
    serve,
    setup,
    switches,
    switching_on,
    time_travel,
    why_not,
)
from console.cli.output import stderr

app = typer.Typer(
    name="glowline",
    help="Listens to a practice's tools, decides what each person should hear next, and proves what it did.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for part in (
    setup,
    checking,
    connect,
    connectors,
    running,
    serve,
    asking,
    looking_back,
    mapped,
    approving,
    desk,
    opt_outs,
    overseeing,
    quarantine,
    contents,
    erasing,
    switches,
    switching_on,
    time_travel,
    why_not,
):
    part.add_to(app)


def main() -> None:
    """Run the command; a problem we know ends in two lines and exit code 1, never in a traceback with values."""
    try:
        app()
    except GlowlineError as problem:
        _end(str(problem), problem.next_step)
    except OSError as trouble:  # the rest of an error of the machine's is where in our code it was met
        _end(f"{trouble.filename or 'this machine'}: {trouble.strerror or type(trouble).__name__}", _LOOK)


_LOOK = "Look at the path, its owner and the room on its disk."


def _end(says: str, next_step: str) -> NoReturn:
    stderr().print(f"[red]✗[/red] {escape(says)}", soft_wrap=True)
    stderr().print(f"  Next: {escape(next_step or _REPORT)}", soft_wrap=True)
    sys.exit(1)


_REPORT = "Report it, with the command that said so."
