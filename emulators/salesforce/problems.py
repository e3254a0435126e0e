"""Salesforce's refusals, as documented and as recorded: an array of errors, or a row inside a 200."""

from emulators.kit.exchange import Answer, Json
from emulators.kit.faults import Fault

CODES = {
    400: ("MALFORMED_QUERY", "unexpected token"),
    401: ("INVALID_SESSION_ID", "Session expired or invalid"),
    403: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    404: ("NOT_FOUND", "The requested resource does not exist"),
    500: ("UNKNOWN_EXCEPTION", "An unexpected error occurred."),
    503: ("SERVER_UNAVAILABLE", "The server is unavailable."),
}


class Refusal(Exception):
    """The vendor says no."""

    def __init__(self, status: int, code: str, message: str, *fields: str, **more: Json) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = list(fields)
        self.more = more

    def answer(self) -> Answer:
        """The error as the REST API words it."""
        body = {"message": self.message, "errorCode": self.code} | ({"fields": self.fields} if self.fields else {})
        return Answer(self.status, [body | self.more])

    def row(self) -> dict[str, Json]:
        """The same as a row of a collection."""
        error = {"statusCode": self.code, "message": self.message, "fields": self.fields}
        return {"success": False, "errors": [error]}


def not_found() -> Refusal:
    """404, as recorded."""
    return Refusal(404, *CODES[404])


def malformed(message: str) -> Refusal:
    """A query that cannot be read."""
    return Refusal(400, "MALFORMED_QUERY", message)


def no_field(object_type: str, name: str) -> Refusal:
    """A field that is not there, or hidden."""
    return Refusal(400, "INVALID_FIELD", f"No such column '{name}' on entity '{object_type}'.")


def over_limit() -> Refusal:
    """The day's calls are used up: a 403, and no Retry-After."""
    return Refusal(403, *CODES[403])


def from_fault(fault: Fault) -> Answer:
    """An ordered error. `text` is the error code and, behind a colon, the message."""
    code, message = CODES.get(fault.status, CODES[500])
    if fault.text:
        code, _, message = fault.text.partition(": ")
    answer = Refusal(fault.status, code, message).answer()
    if fault.retry_after is not None:
        answer.headers["retry-after"] = fault.retry_after
    return answer
