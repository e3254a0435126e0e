"""X-Acuity-Signature, and the calls it stands on."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from emulators.kit.webhooks import Webhook

if TYPE_CHECKING:
    from emulators.acuity.account import Appointment
    from emulators.acuity.emulator import AcuityEmulator


def signature(api_key: str, body: bytes) -> str:
    """Base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.digest(api_key.encode(), body, "sha256")).decode()


def call_out(acuity: AcuityEmulator, one: Appointment, what: str) -> None:
    """Tell the practice, twice: the event itself and `changed`, which comes beside each."""
    if acuity.account.hook:
        for action in dict.fromkeys((what, "changed")):
            acuity.webhooks.send(_hook(acuity, one, action))


def _hook(acuity: AcuityEmulator, one: Appointment, action: str) -> Webhook:
    fields = {"action": action, "id": one.id, "calendarID": one.calendar.id, "appointmentTypeID": one.kind.id}
    body = urlencode(fields).encode()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Acuity-Signature": signature(acuity.account.api_key, body),
    }
    return Webhook(acuity.account.hook, lambda _: (headers, body), f"{action} {one.id}")
