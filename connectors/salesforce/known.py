"""Who is there already: the record a refusal means, and the person a converted lead has become."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from canonical.problems import TryLater
from connectors.salesforce import soql
from connectors.salesforce.asking import Reading, Writing
from connectors.salesforce.objects import key_field
from connectors.salesforce.rows import rows_of

_OBJECTS: Final = {"00Q": "Lead", "003": "Contact"}
"""How their ids begin."""
_OF_BOTH: Final = frozenset({"FirstName", "LastName", "Email", "Phone", "LeadSource"})


@dataclass(frozen=True, slots=True)
class Known:
    """A lead or contact that is there, and what it holds of the fields we would write."""

    object_type: str
    id: str
    fields: Mapping[str, Any]


def existing(writing: Writing, known_id: str, email: str, fields: Sequence[str]) -> Known | None:
    """The record that a duplicate rule found: by its id where the refusal names it, else by mail address.

    A lead before a contact, because a lead is what would have been made.
    """
    if known_id:
        object_type = _OBJECTS.get(known_id[:3], "Lead")
        return _one(writing, object_type, f"Id = {soql.quoted(known_id)}", fields)
    if not email:
        return None
    held = f"Email = {soql.quoted(email)}"
    lead = _one(writing, "Lead", f"{held} AND IsConverted = false", fields)
    return lead or _one(writing, "Contact", held, fields)


def followed(writing: Writing, which: str, *, by_id: bool = False) -> str:
    """The contact that a converted lead has become; `which` is our id, or with `by_id` the lead's own.

    Raises:
        TryLater: the lead is not shown as converted yet.
    """
    field = "Id" if by_id else key_field(writing.access)
    fields = ("Id", "ConvertedContactId", "ConvertedAccountId")
    reading = _reading(writing)
    query = soql.select("Lead", fields, (f"{field} = {soql.quoted(which)}",))
    for row in rows_of(reading.query(query).body, reading.where, "lead").rows:
        became = row.fields.get("ConvertedContactId") or row.fields.get("ConvertedAccountId")
        if became:
            return str(became)
    raise TryLater(reading.where, "the lead was converted, and is not shown as such yet.")


def _one(writing: Writing, object_type: str, condition: str, fields: Sequence[str]) -> Known | None:
    wanted = [name for name in fields if object_type == "Lead" or name in _OF_BOTH]
    query = soql.select(object_type, dict.fromkeys(("Id", *wanted)), (condition,), " ORDER BY CreatedDate LIMIT 1")
    reading = _reading(writing)
    rows = rows_of(reading.query(query).body, reading.where, "duplicate").rows
    return Known(object_type, rows[0].id, rows[0].fields) if rows else None


def _reading(writing: Writing) -> Reading:
    return Reading(writing.access, f"push.{writing.command}.look_up", writing.attempt)
