"""What became of an attempt whose answer was lost, by recipient, words and time. Reads only."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from pydantic import SecretStr

from canonical.actions import SendSms
from canonical.delivery import Claimed, Found, LookupResult
from canonical.inbox_writes import CreateReviewInvite, ImportMessage
from canonical.problems import RefusalReason, Refused
from connectors.kit.access import Access
from connectors.kit.commands import payload_of
from connectors.kit.paging import walk
from connectors.podium import client
from connectors.podium.passes import pages_left
from connectors.podium.rows import Row, channel_of, direction, page_of, places, sorted_out, words_of
from connectors.podium.threads import messages_of

CLOCKS_DIFFER: Final = timedelta(minutes=2)


def look_up_sms(access: Access, claimed: Claimed) -> LookupResult:
    """Find a text in the conversations of its recipient. Two that fit, and none is told from the other: UNKNOWN."""
    text, (since, until) = payload_of(claimed, SendSms), _window(access, claimed)
    said = _said_to(access, claimed, text.to, text.sender, text.body, since)
    return _judged(access, [row for row in said if _between(row, since, until)])


def look_up_import(access: Access, claimed: Claimed) -> LookupResult:
    """Find an imported message in the conversations of its recipient.

    Whether Podium dates it by the import or by what it was told is not documented; either counts.
    """
    told, (since, until) = payload_of(claimed, ImportMessage), _window(access, claimed)
    first, last = told.at - CLOCKS_DIFFER, min(told.at + CLOCKS_DIFFER, until)
    said = _said_to(access, claimed, told.contact, told.sender, told.body, min(since, first))
    return _judged(access, [row for row in said if _between(row, since, until) or _between(row, first, last)])


def _said_to(
    access: Access, claimed: Claimed, recipient: SecretStr, sender: str, body: SecretStr, since: datetime
) -> list[Row]:
    """What went to somebody in these words from a location, since an instant."""
    calling, capability = client.line(access), f"push.{claimed.command.payload.kind}.look_up"
    wanted = client.location_of(access, sender, access.where(capability, reference=claimed.attempt_id))
    return [
        row
        for uid in conversations_of(access, claimed, recipient.get_secret_value(), capability)
        for row in messages_of(access, calling, uid, since, capability)[0]
        if _fits(row, body.get_secret_value(), wanted)
    ]


_INVITES: Final = "push.create_review_invite.look_up"


def look_up_invite(access: Access, claimed: Claimed) -> LookupResult:
    """Find an invitation by recipient, location and time of creation."""
    asked, calling, where = payload_of(claimed, CreateReviewInvite), client.line(access), access.where(_INVITES)
    since, until = _window(access, claimed)
    contact, wanted = asked.contact.get_secret_value(), client.location_of(access, asked.sender, where)
    first = [("createdAt[gte]", f"{since:%Y-%m-%dT%H:%M:%SZ}")]

    def fetch(token: str) -> tuple[tuple[bytes, ...], str]:
        request = client.listed(access, "/reviews/invites", first, token)
        return page_of(calling.read(request, _INVITES).body, where)

    fitting = [
        row
        for (bodies, _), _ in walk(fetch, "", pages_left, where)
        for row in sorted_out(bodies, "invitations")[0]
        if channel_of(row.fields) == contact and wanted in places(row.fields) and _between(row, since, until)
    ]
    return _judged(access, fitting)


def conversations_of(access: Access, claimed: Claimed, contact: str, capability: str) -> list[str]:
    """The conversations of whoever has that phone or address; none where Podium knows nobody by it."""
    where, request = access.where(capability), client.ask(access, f"/contacts/{quote(contact, safe='')}")
    try:
        answer = client.line(access).read(request, capability, claimed.attempt_id)
    except Refused as refused:
        if refused.reason is not RefusalReason.NOT_FOUND:
            raise
        return []
    rows, _ = sorted_out(page_of(answer.body, where)[0], "contact")
    found = [each for row in rows for each in row.fields.get("conversations") or [] if isinstance(each, dict)]
    return list(dict.fromkeys(uid for uid in (each.get("uid") for each in found) if isinstance(uid, str)))


def _window(access: Access, claimed: Claimed) -> tuple[datetime, datetime]:
    window = access.manifest.commands[claimed.command.payload.kind].window or timedelta()
    return claimed.claimed_at - CLOCKS_DIFFER, claimed.claimed_at + window


def _between(row: Row, since: datetime, until: datetime) -> bool:
    created = row.instant("createdAt")
    return created is not None and since <= created <= until


def _fits(row: Row, body: str, location: str) -> bool:
    known = places(row.fields)
    return (
        direction(row.fields) == "outbound"
        and words_of(row.fields).strip() == body.strip()
        and (not known or location in known)
    )


def _judged(access: Access, fitting: Iterable[Row]) -> LookupResult:
    """Messages of other attempts of ours do not count."""
    uids = list(dict.fromkeys(row.uid for row in fitting if not access.spoken_for(row.uid)))
    if len(uids) == 1:
        return LookupResult(found=Found.SENT, vendor_id=uids[0], status="accepted")
    return LookupResult(found=Found.UNKNOWN if uids else Found.ABSENT)
