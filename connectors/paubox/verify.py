"""That the address answers as Paubox does and accepts the key. No mail is sent."""

from typing import Final

from canonical.problems import RefusalReason, Refused
from connectors.kit.access import Access
from connectors.kit.registry import Verified
from connectors.kit.signatures import SHORTEST_ADDRESS
from connectors.paubox import client

NOBODY: Final = "00000000-0000-4000-8000-000000000000"
"""A message that never was: only somebody with a good key is told that."""


def verify(access: Access) -> Verified:
    """One read.

    Raises:
        NeedsOperator: the key is not accepted, or the address is not Paubox's.
    """
    try:
        client.line(access).read(client.receipt_request(access, NOBODY), "verify")
    except Refused as refused:
        if refused.reason is not RefusalReason.NOT_FOUND:
            raise
    return Verified(
        proved=("credentials", "address"),
        warnings=tuple(_warnings(access)),
        facts={"authorization": client.form_of_key(access), "sender_domain": "not shown by the API"},
    )


def _warnings(access: Access) -> list[str]:
    secret = access.optional_credential("webhook_secret")
    if secret is None:
        return [_NO_WEBHOOK]
    return [_SHORT] if len(secret) < SHORTEST_ADDRESS else []


_NO_WEBHOOK: Final = (
    "Without webhook_secret in the connection's secret, what became of a mail is known only at the next sync. "
    "Add one, and enter the webhook's address in Paubox's dashboard (README, Credentials)."
)
_SHORT: Final = f"webhook_secret has fewer than {SHORTEST_ADDRESS} characters and proves nothing: make a longer one."
