"""Single records, collections and composite requests."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from emulators.kit.exchange import Answer, Call, Given, Json, Mark
from emulators.salesforce import querying
from emulators.salesforce.org import Org, Record, written
from emulators.salesforce.problems import Refusal, not_found
from emulators.salesforce.schema import Field, Sobject
from emulators.salesforce.writing import change, make

MOST = 200
MOST_PARTS = 25


def body_of(call: Call) -> dict[str, Json]:
    """The JSON object of a request; raises 400."""
    try:
        given = call.json()
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refusal(400, "JSON_PARSER_ERROR", "The HTTP entity body is required, and must be a JSON object")
    return given


def reference(org: Org, kind: Sobject, given: Given) -> str | None:
    """What of the client's own is in a record: the value of a custom external id."""
    del org
    return next((str(given[f.name]) for f in kind.fields.values() if f.external_id and given.get(f.name)), None)


def marked(org: Org, kind: Sobject, given: Given, record: Record | None, *, accepted: bool = True) -> Mark:
    """What the journal keeps of a write."""
    return Mark("write", accepted, reference(org, kind, given), None, record.id if record else None)


def create(org: Org, call: Call) -> Answer:
    """POST of one record."""
    kind, given = org.object(call.fields["object"]), body_of(call)
    record = make(org, kind, given)
    return Answer(201, {"id": record.id, "success": True, "errors": []}, marks=[marked(org, kind, given, record)])


def read(org: Org, call: Call) -> Answer:
    """GET of one record, whole or by `fields`."""
    kind = org.object(call.fields["object"])
    record = org.get(kind, call.fields["id"])
    hidden = {name.partition(".")[2] for name in org.hidden if name.startswith(f"{kind.name}.")}
    names = call.listed("fields") or [name for name in kind.fields if name not in hidden]
    return Answer(200, querying.shown(org, record, names, call.fields["version"]))


def update(org: Org, call: Call) -> Answer:
    """PATCH of one record, also under a condition."""
    kind, given = org.object(call.fields["object"]), body_of(call)
    record = org.get(kind, call.fields["id"])
    since = call.headers.get("if-unmodified-since")
    if since and parsedate_to_datetime(since) < _changed(record):
        raise Refusal(412, "PRECONDITION_FAILED", "The record was modified")
    change(org, record, given)
    return Answer(204, marks=[marked(org, kind, given, record)])


def _changed(record: Record) -> datetime:
    return datetime.fromisoformat(record.fields["LastModifiedDate"]).replace(microsecond=0)


def delete(org: Org, call: Call) -> Answer:
    """DELETE of one record."""
    record = org.get(org.object(call.fields["object"]), call.fields["id"])
    org.delete(record)
    return Answer(204, marks=[Mark("write", vendor_id=record.id)])


def read_by_key(org: Org, call: Call) -> Answer:
    """GET by an external id."""
    record = org.by_key(org.object(call.fields["object"]), call.fields["key"], unquote(call.fields["value"]))
    if record is None:
        raise not_found()
    return read(org, replace(call, fields={**call.fields, "id": record.id}))


def upsert(org: Org, call: Call) -> Answer:
    """PATCH by an external id."""
    kind, given = org.object(call.fields["object"]), body_of(call)
    key = call.fields["key"]
    record, created = _upserted(org, kind, key, {**given, key: unquote(call.fields["value"])})
    body = {"id": record.id, "success": True, "errors": [], "created": created}
    return Answer(
        201 if created else 200, body, marks=[marked(org, kind, {**given, key: call.fields["value"]}, record)]
    )


def _upserted(org: Org, kind: Sobject, key: str, given: Given) -> tuple[Record, bool]:
    value = given.get(key)
    if value in (None, ""):
        raise Refusal(400, "MISSING_ARGUMENT", f"{key} not specified")
    record = org.by_key(kind, key, str(value))
    if record is None:
        return make(org, kind, given), True
    change(org, record, {name: each for name, each in given.items() if name != "Id"})
    return record, False


# Collections.

Write = Callable[[Sobject, Given], tuple[Record, dict[str, Json]]]


def collection(org: Org, call: Call) -> Answer:
    """POST (make), PATCH (change) or PATCH below an object and key (upsert) of at most 200 records: rows inside a 200."""
    given = body_of(call)
    records = given.get("records")
    if not isinstance(records, list) or not 0 < len(records) <= MOST:
        raise Refusal(400, "INVALID_INPUT", f"The records list needs 1 to {MOST} records")
    rows: list[Json] = []
    marks: list[Mark] = []
    for each in records:
        kind = org.object(str((each.get("attributes") or {}).get("type") or call.fields.get("object", "")))
        try:
            record, more = _one(org, call, kind, each)
            rows.append({"id": record.id, "success": True, "errors": []} | more)
            marks.append(marked(org, kind, each, record))
        except Refusal as refusal:
            rows.append(refusal.row())
            marks.append(marked(org, kind, each, None, accepted=False))
    return Answer(200, rows, marks=marks)


