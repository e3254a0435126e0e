"""Identifiers: short, opaque, derived from what they name, so that the same input twice gives the same id."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NewType

PracticeId = NewType("PracticeId", str)
LocationId = NewType("LocationId", str)
ProviderId = NewType("ProviderId", str)
ServiceId = NewType("ServiceId", str)
ConnectionId = NewType("ConnectionId", str)
RunId = NewType("RunId", str)
RawId = NewType("RawId", str)
RecordId = NewType("RecordId", str)
VersionId = NewType("VersionId", str)
PersonId = NewType("PersonId", str)
ContactPointId = NewType("ContactPointId", str)
HouseholdId = NewType("HouseholdId", str)
VisitId = NewType("VisitId", str)
InquiryId = NewType("InquiryId", str)
ReplyId = NewType("ReplyId", str)
ConsentId = NewType("ConsentId", str)
SuppressionId = NewType("SuppressionId", str)
TaskId = NewType("TaskId", str)
ActionId = NewType("ActionId", str)
VerdictId = NewType("VerdictId", str)
MessageId = NewType("MessageId", str)
AttemptId = NewType("AttemptId", str)
ContentHash = NewType("ContentHash", str)


class Prefix(StrEnum):
    """The letter in front of an id, so that a person reading a log knows what it names."""

    RUN = "run"
    RAW = "r"
    RECORD = "rec"
    VERSION = "ver"
    JOIN_KEY = "k"
    """A vendor's own id of a person, as something records may meet on."""
    PERSON = "p"
    CONTACT_POINT = "cp"
    HOUSEHOLD = "hh"
    VISIT = "v"
    INQUIRY = "q"
    REPLY = "re"
    CONSENT = "c"
    SUPPRESSION = "s"
    TASK = "t"
    ACTION = "a"
    VERDICT = "ve"
    MESSAGE = "m"
    ATTEMPT = "at"
    EVENT = "e"


_LENGTH = 16  # base32 characters = 80 bits: a million records collide with probability 4e-13


def _joined(parts: Iterable[str]) -> bytes:
    """Length-prefixed, so that ("ab", "c") and ("a", "bc") never meet."""
    return b"".join(len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in parts))


def _opaque(digest: bytes) -> str:
    return base64.b32encode(digest[: _LENGTH * 5 // 8]).decode().lower()


def derived_id(prefix: Prefix, *parts: str) -> str:
    """The id of what `parts` name. Use only for parts that are not guessable personal data."""
    return f"{prefix}-{_opaque(hashlib.sha256(_joined(parts)).digest())}"


def keyed_id(prefix: Prefix, key: bytes, *parts: str) -> str:
    """The id of something enumerable, such as a phone number: without the practice's key it cannot be guessed."""
    return f"{prefix}-{_opaque(hmac.digest(key, _joined(parts), 'sha256'))}"


_SPOILED = re.compile(r"\d+([.,]\d+)?[eE]\+\d+|\d+[.,]\d+[eE]\d+|\d+[.,]0+")


def spoiled_by_spreadsheet(identifier: str) -> bool:
    """Whether a number was written the way spreadsheets round one: `9.37E+12`, `88121.0`. Zeros lost in front leave no trace.

    Many records share such an id, so it must never join two of them.
    """
    return not identifier.isalnum() and _SPOILED.fullmatch(identifier) is not None


def content_hash(body: bytes) -> ContentHash:
    """SHA-256 of the bytes as stored, in hex."""
    return ContentHash(hashlib.sha256(body).hexdigest())
