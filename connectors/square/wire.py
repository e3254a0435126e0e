"""Square's payloads: which fields must be there. Everything else is kept and never required.

Source: square/connect-api-specification @ 5733f662 and answers recorded in 2026-07: what is empty is left out, also whole lists.

A record is a row as Square wrote it. What follows from it and a mapping could not say is added at its end: of a booking the first
segment and all its minutes, of a customer a birth date whose year is known, of a payment how much was given back and, where its
note is an id of ours, that; of an order its sum without the tip, what was given back and on which order that was sold, and who
paid. An order lands without its lines, taxes, discounts, tenders and fulfillments (`rows.NOT_KEPT`).
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from connectors.kit.shapes import AnyId, Shape


class Customer(Shape):
    """A customer."""

    id: AnyId


class Booking(Shape):
    """An appointment. `NO_SHOW` is a status of its own; that somebody came is not said."""

    id: AnyId
    start_at: str


class Merge(Shape):
    """Which customers became which new one, as Square's call about it says."""

    to_customer_id: AnyId
    from_customer_ids: Annotated[tuple[AnyId, ...], Field(min_length=1)]


class Money(Shape):
    """An amount in the currency's smallest unit."""

    amount: int = 0
    currency: str | None = None


class Payment(Shape):
    """A payment. What was given back of it stands in it too."""

    id: AnyId
    status: str
    amount_money: Money


class Order(Shape):
    """A sale, or something given back of one, without what was sold. Of one that only gives back, `total_money` is 0 or missing."""

    id: AnyId
    state: str
    total_money: Money | None = None


class Link(Shape):
    """A payment link."""

    id: AnyId
    url: str = ""


class Linked(Shape):
    """The answer to a request for one. Without a link it proves nothing."""

    payment_link: Link


class TokenStatus(Shape):
    """What a token may do, and whose it is."""

    scopes: tuple[str, ...] | None = None
    merchant_id: str = ""


class Location(Shape):
    """One of the merchant's places."""

    id: AnyId
    name: str | None = None
    timezone: str | None = None
    status: str | None = None


class Locations(Shape):
    """All of them."""

    locations: tuple[Location, ...] = ()


class Subscription(Shape):
    """Where Square calls, and on what."""

    enabled: bool = False
    event_types: tuple[str, ...] | None = None


class Subscriptions(Shape):
    """All of them."""

    subscriptions: tuple[Subscription, ...] = ()


class Segment(Shape):
    """One service of an appointment, or of a slot that is free."""

    minutes: Annotated[int, Field(alias="duration_minutes")] = 0
    team_member_id: str | None = None
    service_variation_id: str | None = None


class Free(Shape):
    """A slot that is free."""

    start_at: str
    location_id: str = ""
    segments: Annotated[tuple[Segment, ...], Field(alias="appointment_segments")] = ()


class Slots(Shape):
    """The answer to a search for them."""

    availabilities: tuple[Free, ...] = ()


SHAPES: Final[Mapping[str, type[Shape]]] = {
    "customers": Customer,
    "bookings": Booking,
    "payments": Payment,
    "orders": Order,
    "merges": Merge,
}
"""Stream → what a record of it must have."""
