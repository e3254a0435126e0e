"""Queries: their rows, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from emulators.kit.exchange import Answer, Call, Json
from emulators.salesforce.org import Org, Record
from emulators.salesforce.problems import Refusal
from emulators.salesforce.schema import Sobject
from emulators.salesforce.soql import Query, Value, parsed

SMALLEST, LARGEST = 200, 2000


@dataclass(slots=True)
class Locators:
    """Queries whose further pages somebody may still ask for: rows by locator."""

    held: dict[str, list[Json]] = field(default_factory=dict)
    made: int = 0

    def keep(self, rows: list[Json]) -> str:
        """A name for the rest of a query."""
        self.made += 1
        name = f"01gD0000{self.made:07d}IAQ"
        self.held[name] = rows
        return name


def found_by(org: Org, text: str, *, deleted: bool) -> tuple[Query, Sobject, list[Record]]:
    """The records of a query, in its order."""
    query = parsed(text)
    kind = next((each for name, each in org.objects.items() if name.lower() == query.object_type.lower()), None)
    if kind is None:
        raise Refusal(400, "INVALID_TYPE", f"sObject type '{query.object_type}' is not supported.")
    for name in query.named:
        _known(org, kind, name)
    rows = [each for each in org.rows(kind, deleted=deleted) if query.condition(_reader(org, each))]
    for name, down in reversed(query.order):
        rows.sort(key=lambda each: (value(org, each, name) is not None, value(org, each, name) or ""), reverse=down)
    return query, kind, rows[query.offset :][: query.limit]


def _reader(org: Org, record: Record) -> Value:
    return lambda name: value(org, record, name)


def _known(org: Org, kind: Sobject, name: str) -> None:
    first, _, rest = name.partition(".")
    if not rest:
        org.visible(kind, first)
        return
    through = next((each for each in kind.fields.values() if each.relation.lower() == first.lower()), None)
    if through is None or f"{kind.name}.{through.name}" in org.hidden:
        raise Refusal(400, "INVALID_FIELD", f"Didn't understand relationship '{first}' in field path.")


def value(org: Org, record: Record, name: str) -> Json:
    """What a record has under a name, which may lead over one relation."""
    kind = org.objects[record.object_type]
    first, _, rest = name.partition(".")
    if not rest:
        known = kind.find(first)
        return record.fields.get(known.name) if known else None
    through = next(each for each in kind.fields.values() if each.relation.lower() == first.lower())
    other = org.records.get(str(record.fields.get(through.name)))
    return value(org, other, rest) if other else None


def shown(org: Org, record: Record, names: Sequence[str], version: str) -> dict[str, Json]:
    """A row of an answer: what was asked for, in that order, under Salesforce's own spelling."""
    kind = org.objects[record.object_type]
    row: dict[str, Json] = {"attributes": attributes(record, version)}
    for name in names:
        first, _, rest = name.partition(".")
        if not rest:
            row[org.visible(kind, first).name] = value(org, record, first)
            continue
        through = next(each for each in kind.fields.values() if each.relation.lower() == first.lower())
        other = org.records.get(str(record.fields.get(through.name)))
        told = shown(org, other, [rest], version) if other else None
        row[through.relation] = (row.get(through.relation) or {}) | told if told else None
    return row


def attributes(record: Record, version: str) -> dict[str, str]:
    """What a row says of itself."""
    url = f"/services/data/{version}/sobjects/{record.object_type}/{record.id}"
    return {"type": record.object_type, "url": url}


def queried(org: Org, locators: Locators, call: Call, *, deleted: bool) -> Answer:
    """The first page of a query."""
    version = call.fields["version"]
    query, _, records = found_by(org, call.arguments.get("q", ""), deleted=deleted)
    if not query.fields:
        return Answer(200, {"totalSize": len(records), "done": True, "records": []})
    rows = [shown(org, each, query.fields, version) for each in records]
    return Answer(200, _page(locators, rows, len(rows), _size(org, call), version))


def followed(org: Org, locators: Locators, call: Call) -> Answer:
    """A further page, by the address the one before it gave: locator, a dash, and how far it is."""
    name, _, start = call.fields["locator"].rpartition("-")
    if name not in locators.held or not start.isdigit():
        raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    rows, size, version = locators.held[name], _size(org, call), call.fields["version"]
    at = int(start)
    answer: dict[str, Json] = {"totalSize": len(rows), "done": at + size >= len(rows)}
    if not answer["done"]:
        answer["nextRecordsUrl"] = f"/services/data/{version}/query/{name}-{at + size}"
    return Answer(200, answer | {"records": rows[at : at + size]})


def _page(locators: Locators, rows: list[Json], total: int, size: int, version: str) -> dict[str, Json]:
    if len(rows) <= size:
        return {"totalSize": total, "done": True, "records": rows}
    name = locators.keep(rows)
    following = f"/services/data/{version}/query/{name}-{size}"
    return {"totalSize": total, "done": False, "nextRecordsUrl": following, "records": rows[:size]}


def _size(org: Org, call: Call) -> int:
    """The client's wish counts between 200 and 2,000; the org's own setting where it has none."""
    wish = call.headers.get("sforce-query-options", "").rpartition("batchSize=")[2]
    return min(max(int(wish), SMALLEST), LARGEST) if wish.isdigit() else org.page_size
