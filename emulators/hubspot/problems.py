"""HubSpot's refusals, as documented and as recorded."""

from emulators.kit.exchange import Answer, Json
from emulators.kit.faults import Fault

SCOPES_PAGE = "https://developers.hubspot.com/scopes"
CATEGORIES = {
    400: ("VALIDATION_ERROR", "Invalid input"),
    401: ("INVALID_AUTHENTICATION", "Authentication credentials not found."),
    403: ("MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call."),
    404: ("OBJECT_NOT_FOUND", "resource not found"),
    409: ("CONFLICT", "Contact already exists. Existing ID: 0"),
    422: ("VALIDATION_ERROR", "Unprocessable entity"),
    423: ("LOCKED", "The resource is locked"),
    429: ("RATE_LIMITS", "You have reached your secondly limit."),
    500: ("INTERNAL_ERROR", "internal error"),
}


class Refusal(Exception):
    """The vendor says no. Every field of the body but `status` may be missing in the real one."""

    def __init__(self, status: int, category: str, message: str, **more: Json) -> None:
        super().__init__(status, category, message)
        self.status = status
        self.body: dict[str, Json] = {"status": "error", "message": message, "category": category, **more}

    def answer(self, correlation: str) -> Answer:
        """The error as HubSpot words it."""
        return Answer(self.status, {**self.body, "correlationId": correlation})

    def in_batch(self, context: dict[str, list[str]]) -> dict[str, Json]:
        """The same as one row of a 207's `errors`."""
        return {"errors": [], "links": {}, **self.body, "context": self.body.get("context", {}) | context}


def invalid(message: str, **more: Json) -> Refusal:
    """400 VALIDATION_ERROR."""
    return Refusal(400, "VALIDATION_ERROR", message, **more)


def not_found(what: str = "resource not found") -> Refusal:
    """404."""
    return Refusal(404, "OBJECT_NOT_FOUND", what)


def bad_property(name: str, message: str, error: str) -> Refusal:
    """400 for one property, with the doubly encoded list HubSpot puts in its message."""
    detail = f'[{{"isValid":false,"message":"{message}","error":"{error}","name":"{name}"}}]'
    errors = [{"message": message, "code": error, "context": {"propertyName": [name]}}]
    return invalid(f"Property values were not valid: {detail}", errors=errors)


def missing_scopes(scope: str) -> Refusal:
    """403 with the scopes that would have done."""
    return Refusal(
        403,
        "MISSING_SCOPES",
        f"This app hasn't been granted all required scopes to make this call. Read more here: {SCOPES_PAGE}.",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": [scope]},
            }
        ],
        links={"scopes": SCOPES_PAGE},
    )


def secondly() -> Refusal:
    """The 429 of the search endpoint, as recorded 69 times: no Retry-After, no policyName."""
    return Refusal(429, "RATE_LIMITS", "You have reached your secondly limit.")


def over_limit(policy: str) -> Refusal:
    """The documented 429."""
    message = f"You have reached your {policy.lower()} limit."
    return Refusal(429, "RATE_LIMITS", message, errorType="RATE_LIMIT", policyName=policy)


def from_fault(fault: Fault, correlation: str) -> Answer:
    """An ordered error. `text` is the missing scope of a 403, the policy of a documented 429, else the message."""
    answer = _worded(fault).answer(correlation)
    if fault.retry_after is not None:
        answer.headers["retry-after"] = fault.retry_after
    return answer


def _worded(fault: Fault) -> Refusal:
    category, message = CATEGORIES.get(fault.status, CATEGORIES[500])
    if category == "MISSING_SCOPES":
        return missing_scopes(fault.text or "crm.objects.contacts.read")
    if category == "RATE_LIMITS" and fault.text:
        return over_limit(fault.text)
    return Refusal(fault.status, category, fault.text or message)
