"""Google's payloads: which fields must be there. Everything else is kept and never required.

Source: v4 reviews pages and method table, Business Information v1 discovery document (revision 20261026). Google leaves out what
is empty: a page without reviews has no `reviews`.

A record is a review as Google wrote it; under `told` stand its whole name, its location, and its stars as a number.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from connectors.kit.shapes import Shape, VendorId

STARS: Final[Mapping[str, str]] = {"ONE": "1", "TWO": "2", "THREE": "3", "FOUR": "4", "FIVE": "5"}
"""`starRating` → stars (v4 reviews page); STAR_RATING_UNSPECIFIED has none."""


class Told(Shape):
    """What we add to a review."""

    review: VendorId
    location: str


class Review(Shape):
    """A review."""

    told: Told
    comment: str | None = None
    star_rating: str | None = Field(None, alias="starRating")
    reviewer: dict[str, Any] | None = None


class Reply(Shape):
    """The practice's answer, as Google has taken it."""

    comment: str


class Metadata(Shape):
    """What Google says about a location by itself."""

    new_review_uri: str | None = Field(None, alias="newReviewUri")


class Location(Shape):
    """A place of the business."""

    name: VendorId
    title: str = ""
    metadata: Metadata | None = None


class LocationPage(Shape):
    """A page of places."""

    locations: tuple[Location, ...] = ()
    next: str = Field("", alias="nextPageToken")


SHAPES: Final[Mapping[str, type[Shape]]] = {"reviews": Review}
"""Stream → what a record of it must have."""
