"""R49: how much an inquiry looks like one nobody meant. Marked, never dropped: a human says what it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from canonical.inquiries import InquiryRecord

SUSPECTED = 3
"""Points from which an inquiry is suspected. One slip of the finger never reaches it."""
_LINK = re.compile(
    r"https?://|www\.|\[url|<a\s|\b[a-z0-9-]{2,}\.(?:ru|xyz|top|click|shop|online|site)\b", re.IGNORECASE
)
_NORTH_AMERICAN = re.compile(r"\+1[2-9]\d{2}[2-9]\d{6}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SAME_DIGITS = re.compile(r"(\d)\1{6,}$")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}", re.IGNORECASE)
_ZIGZAG = re.compile(r"[a-z][A-Z]")
_LATIN_WORD = re.compile(r"[A-Za-z]{5,}")
_LONG_WORD = 30
_MANY_TURNS = 3
_DISPOSABLE = frozenset(
    {
        "10minutemail.com", "discard.email", "dispostable.com", "fakeinbox.com", "getnada.com", "guerrillamail.com",
        "maildrop.cc", "mailinator.com", "mailnesia.com", "mintemail.com", "moakt.com", "mohmal.com", "mytemp.email",
        "sharklasers.com", "spam4.me", "temp-mail.org", "tempmail.com", "tempr.email", "throwawaymail.com", "trashmail.com",
        "yopmail.com",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judgement:
    """How many points an inquiry has, and what for."""

    points: int
    reasons: tuple[str, ...]

    @property
    def suspected(self) -> bool:
        """Whether it is answered by nobody until a human has looked."""
        return self.points >= SUSPECTED


def judge(inquiry: InquiryRecord) -> Judgement:
    """Points and reasons; the reasons are codes and quote nothing."""
    found = list(_findings(inquiry))
    return Judgement(sum(points for points, _ in found), tuple(reason for _, reason in found))


def _findings(inquiry: InquiryRecord) -> Iterator[tuple[int, str]]:
    names = f"{inquiry.full_name} {inquiry.given_name} {inquiry.family_name}"
    links = len(_LINK.findall(inquiry.message))
    checks = (
        (3, "honeypot", bool(inquiry.honeypot.strip())),
        (3, "link_in_name", bool(_LINK.search(names))),
        (3, "links", links > 1),
        (1, "link", links == 1),
        (3, "disposable_mail", inquiry.email.rpartition("@")[2].casefold() in _DISPOSABLE),
        (2, "invalid_number", bool(inquiry.phone.strip()) and not _is_possible(inquiry.phone.strip())),
        (2, "gibberish_name", _is_gibberish(names)),
        (1, "gibberish_message", _is_gibberish(inquiry.message)),
        (1, "no_way_to_answer", not (inquiry.phone.strip() or inquiry.email.strip())),
    )
    return ((points, reason) for points, reason, found in checks if found)


def _is_possible(phone: str) -> bool:
    """A number somebody could have, by form alone."""
    if _SAME_DIGITS.search(phone):
        return False
    return bool(_NORTH_AMERICAN.fullmatch(phone) if phone.startswith("+1") else _E164.fullmatch(phone))


def _is_gibberish(text: str) -> bool:
    """Latin words no language has: six consonants in a row, capitals all over the place, no end."""
    words = _LATIN_WORD.findall(text)
    return any(
        _CONSONANTS.search(word) or len(word) > _LONG_WORD or len(_ZIGZAG.findall(word)) >= _MANY_TURNS
        for word in words
    )
