"""What looks like one of the 18 identifiers, or like a price, outside what the template meant to say (PHI-03).

Neutral values that a template's slots declare (the visit's time, the practice's own number and links) are taken out
first. What is left and still looks like an identifier was typed into a template, or hides in a name.
"""

import re
from collections.abc import Iterable

_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic)[a-z]*"
_WITHOUT_DIGITS = ("an e-mail address", "a web address")
_DIGIT = re.compile(r"\d")
_PATTERNS = {
    "an e-mail address": r"[\w.+-]+@[\w-]+\.[\w.-]+",
    "a web address": r"\b(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|net|org|io|co|me|us|info|biz|health|clinic)\b(?:/\S*)?",
    "an IP address": r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
    "a social security number": r"\b\d{3}-\d{2}-\d{4}\b",
    "a phone number": r"(?<![\w$])(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}(?!\w)|\+\d{8,15}(?!\w)",
    "a date": rf"\b\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b{_MONTHS}\.? \d{{1,2}}(?:st|nd|rd|th)?\b,?(?: \d{{4}})?"
    rf"|\b\d{{1,2}} (?:de )?{_MONTHS}\b",
    "a record number": r"(?<!\w)(?:mrn|chart|acct|account|member|policy|record|patient|license|licence|id)(?: (?:no\.?|number|id))?[ #:]*\d{3,}"
    r"|(?<![\w$])#?\d{7,}(?!\w)",
    "a street address": r"\b\d{1,5} (?:[nsew]\.? )?(?:[a-z]+ ){1,3}(?:st|street|ave|avenue|blvd|boulevard|rd|road|dr|drive|ln|lane|way|ct|court)\b",
    "a zip code": r"\b[A-Z]{2},? \d{5}(?:-\d{4})?\b",
    "a price": r"[$€£]\s?\d|\b\d+(?:[.,]\d+)?\s?(?:dollars|usd|dolares)\b",
}
_COMPILED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _PATTERNS.items()}
_GAP = " \N{MIDDLE DOT} "
"""Stands where a declared value stood, so that its neighbours do not grow together."""


def identifiers_in(text: str, declared: Iterable[str]) -> tuple[str, ...]:
    """Names of the patterns found in `text` once the `declared` values are taken out; never the values themselves."""
    left = text
    for value in sorted(filter(None, declared), key=len, reverse=True):
        left = left.replace(value, _GAP)
    wanted = _PATTERNS if _DIGIT.search(left) else _WITHOUT_DIGITS
    return tuple(name for name in wanted if _COMPILED[name].search(left))
