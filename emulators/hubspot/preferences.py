"""Communication preferences: who gets no mails at all, by address, of the portal or of one of its brands.

Source: HubSpot's specification of communication preferences v4 and its reference (2026-03). What a second time is answered is
not documented; here it is answered like the first.
"""

from emulators.hubspot.asking import Ask
from emulators.hubspot.kinds import CONTACTS
from emulators.hubspot.problems import invalid
from emulators.kit.clock import iso
from emulators.kit.exchange import Answer, Json, Mark

OPTED_OUT = "hs_email_optout"
KINDS_OF_MAIL = (301, 302)  # subscription types of the portal


def unsubscribed(ask: Ask) -> Answer:
    """POST …/statuses/{address}/unsubscribe-all: whether a contact has the address or not. `verbose` shows each kind of mail."""
    address, unit = _asked(ask)
    ask.portal.unsubscribed.setdefault(address, set()).add(unit)
    if not unit:
        for record in ask.portal.shelves[CONTACTS.name].live():
            if record.properties.get("email") == address and record.properties.get(OPTED_OUT) != "true":
                ask.portal.change(record, {OPTED_OUT: "true"})
    rows = [_kind(ask, address, each) for each in KINDS_OF_MAIL] if ask.flag("verbose") else []
    return Answer(200, _action(ask, rows), marks=[Mark("write", recipient=address)])


def status(ask: Ask) -> Answer:
    """GET …/statuses/{address}/unsubscribe-all: no row for who still gets mails."""
    address, unit = _asked(ask)
    rows = [
        _row(ask, address, each) for each in sorted(ask.portal.unsubscribed.get(address, set())) if each in {"", unit}
    ]
    return Answer(200, _action(ask, rows))


def _asked(ask: Ask) -> tuple[str, str]:
    if ask.call.arguments.get("channel") != "EMAIL":
        raise invalid("channel must be EMAIL")
    address = ask.call.fields["address"].lower()
    if "@" not in address:
        raise invalid(f"{address} is not an email address")
    unit = ask.call.arguments.get("businessUnitId", "")
    if unit and not unit.isdecimal():
        raise invalid("businessUnitId must be an integer")
    return address, unit


def _kind(ask: Ask, address: str, subscription: int) -> dict[str, Json]:
    return {
        "subscriberIdString": address,
        "channel": "EMAIL",
        "status": "UNSUBSCRIBED",
        "subscriptionId": subscription,
        "source": "PUBLIC_API",
        "timestamp": iso(ask.portal.clock.now()),
    }


def _row(ask: Ask, address: str, unit: str) -> dict[str, Json]:
    row: dict[str, Json] = {
        "subscriberIdString": address,
        "channel": "EMAIL",
        "status": "UNSUBSCRIBED",
        "wideStatusType": "BUSINESS_UNIT_WIDE" if unit else "PORTAL_WIDE",
        "timestamp": iso(ask.portal.clock.now()),
    }
    return row | ({"businessUnitId": int(unit)} if unit else {})


def _action(ask: Ask, rows: list[dict[str, Json]]) -> dict[str, Json]:
    now = iso(ask.portal.clock.now())
    return {"status": "COMPLETE", "results": rows, "startedAt": now, "completedAt": now}
