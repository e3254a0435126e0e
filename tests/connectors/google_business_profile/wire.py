"""How the contract reaches Google: its fixtures, the tokens of an account somebody connected, and which POST only reads."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import SecretStr

from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.said_inside import ReplyToReview
from connectors.google_business_profile.pull import Cursor
from tests.connectors.contract.subject import PushCase, Subject, Wire
from tests.connectors.wire.http_wire import http_wire
from tests.connectors.wire.server import READS, Seen

FIXTURES = Path(__file__).parent / "fixtures"
SECRET, TOKEN, NEXT_TOKEN, REFRESH = (
    "invented-secret",
    "an-invented-access-token-1",
    "an-invented-access-token-2",
    "invented-refresh",
)
REVIEW = "accounts/111/locations/222/reviews/AbFvOq-INVENTED-3"
TEXT = "Thank you for telling us. Please call us."
REVIEWER = "Invented Person 3"

ENVIRON = {"GOOGLE": json.dumps({"client_id": "invented-client", "client_secret": SECRET})}
STORE = {
    "google_business_profile/lumen-google": {"access_token": TOKEN, "refresh_token": REFRESH, "expires_at": 4102444800}
}
STATUSES = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}


def connection(url: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("google"),
        vendor="google_business_profile",
        account="lumen-google",
        secret="env:GOOGLE",
        settings={"base_url": url, "token_url": f"{url}/token", "account": "accounts/111"},
        select={"locations": "locations/222, locations/333"},
        locations={"locations/222": "downtown"},
        streams=("reviews",),
    )


def error_body(status: int) -> bytes:
    """An error as Google words it, with what a careless vendor might repeat of the request."""
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]
    error = {
        "code": status,
        "message": f"{REVIEWER} could not be answered: '{TEXT}'",
        "status": STATUSES.get(status, "INVALID_ARGUMENT"),
        "details": details if status == 403 else [],
    }
    return json.dumps({"error": error}).encode()


def only_reads(seen: Seen) -> bool:
    return seen.method in READS or seen.path == "/token"


def opened(_: Path) -> AbstractContextManager[Wire]:
    return http_wire(FIXTURES, connection, ENVIRON, error_body, {}, only_reads, STORE)


def pieces(body: bytes) -> Sequence[bytes]:
    """The review as it came over the wire, without what is told beside it."""
    return (body.partition(b',"told":')[0].rstrip(),)


def position(cursor: str) -> tuple[int, int, int]:
    at = Cursor.model_validate_json(cursor)
    return at.passes, at.done, at.page


SUBJECT = Subject(
    vendor="google_business_profile",
    opened=opened,
    private=(SECRET, TOKEN, NEXT_TOKEN, REFRESH, TEXT, REVIEWER),
    pushes={
        "reply_to_review": PushCase(
            ReplyToReview(review_id=REVIEW, body=SecretStr(TEXT), approved_by="officer"),
            reference=lambda _: REVIEW,  # Google has no place for ours: there is one answer per review
        )
    },
    pieces=pieces,
    position=position,
)
