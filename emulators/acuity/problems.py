"""Acuity's refusals: `{status_code, message, error}`."""

from typing_extensions import override

from emulators.kit.exchange import Answer, Refused
from emulators.kit.faults import Fault

SENTENCES = {
    "unauthorized": (401, "Unauthorized"),
    "forbidden": (403, "Forbidden"),
    "not_found": (404, "The requested resource was not found."),
    "not_available": (400, 'The time "{0}" is not available.'),
    "required_field": (400, 'Attribute "{0}" is required.'),
    "invalid_datetime": (400, 'The datetime "{0}" is not valid.'),
    "invalid_calendar": (400, 'The calendar "{0}" does not exist.'),
    "invalid_appointment_type": (400, 'The appointment type "{0}" does not exist.'),
    "appointment_canceled": (400, "The appointment is already canceled."),
}
BY_STATUS = {401: "unauthorized", 403: "forbidden", 404: "not_found"}


class Refusal(Refused):
    """The vendor says no."""

    def __init__(self, error: str, value: str = "") -> None:
        super().__init__(error, value)
        self.error = error
        self.value = value

    @override
    def answer(self) -> Answer:
        """The error as Acuity words it."""
        status, sentence = SENTENCES[self.error]
        return problem(status, self.error, sentence.format(self.value))


def problem(status: int, error: str, message: str) -> Answer:
    """The body of every error."""
    return Answer(status, {"status_code": status, "message": message, "error": error})


def from_fault(fault: Fault) -> Answer:
    """An ordered error."""
    error = BY_STATUS.get(fault.status, "internal_error")
    answer = problem(fault.status, error, fault.text or SENTENCES.get(error, (0, "Error"))[1])
    if fault.retry_after is not None:
        answer.headers["retry-after"] = fault.retry_after
    return answer
