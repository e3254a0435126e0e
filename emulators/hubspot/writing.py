"""Creating, changing and upserting: first everything is checked, then everything is done."""

from collections.abc import Callable

from emulators.hubspot.asking import Item, look_up
from emulators.hubspot.kinds import LEADS_TO, Kind
from emulators.hubspot.portal import End, Portal
from emulators.hubspot.problems import Refusal, invalid, not_found
from emulators.hubspot.records import Properties, Record
from emulators.hubspot.values import checked, complete
from emulators.kit.exchange import Json

Commit = Callable[[], Record]


def prepare_create(portal: Portal, kind: Kind, item: Item) -> Commit:
    """Check a new record and its associations; the result makes it."""
    properties = checked(portal, kind, item.get("properties", {}))
    complete(kind, properties)
    _no_conflict(portal, kind, properties, None)
    links = [_link(portal, kind, each) for each in item.get("associations") or []]
    if kind.name == "leads" and portal.lead_needs_contact and not any(end[0] == "contacts" for end, _ in links):
        raise invalid("Error creating LEAD. A lead must be associated with an existing contact.")

    def commit() -> Record:
        record = portal.create(kind, properties)
        for end, types in links:
            portal.link((kind.name, record.id), end, types)
        return record

    return commit


def prepare_change(portal: Portal, record: Record, item: Item) -> Commit:
    """Check new values for a record; the result writes them."""
    properties = checked(portal, record.kind, item.get("properties", {}))
    _no_conflict(portal, record.kind, properties, record)

    def commit() -> Record:
        portal.change(record, properties)
        return record

    return commit


def prepare_update(portal: Portal, kind: Kind, item: Item) -> Commit:
    """Check an update by id or unique property; raises 404 when there is no such record."""
    record = look_up(portal, kind, item.get("idProperty") or "hs_object_id", str(item.get("id", "")))
    if record is None or record.archived is not None:
        raise not_found(f"{kind.singular.upper()} {item.get('id')} was not found")
    return prepare_change(portal, record, item)


def prepare_upsert(portal: Portal, kind: Kind, item: Item) -> tuple[Commit, bool]:
    """Check an upsert by unique property; whether it is new comes along. Associations cannot be given here."""
    name, value = item.get("idProperty"), str(item.get("id", ""))
    if not name:
        raise invalid("idProperty is required for every input")
    record = look_up(portal, kind, name, value)
    if record is not None and record.archived is None:
        return prepare_change(portal, record, item), False
    properties = dict(item.get("properties") or {})
    if name != "hs_object_id":
        properties.setdefault(name, value)
    return prepare_create(portal, kind, {"properties": properties}), True


def _no_conflict(portal: Portal, kind: Kind, properties: Properties, record: Record | None) -> None:
    for name in portal.unique(kind):
        if not properties.get(name):
            continue
        holder = portal.shelves[kind.name].find(name, properties[name])
        if holder is None or holder is record or holder.archived is not None:
            continue
        if name == "email":
            raise Refusal(409, "CONFLICT", f"Contact already exists. Existing ID: {holder.id}")
        raise invalid(f"Cannot set {name}: {kind.singular} {holder.id} already has that value.")


def _link(portal: Portal, kind: Kind, given: Json) -> tuple[End, list[int]]:
    types = [int(each["associationTypeId"]) for each in given.get("types") or []]
    record_id = str(given.get("to", {}).get("id", ""))
    targets = {LEADS_TO.get((kind.name, type_id)) for type_id in types}
    if len(targets) != 1 or None in targets:
        raise invalid(f"No association type {types} from {kind.name} was found.")
    target = str(targets.pop())
    if portal.shelves[target].get(record_id) is None:
        raise invalid(f"No {target} with id {record_id} exists.")
    return (target, record_id), types
