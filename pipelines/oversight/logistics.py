"""What a person must be told about a visit they have: rows 2.3 to 4.3, by what a call would be about (R57)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from canonical.practice import THREADS, Channel

REACH_PEOPLE: Final = frozenset({Channel.SMS, Channel.EMAIL, Channel.SECURE_EMAIL}) | THREADS


class Family(StrEnum):
    """What somebody would be called about. One call serves every row of a family."""

    TIME = "time"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    FORM = "form"
    DEPOSIT = "deposit"
    PREPARATION = "preparation"
    DELAY = "delay"


FAMILIES: Final[Mapping[str, Family]] = {
    "2.3": Family.FORM,
    "2.4": Family.DEPOSIT,
    "2.5": Family.TIME,
    "2.7": Family.CHANGE,
    "2.8": Family.CANCELLATION,
    "3.1": Family.TIME,
    "3.2": Family.TIME,
    "3.3": Family.PREPARATION,
    "3.4": Family.PREPARATION,
    "3.5": Family.PREPARATION,
    "4.1": Family.TIME,
    "4.2": Family.TIME,
    "4.3": Family.DELAY,
}
"""By row. Any other row is no logistics: nobody is called because it did not go."""

TITLES: Final[Mapping[Family, str]] = {
    Family.TIME: "Call before the visit: its time has not reached them",
    Family.CHANGE: "Call about the visit: the new time has not reached them",
    Family.CANCELLATION: "Call about the visit: they do not know that it is cancelled",
    Family.FORM: "Call about the visit: the form has not reached them",
    Family.DEPOSIT: "Call about the visit: the payment link has not reached them",
    Family.PREPARATION: "Call about the visit: what to know before it has not reached them",
    Family.DELAY: "Call about the visit: they do not know that it begins later",
}
"""Neutral: no treatment word, no name."""


def row_of(step: str) -> str:
    """The row a step belongs to: what stands before the first dash of its key."""
    return step.split("-", 1)[0]


def family_of(step: str) -> Family | None:
    """What a step of a journey tells, where that is logistics."""
    return FAMILIES.get(row_of(step))


def is_logistics(row: str, channel: str) -> bool:
    """Whether an action of that row and channel tells a person something about their visit."""
    return row in FAMILIES and Channel(channel) in REACH_PEOPLE
