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
from math import isfinite
from typing import Final
from urllib.parse import parse_qsl, urlencode

import msgspec

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
        found = json.loads(incoming.body, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        raise NotAForm from None
    if not isinstance(found, dict):
        raise NotAForm
    fields = {name: _one_text(value) for name, value in found.items()}
    as_it_came = Submitted(fields, incoming.body, JSON)
    return as_it_came if fields == found and _is_plain_json(incoming.body) else _rewritten(fields)


def _is_plain_json(body: bytes) -> bool:
    """Whether whoever maps it reads it too: UTF-8 without a mark at its beginning, and nothing that only Python takes for JSON."""
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _one_text(value: object) -> object:
    """What several boxes were ticked for, as one text: tools send a list even for one box. A number without end says nothing."""
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(one if isinstance(one, str) else json.dumps(one) for one in value)
    return value


def _as_form(incoming: Incoming) -> Submitted:
    """Forms are written by many hands: a stray `&`, a bare name, or letters of another encoding cost no inquiry."""
    try:
        pairs = _pairs(incoming.body.decode(), strict=True)
    except ValueError:
        pairs = []
    fields: Fields = dict(pairs)
    if pairs and len(fields) == len(pairs) and not any(_LOST in value for _, value in pairs):
        return Submitted(fields, incoming.body, FORM)
    several: dict[str, list[str]] = {}
    for name, value in _leniently(incoming.body):
        several.setdefault(name, []).append(value)
    fields = {name: _together(values) for name, values in several.items()}
    if not any(fields.values()):
        raise NotAForm
    return _rewritten(fields)


def _together(values: list[str]) -> str:
    """What one name was sent with, each once; a hidden "0" that stands in for an empty box gives way to the box."""
    said = list(dict.fromkeys(filter(None, values)))
    ticked = [one for one in said if one.casefold() not in _NOT_TICKED]
    return ", ".join(ticked or said)


_NOT_TICKED = frozenset({"0", "no", "off", "false"})
_LOST = "\ufffd"
"""What stands where a letter of another encoding stood."""


def _leniently(body: bytes) -> list[tuple[str, str]]:
    text = _text(body)
    try:
        found = _pairs(text, strict=False)
        return _pairs(text, strict=False, encoding="cp1252") if any(_LOST in value for _, value in found) else found
    except ValueError:
        raise NotAForm from None


def _pairs(text: str, *, strict: bool, encoding: str = "utf-8") -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, strict_parsing=strict, max_num_fields=MOST_FIELDS, encoding=encoding)


def _rewritten(fields: Fields) -> Submitted:
    """As one plain JSON record, in the fields' order."""
    return Submitted(fields, json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace"), JSON)


def _as_parts(incoming: Incoming) -> Submitted:
    """Text parts become fields of one JSON record, in their order; files stay with the tool."""
    head = f"content-type: {incoming.headers['content-type']}\r\n\r\n".encode("latin-1", "replace")
    message = message_from_bytes(head + incoming.body, policy=HTTP)
    several: dict[str, list[str]] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None:
            payload = part.get_payload(decode=True)
            several.setdefault(name, []).append(_text(payload) if isinstance(payload, bytes) else "")
    if not several:
        raise NotAForm
    return _rewritten({name: _together(values) for name, values in several.items()})


def _text(written: bytes) -> str:
    try:
        return written.decode()
    except UnicodeDecodeError:
        return written.decode("cp1252", "replace")


_READERS: Final = {
    "application/json": _as_json,
    "application/x-www-form-urlencoded": _as_form,
    "multipart/form-data": _as_parts,
}
