"""Google's payloads: which fields must be there. Everything else is kept and never required.

Source: v4 reviews pages and method table, Business Information v1 discovery document (revision 20261026). Google leaves out what
is empty: a page without reviews has no `reviews`.

A record is a review as Google wrote it; under `told` stand its whole name, its location, and its stars as a number.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from connectors.kit.shapes import Shape, VendorId, said

_WORDS: Final = ("ONE", "TWO", "THREE", "FOUR", "FIVE")
STARS: Final[Mapping[str, str]] = {
    written: str(stars) for stars, word in enumerate(_WORDS, 1) for written in (word, str(stars))
}
"""`starRating` → stars (v4 reviews page), as a word or a number; STAR_RATING_UNSPECIFIED has none."""


class Told(Shape):
    """What we add to a review."""

    review: VendorId
    location: str


class Review(Shape):
    """A review. What else it says, its mapping reads as far as that can be read."""

    told: Told


class Reply(Shape):
    """The practice's answer, as Google has taken it."""

    comment: str


def _record(written: object) -> object:
    """What is no record says nothing."""
    return written if isinstance(written, dict) else None


def _records(written: object) -> object:
    """A list that is null is empty, and what is no record in it is left out; what is no list is no page."""
    found = written if written is not None else []
    return tuple(each for each in found if isinstance(each, dict)) if isinstance(found, list) else found


class Metadata(Shape):
    """What Google says about a location by itself."""

    new_review_uri: Annotated[str, BeforeValidator(said)] = Field("", alias="newReviewUri")


class Location(Shape):
    """A place of the business."""

    name: Annotated[str, BeforeValidator(said)] = ""
    title: Annotated[str, BeforeValidator(said)] = ""
    metadata: Annotated[Metadata | None, BeforeValidator(_record)] = None


class LocationPage(Shape):
    """A page of places."""

    locations: Annotated[tuple[Location, ...], BeforeValidator(_records)] = ()
    next: Annotated[str, BeforeValidator(said)] = Field("", alias="nextPageToken")


SHAPES: Final[Mapping[str, type[Shape]]] = {"reviews": Review}
"""Stream → what a record of it must have."""
