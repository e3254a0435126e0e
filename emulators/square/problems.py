"""Square's refusals: `{errors: [{category, code, detail}]}`."""

from typing_extensions import override

from emulators.kit.exchange import Answer, Refused
from emulators.kit.faults import Fault

CODES = {
    "UNAUTHORIZED": (401, "AUTHENTICATION_ERROR", "This request could not be authorized."),
    "ACCESS_TOKEN_EXPIRED": (401, "AUTHENTICATION_ERROR", "The access token has expired."),
    "INSUFFICIENT_SCOPES": (
        403,
        "AUTHENTICATION_ERROR",
        "The merchant must authorize your application for the following scopes: {0}",
    ),
    "NOT_FOUND": (404, "INVALID_REQUEST_ERROR", "Resource not found."),
    "BAD_REQUEST": (400, "INVALID_REQUEST_ERROR", "{0}"),
    "MISSING_REQUIRED_PARAMETER": (400, "INVALID_REQUEST_ERROR", "Missing required parameter: {0}"),
    "VERSION_MISMATCH": (409, "INVALID_REQUEST_ERROR", "Stale version."),
    "CONFLICT": (409, "INVALID_REQUEST_ERROR", "That time slot is no longer available."),
    "IDEMPOTENCY_KEY_REUSED": (400, "INVALID_REQUEST_ERROR", "Different request parameters used for the same key."),
    "RATE_LIMITED": (429, "RATE_LIMIT_ERROR", "Too many requests."),
    "INTERNAL_SERVER_ERROR": (500, "API_ERROR", "An internal error has occurred."),
    "SERVICE_UNAVAILABLE": (503, "API_ERROR", "The service is unavailable."),
}
BY_STATUS = {status: code for code, (status, _, _) in reversed(list(CODES.items()))}


class Refusal(Refused):
    """The vendor says no."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(code, value)
        self.code = code
        self.value = value

    @override
    def answer(self) -> Answer:
        """The error as Square words it."""
        status, category, sentence = CODES[self.code]
        return problem(status, category, self.code, sentence.format(self.value))


def problem(status: int, category: str, code: str, detail: str) -> Answer:
    """The body of every error."""
    return Answer(status, {"errors": [{"category": category, "code": code, "detail": detail}]})


def from_fault(fault: Fault) -> Answer:
    """An ordered error; `text` is the scope a 403 names."""
    code = BY_STATUS.get(fault.status, "BAD_REQUEST")
    _, category, sentence = CODES[code]
    answer = problem(fault.status, category, code, sentence.format(fault.text or "APPOINTMENTS_ALL_READ"))
    if fault.retry_after is not None:
        answer.headers["retry-after"] = fault.retry_after
    return answer
