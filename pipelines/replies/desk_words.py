"""The control words of the desk, as a tag or a listed phone writes them: `gl-late-10`, `hold 0142` (R60). Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pipelines.replies.table import small


class Control(StrEnum):
    """What the desk may tell us in a word."""

    LATE = "late"
    """The provider runs late; with minutes. Names the provider by the visit (row 4.3)."""
    HOLD = "hold"
    RESUME = "resume"
    WRONG_NUMBER = "wrong-number"
    DECEASED = "deceased"
    NO_REVIEWS = "no-reviews"
    CLOSED_TODAY = "closed-today"

    @property
    def tag(self) -> str:
        """As it is written in a tool."""
        return f"gl-{self}"


EVERYBODY: Final = "all"
_FORMS: Final = {
    Control.LATE: r"(?:running[ -]?)?late",
    Control.HOLD: r"hold",
    Control.RESUME: r"resume",
    Control.WRONG_NUMBER: r"wrong[ -]?number",
    Control.DECEASED: r"deceased",
    Control.NO_REVIEWS: r"no[ -]?reviews?",
    Control.CLOSED_TODAY: r"closed[ -]?today",
}
_ANY: Final = "|".join(f"(?P<{control.name}>{form})" for control, form in _FORMS.items())
_WORD = re.compile(rf"^\W*(?P<tag>gl[ -]?)?(?:{_ANY})(?![a-z])")
_MINUTES = re.compile(
    r"^\W*(?P<n>\d{1,3})(?: ?(?:m|min|mins|minutes))?(?!\d)|(?<![\d])(?P<tail>\d{1,3}) ?(?:m|min|mins|minutes)\b"
)
_STRAY = re.compile(r"^\W*gl[ -]+[a-z]")
_LONGEST: Final = 240


@dataclass(frozen=True, slots=True)
class ControlWord:
    """A word that was said, with what stood beside it."""

    control: Control | None
    """None: it begins like one and is none of them."""
    minutes: int | None = None
    about: str = ""
    """How the desk names whom it is about: a phone's last four digits, a visit's number, a provider; or `all`."""

    @property
    def written(self) -> str:
        """For the record: the word, never what stood beside it."""
        return self.control.tag if self.control else "gl-?"


def parse(text: str, *, listed_phone: bool = False) -> ControlWord | None:
    """The control word a text is; None where it is none. A tag needs its `gl-`; a listed phone may leave it out."""
    said = small(text)
    found = _WORD.match(said)
    if found is None or not (found["tag"] or listed_phone):
        return ControlWord(None) if _STRAY.match(said) else None
    control = next(control for control in Control if found[control.name])
    rest = said[found.end() :]
    if control is not Control.LATE:
        return ControlWord(control, about=_named(rest))
    size = _MINUTES.search(rest)
    if size is None:
        return ControlWord(control, about=_named(rest))
    number = int(size["n"] or size["tail"])
    rest = f"{rest[: size.start()]} {rest[size.end() :]}"
    return ControlWord(control, number if 0 < number <= _LONGEST else None, _named(rest))


def _named(rest: str) -> str:
    words = re.sub(r"[^\w -]", " ", rest).strip(" -").split()
    return " ".join(
        word
        for word in words
        if word not in {"for", "the", "patient", "dr", "visit", "client", "phone", "ending", "in"}
    )
