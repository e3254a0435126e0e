"""Podium's pages taken apart, and what a record says in lists and between the lines, said once where a mapping finds it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from canonical.problems import Where
from canonical.raw import RawRecord, Suspect
from connectors.kit.access import Access
from connectors.kit.calls import broken_page
from connectors.kit.shapes import Misshapen, beside, said

BESIDE: Final = "glowline"
_PHONE: Final = frozenset({"phone", "sms", "text", "whatsapp"})
_MAIL: Final = frozenset({"email", "fallback_email"})
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A record as Podium wrote it, and decoded."""

    body: bytes
    fields: dict[str, Any]

    @property
    def uid(self) -> str:
        """Its id, or empty."""
        found = self.fields.get("uid")
        return found if isinstance(found, str) else ""

    def instant(self, *names: str) -> datetime | None:
        """The first of some instants that it says; Podium writes them in UTC."""
        return next(filter(None, (instant(self.fields.get(name)) for name in names)), None)


def page_of(body: bytes, where: Where) -> tuple[tuple[bytes, ...], str]:
    """The records of a page and the cursor of the next one, or "".

    Raises:
        ProtocolBroken: it is no page.
    """
    try:
        page = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        data = bytes(page["data"])
        metadata = msgspec.json.decode(page["metadata"]) if "metadata" in page else None
        records: tuple[bytes, ...]
        if data.lstrip().startswith(b"{"):
            records = (data,)  # as its OpenAPI types it, and as a mock made from it answers
        else:
            records = tuple(map(bytes, msgspec.json.decode(data, type=list[msgspec.Raw] | None) or ()))
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError):
        raise broken_page(where, Misshapen("has no data")) from None
    following = metadata.get("nextCursor") if isinstance(metadata, dict) else None
    return records, said(following)


def row_of(body: bytes) -> Row | None:
    """A record, or None for one without an id."""
    try:
        fields = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    row = Row(body, fields) if isinstance(fields, dict) else None
    return row if row is not None and row.uid else None


def sorted_out(bodies: Sequence[bytes], origin: str) -> tuple[tuple[Row, ...], tuple[Suspect, ...]]:
    """The records of a page, and those of its pieces that are none, each by itself."""
    rows, suspects = [], []
    for number, body in enumerate(bodies, 1):
        row = row_of(body)
        if row is not None:
            rows.append(row)
        elif body.strip() != b"null":
            at = f"{origin}, record {number}"
            suspects.append(Suspect(body=body, origin=at, code="no_id", problem=_NO_ID, next_step=_COMPARE))
    return tuple(rows), tuple(suspects)


_NO_ID: Final = "a record without a uid"
_COMPARE: Final = "Compare the bytes with Podium's OpenAPI."


def record(access: Access, stream: str, row: Row, origin: str, person: str = "") -> RawRecord:
    """The raw record, what we found out beside it. `person`: the contact of its conversation, where that says no number."""
    return RawRecord(
        connection_id=access.connection.connection_id,
        stream=stream,
        vendor_id=row.uid,
        body=with_told(stream, row, numbers=numbers_of(access.connection.settings), person=person),
        origin=origin,
        effective_at=row.instant("updatedAt") if stream != "messages" else None,
    )


def with_told(
    stream: str, row: Row, event: str = "", numbers: Mapping[str, str] | None = None, person: str = ""
) -> bytes:
    """The record's own bytes with what we found out about it beside them.

    `event` is the name of the call it came with; `numbers` says which of our numbers a location has.
    """
    ours = _first_of(row.fields, numbers or {})
    told = _TOLD[stream](row.fields, event)
    found = {"ours": ours if stream in _OF_A_NUMBER else "", "person": person}
    return beside(row.body, BESIDE, told | {name: text for name, text in found.items() if text})


_OF_A_NUMBER: Final = frozenset({"messages", "invites"})


def numbers_of(settings: Mapping[str, str]) -> Mapping[str, str]:
    """Location → the number it sends from, as `location.<number>` of the settings says."""
    prefix = "location."
    return {uid: name.removeprefix(prefix) for name, uid in settings.items() if name.startswith(prefix)}


def _first_of(fields: Fields, numbers: Mapping[str, str]) -> str:
    return next((numbers[uid] for uid in places(fields) if uid in numbers), "")


def instant(written: object) -> datetime | None:
    """An instant of Podium's, or None for anything else."""
    try:
        found = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def places(fields: Fields) -> tuple[str, ...]:
    """The locations a record belongs to."""
    single = [_inner(fields, "location").get("uid"), fields.get("locationUid")]
    several = [one.get("uid") for one in _tables(fields, "locations")]
    return tuple(uid for uid in (*single, *several) if isinstance(uid, str) and uid)


