"""A request once it is known whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulators.hubspot.kinds import Kind, kind_called
from emulators.hubspot.portal import Portal, Token
from emulators.hubspot.problems import invalid, not_found
from emulators.hubspot.records import Record
from emulators.kit.exchange import Call, Json, Mark

Item = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Ask:
    """One authorized request to one portal."""

    call: Call
    portal: Portal
    token: Token

    def kind(self, field: str = "kind") -> Kind:
        """The object type a part of the path names; raises 400 when this account has no such thing."""
        return named_kind(self.portal, self.call.fields[field])

    def flag(self, name: str) -> bool:
        """A yes or no from the query string; HubSpot's own client writes `True`."""
        return self.call.arguments.get(name, "").lower() == "true"

    def number(self, name: str, otherwise: int) -> int:
        """A whole number from the query string; raises 400 when it is none."""
        value = self.call.arguments.get(name) or str(otherwise)
        if not value.isdigit():
            raise invalid(f"{name} must be an integer, not {value!r}")
        return int(value)

    def record(self, kind: Kind) -> Record:
        """The record the path names, by id or by `idProperty`; raises 404."""
        name = self.call.arguments.get("idProperty", "hs_object_id")
        found = look_up(self.portal, kind, name, self.call.fields["id"])
        if found is None or (found.archived is not None) != self.flag("archived"):
            raise not_found()
        return found

    def body(self) -> dict[str, Json]:
        """The JSON object in the body; raises 400 when there is none."""
        try:
            given = self.call.json()
        except ValueError as problem:
            raise invalid("Invalid input JSON") from problem
        if not isinstance(given, dict):
            raise invalid("Invalid input JSON: an object is expected")
        return given

    def inputs(self, most: int) -> list[Item]:
        """The inputs of a batch; raises 400 when there are none, or more than allowed."""
        inputs = self.body().get("inputs")
        if not isinstance(inputs, list) or not inputs:
            raise invalid("Invalid input JSON: inputs is missing or empty")
        if len(inputs) > most:
            raise invalid(f"The maximum number of inputs supported in a batch request is {most}, got {len(inputs)}")
        return inputs


def named_kind(portal: Portal, name: str) -> Kind:
    """An object type by any of its names; raises 400 when this account has no such thing."""
    found = kind_called(name)
    if found is None or found.name in portal.switched_off:
        raise invalid(f"Unable to infer object type from: {name}")
    return found


def look_up(portal: Portal, kind: Kind, name: str, value: str) -> Record | None:
    """A record by its id or a unique property; raises 400 when the property is not unique."""
    if name != "hs_object_id" and name not in portal.unique(kind):
        raise invalid(f"Property {name} is not a unique property of {kind.name}")
    return portal.shelves[kind.name].find(name, value)


def mark(portal: Portal, kind: Kind | None, item: Item, *, accepted: bool = True, record_id: str | None = None) -> Mark:
    """What the journal keeps of one written item.

    The reference is the `objectWriteTraceId`, else the value of a custom unique property; the recipient is the email
    address, else the first associated record.
    """
    properties = item.get("properties") or {}
    custom = [name for name, unique in portal.custom[kind.name].items() if unique] if kind else []
    by_property = item.get("id") if item.get("idProperty") in custom else None
    held = next((str(properties[name]) for name in custom if properties.get(name)), None)
    linked = next((str(each.get("to", {}).get("id")) for each in item.get("associations") or []), None)
    return Mark(
        "write",
        accepted=accepted,
        reference=item.get("objectWriteTraceId") or by_property or held,
        recipient=properties.get("email") or (item.get("id") if item.get("idProperty") == "email" else None) or linked,
        vendor_id=record_id,
    )
