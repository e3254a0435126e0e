"""The one written form of an audit body: RFC 8785 JSON of NFC-normalised text, without floats.

A float would come back as another number in another language, and two spellings of one letter would hash differently;
so times, money and identifiers are text, and text is normalised before it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn, TypeAlias
from unicodedata import normalize

import rfc8785

from canonical.problems import GlowlineError

LARGEST_INT = 2**53 - 1

Plain: TypeAlias = "bool | int | str | list[Plain] | dict[str, Plain] | None"


class BodyRefused(GlowlineError):
    """A body has no canonical form. The message names the place and the kind of value, never the value."""


def body_bytes(body: Mapping[str, object]) -> bytes:
    """The canonical bytes of `body`: equal content gives equal bytes on every machine.

    Raises `BodyRefused` for floats, integers beyond 2^53-1, text that is not valid Unicode, keys that are not text or
    that become equal when normalised, and every type JSON does not have.
    """
    return rfc8785.dumps(_mapping(body, "body"))


def _plain(value: object, place: str) -> Plain:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, place)
    if isinstance(value, int):
        return _whole(value, place)
    if isinstance(value, Mapping):
        return _mapping(value, place)
    if isinstance(value, list | tuple):
        return [_plain(each, f"{place}[{index}]") for index, each in enumerate(value)]
    return _refuse(f"{place} is of type {type(value).__name__}")


def _mapping(value: Mapping[str, object], place: str) -> dict[str, Plain]:
    plain: dict[str, Plain] = {}
    for index, (key, inner) in enumerate(value.items()):
        if not isinstance(key, str):
            _refuse(f"key {index} of {place} is of type {type(key).__name__}")
        name = _text(key, f"key {index} of {place}")
        if name in plain:
            _refuse(f"key {index} of {place} equals another key once normalised")
        plain[name] = _plain(inner, f"{place}.{name}" if name.isidentifier() else f"value {index} of {place}")
    return plain


def _whole(value: int, place: str) -> int:
    if abs(value) > LARGEST_INT:
        _refuse(f"{place} is an integer beyond 2^53-1")
    return int(value)


def _text(value: str, place: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        _refuse(f"{place} is not valid Unicode")
    return normalize("NFC", value)


def _refuse(message: str) -> NoReturn:
    raise BodyRefused(
        message, next_step="Write numbers and times as text or whole numbers; use only text, lists and mappings."
    )
