"""A submission as it lands: what must be there is our own key. A form may leave out everything else, and often does."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from connectors.kit.shapes import Shape, VendorId


class Submission(Shape):
    """A form's fields with our key."""

    key: VendorId = Field(alias="glowline_key")


class Typeform(Submission):
    """A response. Questions that were not answered are missing."""

    form_response: dict[str, Any]
    answers: dict[str, Any]


class Jotform(Submission):
    """A submission; its answers come as a text inside a field."""

    submission_id: VendorId = Field(alias="submissionID")
    answers: dict[str, Any]


SHAPES: Final[Mapping[str, type[Shape]]] = {
    "typeform": Typeform,
    "jotform": Jotform,
    "elementor": Submission,
    "gravity": Submission,
    "cf7": Submission,
    "html": Submission,
}
"""Stream → what a record of it must have."""
