"""Does a text say what happens behind the door? A look-up of tokens, fast enough to ask of every message."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_TOKEN = re.compile(r"[a-z0-9]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def tokens(text: str) -> list[str]:
    """Words, with case, accents, full-width forms and invisible characters taken away."""
    if text.isascii():
        return _TOKEN.findall(text.lower())  # nothing to take away, and most texts are
    folded = unicodedata.normalize("NFKD", text.translate(_INVISIBLE)).casefold()
    return _TOKEN.findall("".join(c for c in folded if not unicodedata.combining(c)))


@dataclass(frozen=True)
class Lexicon:
    """The words of a practice, as token tuples by their first token."""

    by_first: dict[str, tuple[tuple[str, ...], ...]]

    @classmethod
    def of(cls, words: Iterable[str]) -> "Lexicon":
        """Compile a word list. Phrases of several words match as a run of tokens."""
        grouped: dict[str, list[tuple[str, ...]]] = {}
        for word in words:
            phrase = tuple(tokens(word))
            if phrase:
                grouped.setdefault(phrase[0], []).append(phrase)
        return cls({first: tuple(sorted(set(phrases))) for first, phrases in grouped.items()})

    def term_in(self, text: str) -> str | None:
        """The first term the text contains, or None. URLs count: their words are tokens too (R42)."""
        words = tokens(text)
        if self.by_first.keys().isdisjoint(words):
            return None
        for at, word in enumerate(words):
            for phrase in self.by_first.get(word, ()):
                if tuple(words[at : at + len(phrase)]) == phrase:
                    return " ".join(phrase)
        return None
