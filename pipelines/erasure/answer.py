"""What the person is told: what is gone, what stays by law and until when, in their own language (R35, DEL-02)."""

from datetime import date
from typing import Final

from pipelines.erasure.plan import Plan
from pipelines.policy.rules.erasing import RecordClass

_ENGLISH: Final = {
    "gone": "As you asked, {practice} has deleted what it held about you.",
    "gone_partly": "As you asked, {practice} has deleted your inquiries, your messages to us and everything about offers and reviews.",
    "record": "The law makes us keep the record of your visits until {date} ({basis}).",
    "record_open": "The law makes us keep the record of your visits for some years ({basis}).",
    "documents": "The proof of what you agreed to and took back stays until {date}, without your name, as the law asks.",
    "told": "The companies that work for us have been told to delete it too.",
    "silence": "We will not write to you again. To know that, we keep a code that cannot be read back into your number or address.",
    "deadline": "We will finish by {date}.",
}
_SPANISH: Final = {
    "gone": "Como pidió, {practice} ha borrado lo que tenía sobre usted.",
    "gone_partly": "Como pidió, {practice} ha borrado sus consultas, sus mensajes y todo lo relativo a ofertas y reseñas.",
    "record": "La ley nos obliga a conservar el registro de sus visitas hasta el {date} ({basis}).",
    "record_open": "La ley nos obliga a conservar el registro de sus visitas durante algunos años ({basis}).",
    "documents": "La prueba de lo que usted autorizó y retiró se conserva hasta el {date}, sin su nombre, como exige la ley.",
    "told": "A las empresas que trabajan para nosotros se les ha pedido que también lo borren.",
    "silence": "No le volveremos a escribir. Para saberlo guardamos un código del que no se puede obtener su número ni su dirección.",
    "deadline": "Terminaremos a más tardar el {date}.",
}
_WORDINGS: Final = {"en": _ENGLISH, "es": _SPANISH}


def answer_to(plan: Plan, practice: str, language: str, basis: str) -> str:
    """The whole answer. A language nobody has written gets English."""
    words = _WORDINGS.get(language, _ENGLISH)
    staying = {part.record_class: part.until for part in plan.staying()}
    says = [words["gone_partly" if plan.keeps_record else "gone"].format(practice=practice)]
    if RecordClass.MEDICAL_RECORD in staying:
        until = staying[RecordClass.MEDICAL_RECORD]
        says.append(words["record" if until else "record_open"].format(date=_day(until), basis=basis))
    if until := staying.get(RecordClass.HIPAA_DOCUMENT):
        says.append(words["documents"].format(date=_day(until)))
    if plan.tools:
        says.append(words["told"])
    if plan.deadline:
        says.append(words["deadline"].format(date=_day(plan.deadline)))
    return " ".join([*says, words["silence"]])


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
