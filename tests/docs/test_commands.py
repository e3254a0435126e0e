"""Every `glowline` command that a page names exists, and the figures about rules are the engine's."""

import re
from collections.abc import Iterator

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from console.cli.app import app
from pipelines.policy.card import cards
from pipelines.policy.engine import not_built_rules
from tests.docs.pages import ROOT, read

PAGES = [
    "README.md",
    "SECURITY.md",
    *(str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs").rglob("*.md")) if "adr" not in page.parts),
]
NAMED = re.compile(r"(?:^|`)glowline ((?:[a-z][\w-]*|-{2}[a-z-]+|\S+)(?: [^`\n]+)?)", re.MULTILINE)


def commands(page: str) -> Iterator[list[str]]:
    for found in NAMED.finditer(read(page)):
        yield found[1].split()


def unknown(words: list[str]) -> str:
    """What of a command line the command does not know; empty when all is well."""
    here = get_command(app)
    while isinstance(here, TyperGroup):
        if not words or words[0] not in here.commands:
            return words[0] if words and not words[0].isupper() else ""
        here, words = here.commands[words[0]], words[1:]
    known = {option for parameter in here.params for option in parameter.opts} | {"--help"}
    return ", ".join(word for word in words if word.startswith("--") and word not in known)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_a_page_names_exists(page: str) -> None:
    found = {" ".join(words): unknown(words) for words in commands(page)}
    assert {line: wrong for line, wrong in found.items() if wrong} == {}


def test_the_pages_say_how_many_rules_are_built() -> None:
    everything, missing = len(cards()), len(not_built_rules())
    assert f"**{everything - missing} of {everything}** are built" in read("README.md")
    assert f"**{everything - missing} of {everything} rules** are built" in read("docs/operating.md")
