"""Requests as HighLevel wants them, and single records out of what they are wrapped in."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec

from canonical.problems import RefusalReason, Refused
from connectors.gohighlevel.client import CRM, base_url, line
from connectors.kit.access import Access
from connectors.kit.exchange import Request, get, post_json

GONE: Final = frozenset({RefusalReason.NOT_FOUND, RefusalReason.INVALID})
"""What a read by id is answered where the record is gone: 404, and by some paths 400 ("contact with id … not found")."""


def asking(access: Access, path: str, query: Mapping[str, str] | None = None, version: str = CRM) -> Request:
    """A GET of that path in that interface."""
    request = get(base_url(access) + path, tuple((query or {}).items()))
    return request.with_headers(version=version, accept="application/json")


def telling(access: Access, path: str, body: Mapping[str, Any], version: str = CRM, *, method: str = "POST") -> Request:
    """A POST (or PUT) of JSON. A search is one, too."""
    request = post_json(base_url(access) + path, json.dumps(body, ensure_ascii=False).encode(), method=method)
    return request.with_headers(version=version, accept="application/json")


def segment(text: str) -> str:
    """An id as one part of a path, whatever stands in it."""
    return quote(text, safe="")


def inside(body: bytes, name: str) -> bytes | None:
    """The bytes of one field of a JSON object; None where there is none, or no object."""
    try:
        found = msgspec.json.decode(body, type=dict[str, msgspec.Raw]).get(name)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return bytes(found) if found is not None else None


def wrapped(
    access: Access, path: str, under: str, capability: str, version: str = CRM, *, reference: str = ""
) -> bytes | None:
    """One record by its path, out of the object it is wrapped in, or bare. None where the vendor does not know it.

    Raises:
        NeedsOperator, TryLater: as every read.
    """
    try:
        answer = line(access).read(asking(access, path, version=version), capability, reference)
    except Refused as refused:
        if refused.reason not in GONE:
            raise
        return None
    return inside(answer.body, under) or answer.body
