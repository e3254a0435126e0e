"""The fields of a submitted form, whichever way they came, and the record they make with what we add to it.

What we add has names of its own (`glowline_key`, `glowline_received_at`); a form that brings such a name itself is not read.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import HTTP
from typing import Final
from urllib.parse import parse_qsl, urlencode

from canonical.clock import rfc3339
from canonical.raw import FORM, JSON, WireFormat
from connectors.kit.webhooks import Incoming

OURS: Final = "glowline_"
KEY: Final = f"{OURS}key"
RECEIVED_AT: Final = f"{OURS}received_at"
_NOISE: Final = re.compile(r"^(_|g-recaptcha|h-captcha|cf-turnstile|csrf|nonce|timestamp|token$)", re.IGNORECASE)
"""Fields that differ each time somebody presses the button."""
MOST_FIELDS: Final = 500

Fields = dict[str, object]


class NotAForm(ValueError):
    """The body is not what its media type says."""


@dataclass(frozen=True)
class Submitted:
    """A submission: its fields, and the bytes that hold them."""

    fields: Fields
    body: bytes
    format: WireFormat

    def record(self, key: str, received_at: datetime | None, more: Mapping[str, object] = {}) -> bytes:
        """The body with our fields in it, and nothing of it changed. `more`: what a tool's mapping needs beside them."""
        ours: dict[str, object] = {**more, KEY: key}
        if received_at is not None:
            ours[RECEIVED_AT] = rfc3339(received_at)
        if self.format is FORM:
            texts = [(name, str(value)) for name, value in ours.items()]
            return urlencode(texts).encode() + (b"&" + self.body if self.body else b"")
        inside = self.body.rstrip()[:-1].rstrip()
        comma = b"" if inside == b"{" else b","
        return inside + comma + json.dumps(ours, ensure_ascii=False).encode()[1:]

    def fingerprint(self, received_at: datetime | None) -> str:
        """What tells two submissions of a tool without ids apart: the fields, and the minute.

        The same button pressed twice is one; the same person asking again next week is another.
        """
        said = sorted((name, _plain(value)) for name, value in self.fields.items() if not _NOISE.match(name))
        minute = received_at.strftime("%Y-%m-%dT%H:%M") if received_at else ""
        return hashlib.sha256(json.dumps([said, minute]).encode()).hexdigest()[:32]


def _plain(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return " ".join(text.split()).casefold()


def submitted(incoming: Incoming) -> Submitted:
    """The submission in a call.

    Raises:
        NotAForm: it is none, or it brings fields that only we may add.
    """
    kind = incoming.headers.get("content-type", "").partition(";")[0].strip().lower()
    found = _READERS.get(kind, _as_form)(incoming)
    if len(found.fields) > MOST_FIELDS or any(name.startswith(OURS) for name in found.fields):
        raise NotAForm
    return found


def _as_json(incoming: Incoming) -> Submitted:
    try:
        fields = json.loads(incoming.body)
    except (ValueError, RecursionError):
        raise NotAForm from None
    if not isinstance(fields, dict):
        raise NotAForm
    return Submitted(fields, incoming.body, JSON)


def _as_form(incoming: Incoming) -> Submitted:
    try:
        pairs = parse_qsl(
            incoming.body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise NotAForm from None
    return Submitted(dict(pairs), incoming.body, FORM)


def _as_parts(incoming: Incoming) -> Submitted:
    """Text parts become fields of one JSON record, in their order; files stay with the tool."""
    head = f"content-type: {incoming.headers['content-type']}\r\n\r\n".encode("latin-1", "replace")
    message = message_from_bytes(head + incoming.body, policy=HTTP)
    fields: Fields = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None:
            payload = part.get_payload(decode=True)
            fields[name] = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    if not fields:
        raise NotAForm
    return Submitted(fields, json.dumps(fields, ensure_ascii=False).encode(), JSON)


_READERS: Final = {
    "application/json": _as_json,
    "application/x-www-form-urlencoded": _as_form,
    "multipart/form-data": _as_parts,
}
