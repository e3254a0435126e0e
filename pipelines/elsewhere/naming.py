"""Whether a text speaks of a visit: by its clock time, by its day, or by the word for it. Pure."""

import re
from datetime import date, datetime
from typing import Final

from pipelines.replies.table import small

_WORDS: Final = re.compile(
    r"\b(appointments?|appts?|reminders?|visits?|bookings?|reservations?|check ?in|see you|confirm\w*|cita|citas|recordatorio)\b"
)
_DAYS: Final = (
    ("monday", "mon", "lunes"),
    ("tuesday", "tue", "tues", "martes"),
    ("wednesday", "wed", "miercoles"),
    ("thursday", "thu", "thur", "thurs", "jueves"),
    ("friday", "fri", "viernes"),
    ("saturday", "sat", "sabado"),
    ("sunday", "sun", "domingo"),
)
_MONTHS: Final = (
    *(
        ("january", "jan", "enero"),
        ("february", "feb", "febrero"),
        ("march", "mar", "marzo"),
        ("april", "apr", "abril"),
    ),
    *(("may", "mayo"), ("june", "jun", "junio"), ("july", "jul", "julio"), ("august", "aug", "agosto")),
    *(("september", "sep", "sept", "septiembre"), ("october", "oct", "octubre"), ("november", "nov", "noviembre")),
    ("december", "dec", "diciembre"),
)
_NEXT: Final = {0: ("today", "tonight", "hoy"), 1: ("tomorrow", "manana")}
_HALF_DAY: Final = 12


def speaks_of_visit(text: str, start: datetime, sent: datetime) -> bool:
    """Whether a text sent at a local time may be about a visit at another: it says its time, its day, or `appointment`.

    A text without words says nothing.
    """
    said = small(text)
    return bool(said.strip()) and (
        bool(_WORDS.search(said)) or _names_time(said, start) or _names_day(said, start, sent.date())
    )


def _names_time(said: str, start: datetime) -> bool:
    hours = {start.hour, start.hour % _HALF_DAY or _HALF_DAY}
    any_hour = "|".join(str(hour) for hour in sorted(hours))
    clock = rf"\b0?(?:{any_hour}):{start.minute:02d}\b"
    round_hour = rf"\b0?(?:{any_hour}) ?(?:am|pm|a\.m|p\.m)\b"
    return bool(re.search(clock, said)) or (start.minute == 0 and bool(re.search(round_hour, said)))


def _names_day(said: str, start: datetime, today: date) -> bool:
    ahead = (start.date() - today).days
    words = [*_DAYS[start.weekday()], *_NEXT.get(ahead, ())]
    if re.search(rf"\b(?:{'|'.join(words)})\b", said):
        return True
    month = "|".join(_MONTHS[start.month - 1])
    dates = (
        rf"\b0?{start.month}/0?{start.day}\b",
        rf"\b(?:{month})\.? 0?{start.day}(?:st|nd|rd|th)?\b",
        rf"\b0?{start.day}(?:st|nd|rd|th)? (?:de )?(?:{month})\b",
    )
    return any(re.search(pattern, said) for pattern in dates)
