"""What became of an attempt whose answer was lost, by recipient, words and time. Reads only."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from canonical.actions import SendSms
from canonical.delivery import Claimed, Found, LookupResult
from canonical.inbox_writes import CreateReviewInvite
from canonical.problems import RefusalReason, Refused
from connectors.kit.access import Access
from connectors.kit.calls import Line
from connectors.kit.commands import payload_of
from connectors.kit.paging import walk
from connectors.podium import client
from connectors.podium.passes import pages_left
from connectors.podium.rows import Row, direction, page_of, places, sorted_out, words_of
from connectors.podium.threads import messages_of

CLOCKS_DIFFER: Final = timedelta(minutes=2)


def look_up_sms(access: Access, claimed: Claimed) -> LookupResult:
    """Find a text in the conversations of its recipient. Two that fit, and none is told from the other: UNKNOWN."""
    text, calling = payload_of(claimed, SendSms), client.line(access)
    since, until = _window(access, claimed)
    wanted = client.location_of(access, text.sender, access.where(_CAPABILITY, reference=claimed.attempt_id))
    fitting = [
        row
        for uid in _conversations(access, calling, text.to.get_secret_value())
        for row in messages_of(access, calling, uid, since, _CAPABILITY)[0]
        if _fits(row, text.body.get_secret_value(), wanted) and _between(row, since, until)
    ]
    return _judged(access, fitting)


_CAPABILITY: Final = "push.send_sms.look_up"
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
        if _channel_of(row) == contact and wanted in places(row.fields) and _between(row, since, until)
    ]
    return _judged(access, fitting)


def _conversations(access: Access, calling: Line, phone: str) -> list[str]:
    """The conversations of a phone's contact; none for a phone that Podium does not know."""
    where = access.where(_CAPABILITY)
    try:
        answer = calling.read(client.ask(access, f"/contacts/{quote(phone, safe='')}"), _CAPABILITY)
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


def _channel_of(row: Row) -> Any:  # noqa: ANN401 - whatever stands there
    channel = row.fields.get("channel")
    return channel.get("identifier") if isinstance(channel, dict) else None


def _judged(access: Access, fitting: Iterable[Row]) -> LookupResult:
    """Messages of other attempts of ours do not count."""
    uids = list(dict.fromkeys(row.uid for row in fitting if not access.spoken_for(row.uid)))
    if len(uids) == 1:
        return LookupResult(found=Found.SENT, vendor_id=uids[0], status="accepted")
    return LookupResult(found=Found.UNKNOWN if uids else Found.ABSENT)
