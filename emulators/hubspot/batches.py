"""POST …/batch/…: up to 100 inputs, sometimes a mixed result."""

from collections import Counter
from collections.abc import Callable, Sequence

from emulators.hubspot.asking import Ask, Item, look_up, mark
from emulators.hubspot.kinds import Kind
from emulators.hubspot.problems import Refusal, invalid
from emulators.hubspot.records import Record
from emulators.hubspot.rendering import shown, written
from emulators.hubspot.writing import Commit, prepare_create, prepare_update, prepare_upsert
from emulators.kit.clock import iso
from emulators.kit.exchange import Answer, Json, Mark

MOST_INPUTS = 100
Prepare = Callable[[Item], tuple[Commit, dict[str, Json]]]


def read(ask: Ask) -> Answer:
    """batch/read: 207 with one error row for everything that was not found."""
    kind, inputs, body = ask.kind(), ask.inputs(MOST_INPUTS), ask.body()
    name, wants_archived = body.get("idProperty") or "hs_object_id", ask.flag("archived")
    found: list[Record] = []
    missing: list[str] = []
    for each in inputs:
        record = look_up(ask.portal, kind, name, str(each.get("id")))
        if record is None or (record.archived is not None) != wants_archived:
            missing.append(str(each.get("id")))
        elif record not in found:
            found.append(record)
    asked, history = body.get("properties") or (), body.get("propertiesWithHistory") or ()
    rows = [shown(ask.portal, record, asked, history=history) for record in found]
    message = f"Could not get some {kind.singular.upper()} objects, they may be deleted or not exist."
    error = Refusal(404, "OBJECT_NOT_FOUND", message).in_batch({"ids": missing})
    return complete(ask, rows, [error] if missing else [])


def create(ask: Ask) -> Answer:
    """batch/create: all or nothing, unless every input carries an objectWriteTraceId."""
    kind, inputs = ask.kind(), ask.inputs(MOST_INPUTS)
    tolerant = all(each.get("objectWriteTraceId") for each in inputs)
    return _write(ask, kind, lambda item: (prepare_create(ask.portal, kind, item), {}), tolerant=tolerant, status=201)


def update(ask: Ask) -> Answer:
    """batch/update."""
    kind, inputs = ask.kind(), ask.inputs(MOST_INPUTS)
    tolerant = all(each.get("objectWriteTraceId") for each in inputs)
    return _write(ask, kind, lambda item: (prepare_update(ask.portal, kind, item), {}), tolerant=tolerant)


def upsert(ask: Ask) -> Answer:
    """batch/upsert by `idProperty`: rows say whether they are `new`; 207 when only some could be written."""
    kind = ask.kind()

    def prepare(item: Item) -> tuple[Commit, dict[str, Json]]:
        commit, new = prepare_upsert(ask.portal, kind, item)
        return commit, {"new": new}

    return _write(ask, kind, prepare, tolerant=True)


def archive(ask: Ask) -> Answer:
    """batch/archive: 204 whatever the ids."""
    shelf = ask.portal.shelves[ask.kind().name]
    marks = []
    for each in ask.inputs(MOST_INPUTS):
        record = shelf.get(str(each.get("id")))
        if record is not None:
            ask.portal.archive(record)
        marks.append(Mark("write", vendor_id=str(each.get("id"))))
    return Answer(204, marks=marks)


def complete(ask: Ask, rows: Sequence[Json], errors: Sequence[Json], status: int = 200) -> Answer:
    """The frame of a batch answer."""
    now = iso(ask.portal.clock.now())
    answer: dict[str, Json] = {"status": "COMPLETE", "results": list(rows), "startedAt": now, "completedAt": now}
    if errors:
        answer |= {"numErrors": len(errors), "errors": list(errors)}
    return Answer(207 if errors else status, answer)


def _write(ask: Ask, kind: Kind, prepare: Prepare, *, tolerant: bool, status: int = 200) -> Answer:
    inputs = ask.inputs(MOST_INPUTS)
    _no_duplicates(inputs)
    ready: list[tuple[Item, Commit, dict[str, Json]]] = []
    errors: list[Json] = []
    marks: list[Mark] = []
    first: Refusal | None = None
    for item in inputs:
        try:
            ready.append((item, *prepare(item)))
        except Refusal as refusal:
            first = first or refusal
            errors.append(refusal.in_batch(_context(item)))
            marks.append(mark(ask.portal, kind, item, accepted=False))
    if first is not None and (not tolerant or not ready):
        raise first
    rows = []
    for item, commit, more in ready:
        record = commit()
        rows.append(written(ask.portal, record, list(item.get("properties") or {})) | more | _trace(item))
        marks.append(mark(ask.portal, kind, item, record_id=record.id))
    answer = complete(ask, rows, errors, status)
    answer.marks = marks
    return answer


def _trace(item: Item) -> dict[str, Json]:
    return {"objectWriteTraceId": item["objectWriteTraceId"]} if item.get("objectWriteTraceId") else {}


def _context(item: Item) -> dict[str, list[str]]:
    named = {"objectWriteTraceId": item.get("objectWriteTraceId"), "ids": item.get("id")}
    return {name: [str(value)] for name, value in named.items() if value}


def _no_duplicates(inputs: Sequence[Item]) -> None:
    ids = Counter(str(each["id"]).lower() for each in inputs if each.get("id"))
    emails = Counter(str((each.get("properties") or {}).get("email") or "").lower() for each in inputs)
    twice = [value for counted in (ids, emails) for value, times in counted.items() if value and times > 1]
    if twice:
        raise invalid(f"Duplicate IDs found in batch input: {twice}. IDs must be unique")
