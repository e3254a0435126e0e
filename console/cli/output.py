"""What a command prints: rich text for people, one JSON document with `--json` for machines."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from canonical.progress import watched

Home = Annotated[
    Path | None,
    typer.Option("--home", envvar="GLOWLINE_HOME", help="Folder that holds installation.yaml.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


TELL_EVERY = 10.0
"""Seconds between two lines about long work."""


@cache
def stdout() -> Console:
    """Where results go."""
    return Console(soft_wrap=True, highlight=False)


@cache
def stderr() -> Console:
    """Where problems and progress go."""
    return Console(stderr=True, highlight=False)


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Say on stderr what is being done: in one line that changes, or, where that is no terminal, in a line every ten seconds."""
    console = stderr()
    if console.is_terminal:
        with console.status(f"{what} …") as status, watched(lambda now: status.update(f"{what} … {now}")):
            yield
        return
    last = monotonic()

    def tell(now: str) -> None:
        nonlocal last
        if monotonic() - last >= TELL_EVERY:
            last = monotonic()
            console.print(f"{what} … {now}", markup=False)

    with watched(tell):
        yield


def show(data: Any, as_json: bool, for_people: Callable[[Console], None]) -> None:  # noqa: ANN401 - whatever a command found
    """Print `data` as JSON, or let `for_people` say it."""
    if as_json:
        typer.echo(json.dumps(data, default=_plain, ensure_ascii=False, sort_keys=True))
        return
    for_people(stdout())


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def table(*columns: str) -> Table:
    """A quiet table: no lines between what can be read without them."""
    made = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def counted(counts: dict[str, int] | Sequence[tuple[str, int]]) -> str:
    """`3 sent · 1 delayed`, or `nothing`."""
    pairs = counts.items() if isinstance(counts, dict) else counts
    return " · ".join(f"{number:,} {name}" for name, number in pairs if number) or "nothing"
