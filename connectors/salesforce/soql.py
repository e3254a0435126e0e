"""Questions in SOQL. What comes from outside is quoted here and nowhere else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.salesforce.objects import STAMP

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ESCAPED: Final = {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class After:
    """Behind which record a query goes on: those of one stamp are told apart by their ids."""

    stamp: int = 0
    """Milliseconds since 1970; 0: from the beginning."""
    id: str = ""
    """Empty: everything of that stamp is read once more."""


def quoted(text: str) -> str:
    """The text as a literal."""
    return "'" + "".join(_ESCAPED.get(sign, sign) for sign in text) + "'"


def moment(milliseconds: int) -> str:
    """The instant as a literal, which has no quotes."""
    at = _EPOCH + timedelta(milliseconds=milliseconds)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def one_of(field: str, values: Sequence[str]) -> str:
    """The condition that a field has one of these values."""
    return f"{field} IN ({', '.join(map(quoted, values))})"


def select(object_type: str, fields: Iterable[str], conditions: Iterable[str], order: str = "") -> str:
    """The whole query."""
    where = " AND ".join(conditions)
    asked = f"SELECT {', '.join(fields)} FROM {object_type}"  # noqa: S608 - names are ours, values are quoted above
    return asked + (f" WHERE {where}" if where else "") + order


def changed(after: After, until: int) -> tuple[str, ...]:
    """The conditions that a record was changed behind `after`, and not later than `until`."""
    latest = f"{STAMP} <= {moment(until)}"
    if not after.stamp:
        return (latest,)
    if not after.id:
        return f"{STAMP} >= {moment(after.stamp)}", latest
    at = moment(after.stamp)
    return f"({STAMP} > {at} OR ({STAMP} = {at} AND Id > {quoted(after.id)}))", latest


BY_STAMP: Final = f" ORDER BY {STAMP}, Id"
