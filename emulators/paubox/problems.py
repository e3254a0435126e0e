"""Paubox's refusals."""

from typing_extensions import override

from emulators.kit.exchange import Answer, Refused
from emulators.kit.faults import Fault

# Status → the error's own word and title, as Paubox's Ruby SDK shows them; the others have a title only.
WORDS = {
    401: (
        "invalid_access_token",
        "Invalid Access Token",
        "Access token is missing or does not match endpoint username",
    ),
    404: ("message_not_found", "Message was not found", "Message with this tracking id was not found"),
}


class Refusal(Refused):
    """The vendor says no."""

    def __init__(self, status: int, details: str = "", **beside: str) -> None:
        super().__init__(status, details)
        self.status = status
        self.details = details
        self.beside = beside

    @override
    def answer(self) -> Answer:
        """The error as Paubox words it."""
        word, title, details = WORDS.get(self.status, ("", "Error Title", ""))
        error = {"code": self.status, "title": title, "details": self.details or details}
        return Answer(self.status, {"errors": [error | ({"status": word} if word else {})], **self.beside})


def from_fault(fault: Fault) -> Answer:
    """An ordered error."""
    answer = Refusal(fault.status, fault.text or "").answer()
    if fault.retry_after:
        answer.headers["retry-after"] = fault.retry_after
    return answer
