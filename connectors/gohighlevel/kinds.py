"""Which messages hold words between a person and the practice, and where the other side's number or address stands.

Sources: `messageType` of OpenAPI GetMessageResponseDto (2026-06); calls leave `TYPE_` out and write some words apart.
"""

import re
from typing import Final

from connectors.kit.shapes import said

_NUMBERS: Final = {"2": "SMS", "3": "EMAIL"}
"""`type` of a text and of a mail, where `messageType` is missing."""
_SILENT: Final = re.compile(r"CALL|VOICE_?MAIL|ACTIVITY|COMMENT|INFO_MESSAGE|FORM_SUBMISSION|^REVIEW$")
"""The log of what happened, calls, forms and reviews, which are records of their own, notes among staff, and what stands
under somebody's public post. Whatever else comes, and comes to be, may be a person who says stop (R34)."""


def plain(kind: object) -> str:
    """A kind of message in one spelling: `TYPE_LIVE_CHAT`, `Live Chat` and `live_chat` are one, and so are `SMS` and 2."""
    written = said(kind).upper().replace(" ", "_").replace("-", "_")
    return _NUMBERS.get(written, written.removeprefix("TYPE_"))


def spoken(kind: object) -> bool:
    """Whether somebody says something in it."""
    return not _SILENT.search(plain(kind))


def by_mail(kind: object) -> bool:
    """Whether it is a mail."""
    return "EMAIL" in plain(kind)


def by_text(kind: object) -> bool:
    """Whether it is a text: what stands at its two ends are phones. On social channels they are pages and accounts."""
    return "SMS" in plain(kind) or plain(kind) == "RCS"
