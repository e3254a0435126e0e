"""Transforms of words, names and numbers."""

import html
import re
from decimal import Decimal, InvalidOperation
from typing import Final

from mappings.targets import Sort
from mappings.transforms.registry import Unreadable, transform

_YES: Final = frozenset({"yes", "y", "true", "t", "1", "1.0", "on", "x", "✓", "✔", "checked", "sí", "si"})
_NO: Final = frozenset({"no", "n", "false", "f", "0", "0.0", "off", "unchecked"})
_PLACEHOLDERS: Final = frozenset(
    {"null", "(null)", "none", "n/a", "na", "nan", "-", "--", "?", "unknown", "0000-00-00"}
)
_TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof"})
_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "md", "dds", "dvm", "phd", "rn", "np", "esq"})
_UNREAD: Final = re.compile(r"<(style|script|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_MONEY: Final = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d{1,2})?")


@transform(Sort.TEXT)
def trim(text: str) -> str:
    """Runs of spaces and line breaks become one space.

    >>> trim("Main  St")
    'Main St'
    """
    return " ".join(text.split())


@transform(Sort.TEXT)
def plain_text(text: str) -> str:
    """The words of a mail that came as HTML; a text without a closing tag stays as it is.

    >>> plain_text("<p>Stop &amp; thanks</p>"), plain_text("I <3 it")
    ('Stop & thanks', 'I <3 it')
    """
    if "</" not in text:
        return text
    return trim(html.unescape(_TAG.sub(" ", _UNREAD.sub(" ", text))))


@transform(Sort.TEXT)
def lower(text: str) -> str:
    """All letters small.

    >>> lower("Front DESK")
    'front desk'
    """
    return text.lower()


@transform(Sort.TEXT)
def upper(text: str) -> str:
    """All letters capital.

    >>> upper("ny")
    'NY'
    """
    return text.upper()


@transform(Sort.TEXT)
def drop_placeholder(text: str) -> str:
    """`NULL`, `N/A`, `none`, `-` and the like become nothing; put it first: `via: [drop_placeholder, date]`.

    >>> drop_placeholder("N/A"), drop_placeholder("Ana")
    ('', 'Ana')
    """
    return "" if text.casefold() in _PLACEHOLDERS else text


@transform(Sort.TEXT)
def given_name(text: str) -> str:
    """The first name out of a full name, written `Ana Ruiz` or `Ruiz, Ana`; titles are left out.

    >>> given_name("Ruiz, Ana Maria"), given_name("Dr. Allison Craig DDS"), given_name("Cher")
    ('Ana', 'Allison', 'Cher')
    """
    return _split(text)[0]


@transform(Sort.TEXT)
def family_name(text: str) -> str:
    """Everything after the first name of a full name, without titles and degrees; what stands before a comma.

    >>> family_name("Ruiz, Ana Maria"), family_name("Allison Craig DDS"), family_name("Cher")
    ('Ruiz', 'Craig', '')
    """
    return _split(text)[1]


def _split(full: str) -> tuple[str, str]:
    family, comma, given = full.partition(",")
    if comma and _bare(given) not in _SUFFIXES:
        return (given.split() or [""])[0], " ".join(family.split())
    words = full.replace(",", " ").split()
    while len(words) > 1 and _bare(words[0]) in _TITLES:
        words.pop(0)
    while len(words) > 1 and _bare(words[-1]) in _SUFFIXES:
        words.pop()
    return (words or [""])[0], " ".join(words[1:])


def _bare(word: str) -> str:
    return word.strip().replace(".", "").casefold()


@transform(Sort.TRUTH)
def yes_no(text: str) -> bool:
    """A truth value written as `yes no y n true false t f 1 0 on off x` or a check mark.

    >>> yes_no("Yes"), yes_no("0")
    (True, False)
    """
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable("is not a yes or a no")


@transform(Sort.NUMBER)
def whole_number(text: str) -> int:
    """A whole number; a point with zeros behind it is allowed, as spreadsheets write it.

    >>> whole_number("5"), whole_number("5.0")
    (5, 5)
    """
    whole, _, rest = text.partition(".")
    if whole.lstrip("-").isdecimal() and not rest.strip("0"):
        return int(whole)
    raise Unreadable("is not a whole number")


@transform(Sort.NUMBER)
def cents(text: str) -> int:
    """An amount of dollars as cents: `$1,234.50`, `80`, `80.5`.

    >>> cents("$1,234.50"), cents("80.5")
    (123450, 8050)
    """
    found = _MONEY.fullmatch(text)
    if not found:
        raise Unreadable("is not an amount like 1234.50")
    try:
        return int(Decimal(found[1].replace(",", "") + (found[2] or "")) * 100)
    except InvalidOperation:
        raise Unreadable("is not an amount like 1234.50") from None


@transform(Sort.TEXT, many=True)
def comma_list(text: str) -> list[str]:
    """Several values in one field, separated by commas.

    >>> comma_list("vip, no-text")
    ['vip', 'no-text']
    """
    return [part.strip() for part in text.split(",") if part.strip()]


@transform(Sort.TEXT, many=True)
def semicolon_list(text: str) -> list[str]:
    """Several values in one field, separated by semicolons.

    >>> semicolon_list("vip; no-text;")
    ['vip', 'no-text']
    """
    return [part.strip() for part in text.split(";") if part.strip()]
