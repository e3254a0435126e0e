"""Square's calls to the merchant's software, and the signature they carry."""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING

from emulators.kit.clock import iso
from emulators.kit.webhooks import Webhook

if TYPE_CHECKING:
    from emulators.square.emulator import SquareEmulator
    from emulators.square.merchant import Json


def signature(key: str, url: str, body: bytes) -> str:
    """Base64 of HMAC-SHA256 over the notification URL and the raw body."""
    return base64.b64encode(hmac.digest(key.encode(), url.encode() + body, "sha256")).decode()


def call_out(square: SquareEmulator, event: str, row: Json, *, deleted: bool = False, told: Json | None = None) -> None:
    """Tell of a change of one record. `told` is what the call says of it, where that is not the record."""
    merchant = square.merchant
    if not merchant.hook:
        return
    kind = event.partition(".")[0]
    data: Json = {"type": kind, "id": row["id"]} | ({"deleted": True} if deleted else {})
    data |= {"object": {kind: row} if told is None else told} if told is not None or not deleted else {}
    called = {
        "merchant_id": merchant.merchant_id,
        "location_id": row.get("location_id", ""),
        "type": event,
        "event_id": square.token(),
        "created_at": iso(square.clock.now()),
        "data": data,
    }
    body = json.dumps(called, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "x-square-hmacsha256-signature": signature(merchant.signature_key, merchant.hook, body),
    }
    square.webhooks.send(Webhook(merchant.hook, lambda _: (headers, body), f"{event} {row['id']}"))
