"""Times and places as people say them, in the place's own zone (R11), one or several together (R2, R5)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from canonical.practice import Location

_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "es": ("lun", "mar", "mie", "jue", "vie", "sab", "dom"),
}
"""Spanish without accents on purpose: á is not in GSM-7 and would cost a segment (R28)."""
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
}
LANGUAGES = frozenset(_DAYS)
"""Languages days and times can be written in; templates may exist in more."""
_NOON = 12
_AND = {"en": " and ", "es": " y "}
_AT = {"en": " at ", "es": " a las "}
_IN = {"en": " at ", "es": " en "}
_LABELS = {"en": ("appointment", "appointments"), "es": ("cita", "citas")}
_ACCENTED = {"mie": "mié", "sab": "sáb"}
_UNACCENTED = re.compile(rf"\b({'|'.join(_ACCENTED)})\b")
_STOP_AND_HELP = {
    "en": "Reply STOP to stop, HELP for help.",
    "es": "Responda STOP para no recibir mas, HELP para ayuda.",
}
_AUTOMATED = {"en": "This is an automated message.", "es": "Este es un mensaje automatico."}
_NO_MORE = {
    "en": ("Unsubscribe: ", "To unsubscribe, write back and say so."),
    "es": ("Darse de baja: ", "Para darse de baja, responda y díganoslo."),
}


@dataclass(frozen=True)
class Named:
    """One visit as a message names it."""

    start: datetime
    location: Location


def day(instant: datetime, zone: ZoneInfo, language: str) -> str:
    """`Fri, Nov 13`, or `vie 13 nov`."""
    local = instant.astimezone(zone)
    weekday, month = _DAYS[language][local.weekday()], _MONTHS[language][local.month - 1]
    return f"{weekday} {local.day} {month}" if language == "es" else f"{weekday}, {month} {local.day}"


def clock_time(instant: datetime, zone: ZoneInfo) -> str:
    """`9:00 AM`."""
    local = instant.astimezone(zone)
    return f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < _NOON else 'PM'}"


def times(visits: Sequence[Named], language: str, patient_zone: ZoneInfo | None) -> str:
    """The times of visits on one day: `10:00 and 10:30 AM`, with the place when there is more than one place."""
    places = list(dict.fromkeys(visit.location.location_id for visit in visits))
    parts = []
    for place in places:
        here = [visit for visit in visits if visit.location.location_id == place]
        said = _together([clock_time(v.start, v.location.tz) for v in here], language) + _zone_note(
            here[0], patient_zone
        )
        parts.append(said + (f"{_IN[language]}{here[0].location.name}" if len(places) > 1 else ""))
    return _AND[language].join(parts)


def when(visits: Sequence[Named], language: str, patient_zone: ZoneInfo | None) -> str:
    """Day and times: `Fri, Nov 13 at 10:00 and 10:30 AM`."""
    first = visits[0]
    return _at(day(first.start, first.location.tz, language), times(visits, language, patient_zone), language)


def moment(instant: datetime, zone: ZoneInfo, language: str) -> str:
    """`Mon, Nov 16 at 9:00 AM`: when somebody is there, or calls."""
    return _at(day(instant, zone, language), clock_time(instant, zone), language)


def _at(day_said: str, times_said: str, language: str) -> str:
    """`Fri, Nov 13 at 9:00 AM`; one o'clock is singular in Spanish."""
    single = language == "es" and times_said.startswith("1:")
    return day_said + (" a la " if single else _AT[language]) + times_said


def label(count: int, language: str) -> str:
    """`appointment` or `appointments`: all a neutral text may say about what was booked."""
    return _LABELS[language][0 if count == 1 else 1]


def accented(text: str) -> str:
    """Spanish days as they are spelled: mail costs the same with accents as without."""
    return _UNACCENTED.sub(lambda day: _ACCENTED[day[1]], text)


def stop_and_help(language: str) -> str:
    """How to stop and where to ask: what a contact's first text must say (TCPA-17)."""
    return _STOP_AND_HELP.get(language, _STOP_AND_HELP["en"])


def automated(language: str) -> str:
    """That no person writes this (AI-02)."""
    return _AUTOMATED.get(language, _AUTOMATED["en"])


def commercial_footer(name: str, address: str, unsubscribe: str, language: str) -> str:
    """Who sells, where they are, and how to hear no more of it (EMAIL-01)."""
    linked, by_answer = _NO_MORE.get(language, _NO_MORE["en"])
    return "\n".join((name, address, f"{linked}{unsubscribe}" if unsubscribe else by_answer))


def listed(parts: Sequence[str], language: str) -> str:
    """`one`, `one and two`, `one, two and three`; empty for none."""
    if len(parts) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(parts)
    return ", ".join(parts[:-1]) + _AND[language] + parts[-1]


def phone(e164: str) -> str:
    """`(212) 555-0101` for North America, else as it is."""
    digits = e164.removeprefix("+1")
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" if e164.startswith("+1") and len(digits) == 10 else e164  # noqa: PLR2004 - a national number


def _together(said: list[str], language: str) -> str:
    """`10:00 AM`, `10:30 AM` → `10:00 and 10:30 AM`: the half of the day is said once when it is the same."""
    unique = list(dict.fromkeys(said))
    halves = {one.rsplit(" ", 1)[1] for one in unique}
    if len(halves) == 1 and len(unique) > 1:
        half = halves.pop()
        return listed([one.removesuffix(f" {half}") for one in unique], language) + f" {half}"
    return listed(unique, language)


def _zone_note(visit: Named, patient_zone: ZoneInfo | None) -> str:
    """The zone's short name, when the patient's clock shows another time at that instant (R11)."""
    if patient_zone is None or _offset(visit.start, patient_zone) == _offset(visit.start, visit.location.tz):
        return ""
    return f" {visit.start.astimezone(visit.location.tz).tzname()}"


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()
