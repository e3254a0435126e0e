"""One object at a time, and lists of them."""

from emulators.hubspot import search
from emulators.hubspot.asking import Ask, mark, named_kind
from emulators.hubspot.problems import invalid, not_found
from emulators.hubspot.records import Record
from emulators.hubspot.rendering import shown, with_associations, written
from emulators.hubspot.writing import prepare_change, prepare_create
from emulators.kit.exchange import Answer, Json, Mark

DEFAULT_PAGE, LARGEST_PAGE, LARGEST_PAGE_WITH_HISTORY = 10, 100, 50


def listed(ask: Ask) -> Answer:
    """GET …/{type}: by id, with `after`; there is no modified-since filter."""
    kind = ask.kind()
    limit = ask.number("limit", DEFAULT_PAGE)
    most = LARGEST_PAGE_WITH_HISTORY if ask.call.listed("propertiesWithHistory") else LARGEST_PAGE
    if not 0 < limit <= most:
        raise invalid(f"limit {limit} is not between 1 and {most}")
    archived, after = ask.flag("archived"), ask.number("after", 0)
    rows = [
        record for record in ask.portal.shelves[kind.name].records.values() if (record.archived is not None) == archived
    ]
    rows.sort(key=lambda record: int(record.id))
    rows = [record for record in rows if int(record.id) >= after]
    answer: dict[str, Json] = {"results": [_row(ask, record) for record in rows[:limit]]}
    if len(rows) > limit:
        following = rows[limit].id
        link = f"https://api.hubapi.com{ask.call.path}?limit={limit}&after={following}"
        answer["paging"] = {"next": {"after": following, "link": link}}
    return Answer(200, answer)


def fetched(ask: Ask) -> Answer:
    """GET …/{type}/{id}; the id of a merged record shows the one that stayed."""
    return Answer(200, _row(ask, ask.record(ask.kind())))


def created(ask: Ask) -> Answer:
    """POST …/{type}."""
    kind, item = ask.kind(), ask.body()
    record = prepare_create(ask.portal, kind, item)()
    marks = [mark(ask.portal, kind, item, record_id=record.id)]
    return Answer(201, written(ask.portal, record, list(item.get("properties", {}))), marks=marks)


def changed(ask: Ask) -> Answer:
    """PATCH …/{type}/{id}, also by `idProperty`."""
    kind, item = ask.kind(), ask.body()
    record = prepare_change(ask.portal, ask.record(kind), item)()
    marks = [mark(ask.portal, kind, item, record_id=record.id)]
    return Answer(200, written(ask.portal, record, list(item.get("properties", {}))), marks=marks)


def archived(ask: Ask) -> Answer:
    """DELETE …/{type}/{id}: into the recycling bin; an unknown id is fine."""
    record = ask.portal.shelves[ask.kind().name].get(ask.call.fields["id"])
    if record is not None:
        ask.portal.archive(record)
    return Answer(204, marks=[Mark("write", vendor_id=ask.call.fields["id"])])


def searched(ask: Ask) -> Answer:
    """POST …/{type}/search."""
    return Answer(200, search.run(ask.portal, ask.kind(), search.parse(ask.call.body)))


def merged(ask: Ask) -> Answer:
    """POST …/{type}/merge."""
    kind, item = ask.kind(), ask.body()
    shelf = ask.portal.shelves[kind.name]
    primary = shelf.records.get(str(item.get("primaryObjectId")))
    gone = shelf.records.get(str(item.get("objectIdToMerge")))
    if primary is None or gone is None or primary is gone:
        raise invalid("Both primaryObjectId and objectIdToMerge must be existing, different records")
    ask.portal.merge(primary, gone)
    return Answer(200, shown(ask.portal, primary), marks=[Mark("write", vendor_id=primary.id)])


def erased(ask: Ask) -> Answer:
    """POST …/{type}/gdpr-delete."""
    kind, item = ask.kind(), ask.body()
    record = ask.portal.shelves[kind.name].find(item.get("idProperty") or "hs_object_id", str(item.get("objectId")))
    if record is None:
        raise not_found()
    ask.portal.erase(record)
    return Answer(204, marks=[Mark("write", vendor_id=record.id)])


def _row(ask: Ask, record: Record) -> dict[str, Json]:
    history = ask.call.listed("propertiesWithHistory")
    row = shown(ask.portal, record, ask.call.listed("properties"), history=history)
    kinds = [named_kind(ask.portal, name) for name in ask.call.listed("associations")]
    return with_associations(ask.portal, record, row, kinds)
