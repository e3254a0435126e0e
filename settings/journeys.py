"""Journey files through their layers: a vertical writes steps, a client writes only what differs."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import rfc8785

from canonical.clock import Instant
from canonical.ids import ContentHash
from canonical.plan import Journeys, Step
from canonical.policy import ReviewMode
from settings.layers import merged
from settings.located import Key, Located, Place, parsed, read_yaml
from settings.written import StepSheet

_GOES_WITH = {"7.3": "7.1"}
"""A row that nobody mentions goes with this one: an alarm reaches people wherever replies do. It can still be set `off`."""
Owners = Mapping[str, tuple[str, Instant | None]]


def read_journeys(
    layers: Sequence[Path], shown: Callable[[Path], str], owners: Owners, mode: ReviewMode = ReviewMode.OFF
) -> tuple[Journeys, str]:
    """All steps, and the canonical text that hashes to `Journeys.hash`.

    Owner and `live_from` of a step come from the practice's rows; a row nobody owns is `off` (OWN-01).

    Raises:
        SettingsError: naming file and line.
    """
    files = [file for layer in layers for file in sorted((layer / "journeys").glob("*.yaml"))]
    whole = merged(_by_key(read_yaml(file, shown(file))) for file in files)
    steps = tuple(_step(whole, key, owners) for key in whole.value)
    text = rfc8785.dumps([mode.value, *(step.model_dump(mode="json") for step in steps)]).decode()
    return Journeys(steps=steps, hash=ContentHash(hashlib.sha256(text.encode()).hexdigest()), review_mode=mode), text


def _by_key(located: Located) -> Located:
    """Both written forms as `{key: {…}}`: a list of `- step: key`, or a mapping by key."""
    if isinstance(located.value, dict):
        return located
    value: dict[str, Any] = {}
    places: dict[tuple[Key, ...], Place] = {(): located.place(())}
    for at, entry in enumerate(located.value):
        if not isinstance(entry, dict) or "step" not in entry:
            raise located.error((at,), "a step here has no name.", "Begin it with `- step: 3.2-reminder-24h`.")
        key = str(entry["step"])
        if key in value:
            raise located.error((at, "step"), f"step '{key}' stands here twice.", "Rename or remove one of them.")
        value[key] = {name: part for name, part in entry.items() if name != "step"}
        places[(key,)] = located.place((at,))
        places.update({(key, *p[1:]): place for p, place in located.places.items() if p[:1] == (at,) and len(p) > 1})
    return Located(value, places)


def _step(whole: Located, key: str, owners: Owners) -> Step:
    located = whole.part(key)
    sheet = parsed(StepSheet, located)
    row = key.split("-", 1)[0]
    owner, live_from = owners.get(row) or owners.get(_GOES_WITH.get(row, ""), ("off", None))
    try:
        return sheet.step(key, owner, live_from)
    except ValueError as wrong:
        raise located.error(("on_moved",), f"step {key}: {wrong}.") from None
