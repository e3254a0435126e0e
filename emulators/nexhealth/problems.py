"""NexHealth's refusals: a status and sentences, no codes."""

from typing_extensions import override

from emulators.kit.exchange import Answer, Json, Refused
from emulators.kit.faults import Fault

SENTENCES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "You do not have access to this institution",
    404: "Not Found",
    409: "Conflict",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
TOO_MANY = 429


class Refusal(Refused):
    """The vendor says no."""

    def __init__(self, status: int, sentence: str = "") -> None:
        super().__init__(status, sentence)
        self.status = status
        self.sentence = sentence or SENTENCES[status]

    @override
    def answer(self) -> Answer:
        """The error as NexHealth words it."""
        headers = {"retry-after": "1"} if self.status == TOO_MANY else {}
        return Answer(self.status, envelope(None, error=[self.sentence]), headers)


def envelope(data: Json, *, error: list[str] | None = None, **more: Json) -> Json:
    """`{code, description, error, data}`; an error without data is an empty object, as the documents have it."""
    return {"code": not error, "description": None, "error": error or [], "data": {} if error else data, **more}


def from_fault(fault: Fault) -> Answer:
    """An ordered error."""
    answer = Refusal(fault.status, fault.text or SENTENCES.get(fault.status, "Error")).answer()
    if fault.retry_after is not None:
        answer.headers["retry-after"] = fault.retry_after
    return answer
