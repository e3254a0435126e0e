"""What a text says, by its words alone: which one it is, and which times it names. In English and in Spanish."""

import re

KINDS = {
    "change": r"a change at|un cambio en",
    "cancel": r"cancelled at|queda cancelada",
    "confirmation": r"your appointments? at|todo reservado en",
    "reminder-48h": r"a reminder from|un recordatorio de",
    "reminder-24h": r"see you at|nos vemos en",
    "morning": r"See you (?!at)|Le esperamos el",
    "thanks": r"Thank you for coming to .* today|Gracias por venir hoy",
    "check-in": r"checking in after your visit|como va todo despues de su visita",
    "survey": r"how was your visit to [^,]*\? One number is enough|como fue su visita a [^,]*\? Basta un numero: responda",
    "survey-follow-up": r"our question got lost|se perdio nuestra pregunta",
    "review": r"in your own words|con sus propias palabras",
    "review-follow-up": r"help others choose|ayudan a otros a elegir",
    "rebook": r"it has been a while since|ya hace un tiempo de su visita",
    "stopped": r"You will get no more texts|No recibira mas mensajes",
    "help": r"For HELP call|Para ayuda \(HELP\)",
    "after-hours": r"We are closed now|Ahora estamos cerrados",
    "emergency": r"please do not wait for a reply|por favor no espere una respuesta",
}
LOGISTICS = frozenset({"change", "cancel", "confirmation", "reminder-48h", "reminder-24h", "morning"})
FOLLOW_UPS = frozenset({"check-in", "survey", "survey-follow-up", "review", "review-follow-up"})
SURVEYS = FOLLOW_UPS - {"check-in"}
SELLS = frozenset({"rebook"})
ANSWERS = frozenset({"stopped", "help", "after-hours", "emergency"})
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS_ES = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_CLOCK = r"\d{1,2}:\d\d(?: [AP]M)?(?: [A-Z]{3})?(?: (?:at|en) [A-Z][a-z]+)?"
_CLOCKS = rf"(?P<clocks>{_CLOCK}(?:(?:, | and | y ){_CLOCK})*)"
_NAMED = (
    (re.compile(rf"[A-Z][a-z]{{2}}, (?P<month>{'|'.join(_MONTHS_EN)}) (?P<day>\d+) at {_CLOCKS}"), _MONTHS_EN),
    (re.compile(rf"[a-z]{{3}} (?P<day>\d+) (?P<month>{'|'.join(_MONTHS_ES)}) a las? {_CLOCKS}"), _MONTHS_ES),
)
_TIME = re.compile(r"(\d{1,2}):(\d\d)(?: ([AP])M)?")


def kind_of(body: str) -> str:
    """Which text it is; empty for one that nobody knows."""
    found = [kind for kind, words in KINDS.items() if re.search(words, body)]
    return found[0] if len(found) == 1 else ""


def times_in(body: str) -> tuple[str, ...]:
    """The times it names, as `11-13 10:00`: `Fri, Nov 13 at 10:00 and 10:30 AM` names two."""
    return tuple(
        f"{months.index(found['month']) + 1:02}-{int(found['day']):02} {clock}"
        for pattern, months in _NAMED
        for found in pattern.finditer(body)
        for clock in _clocks(found["clocks"])
    )


def _clocks(said: str) -> list[str]:
    """The half of the day is said once where it is the same, with the last."""
    clocks: list[str] = []
    half = ""
    for hour, minute, said_half in reversed(_TIME.findall(said)):
        half = said_half or half
        clocks.append(f"{int(hour) % 12 + (12 if half == 'P' else 0):02}:{minute}")
    return clocks[::-1]
