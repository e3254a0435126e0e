"""Into Square: a link to pay a deposit. Nothing in it says what the visit is for (row 2.4)."""

import json
from typing import Final

from canonical.delivery import Claimed, SendResult
from canonical.problems import NeedsOperator
from canonical.write_backs import CreatePaymentLink
from connectors.kit.access import Access
from connectors.kit.commands import LookUp, Send, payload_of
from connectors.kit.exchange import post_json
from connectors.square import client
from connectors.square.wire import Linked

LINK: Final = "create_payment_link"
NAME: Final = "Deposit"
"""What the payer reads, unless the connection's `link_name` says otherwise. No payload can put another word there."""


def create_payment_link(access: Access, claimed: Claimed) -> SendResult:
    """One link. Our id is the key: the same request made twice is one link. It comes back as the payment's note."""
    asked = payload_of(claimed, CreatePaymentLink)
    place = asked.location or next(iter(client.locations(access)), "")
    if not place:
        where = access.where(f"push.{LINK}", reference=claimed.attempt_id)
        raise NeedsOperator(
            where, "the connection names no place.", next_step='Write  select: {locations: "L…"}  for the connection.'
        )
    body = {
        "idempotency_key": asked.external_id,
        "quick_pay": {
            "name": access.setting("link_name", NAME),
            "price_money": {"amount": asked.amount_cents, "currency": asked.currency},
            "location_id": place,
        },
        "payment_note": asked.external_id,
    }
    request = post_json(client.resource(access, "/v2/online-checkout/payment-links"), json.dumps(body).encode())
    made = client.line(access).write_as(Linked, client.versioned(request), LINK, claimed.attempt_id).payment_link
    return SendResult(vendor_id=made.id, link=made.url)


COMMANDS: Final[dict[str, Send]] = {LINK: create_payment_link}
LOOK_UPS: Final[dict[str, LookUp]] = {}
"""None is needed: a request that may have been carried out is repeated with its key."""
