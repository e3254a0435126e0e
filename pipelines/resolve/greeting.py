"""What a person may be called in a message (R7). Name fields of booking tools are where the desk keeps its remarks."""

import re
from dataclasses import dataclass
from functools import cached_property

from pipelines.resolve.names import nicknames, own_names, without_accents

LONGEST = 20
_ONE_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FIRST_WORD = re.compile(r"\s*([^\W\d_]+(?:['’-][^\W\d_]+)*)(?![\w'’])")
_INITIAL = re.compile(r"\s+[^\W\d_]\.?\s*$")
_HUMP = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
_WHOLE_WORDS_ONLY = 4
"""Words this short stand inside honest names: `scar` in Oscar, `lip` in Philip. They count as whole words only."""
NOT_NAMES = frozenset(
    """
    account admin angry anonymous appointment appt archived attorney bad balance banned billing blank blocked call caller
    cancel cancelled canceled cash client collections company complaint confirmed consult contact copy customer daughter dead
    deceased declined deleted demo desk deposit dismissed dispute dnc dnd dns do donotcall dont duplicate dupe dup email
    employee estate family fake father fired friend front ghost gift guardian guest hold house husband inactive indirect info
    internal johndoe late lawsuit lawyer lead left legal litigation lunch male female married member merge merged message miss
    missed mom mother mr mrs ms name new na never no nobody none noname noshow not null office old only owes owner parent
    patient pending pending phone please pregnant problem prospect referral refund refused remove removed reschedule returned
    rude sample self show sister brother slow son spam spouse staff stop test tester testing text undefined unknown unpaid
    unsubscribe user vip void voicemail walkin walk wife wrong xxx
    """.split()  # noqa: SIM905 - a list of 150 literals reads worse than the words
)
"""Single words that desks write where a name belongs. None of them greets anybody."""


@dataclass(frozen=True)
class Lexicon:
    """Words that may not reach a text: the practice's services and whatever else its settings name, in lower case."""

    words: frozenset[str]

    def allows(self, word: str) -> bool:
        """Whether one word may be said, alone and with whatever a capital inside it sets apart."""
        plain = without_accents(word).replace(" ", "")
        parts = {plain, *(without_accents(part).strip() for part in re.split(r"[-'’]", _HUMP.sub("-", word)))}
        if parts & (self._short | NOT_NAMES):
            return False
        return not any(term in plain for term in self._long)

    @cached_property
    def _short(self) -> frozenset[str]:
        return frozenset(term for term in self._plain if len(term) <= _WHOLE_WORDS_ONLY)

    @cached_property
    def _long(self) -> frozenset[str]:
        return frozenset(term for term in self._plain if len(term) > _WHOLE_WORDS_ONLY)

    @cached_property
    def _plain(self) -> frozenset[str]:
        return frozenset(part for term in self.words for part in without_accents(term).split() if len(part) > 1)


def greeting(written: str, lexicon: Lexicon) -> str:
    """The one word of a name field that may greet somebody, or nothing.

    A field that is one clean word is taken as it is. From anything longer only the first word is taken, and only when it
    is a known given name: what else stands there is a remark until proved otherwise.

    >>> [greeting(name, Lexicon(frozenset({"botox"}))) for name in ("ZHEN", "Jen - Botox", "Angry Jen", "JenBotox", "Al 2nd")]
    ['Zhen', 'Jen', '', '', 'Al']
    """
    field = _INITIAL.sub("", written.strip())
    whole = _ONE_WORD.fullmatch(field)
    first = _FIRST_WORD.match(field)
    word = whole.group() if whole else first.group(1) if first and is_given_name(first.group(1)) else ""
    letters = sum(character.isalpha() for character in word)
    if not 1 < letters <= LONGEST or not lexicon.allows(word):
        return ""
    return word if word.lower() != word and word.upper() != word else _capitals(word)


def is_given_name(word: str) -> bool:
    """Whether the tables of names know it."""
    plain = without_accents(word).replace(" ", "")
    return plain in own_names() or plain in nicknames()


def _capitals(word: str) -> str:
    return re.sub(r"[^\W\d_]+(?:['’](?=[^\W\d_]$)[^\W\d_])?", lambda part: part.group().capitalize(), word)


def is_one_word(written: str) -> bool:
    """Whether it is one word of a name: `Dubois`, `Dubois-Aa`, `O'Neil`; no title with its period, no initial."""
    return _ONE_WORD.fullmatch(written) is not None
