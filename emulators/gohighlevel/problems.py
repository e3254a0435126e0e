"""Errors as HighLevel words them."""

from typing import Any

from emulators.kit.exchange import Answer
from emulators.kit.faults import Fault

NAMES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
}


class Refusal(Exception):
    """A request that is not carried out. `message` is a list where validation speaks."""

    def __init__(self, status: int, message: str | list[str]) -> None:
        super().__init__(status)
        self.status = status
        self.message = message

    def answer(self) -> Answer:
        """The error document."""
        body: dict[str, Any] = {"statusCode": self.status, "message": self.message, "traceId": "emulated"}
        return Answer(self.status, body | ({"error": NAMES[self.status]} if self.status in NAMES else {}))


NOT_FOUND = "Not found"
NO_VERSION = "version header was not found."
BAD_TOKEN = "Invalid JWT"  # noqa: S105 - what the vendor says, and no token
NO_SCOPE = "The token is not authorized for this scope."
OTHER_PLACE = "The token does not have access to this location."
TOO_MANY = "Too Many Requests"


def from_fault(fault: Fault) -> Answer:
    """The error a fault asks for; without Retry-After unless it names one, as documented."""
    answer = Refusal(fault.status, fault.text or NAMES.get(fault.status, "Internal server error")).answer()
    if fault.retry_after:
        answer.headers["retry-after"] = fault.retry_after
    return answer
