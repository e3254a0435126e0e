"""Our suppression, in HubSpot (R34). Opt-ins are never written.

Of mails HubSpot keeps a list by address, whether or not a contact has it. Of texts it knows nothing: there a property of the
portal's own says so, and the settings name it (`no_texts_property`). Doing either again changes nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote

from canonical.actions import WriteOptOut
from canonical.delivery import Claimed, SendResult
from canonical.practice import Channel
from canonical.problems import RefusalReason, Refused, TryLater
from connectors.hubspot.asking import BATCH, SEARCH_PAGE, Reading, Writing
from connectors.hubspot.batches import batch_of, refusal_in
from connectors.hubspot.objects import CONTACTS, business_unit, no_texts_property, selected
from connectors.hubspot.paths import UNSUBSCRIBED
from connectors.hubspot.rows import Row, is_ours, rows_of
from connectors.hubspot.search import one_of
from connectors.hubspot.wire import Unsubscribed
from connectors.kit.access import Access
from connectors.kit.commands import payload_of
from connectors.kit.exchange import Answer
from connectors.kit.phones import is_phone, national_digits
from connectors.kit.shapes import Misshapen, shaped

NO: Final = "true"
"""What a single checkbox holds when it is ticked."""
PHONES: Final = ("phone", "mobilephone")
_SEARCHED: Final = ("hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_number")
"""HubSpot's own copies of those two, digits without the country's code. A search of what somebody typed finds only that."""
_WITH_ROWS: Final = "&verbose=true"
"""So that the answer says what holds now, and need not be asked for."""
_NOBODY: Final = "none"
_NO_PLACE: Final = "Nothing to do: our own list holds. README, Commands, says how HubSpot can hold it as well."
_WHOSE: Final = (
    "Write the brand's business unit as `business_unit` in the connection's settings; our own list holds meanwhile."
)


def write_opt_out(access: Access, claimed: Claimed) -> SendResult:
    """An address is taken off all mails; whoever has a phone is ticked, of the contacts that are this practice's.

    Raises:
        Refused: it is a phone, and the settings name no property; or an address of a portal that practices share, and they
            name no business unit. TryLater: more contacts have the phone than fit into one request. Else as `Send`.
    """
    asked = payload_of(claimed, WriteOptOut)
    writing = Writing(access, "write_opt_out", claimed.attempt_id)
    if asked.channel is Channel.EMAIL:
        return _off_all_mails(writing, asked.contact.get_secret_value())
    name = no_texts_property(access)
    if asked.channel is not Channel.SMS or not name:
        raise Refused(writing.where, RefusalReason.INVALID, "HubSpot has no place for it.", next_step=_NO_PLACE)
    return _ticked(writing, asked.contact.get_secret_value(), name)


def _off_all_mails(writing: Writing, address: str) -> SendResult:
    """One address, from every kind of mail of the portal, or of the brand that the settings name."""
    unit = business_unit(writing.access)
    if writing.access.connection.select and not unit:
        # The list is the portal's: an opt-out from one brand would be one from the other's (R33).
        raise Refused(writing.where, RefusalReason.INVALID, "the portal is shared.", next_step=_WHOSE)
    path = UNSUBSCRIBED.format(quote(address, safe="")) + (f"&businessUnitId={quote(unit, safe='')}" if unit else "")
    try:
        done = writing.unsubscribe(path + _WITH_ROWS).all_off
    except Refused as refused:
        # What a second time is answered is not documented.
        if refused.reason is not RefusalReason.INVALID or not _is_off(writing, path, unit):
            raise
        return SendResult(vendor_id=_NOBODY, status="existing")
    if not done and not _is_off(writing, path, unit):
        raise TryLater(writing.where, "HubSpot does not say that the address gets no mails.")
    return SendResult(vendor_id=_NOBODY, status="opted out")


def _is_off(writing: Writing, path: str, unit: str) -> bool:
    """Whether HubSpot says itself that the address gets no mails."""
    reading = writing.looking()
    try:
        return shaped(reading.plain(path).body, Unsubscribed).holds(unit)
    except (Misshapen, Refused):
        return False


def _ticked(writing: Writing, number: str, name: str) -> SendResult:
    """Every contact that has the phone and is not ticked yet, in one request."""
    holders = list(_holders(writing.looking(), number, name))
    if not holders:
        return SendResult(vendor_id=_NOBODY, status="nobody has it, or all are marked")
    ticks = ({"id": each, "properties": {name: NO}} for each in holders[:BATCH])
    answer = writing.update(CONTACTS.object_type, *ticks)
    written = _written(writing, answer)
    if len(holders) > BATCH or not written:
        raise TryLater(writing.where, f"{len(holders)} contacts have the phone, {written} of them are ticked now.")
    return SendResult(vendor_id=holders[0], status="opted out")


def _written(writing: Writing, answer: Answer) -> int:
    """How many. A contact that is gone by now is no failure; any other row that is refused is."""
    batch = batch_of(writing, answer)
    for refusal in (refusal_in(writing, error) for error in batch.errors):
        if not (isinstance(refusal, Refused) and refusal.reason is RefusalReason.NOT_FOUND):
            raise refusal
    return len(batch.results)


def _holders(reading: Reading, number: str, name: str) -> Iterator[str]:
    """Ids of contacts, compared here again: two countries may share the digits."""
    ours = selected(reading.access)
    for row in _found(reading, number, (*PHONES, name, *(each for each, _ in ours))):
        held = row.properties
        if held.get(name) == NO or not is_ours(held, ours):
            continue
        if any(is_phone(held.get(each), number) for each in PHONES):
            yield row.id


def _found(reading: Reading, number: str, properties: Sequence[str]) -> Iterator[Row]:
    only = [one_of(*each) for each in selected(reading.access)]
    has = [{"propertyName": each, "operator": "EQ", "value": national_digits(number)} for each in _SEARCHED]
    query: dict[str, object] = {
        "filterGroups": [{"filters": [each, *only]} for each in has],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": list(properties),
        "limit": SEARCH_PAGE,
    }
    seen = {""}
    while True:
        page = rows_of(reading.search(CONTACTS.object_type, query).body, CONTACTS, reading.where, "holders")
        yield from page.rows
        if page.after in seen:
            return
        seen.add(page.after)
        query["after"] = page.after
