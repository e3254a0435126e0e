"""Podium's refusals."""

from typing_extensions import override

from emulators.kit.exchange import Answer, Refused
from emulators.kit.faults import Fault

# Status → the error's code. Two are documented as words (`rate_limit`, `route_not_found`); the others are invented.
CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    422: "unprocessable_entity",
    429: "rate_limit",
    500: "internal_server_error",
    503: "service_unavailable",
}


class Refusal(Refused):
    """The vendor says no."""

    def __init__(self, status: int, message: str = "", code: str = "") -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.code = code or CODES.get(status, "error")

    @override
    def answer(self) -> Answer:
        """`{code, message, moreInfo}`."""
        body = {"code": self.code, "message": self.message or None, "moreInfo": "https://docs.podium.com/docs/errors"}
        return Answer(self.status, body)


def from_fault(fault: Fault) -> Answer:
    """An ordered error; Retry-After only when asked for."""
    answer = Refusal(fault.status, "An ordered error.", fault.text or "").answer()
    if fault.retry_after:
        answer.headers["retry-after"] = fault.retry_after
    return answer
