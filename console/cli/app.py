"""The command's tree, and the one place where an error becomes two lines."""

import sys

import typer

from canonical.problems import GlowlineError
from console.cli import asking, checking, contents, looking_back, running, setup, switches, time_travel
from console.cli.output import stderr

app = typer.Typer(
    name="glowline",
    help="Listens to a practice's tools, decides what each person should hear next, and proves what it did.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for part in (setup, checking, running, asking, looking_back, contents, switches, time_travel):
    part.add_to(app)


def main() -> None:
    """Run the command; a problem we know ends in two lines and exit code 1, never in a traceback with values."""
    try:
        app()
    except GlowlineError as problem:
        stderr().print(f"[red]✗[/red] {problem}", highlight=False, soft_wrap=True)
        if problem.next_step:
            stderr().print(f"  Next: {problem.next_step}", highlight=False, soft_wrap=True)
        sys.exit(1)
