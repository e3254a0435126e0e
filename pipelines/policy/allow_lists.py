"""Which fields may leave for which vendor, and for what: the table of MIN-01, read once."""

from functools import cache

import yaml

from canonical.actions import Purpose
from pipelines.policy.card import ALLOW_LIST

COVERED = "*"
"""Stands in the table for every tool whose signed agreement covers what goes there."""


def allowed_fields(vendor: str, purpose: Purpose, *, covered: bool) -> tuple[str, ...] | None:
    """The vendor's own list, else, for a covered tool, the general one. None = no list: nothing may go."""
    table = _table()
    own = table.get(vendor, {}).get(purpose.value)
    return table[COVERED].get(purpose.value) if own is None and covered else own


@cache
def _table() -> dict[str, dict[str, tuple[str, ...]]]:
    written = yaml.safe_load(ALLOW_LIST.read_text(encoding="utf-8"))
    return {vendor: {purpose: tuple(fields) for purpose, fields in lists.items()} for vendor, lists in written.items()}
