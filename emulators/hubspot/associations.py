"""Associations v4. Changing one does not move a modified date."""

from emulators.hubspot.asking import Ask
from emulators.hubspot.batches import complete
from emulators.hubspot.kinds import ASSOCIATION_TYPES, Kind
from emulators.hubspot.problems import not_found
from emulators.kit.exchange import Answer, Json, Mark

MOST_READ, MOST_WRITTEN, LARGEST_PAGE = 1000, 2000, 500


def _row(ask: Ask, record_id: str, types: list[int]) -> dict[str, Json]:
    named = [{"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": None} for type_id in types]
    shown = int(record_id) if ask.portal.numeric_association_ids else record_id
    return {"toObjectId": shown, "associationTypes": named}


def _page(ask: Ask, one: Kind, record_id: str, other: Kind, after: str, size: int) -> tuple[list[Json], str | None]:
    linked = ask.portal.linked((one.name, record_id), other)
    start = next((place for place, (each, _) in enumerate(linked) if each == after), 0) if after else 0
    following = linked[start + size][0] if len(linked) > start + size else None
    return [_row(ask, each, types) for each, types in linked[start : start + size]], following


def batch_read(ask: Ask) -> Answer:
    """batch/read: each record's associations, paged by record; 207 when some have none."""
    one, other = ask.kind("one"), ask.kind("other")
    rows: list[Json] = []
    errors: list[Json] = []
    for each in ask.inputs(MOST_READ):
        record_id = str(each.get("id"))
        page, following = _page(ask, one, record_id, other, str(each.get("after") or ""), LARGEST_PAGE)
        if page:
            paging = {"paging": {"next": {"after": following, "link": f"?after={following}"}}} if following else {}
            rows.append({"from": {"id": record_id}, "to": page, **paging})
        else:
            errors.append(_none_found(one, record_id, other))
    return complete(ask, rows, errors)


def _none_found(one: Kind, record_id: str, other: Kind) -> Json:
    """As reported in public: `subCategory` is a text, whatever the specification says."""
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {other.singular} is associated with {one.singular} {record_id}.",
        "context": {
            "fromObjectId": [record_id],
            "fromObjectType": [one.singular],
            "toObjectType": [other.singular],
        },
    }


def of_record(ask: Ask) -> Answer:
    """GET …/{id}/associations/{type}."""
    size = min(ask.number("limit", LARGEST_PAGE), LARGEST_PAGE)
    after = ask.call.arguments.get("after", "")
    page, following = _page(ask, ask.kind("one"), ask.call.fields["id"], ask.kind("other"), after, size)
    paging = {"paging": {"next": {"after": following, "link": f"?after={following}"}}} if following else {}
    return Answer(200, {"results": page, **paging})


def put(ask: Ask) -> Answer:
    """PUT one association, with the types in the body."""
    wanted = [int(each["associationTypeId"]) for each in ask.call.json()]
    _link(ask, ask.call.fields["id"], ask.call.fields["other_id"], wanted)
    ids = {"fromObjectId": ask.call.fields["id"], "toObjectId": ask.call.fields["other_id"]}
    types = {"fromObjectTypeId": ask.kind("one").type_id, "toObjectTypeId": ask.kind("other").type_id}
    return Answer(201, {**ids, **types, "labels": []}, marks=[Mark("write")])


def put_default(ask: Ask) -> Answer:
    """PUT one association of the default type."""
    row = _link(ask, ask.call.fields["id"], ask.call.fields["other_id"], None)
    return complete(ask, [row], [])


def delete(ask: Ask) -> Answer:
    """DELETE an association."""
    one, other = ask.kind("one"), ask.kind("other")
    ask.portal.unlink((one.name, ask.call.fields["id"]), (other.name, ask.call.fields["other_id"]))
    return Answer(204, marks=[Mark("write")])


def batch_create(ask: Ask) -> Answer:
    """batch/create and batch/associate/default."""
    rows = []
    for each in ask.inputs(MOST_WRITTEN):
        types = [int(one["associationTypeId"]) for one in each.get("types") or []]
        rows.append(_link(ask, str(each["from"]["id"]), str(each["to"]["id"]), types or None))
    return complete(ask, rows, [], 201 if ask.call.path.endswith("create") else 200)


def _link(ask: Ask, record_id: str, other_id: str, types: list[int] | None) -> Json:
    one, other = ask.kind("one"), ask.kind("other")
    for kind, each in ((one, record_id), (other, other_id)):
        if ask.portal.shelves[kind.name].get(each) is None:
            raise not_found(f"{kind.singular} {each} does not exist")
    ask.portal.link((one.name, record_id), (other.name, other_id), types)
    type_id = (types or [ASSOCIATION_TYPES.get((one.name, other.name), 1)])[0]
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
    return {"from": {"id": record_id}, "to": {"id": other_id}, "associationSpec": spec}
