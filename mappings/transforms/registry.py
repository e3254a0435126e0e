"""The list of transforms, filled by the modules beside this one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from mappings.targets import Sort

Plain = Callable[[str], object]
Local = Callable[[str, ZoneInfo], object]
P = TypeVar("P", bound=Plain)
L = TypeVar("L", bound=Local)


class Unreadable(ValueError):
    """A text is not what the transform reads. The message says what would be, and never quotes the text."""


@dataclass(frozen=True, slots=True)
class Transform:
    """One transform. Exactly one of `plain` and `local` is set; `local` also takes the zone of the record's location."""

    name: str
    about: str
    gives: Sort
    plain: Plain | None = None
    local: Local | None = None
    many: bool = False
    """It gives a list; what follows in `via: [a, b]` is applied to each entry."""
    every_part: bool = False
    """Of several sources none may be empty: a time without its date is no instant."""


TRANSFORMS: Final[dict[str, Transform]] = {}


def transform(gives: Sort, *, many: bool = False, every_part: bool = False) -> Callable[[P], P]:
    """Register a function under its own name; the first line of its docstring is what the docs print."""

    def register(function: P) -> P:
        _add(Transform(function.__name__, _about(function), gives, plain=function, many=many, every_part=every_part))
        return function

    return register


def local(gives: Sort) -> Callable[[L], L]:
    """Register a function that also needs the zone of the record's location."""

    def register(function: L) -> L:
        _add(Transform(function.__name__, _about(function), gives, local=function, every_part=True))
        return function

    return register


def _add(new: Transform) -> None:
    if new.name in TRANSFORMS:
        raise ValueError(f"two transforms are called {new.name}")
    TRANSFORMS[new.name] = new


def _about(function: Callable[..., object]) -> str:
    return (function.__doc__ or "").strip().partition("\n")[0]
