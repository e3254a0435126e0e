"""Paubox's payloads: which fields must be there. Everything else is kept and never required.

Source: Paubox's OpenAPI (api-evangelist/paubox a8b47785) and the receipts of its Ruby SDK's tests (563757f1):
`message_deliveries` may be empty at first, `openedStatus` null.

A record is the answer as Paubox wrote it. The delivery that counts stands in it once more as `delivery`, because we send one
recipient per message; of a message with several, which is none of ours, it is the first.
"""

from collections.abc import Mapping
from typing import Final

from pydantic import Field

from connectors.kit.shapes import Shape, VendorId


class Receipt(Shape):
    """What became of one message. Without a delivery yet, it was only accepted."""

    tracking_id: VendorId = Field(alias="sourceTrackingId")


class Accepted(Shape):
    """The answer to a send. Without a tracking id it proves nothing."""

    tracking_id: VendorId = Field(alias="sourceTrackingId")
    data: str | None = None


SHAPES: Final[Mapping[str, type[Shape]]] = {"receipts": Receipt}
"""Stream → what a record of it must have."""
