"""Into Acuity: that somebody will come. It has no status for that, so it is written below the desk's own notes (row 3.6)."""

import json
from typing import Final

from canonical.delivery import Claimed, SendResult
from canonical.problems import TryLater
from canonical.write_backs import ConfirmAppointment
from connectors.acuity import client
from connectors.acuity.wire import Noted
from connectors.kit.access import Access
from connectors.kit.commands import LookUp, Send, payload_of
from connectors.kit.exchange import get, post_json
from connectors.kit.shapes import Misshapen, shaped

CONFIRM: Final = "confirm_appointment"


def confirm_appointment(access: Access, claimed: Claimed) -> SendResult:
    """One line more in the appointment's notes, which nobody but the practice sees.

    Notes are replaced as a whole, so what stands there is read first. A line that carries our id is there already.
    """
    asked = payload_of(claimed, ConfirmAppointment)
    url = client.resource(access, f"/appointments/{asked.appointment_vendor_id}")
    before = _before(access, url, claimed)
    notes = (before.notes or "").rstrip()
    if asked.external_id in notes:
        return SendResult(vendor_id=before.id, status="existing")
    line = f"Confirmed by reply, {asked.at:%Y-%m-%d %H:%M} UTC ({asked.external_id})"
    change: dict[str, object] = {"notes": f"{notes}\n{line}" if notes else line}
    label = access.setting("confirmed_label")
    if label.isdecimal():
        change["labels"] = [{"id": int(label)}]
    # Only an administrator may write notes; without admin=true Acuity drops them and says nothing.
    request = post_json(f"{url}?admin=true", json.dumps(change).encode(), method="PUT")
    written = client.line(access).write_as(Noted, request, CONFIRM, claimed.attempt_id)
    return SendResult(vendor_id=written.id, status="noted")


def _before(access: Access, url: str, claimed: Claimed) -> Noted:
    answer = client.line(access).read(get(url), f"push.{CONFIRM}", claimed.attempt_id)
    try:
        return shaped(answer.body, Noted)
    except Misshapen:
        where = access.where(f"push.{CONFIRM}", reference=claimed.attempt_id)
        problem = TryLater(where, "the appointment could not be read, so its notes were left alone.")
    raise problem


COMMANDS: Final[dict[str, Send]] = {CONFIRM: confirm_appointment}
LOOK_UPS: Final[dict[str, LookUp]] = {}
"""None is needed: repeated, it finds its own line."""
