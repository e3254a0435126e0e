"""The table of branches, read from `intents.yaml`."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from canonical.conversations import ReplyIntent

FILE: Final = Path(__file__).with_name("intents.yaml")
PERMISSION: Final = "permission"
"""The branch that the policy's reader decides."""
_QUOTES = re.compile(r"['’‘`´ʼ]")


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch: its name, and the named patterns that lead into it."""

    name: str
    words: tuple[tuple[str, re.Pattern[str]], ...] = ()

    @property
    def intent(self) -> ReplyIntent | None:
        """The intent it stands for; None for the branch that another reader decides."""
        return None if self.name == PERMISSION else ReplyIntent(self.name)

    def match(self, said: str) -> str:
        """The name of the first pattern that fits, or an empty string."""
        return next((name for name, pattern in self.words if pattern.search(said)), "")


@cache
def branches(file: Path = FILE) -> tuple[Branch, ...]:
    """All branches in their order. Raises `ValueError` for a name that is no intent, and for a table that forgets the human."""
    found = tuple(_branch(entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8")))
    if not found or found[-1].intent is not ReplyIntent.HUMAN:
        message = f"{file.name}: the last branch is not `human`, so some answers would be read by nobody"
        raise ValueError(message)
    return found


def _branch(entry: dict[str, object]) -> Branch:
    name, words = str(entry["branch"]), entry.get("words") or {}
    if name != PERMISSION:
        ReplyIntent(name)
    patterns = {str(key): re.compile(str(value)) for key, value in words.items()} if isinstance(words, dict) else {}
    return Branch(name, tuple(patterns.items()))


def small(text: str) -> str:
    """The text as the table's patterns expect it: small letters without accents and apostrophes, single spaces."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    kept = "".join(sign for sign in folded if unicodedata.category(sign) not in {"Mn", "Cf"})
    return " ".join(_QUOTES.sub("", kept).split())
