"""What NexHealth calls us for: an appointment or a patient changed, or a write of ours reached the health record.

There is no event for a cancellation, which comes as `appointment_updated`, and none for a deletion. An appointment is read
again by its id, because a list knows the name of its type and the event does not; so is a procedure, because the event names
it and we do not want to know; a patient is landed as it came.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
from pydantic import SecretStr

from canonical.problems import ProtocolBroken, Where
from connectors.kit.moments import instant
from connectors.kit.signatures import Doubt, HmacScheme, SignatureRefused, require_recent
from connectors.kit.webhooks import Event, Incoming, Meaning

SIGNATURE, TIMESTAMP = "signature", "timestamp"
TOLERANCE: Final = timedelta(minutes=5)
SCHEME: Final = HmacScheme("sha256")

_VISIT, _PERSON, _SUM = ("appointments", Meaning.HINT), ("patients", Meaning.KNOWN), ("procedures", Meaning.HINT)
EVENTS: Final[Mapping[str, tuple[str, Meaning]]] = {
    "appointment_created": _VISIT,
    "appointment_updated": _VISIT,
    "appointment_requested": _VISIT,
    "appointment_insertion": _VISIT,
    "patient_created": _PERSON,
    "patient_updated": _PERSON,
    "procedure_created": _SUM,
    "procedure_updated": _SUM,
}
"""The event's name, less how it ended (`.complete`, `.failed`, `.timed_out`) → stream and meaning."""
SUBSCRIBED: Final = (
    "appointment_insertion",
    "appointment_created",
    "appointment_updated",
    "patient_created",
    "patient_updated",
)
"""What an endpoint should be subscribed to."""
OTHERS: Final = (
    *("adjustment", "charge", "claim", "document", "fee_schedule", "form_request", "form_response", "message"),
    *("onboarding", "patient_insurance", "payment", "procedure", "sync_status", "treatment_plan"),
    *("provider", "working_hour", "availability"),
)
"""What the names of events begin with that we know and want nothing of (OpenAPI v3.0.0; the last line is of v3.1.0)."""


class _Call(msgspec.Struct):
    event_name: str = ""
    event: str = ""
    """What some versions call it."""
    event_time: str | None = None
    subdomain: str | None = None
    data: dict[str, msgspec.Raw] | None = None


class _Row(msgspec.Struct):
    id: int | str
    updated_at: str | None = None
    location_id: int | str | None = None


def verify(incoming: Incoming, secrets: Sequence[SecretStr], *, now: datetime) -> None:
    """See `Webhook.verify`: the time and the body in base64, joined by a dot; at most five minutes old."""
    stamp = incoming.headers.get(TIMESTAMP, "")
    SCHEME.verify(incoming.headers.get(SIGNATURE, ""), secrets, signed(stamp, incoming.body))
    require_recent(_moment(stamp), now, TOLERANCE)


def signed(stamp: str, body: bytes) -> bytes:
    """What NexHealth puts its signature under."""
    return f"{stamp}.".encode() + base64.b64encode(body)


def _moment(stamp: str) -> datetime:
    """ISO 8601; one without a zone is UTC, and one of digits alone counts seconds."""
    try:
        moment = datetime.fromtimestamp(int(stamp), UTC) if stamp.isdecimal() else datetime.fromisoformat(stamp)
    except (ValueError, OverflowError, OSError):
        raise SignatureRefused(Doubt.STALE) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse(incoming: Incoming) -> tuple[Event, ...]:
    """See `Webhook.parse`. A call may carry one record or a list of them."""
    try:
        call = msgspec.json.decode(incoming.body, type=_Call)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProtocolBroken(
            Where("nexhealth", "webhook"), "the call is no event.", next_step="Look at it in quarantine."
        ) from None
    name = call.event_name or call.event
    found = EVENTS.get(name.partition(".")[0])
    if found is None:
        return (_other(incoming, call, name),)
    return tuple(_events(incoming, call, name, found)) or (_unknown(incoming, call, name),)


def _events(incoming: Incoming, call: _Call, name: str, found: tuple[str, Meaning]) -> Iterator[Event]:
    stream, meaning = found
    for body in _bodies(call, stream):
        row = _row(body)
        if row is not None:
            yield Event(
                name=name,
                meaning=meaning,
                stream=stream,
                vendor_id=str(row.id),
                body=body,
                origin=f"webhook {urlsplit(incoming.url).path}",
                account=call.subdomain or "",
                ours=str(row.location_id or ""),
                effective_at=instant(row.updated_at),
            )


def _bodies(call: _Call, stream: str) -> tuple[bytes, ...]:
    """The records of a call, under the plural or the singular of the stream's name."""
    inside = call.data or {}
    raw = next((bytes(inside[name]) for name in (stream, stream.removesuffix("s")) if name in inside), b"[]")
    try:
        found = msgspec.json.decode(raw, type=list[msgspec.Raw] | dict[str, msgspec.Raw] | None)
    except msgspec.MsgspecError:
        return ()
    if isinstance(found, list):
        return tuple(bytes(each) for each in found)
    return (raw,) if found else ()


def _row(body: bytes) -> _Row | None:
    try:
        return msgspec.json.decode(body, type=_Row)
    except msgspec.MsgspecError:
        return None


def _other(incoming: Incoming, call: _Call, name: str) -> Event:
    """An event we want nothing of, or one nobody has heard of."""
    if not name.startswith(OTHERS):
        return _unknown(incoming, call, name)
    return _whole(incoming, call, name, Meaning.IGNORED)


def _unknown(incoming: Incoming, call: _Call, name: str) -> Event:
    return _whole(incoming, call, name, Meaning.UNKNOWN)


def _whole(incoming: Incoming, call: _Call, name: str, meaning: Meaning) -> Event:
    """The call as one record: nothing else tells two of them apart."""
    return Event(
        name=name or "unknown",
        meaning=meaning,
        stream="unknown" if meaning is Meaning.UNKNOWN else name.partition(".")[0],
        vendor_id=f"{meaning.value}-{hashlib.sha256(incoming.body).hexdigest()[:32]}",
        body=incoming.body,
        origin=f"webhook {urlsplit(incoming.url).path}",
        account=call.subdomain or "",
    )
