"""Podium's payloads: which fields must be there. Everything else is kept and never required.

Source: Podium's OpenAPI of 2021.04.01 (api-evangelist/podium 348e90d6), where nearly every field may be null. No recorded
answer is known. A list's `data` is typed as one object for contacts and conversations, and as a list elsewhere: both are read.

A record is what Podium wrote, with what we found out about it beside it, as `glowline` (`rows`).
"""

from collections.abc import Mapping
from typing import Final

from pydantic import Field

from connectors.kit.shapes import Shape, VendorId


class Named(Shape):
    """Whatever has a uid."""

    uid: VendorId


class Told(Shape):
    """What stands beside a message."""

    direction: str = Field(pattern=r"^(inbound|outbound)$")


class Message(Named):
    """A message of a conversation, either direction. One whose direction nobody can tell is none we understand."""

    glowline: Told


class Data(Shape):
    """The answer to a write: the record, or a reference to it. Without an id it proves nothing."""

    data: Named


SHAPES: Final[Mapping[str, type[Shape]]] = {
    "contacts": Named,
    "messages": Message,
    "reviews": Named,
    "invites": Named,
}
"""Stream → what a record of it must have."""