def _one(org: Org, call: Call, kind: Sobject, given: Given) -> tuple[Record, dict[str, Json]]:
    if "key" in call.fields:
        record, created = _upserted(org, kind, call.fields["key"], given)
        return record, {"created": created}
    if call.method == "POST":
        return make(org, kind, given), {}
    record = org.get(kind, str(given.get("id") or given.get("Id") or ""))
    change(org, record, given)
    return record, {}


def delete_many(org: Org, call: Call) -> Answer:
    """DELETE of several records by id."""
    rows: list[Json] = []
    marks: list[Mark] = []
    for record_id in call.listed("ids"):
        record = org.records.get(record_id)
        if record is None or record.deleted:
            rows.append(Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id").row())
            continue
        org.delete(record)
        rows.append({"id": record_id, "success": True, "errors": []})
        marks.append(Mark("write", vendor_id=record_id))
    return Answer(200, rows, marks=marks)


def composite(call: Call, ask: Callable[[Call], Answer]) -> Answer:
    """At most 25 parts, each a request of its own; references between them are not modelled."""
    parts = body_of(call).get("compositeRequest")
    if not isinstance(parts, list) or not 0 < len(parts) <= MOST_PARTS:
        raise Refusal(400, "INVALID_INPUT", f"compositeRequest needs 1 to {MOST_PARTS} parts")
    answers, marks = [], []
    for part in parts:
        address = urlsplit(str(part.get("url", "")))
        headers = {name.lower(): str(text) for name, text in (part.get("httpHeaders") or {}).items()}
        body = json.dumps(part.get("body") or {}).encode()
        query = tuple(parse_qsl(address.query, keep_blank_values=True))
        answer = ask(Call(str(part.get("method", "GET")), address.path, query, headers, body))
        marks += answer.marks
        answers.append(
            {
                "body": answer.json,
                "httpHeaders": {},
                "httpStatusCode": answer.status,
                "referenceId": str(part.get("referenceId", "")),
            }
        )
    return Answer(200, {"compositeResponse": answers}, marks=marks)


# What the org says of itself.


def described(org: Org, call: Call) -> Answer:
    """An object's fields, as far as its user sees them."""
    kind = org.object(call.fields["object"])
    fields = [_field(each) for each in kind.fields.values() if f"{kind.name}.{each.name}" not in org.hidden]
    more = {"queryable": True, "createable": True, "updateable": True, "replicateable": True}
    return Answer(200, {"name": kind.name, "keyPrefix": kind.prefix, "label": kind.name, "fields": fields, **more})


def _field(each: Field) -> dict[str, Json]:
    return {
        "name": each.name,
        "label": each.name,
        "type": each.type,
        "externalId": each.external_id,
        "idLookup": each.external_id or each.name == "Id",
        "unique": each.unique,
        "nillable": not each.required,
        "createable": each.updateable,
        "updateable": each.updateable,
        "relationshipName": each.relation or None,
        "referenceTo": list(each.refers),
    }


def listed(org: Org, call: Call) -> Answer:
    """All objects."""
    del call
    rows = [{"name": each.name, "keyPrefix": each.prefix, "queryable": True} for each in org.objects.values()]
    return Answer(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": rows})


def deleted(org: Org, call: Call) -> Answer:
    """What was deleted in a span of time, to the minute, whatever became of the rows."""
    kind = org.object(call.fields["object"])
    start, end = (_minute(call.arguments.get(name, "")) for name in ("start", "end"))
    if end <= start:
        raise Refusal(400, "INVALID_REPLICATION_DATE", "startDate before endDate is needed, a minute apart")
    found = [(record_id, at) for name, record_id, at in org.gone if name == kind.name and start <= at <= end]
    rows = [{"id": record_id, "deletedDate": written(at)} for record_id, at in found]
    covered = {"earliestDateAvailable": written(start), "latestDateCovered": written(end)}
    return Answer(200, {"deletedRecords": rows, **covered})


def _minute(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace(" ", "+")).replace(second=0, microsecond=0)
    except ValueError:
        raise Refusal(400, "INVALID_REPLICATION_DATE", "start and end are instants") from None
