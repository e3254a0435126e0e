"""Asking about some ids at once."""

from collections.abc import Iterable, Mapping
from typing import Any

from ledger.lists import listed
from ledger.session import Session

Row = dict[str, Any]


def rows_among(session: Session, query: str, /, *, among: Mapping[str, Iterable[str]], **params: object) -> list[Row]:
    """The rows of a query about some ids. Nothing is asked about nobody."""
    lists = {name: listed(sorted(set(ids))) for name, ids in among.items()}
    return session.rows(query, **lists, **params) if all(lists.values()) else []
