"""Providers and services that a booking tool lists and nobody has written down: named, so that they can be pasted."""

import json
from collections.abc import Callable, Iterator, Sequence

from canonical.practice import Practice
from connectors.kit.offered import Offered
from connectors.kit.registry import Verified
from console.cli.findings import Finding
from pipelines.visits.house import House

MOST = 20
"""More than these are counted: whoever writes down twenty sees the rest at the next check."""


def unknown(practice_id: str, what: str, practice: Practice, verified: Verified) -> Iterator[Finding]:
    """What the practice's settings do not know of what a vendor lists."""
    house = House(practice)
    yield from _named(practice_id, what, "provider", verified.providers, house.provider)
    yield from _named(practice_id, what, "service", verified.services, house.service)


def _named(
    practice_id: str, what: str, noun: str, listed: Sequence[Offered] | None, known: Callable[[str], object]
) -> Iterator[Finding]:
    lacking = [one for one in listed or () if known(one.word) is None]
    if not lacking:
        return
    shown, more = lacking[:MOST], len(lacking) - MOST
    told = ", ".join(one.told for one in shown) + (f" and {more} more" if more > 0 else "")
    says = f"{noun}s.yaml knows {len(listed or ()) - len(lacking)} of {len(listed or ())} {noun}s it lists; not {told}"
    paste = json.dumps([one.word for one in shown], ensure_ascii=False)
    step = f"Put each among the `names` of the {noun} of ours that it is, from:  names: {paste}"
    yield Finding(practice_id, what, good=False, says=says, next_step=step, only_warns=True)
