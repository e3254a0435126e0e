"""What vendors report is applied the same way however much of it comes at once."""

import json
from typing import Any

import pytest

from ledger.session import Session
from ledger.store import Store
from pipelines.receipts import take_receipts
from tests.pipelines.outbox.desk import ATTEMPT, PHONE, Desk
from tests.pipelines.policy.world import NOON

ABOUT = {"vendor_id": "SM1", "channel": "sms", "direction": "outbound", "contact": "+12125550142"}
CALLBACK = ABOUT | {"status": "sent", "reference": ATTEMPT}
LOG = ABOUT | {"status": "rejected", "error_code": "30006", "reason": "not_textable"}
"""The same message in the vendor's list, which does not carry our reference."""


def _arrives(session: Session, number: int, body: dict[str, Any]) -> None:
    row = {"version_id": f"v-{number}", "raw_id": f"raw-{number}", "record_id": f"r-{number}", "kind": "message"}
    told = {"connection_id": "twilio", "vendor_id": "SM1", "deleted": False, "recorded_at": NOON}
    session.insert("versions", [row | told | {"body": json.dumps(body)}])


@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "at once"])
def test_a_record_without_our_reference_is_known_by_the_report_that_carries_it(ledger: Store, at_once: bool) -> None:
    desk = Desk(ledger)
    desk.claim()
    for number, body in enumerate((CALLBACK, LOG)):
        with ledger.writing(business_now=NOON) as session:
            _arrives(session, number, body)
        if not at_once:
            take_receipts(ledger, "lumen", NOON, f"run-{number}")
    take_receipts(ledger, "lumen", NOON, "run-last")
    assert desk.states[-2:] == ["sent", "rejected"]
    assert [row["textable"] for row in desk.rows("outbox_contact_points", contact_points=[PHONE])] == [False]
