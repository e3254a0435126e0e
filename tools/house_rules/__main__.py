"""`python -m tools.house_rules [--list]`: 0 when nothing was found, 1 otherwise."""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tools.house_rules.distributions import foreign_owners
from tools.house_rules.sources import read, repository_files
from tools.house_rules.table import RULES, findings

ROOT = Path(__file__).parents[2]


def own_packages(root: Path) -> list[str]:
    """The top-level packages that pyproject.toml claims."""
    declared = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    return [name for name in declared if not name.endswith(".*")]


def everything_found(root: Path) -> Iterator[str]:
    """Every finding in the repository at `root` and every foreign owner of its names, as printable lines."""
    for path in repository_files(root):
        if source := read(root, path):
            yield from map(str, findings(source))
    yield from foreign_owners(own_packages(root))


def main(arguments: list[str]) -> int:
    """Print the rules, or what they find."""
    lines = [f"{rule.name:16} {rule.says}" for rule in RULES] if "--list" in arguments else [*everything_found(ROOT)]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 1 if lines and "--list" not in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
