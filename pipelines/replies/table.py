"""The table of branches, read from `intents.yaml`."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from canonical.conversations import ReplyIntent

FILE: Final = Path(__file__).with_name("intents.yaml")
PERMISSION: Final = "permission"
"""The branch that the policy's reader decides."""
OFFERED: Final = "offered"
"""The branch that our own last message decides: what it offered to answer."""
READ_BY_OTHERS: Final = frozenset({PERMISSION, OFFERED})
_QUOTES = re.compile(r"['’‘`´ʼ]")
_NOTHING = re.compile(r"[^\w?]+")
_NEVER = re.compile(r"(?!)")


class Given(StrEnum):
    """What must stand before an answer, so that a branch may take it."""

    NOTHING = ""
    VISIT = "visit"
    """The last thing we said to that contact named a visit that is still ahead."""
    AHEAD = "ahead"
    """It is clear which visit of theirs is meant: the one we named last, or the only one."""
    TODAY = "today"
    """Somebody on that contact is expected within hours."""
    SURVEY = "survey"
    """The question of row 6.1 was asked within five days, and nothing was asked since (R24)."""
    INQUIRY = "inquiry"
    """Somebody on that contact asked, and has not booked."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One entry of the table: its name, the named patterns that lead into it, and what must be given."""

    name: str
    words: tuple[tuple[str, re.Pattern[str]], ...] = ()
    given: Given = Given.NOTHING
    filler: re.Pattern[str] | None = None
    """Set where the patterns must be all that is said: what says nothing beside them."""

    @property
    def intent(self) -> ReplyIntent | None:
        """The intent it stands for; None for a branch that another reader decides."""
        return None if self.name in READ_BY_OTHERS else ReplyIntent(self.name)

    def match(self, said: str) -> str:
        """The name of the first pattern that fits, or an empty string."""
        first = next((name for name, pattern in self.words if pattern.search(said)), "")
        return first if first and (self.filler is None or self._is_all(said, self.filler)) else ""

    def _is_all(self, said: str, filler: re.Pattern[str]) -> bool:
        for _, pattern in self.words:
            said = pattern.sub(" ", said)
        return not _NOTHING.sub("", filler.sub(" ", said))


@cache
def branches(file: Path = FILE) -> tuple[Branch, ...]:
    """All branches in their order. Raises `ValueError` for a name that is no intent, and for a table that forgets the human."""
    entries: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    fillers = [line for entry in entries for line in entry.get("filler", ())]
    filler = re.compile("|".join(rf"\b(?:{line})\b" for line in fillers)) if fillers else _NEVER
    found = tuple(_branch(entry, filler) for entry in entries if "branch" in entry)
    if not found or found[-1].intent is not ReplyIntent.HUMAN:
        message = f"{file.name}: the last branch is not `human`, so some answers would be read by nobody"
        raise ValueError(message)
    return found


def _branch(entry: dict[str, Any], filler: re.Pattern[str]) -> Branch:
    name = str(entry["branch"])
    if name not in READ_BY_OTHERS:
        ReplyIntent(name)
    patterns = tuple((str(key), re.compile(str(value))) for key, value in (entry.get("words") or {}).items())
    return Branch(name, patterns, Given(entry.get("given") or ""), filler if entry.get("whole") else None)


def small(text: str) -> str:
    """The text as the table's patterns expect it: small letters without accents and apostrophes, single spaces."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    kept = "".join(sign for sign in folded if unicodedata.category(sign) not in {"Mn", "Me", "Cf", "Sk"})
    return " ".join(_QUOTES.sub("", kept).split())


_REACTION = re.compile(
    r"^\W*(?:liked|loved|disliked|emphasi[sz]ed|questioned|laughed at|reacted (?:with )?\S{1,12} to|removed an? [\w ]{1,20} from"
    r"|le gust[oó]|le encant[oó]|no le gust[oó]|se ri[oó] de|destac[oó]|reaccion[oó] con \S{1,12} a)\s+[\"“«'](?P<quoted>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED_LINE = re.compile(
    r"^\s*(?:>|on .{1,120} wrote:|el .{1,120} escribi[oó]:|sent from my |get outlook for |enviado desde mi )",
    re.IGNORECASE,
)
_REST_IS_QUOTED = re.compile(r"^\s*[-_]{2,} ?(?:original message|mensaje original|forwarded message)", re.IGNORECASE)


def own_words(text: str) -> str:
    """What the person wrote: not what a phone's reaction quotes of ours, not the mail they answer, not their phone's footer."""
    reaction = _REACTION.match(text)
    if reaction:
        behind = re.split(r"[\"”»']", reaction["quoted"])[-1]
        return behind if len(behind) < len(reaction["quoted"]) else ""
    own: list[str] = []
    for line in text.splitlines():
        if _REST_IS_QUOTED.match(line):
            break
        if not _QUOTED_LINE.match(line):
            own.append(line)
    return "\n".join(own) if any(line.strip() for line in own) else text
