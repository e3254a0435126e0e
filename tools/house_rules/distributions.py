"""Flat package names have a price: another distribution may own one of them. That is looked for here."""

import importlib.metadata
from collections.abc import Iterable, Iterator, Sequence

OURS = "glowline"


def foreign_owners(names: Iterable[str], search: Sequence[str] | None = None) -> Iterator[str]:
    """A sentence for each installed distribution, other than ours, that brings a top-level package of one of `names`.

    `search` lists the folders to look in, as sys.path does; the running interpreter's where it is None.
    """
    wanted = set(names)
    found = importlib.metadata.distributions() if search is None else importlib.metadata.distributions(path=[*search])
    for distribution in found:
        if distribution.name == OURS:
            continue
        for name in sorted(wanted & _top_level(distribution)):
            yield f"the installed distribution {distribution.name} owns '{name}', which is ours: uninstall it (ADR 0005)"


def _top_level(distribution: importlib.metadata.Distribution) -> set[str]:
    declared = distribution.read_text("top_level.txt")
    if declared:
        return set(declared.split())
    return {file.parts[0].removesuffix(".py") for file in distribution.files or () if file.suffix == ".py"}