def channel_of(fields: Fields) -> str:
    """The phone or address that a conversation or an invitation is with; empty where none is told."""
    return str(_inner(fields, "channel").get("identifier") or "")


def is_ours(fields: Fields, wanted: Sequence[str]) -> bool:
    """On a shared account, only what belongs to one of our locations; the rest is another practice's."""
    return not wanted or not set(places(fields)).isdisjoint(wanted)


def direction(fields: Fields, event: str = "") -> str:
    """Who wrote: the call's own name, else the items, else the user who sent it; empty where nothing says it."""
    if event in _DIRECTIONS:
        return _DIRECTIONS[event]
    sources = " ".join(str(item.get("sourceType") or "") for item in _tables(fields, "items")).lower()
    if ("inbound" in sources) != ("outbound" in sources):
        return "inbound" if "inbound" in sources else "outbound"
    sent_by_us = fields.get("senderUid") or _inner(fields, "sender").get("uid") or fields.get("failureReason")
    return "outbound" if sent_by_us else ""


_DIRECTIONS: Final[Mapping[str, str]] = {
    "message.received": "inbound",
    "message.sent": "outbound",
    "message.failed": "outbound",
}


def words_of(fields: Fields) -> str:
    """What was said: the message's own body, else that of its items."""
    said = [fields.get("body"), *(item.get("body") for item in _tables(fields, "items"))]
    return next((text for text in said if isinstance(text, str) and text), "")


def _message(fields: Fields, event: str) -> dict[str, Any]:
    channel = _inner(_inner(fields, "conversation"), "channel")
    statuses = [str(item["deliveryStatus"]) for item in _tables(fields, "items") if item.get("deliveryStatus")]
    failed = event == "message.failed" or bool(fields.get("failureReason"))
    usual = statuses[0].lower() if statuses else ("sent" if event == "message.sent" else "")
    heard = direction(fields, event)
    told = {
        "direction": heard,
        "status": "received" if heard == "inbound" else ("failed" if failed else usual),
        "text": words_of(fields),
        **_reached(channel),
    }
    if not is_reachable(
        _inner(fields, "conversation")
    ):  # only its calls say whose it is; a thread that is read is asked for it
        told["person"] = str(_inner(fields, "contact").get("uid") or "")
    return {name: text for name, text in told.items() if text}


def is_reachable(thread: Fields) -> bool:
    """Whether a conversation's channel is a phone or a mailbox: on Facebook, in a chat and in a secure one people have neither."""
    return not {"phone", "mail"}.isdisjoint(_reached(_inner(thread, "channel")))


def _reached(channel: Fields) -> dict[str, str]:
    """A channel in one of our words where it is a phone's or a mailbox's, with the address as what it is."""
    named, identifier = str(channel.get("type") or "").lower(), str(channel.get("identifier") or "")
    if named in _MAIL or (not named and "@" in identifier):
        return {"channel": "email", "mail": identifier}
    if named in _PHONE or (not named and identifier):
        return {"channel": "sms", "phone": identifier}
    return {"channel": named} if named else {}


def _contact(fields: Fields, _: str) -> dict[str, Any]:
    out = [one for one in _tables(fields, "channels") if one.get("transactionalOptedOutAt")]
    told = list(dict.fromkeys(map(_kind_of, out)))
    return {"opted_out": told} | _first_place(fields)


def _kind_of(channel: Fields) -> str:
    """What an opt-out of a channel closes: mail where it is an address, texts in any other case of doubt."""
    named, identifier = str(channel.get("type") or "").lower(), str(channel.get("identifier") or "")
    return "email" if named in _MAIL or (named not in _PHONE and "@" in identifier) else "sms"


def _review(fields: Fields, _: str) -> dict[str, Any]:
    reply = next(filter(None, (str(one.get("body") or "") for one in _tables(fields, "responses"))), "")
    return ({"reply": reply} if reply else {}) | _first_place(fields)


def _invite(fields: Fields, _: str) -> dict[str, Any]:
    return dict(_reached(_inner(fields, "channel")))


def _first_place(fields: Fields) -> dict[str, Any]:
    found = places(fields)
    return {"location": found[0]} if found else {}


_TOLD: Final[Mapping[str, Callable[[Fields, str], dict[str, Any]]]] = {
    "contacts": _contact,
    "messages": _message,
    "reviews": _review,
    "invites": _invite,
}


def _inner(fields: Fields, name: str) -> Fields:
    found = fields.get(name)
    return found if isinstance(found, dict) else {}


def _tables(fields: Fields, name: str) -> Iterator[Fields]:
    found = fields.get(name)
    return (one for one in found if isinstance(one, dict)) if isinstance(found, list) else iter(())
