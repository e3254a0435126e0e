"""Pages taken apart: fenced blocks, commands, and output whose ids and hashes do not count."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_MASKS = (
    (re.compile(r"\b([a-z]{1,3})-[a-z2-7]{16}\b"), r"\1-…"),
    (re.compile(r"\b(SM)[0-9a-f]{32}\b"), r"\1…"),
    (re.compile(r"(@|sha256 )[0-9a-f]{8}"), r"\1…"),
)


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    body: str


def read(name: str) -> str:
    """A page of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks in order."""
    for found in BLOCK.finditer(text):
        yield Block(found["language"], found["body"])


def chapter(text: str, title: str) -> str:
    """From `## title` to the next heading of that level."""
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def masked(text: str) -> str:
    """The text without what is another in every installation."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text
