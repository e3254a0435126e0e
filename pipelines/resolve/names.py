"""Names, made comparable: when two are one name, and when they speak against one person (R1)."""

import csv
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA

_FOLDER = Path(__file__).parent
_REMARK = re.compile(r"\s[-–—]+\s?|\s?[-–—]+\s|[(\[{/*;:|#\"“”].*|,.*$")
_NOT_A_LETTER = re.compile(r"[^\w\s]|[\d_]")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof"})
_SUFFIXES = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "2", "iii": "3", "iv": "4"}
_PARTICLES = frozenset(
    {
        "al",
        "bin",
        "da",
        "de",
        "del",
        "della",
        "der",
        "di",
        "dos",
        "el",
        "la",
        "las",
        "le",
        "los",
        "mac",
        "mc",
        "van",
        "von",
    }
)
_LONG_ENOUGH = 4
"""Family names shorter than this are compared letter by letter: Li and Lu are no typing error."""


class Likeness(Enum):
    """What two names say about two records."""

    SAME = "same"
    """One full name, nicknames considered: enough to join where a contact point is shared."""
    COMPATIBLE = "compatible"
    """They do not contradict each other; something else has to agree."""
    UNKNOWN = "unknown"
    """At least one of them says nothing."""
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Name:
    """A name in comparable form: lower case, without accents, titles and remarks."""

    given: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    suffix: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not (self.given or self.family)


def name_of(given: str, family: str, full: str) -> Name:
    """The comparable name of a record's name fields; the parts win over the whole.

    >>> name_of("Dr. José-María", "de la Cruz, Jr.", "")
    Name(given=('jose', 'maria'), family=('de', 'la', 'cruz'), suffix='jr')
    >>> name_of("", "", "Garcia, Maria (NO SHOW)")
    Name(given=('maria',), family=('garcia',), suffix='')
    """
    if not (given.strip() or family.strip()):
        given, family = _split(full)
    words, own_suffix = _without_suffix(_words(_suffix_kept(given)))
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    house, suffix = _without_suffix(_words(_suffix_kept(family)))
    return Name(words, house, suffix or own_suffix)


def _suffix_kept(family: str) -> str:
    """`Cruz, Jr.` keeps its suffix; every other remark after a comma goes."""
    head, comma, tail = family.partition(",")
    return f"{head} {tail}" if comma and tail.strip(" .").casefold() in _SUFFIXES else family


def _split(full: str) -> tuple[str, str]:
    head, comma, tail = full.partition(",")
    if comma and tail.strip(" .").casefold() not in _SUFFIXES:
        return tail, head
    words = _REMARK.split(full.replace(",", " "))[0].split()
    suffix: list[str] = []
    while len(words) > 1 and words[-1].strip(".").casefold() in _SUFFIXES:
        suffix.insert(0, words.pop())
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].casefold() in _PARTICLES:
        cut -= 1
    if cut < 1:
        return " ".join(words), " ".join(suffix)
    return " ".join(words[:cut]), " ".join(words[cut:] + suffix)


def _words(text: str) -> tuple[str, ...]:
    return tuple(without_accents(_REMARK.split(text)[0].replace("-", " ")).split())


def without_accents(text: str) -> str:
    """Lower case, accents and apostrophes gone, anything but letters a blank."""
    folded = unicodedata.normalize("NFKD", text.casefold()).replace("'", "").replace("’", "")
    return _NOT_A_LETTER.sub(" ", "".join(c for c in folded if not unicodedata.combining(c)))


def _without_suffix(words: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    if len(words) > 1 and words[-1] in _SUFFIXES:
        return words[:-1], _SUFFIXES[words[-1]]
    return words, ""


@cache
def nicknames() -> dict[str, frozenset[str]]:
    """By name: every name the table puts beside it, in both directions."""
    beside: dict[str, set[str]] = defaultdict(set)
    for row in _table("nicknames.csv"):
        beside[row["name1"]].add(row["name2"])
        beside[row["name2"]].add(row["name1"])
    return {name: frozenset(others) for name, others in beside.items()}


@cache
def own_names() -> dict[str, str]:
    """Names that parents give by themselves, with the spelling they are filed under."""
    return {row["name"]: row["spelled_like"] for row in _table("own_names.csv")}


def _table(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@lru_cache(maxsize=65_536)
def likeness(one: Name, other: Name) -> Likeness:
    """What two names say about each other; the same whichever comes first."""
    if one.is_empty or other.is_empty:
        return Likeness.UNKNOWN
    if one.given and one.given == other.family and one.family == other.given:
        return Likeness.COMPATIBLE  # the two fields were swapped when somebody typed
    if _family_differs(one, other) or _given_differs(one, other) or _suffix_differs(one, other):
        return Likeness.DIFFERENT
    return Likeness.SAME if _is_one_full_name(one, other) else Likeness.COMPATIBLE


def _is_one_full_name(one: Name, other: Name) -> bool:
    if not (one.given and one.family and other.given and other.family):
        return False
    if one.suffix != other.suffix or one.family != other.family:
        return False
    return _interchangeable(one.given[0], other.given[0]) and _second_names_agree(one.given[1:], other.given[1:])


def _second_names_agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """An initial may be missing, a whole second name may not: Maria and Maria Luisa Cruz are often mother and daughter."""
    if one and other:
        return True
    return all(len(word) == 1 for word in one + other)


def _interchangeable(one: str, other: str) -> bool:
    return (
        one == other or _one_spelling(one, other) or (other in nicknames().get(one, ()) and not _both_own(one, other))
    )


def _one_spelling(one: str, other: str) -> bool:
    return own_names().get(one, one) == own_names().get(other, other)


def _both_own(one: str, other: str) -> bool:
    return one in own_names() and other in own_names()


def _family_differs(one: Name, other: Name) -> bool:
    if not (one.family and other.family):
        return False
    if set(one.family) <= set(other.family) or set(other.family) <= set(one.family):
        return False
    return not _misspelt(one, other)


def _misspelt(one: Name, other: Name) -> bool:
    """One letter off under one given name: twins share the family name, so this never tells two of them apart."""
    left, right = "".join(one.family), "".join(other.family)
    long_enough = min(len(left), len(right)) >= _LONG_ENOUGH
    return long_enough and one.given == other.given != () and OSA.distance(left, right, score_cutoff=1) <= 1


def _given_differs(one: Name, other: Name) -> bool:
    if not (one.given and other.given):
        return False
    first, second = one.given, other.given
    if not _may_be_one(first[0], second[0]):
        return not (first[0] in second or second[0] in first)
    return len(first) > 1 and len(second) > 1 and not _may_be_one(first[1], second[1])


def _may_be_one(one: str, other: str) -> bool:
    if one == other[:1] or other == one[:1] or _one_spelling(one, other):
        return True
    if _both_own(one, other):
        return False
    beside = nicknames()
    near, far = beside.get(one, frozenset()), beside.get(other, frozenset())
    return other in near or bool(near & far)


def _suffix_differs(one: Name, other: Name) -> bool:
    return bool(one.suffix and other.suffix and one.suffix != other.suffix)
