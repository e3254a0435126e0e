"""What a test or the demo can make happen at the pretend Acuity: somebody books there, the desk moves, cancels, marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.acuity.account import OWN_LABELS, Appointment
from emulators.acuity.calls import call_out
from emulators.kit.exchange import Given, Json

if TYPE_CHECKING:
    from emulators.acuity.emulator import AcuityEmulator


class Controls:
    """POST `/_emulator/acuity/<name>`; the view answers GET."""

    def __init__(self, acuity: AcuityEmulator) -> None:
        self._acuity = acuity

    def install(self) -> None:
        """Put them on the control port."""
        self._acuity.controls |= {
            "book": self.book,
            "move": self.move,
            "cancel": self.cancel,
            "no_show": self.no_show,
            "label": self.label,
            "answer": self.answer,
            "settings": self.settings,
            "consent": self.consent,
            "withdraw": self.withdraw,
        }
        self._acuity.views |= {"appointments": self.appointments}

    def consent(self, _: Given) -> Json:
        """The account's owner says yes to an app; the code that their browser comes back with."""
        code = self._acuity.token(16)
        self._acuity.account.codes.add(code)
        return {"code": code}

    def withdraw(self, _: Given) -> Json:
        """They take their yes back."""
        self._acuity.account.granted.clear()
        return {}

    def book(self, given: Given) -> Json:
        """`{firstName, lastName, phone?, email?, datetime, appointmentTypeID?, calendarID?}`: somebody books."""
        kind = next(iter(self._acuity.account.kinds))
        return self._told(self._acuity.book({"appointmentTypeID": kind, **given}), "scheduled")

    def move(self, given: Given) -> Json:
        """`{id, datetime, calendarID?}`."""
        one = self._one(given)
        self._acuity.move(one, given["datetime"], given.get("calendarID"))
        return self._told(one, "rescheduled")

    def cancel(self, given: Given) -> Json:
        """`{id, noShow?}`."""
        one = self._one(given)
        one.canceled, one.no_show = True, given.get("noShow") is True
        return self._told(one, "canceled")

    def no_show(self, given: Given) -> Json:
        """`{id}`: nobody came."""
        return self.cancel({**given, "noShow": True})

    def label(self, given: Given) -> Json:
        """`{id, name}`: the desk marks it; an empty name takes the mark away."""
        one = self._one(given)
        one.label = next((number for number, name in OWN_LABELS.items() if name == given["name"]), None)
        return self._told(one, "changed")

    def answer(self, given: Given) -> Json:
        """`{id, answers: {question: answer}}`: the client fills in the forms."""
        one = self._one(given)
        one.answers |= {int(number): str(value) for number, value in given["answers"].items()}
        return self._told(one, "changed")

    def settings(self, given: Given) -> Json:
        """`{hook?, is_hipaa?}`."""
        for name in ("hook", "is_hipaa"):
            setattr(self._acuity.account, name, given.get(name, getattr(self._acuity.account, name)))
        return {"hook": self._acuity.account.hook}

    def appointments(self, given: Given) -> Json:
        """Every appointment, with what single answers show."""
        del given
        return {"appointments": [each.resource(single=True) for each in self._acuity.account.appointments.values()]}

    def _one(self, given: Given) -> Appointment:
        return self._acuity.account.appointments[int(given["id"])]

    def _told(self, one: Appointment, what: str) -> Json:
        call_out(self._acuity, one, what)
        return one.resource(single=True)
