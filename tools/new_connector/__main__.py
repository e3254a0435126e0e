"""`make new-connector NAME=vendor`: one stream, one command, one webhook, under contract from the first minute."""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from string import Template

ROOT = Path(__file__).parents[2]
TEMPLATE = Path(__file__).parent / "template"
SUFFIX = ".txt"
"""Every file of the template ends so: it is no module, no page and no fixture until it has a name in it."""
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
TAKEN = frozenset({"kit"})

PLACES = {"connector": "connectors/{}", "mapping": "mappings/{}", "tests": "tests/connectors/{}"}
"""Folder of the template → where it goes."""


def begin(root: Path, vendor: str, title: str, day: date) -> list[Path]:
    """Write the folders of a new connector into the repository at `root`. Returns what was written.

    Raises:
        ValueError: the name is no vendor's, or something of that name is there already.
    """
    if not NAME.fullmatch(vendor) or vendor in TAKEN:
        raise ValueError("a connector's name is made of small letters, digits and underscores: google_reviews")
    if there := [place for place in _folders(vendor) if (root / place).exists()]:
        raise ValueError(f"there is already a {there[0]}")
    named = {"vendor": vendor, "dashed": vendor.replace("_", "-"), "title": title, "day": day.isoformat()}
    written = [_write(root / place, source, named) for source, place in _files(vendor)]
    _formatted([path for path in written if path.suffix == ".py"], root)
    return written


def _folders(vendor: str) -> list[str]:
    return [place.format(vendor) for place in PLACES.values()]


def _files(vendor: str) -> Iterator[tuple[Path, str]]:
    for source in sorted(TEMPLATE.rglob(f"*{SUFFIX}")):
        part, *below = source.relative_to(TEMPLATE).parts
        yield source, "/".join((PLACES[part].format(vendor), *below)).removesuffix(SUFFIX)


def _formatted(modules: Sequence[Path], root: Path) -> None:
    """Order of imports and line ends depend on the name."""
    for words in (("check", "--quiet", "--select", "I", "--fix"), ("format", "--quiet")):
        subprocess.run([sys.executable, "-m", "ruff", *words, *map(str, modules)], cwd=root, check=True)


def _write(path: Path, source: Path, named: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(Template(source.read_text(encoding="utf-8")).substitute(named), encoding="utf-8")
    return path


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.new_connector", description=__doc__)
    parser.add_argument("name", help="as the folder and connections.yaml will call it: google_reviews")
    parser.add_argument("--title", default="", help="as its vendor writes it; else the name with capitals")
    parser.add_argument("--day", type=date.fromisoformat, required=True, help="the day that stands beside the fixtures")
    parser.add_argument("--root", type=Path, default=ROOT, help="another copy of the repository")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Write it and say what comes next; 2 where it cannot be."""
    arguments = _arguments(given)
    title = arguments.title or arguments.name.replace("_", " ").title()
    try:
        written = begin(arguments.root, arguments.name, title, arguments.day)
    except ValueError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    sys.stdout.writelines(f"  wrote {path.relative_to(arguments.root)}\n" for path in written)
    sys.stdout.write(
        f"It works, and says nothing true yet. Run:  pytest -q tests/connectors/contract -k {arguments.name}\n"
    )
    sys.stdout.write("Then hold every address, field and code against the vendor: docs/adding-a-connector.md\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
