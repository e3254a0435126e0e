"""Transforms of who wrote to whom, where a vendor's log names two numbers and a direction, and of what we wrote ourselves."""

import re
from typing import Final

from mappings.targets import Sort
from mappings.transforms.registry import Unreadable, transform

_MARK: Final = re.compile(r"\[(a-[0-9a-z]+)\]")
_BOTH: Final = 2


@transform(Sort.TEXT)
def other_side(text: str) -> str:
    """The person's number out of `direction from to`: who wrote to us, or whom we wrote to.

    A text sent through a pool of numbers may not have its `from` yet.

    >>> other_side("inbound +12125550142 +12125550100"), other_side("outbound-api +12125550142")
    ('+12125550142', '+12125550142')
    """
    return _sides(text)[0]


@transform(Sort.TEXT)
def our_side(text: str) -> str:
    """Our own number, or name, out of `direction from to`; nothing where a pool has not chosen it yet.

    >>> our_side("inbound +12125550142 +12125550100"), our_side("outbound-api +12125550142")
    ('+12125550100', '')
    """
    return _sides(text)[1]


@transform(Sort.TEXT)
def our_mark(text: str) -> str:
    """Our own id of an action, out of a text in which we wrote it in brackets because the tool has no field for it.

    >>> our_mark("Call Ana back. [a-7kq2x]"), our_mark("Call [me] back")
    ('a-7kq2x', '')
    """
    found = _MARK.findall(text)
    return found[-1] if found else ""


def _sides(text: str) -> tuple[str, str]:
    direction, *rest = text.split()
    if direction.startswith("inbound"):
        if len(rest) < _BOTH:
            raise Unreadable("is not a direction with two numbers: of one nobody can tell whose it is")
        return rest[0], " ".join(rest[1:])
    if not rest:
        raise Unreadable("is not a direction with one number or two")
    return rest[-1], " ".join(rest[:-1])
