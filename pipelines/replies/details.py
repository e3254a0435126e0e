"""What else an answer says beside its meaning: minutes, a day or an hour, a language. Pure."""

import re
from datetime import datetime, timedelta
from typing import Final

from pipelines.replies.table import small

_NUMBER_WORDS: Final = {
    "five": 5, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "cinco": 5, "diez": 10, "quince": 15, "veinte": 20, "treinta": 30,
}  # fmt: skip
_WORDS: Final = "|".join(_NUMBER_WORDS)
_MINUTES = re.compile(
    rf"\b(?P<n>\d{{1,3}}|{_WORDS})(?: ?(?:-|to|or|a|o) ?(?P<upto>\d{{1,3}}))? ?(?:mins?|minutes?|minutos?|m)\b"
)
_IN_A_FEW = re.compile(
    rf"\b(?:in|like|about|by|en|como)(?: like| about| maybe)? (?P<n>\d{{1,2}}|{_WORDS})\b(?! ?(?:am|pm|:|h))"
)
_SPANS: Final = (
    (re.compile(r"\b(?:half an hour|half hour|media hora)\b"), 30),
    (re.compile(r"\b(?:(?:an|1|one) hour|una hora|1 ?hr)\b"), 60),
)
_LONGEST: Final = 240
_WEEKDAYS: Final = (
    r"mon(?:day)?|lunes", r"tues?(?:day)?|martes", r"wed(?:s|nesday)?|miercoles", r"thur?s?(?:day)?|jueves", r"fri(?:day)?|viernes",
    r"sat(?:urday)?|sabado", r"sun(?:day)?|domingo",
)  # fmt: skip
_DAYS = tuple(re.compile(rf"\b(?:{words})\b") for words in _WEEKDAYS)
_TOMORROW = re.compile(r"\b(?:to?m+or+ow|tmrw|tmw|tmr|tmmrw|2mrw|2morrow|manana)\b")
_TODAY = re.compile(r"\b(?:today|tonight|later today|hoy)\b")
_HOUR = re.compile(
    r"\b(?:at|@|a las|a la) ?(?P<hour>\d{1,2})(?::?(?P<minute>[0-5]\d))?(?![\d/])|\b(?P<h>\d{1,2})(?::(?P<m>[0-5]\d))? ?[ap]\.?m\b"
    r"|\b(?P<hh>\d{1,2}):(?P<mm>[0-5]\d)\b"
)
_HALF_DAY: Final = 12
_SPANISH = re.compile(
    r"\b(?:hola|gracias|favor|cita|quiero|puedo|necesito|tengo|estoy|manana|hoy|llego|tarde|gustaria|buen[oa]s|cuanto|cuando|donde|que"
    r"|para|pero|confirmo|ahi|estare|mensajes?|ustedes|perdon|disculpe|voy|hasta|nos|vemos|el|los|las|la|del|de|una?|por|muy|mas|mis?|sus?"
    r"|con|se|le|ya|esta|este|sin|como|hay|es|en|al|numero|lista|textos?|duele|ojo|cara|datos|podemos|podre|minutos|recibir|escrib\w+|siento)\b"
)
_ENGLISH = re.compile(
    r"\b(?:the|is|are|you|your|my|i|im|it|to|can|and|have|what|when|thanks|thank|please|see|will|be|do|for|at|this|that|of|on|but|dont|not|got|just|like)\b"
)


def minutes(text: str) -> int | None:
    """How many minutes the text speaks of; of a span the longer end, because somebody waits for it."""
    said = small(text)
    for pattern, size in _SPANS:
        if pattern.search(said):
            return size
    found = _MINUTES.search(said) or _IN_A_FEW.search(said)
    if found is None:
        return None
    size = int(found.groupdict().get("upto") or _NUMBER_WORDS.get(found["n"]) or found["n"])
    return size if 0 < size <= _LONGEST else None


def names_another_time(text: str, start: datetime, at: datetime) -> bool:
    """Whether the text names a day or an hour that is not that of `start`; both in the visit's own zone."""
    said, ahead = small(text), start.date() - at.date()
    days = [n for n, pattern in enumerate(_DAYS) if pattern.search(said)]
    if days and start.weekday() not in days:
        return True
    if _TOMORROW.search(said) and ahead != timedelta(days=1):
        return True
    if _TODAY.search(said) and ahead != timedelta():
        return True
    return any(_another_hour(found, start) for found in _HOUR.finditer(said))


def _another_hour(found: re.Match[str], start: datetime) -> bool:
    hour = int(found["hour"] or found["h"] or found["hh"])
    minute = int(found["minute"] or found["m"] or found["mm"] or 0)
    return (hour % _HALF_DAY, minute) != (start.hour % _HALF_DAY, start.minute)


def language(text: str) -> str:
    """`es` where the text is clearly Spanish (R28), else empty: nothing follows from it by itself."""
    said = small(text)
    spanish, english = len(_SPANISH.findall(said)), len(_ENGLISH.findall(said))
    return "es" if spanish > english else ""
