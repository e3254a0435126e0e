"""Twilio's refusals: code, status and sentence."""

from typing_extensions import override

from emulators.kit.exchange import Answer, Refused
from emulators.kit.faults import Fault

# Twilio's error dictionary, November 2026. 21659 replaced part of 21606 in July 2024.
CODES: dict[int, tuple[int, str]] = {
    20001: (400, "Unable to create record: {0}"),
    20003: (401, "Authenticate"),
    20403: (403, "Forbidden"),
    20404: (404, "The requested resource {0} was not found"),
    20409: (409, "Conflict"),
    20422: (422, "Unprocessable Entity"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service Unavailable"),
    21211: (400, "The 'To' number {0} is not a valid phone number."),
    21266: (400, "'To' and 'From' number cannot be the same"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number {0} is not a valid, SMS-capable inbound phone number for your account."),
    21609: (400, "The 'StatusCallback' URL {0} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21659: (400, "'From' {0} is not a Twilio phone number or Short Code country mismatch"),
    21701: (400, "The Messaging Service does not exist"),
    21703: (400, "The Messaging Service does not have a phone number available to send a message"),
    30409: (409, "The message is not in a cancelable state."),
}

# Which of them an ordered error with nothing but a status means.
BY_STATUS = {400: 20001, 401: 20003, 403: 20403, 404: 20404, 409: 20409, 422: 20422, 429: 20429, 500: 20500, 503: 20503}


class Refusal(Refused):
    """The vendor says no."""

    def __init__(self, code: int, value: str = "") -> None:
        super().__init__(code, value)
        self.code = code
        self.value = value

    @override
    def answer(self) -> Answer:
        """The error as Twilio words it."""
        status, sentence = CODES[self.code]
        return problem(status, self.code, sentence.format(self.value))


def problem(status: int, code: int, message: str) -> Answer:
    """`{code, message, more_info, status}`."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Answer(status, {"code": code, "message": message, "more_info": more, "status": status})


def from_fault(fault: Fault) -> Answer:
    """An ordered error; a 429 carries the concurrency header, and Retry-After only when asked for."""
    code = fault.code or BY_STATUS.get(fault.status, 20500)
    message = fault.text or CODES.get(code, (0, "Error"))[1].format("")
    answer = problem(fault.status, code, message)
    if fault.status == CODES[20429][0]:
        answer.headers["twilio-concurrent-requests"] = "101"
    if fault.retry_after is not None:
        answer.headers["retry-after"] = fault.retry_after
    return answer
