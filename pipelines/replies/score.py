"""The score an answer gives, where it is nothing but a score (R24). Pure."""

import re
from typing import Final

from pipelines.replies.table import small

_NUMBERS: Final = {
    1: ("1", "one", "uno"),
    2: ("2", "two", "dos"),
    3: ("3", "three", "tres"),
    4: ("4", "four", "cuatro"),
    5: ("5", "five", "cinco"),
    6: ("6", "six", "seis"),
    7: ("7", "seven", "siete"),
    8: ("8", "eight", "ocho"),
    9: ("9", "nine", "nueve"),
    10: ("10", "ten", "diez"),
}
_SCORES: Final = {word: number for number, words in _NUMBERS.items() for word in words}
_NUMBER: Final = "|".join(sorted(_SCORES, key=len, reverse=True))
_ALONE = re.compile(rf"(?P<score>{_NUMBER})(?: ?(?:/|out of|of|over|de|sobre) ?(?:10|ten|diez))?")
_CORRECTING = re.compile(
    r"\b(?:oops|whoops|sorry|typo|i meant|meant|mean|i mean|actually|make (?:it|that)|change (?:it|that|my score) to|should be|a|an"
    r"|perdon|perdona|quise decir|digo|mejor|en realidad|un)\b"
)
_SAYING = re.compile(
    r"^(?:(?:i|id|ill|ide) (?:would )?(?:say|give (?:it|you)|go with|rate it)(?: an?)?|its an?|an?|un|le doy un|yo diria) "
)
_DIFFERENT = re.compile(r"[?\-–+<>=~&%.]\s*\d|\d,\d|\d\s*[?+%]|-\s*\d")
"""A sign that makes another number of a number, or a question of an answer: 7.5, 8-9, 9?, -1, 8+."""
_ORNAMENTS = re.compile(r"[^\w/ ]")


def read_score(text: str, *, corrects: bool = False) -> int | None:
    """The score the text is, from 1 to 10; None for a text that is anything beside one. `corrects`: there is one already."""
    said = small(text)
    if _DIFFERENT.search(said):
        return None
    bare = _SAYING.sub("", " ".join(_ORNAMENTS.sub(" ", said).split()))
    if corrects:
        bare = " ".join(_CORRECTING.sub(" ", bare).split())
    found = _ALONE.fullmatch(bare)
    return _SCORES[found["score"]] if found else None
