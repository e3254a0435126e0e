"""Known, or said to be unknown: the one value that is not an answer, and how a rule meets it."""

from enum import Enum
from typing import Final, TypeVar

T = TypeVar("T")


class Unknown(Enum):
    """The one value that is not an answer."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


class NotKnown(LookupError):
    """A rule asked for an input that nobody knows. It is an answer, not a mistake."""

    def __init__(self, field: str) -> None:
        """`field` is the table's name of the input."""
        super().__init__(field)
        self.field = field


def known(value: T | Unknown, field: str) -> T:
    """The value; raises NotKnown, so that the engine can answer for the rule (UNK-01)."""
    if value is UNKNOWN:
        raise NotKnown(field)
    return value


def recorded(value: T | None, field: str) -> T:
    """The value; raises NotKnown where nobody recorded one."""
    if value is None:
        raise NotKnown(field)
    return value
