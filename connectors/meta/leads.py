"""Lead forms that people filled in: form by form, what came since the last pass."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import msgspec

from canonical.clock import Instant
from canonical.model import Noun
from canonical.problems import RefusalReason, Refused
from canonical.raw import Page, RawRecord
from connectors.kit.access import Access
from connectors.kit.calls import Line
from connectors.kit.exchange import get
from connectors.kit.moments import counted
from connectors.kit.paging import walk
from connectors.kit.shapes import beside, said, told_apart
from connectors.meta import client
from connectors.meta.edges import edge, suspect
from connectors.meta.wire import Checkbox, Form, Forms

CAPABILITY: Final = "pull.leads"
FIELDS: Final = (
    "id,created_time,form_id,ad_id,ad_name,campaign_name,platform,is_organic,field_data,custom_disclaimer_responses"
)
FORM_FIELDS: Final = "id,name,leads_count,expired_leads_count,legal_content{custom_disclaimer}"
PAGE_SIZE: Final = "100"
_TEST: Final = "<test lead: dummy data"
_TICKED: Final = frozenset({"1", "true", "yes", "checked"})


class Cursor(Noun):
    """Where the stream stands."""

    passes: int = 0
    since: Instant | None = None
    """The newest lead of the passes that ended."""
    newest: Instant | None = None
    """The newest lead this pass has met."""
    left: tuple[str, ...] | None = None
    """Forms this pass still has to read, the one it is reading first; None between two passes."""
    done: int = 0
    page: int = 0
    after: str = ""
    read: int = 0
    """Rows this pass has seen of the form it is reading."""


class _Row(msgspec.Struct):
    """What splitting and telling need; the record itself stays as it came."""

    id: Any = None
    created_time: Any = None
    form_id: Any = None
    field_data: Any = None
    custom_disclaimer_responses: Any = None


def leads(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """One pass over all forms, or the rest of one. The last page is `complete`."""
    del now
    calling, overlap = client.line(access), access.manifest.streams[stream].overlap
    forms = {form.id: form for form in _forms(access, calling)}
    at = Cursor.model_validate_json(cursor) if cursor else Cursor()
    if at.left is None:
        at = at.model_copy(update={"left": tuple(forms), "done": 0, "page": 0, "read": 0})
    while at.left:
        page, at = _step(access, calling, forms, at, overlap)
        page = page.model_copy(update={"left": _to_come(forms, at)})
        if at.left:
            yield page.model_copy(update={"cursor": at.model_dump_json()})
        else:
            yield page.model_copy(update={"cursor": _ended(at).model_dump_json(), "complete": True})
            return
    yield Page(cursor=_ended(at).model_dump_json(), complete=True)


def _to_come(forms: Mapping[str, Form], at: Cursor) -> int | None:
    """How many leads a first pass has still to read; None where a form does not say, or more came than it said.

    Later passes ask for what is new, and of that no form tells.
    """
    if at.since is not None:
        return None
    counts = [form.shown if form else None for form in map(forms.get, at.left or ())]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts) or (at.after and known[0] < at.read):
        return None
    return sum(known) - at.read


def _ended(at: Cursor) -> Cursor:
    newest = max((moment for moment in (at.since, at.newest) if moment), default=None)
    return Cursor(passes=at.passes + 1, since=newest)


def _step(
    access: Access, calling: Line, forms: Mapping[str, Form], at: Cursor, overlap: timedelta
) -> tuple[Page, Cursor]:
    left = at.left or ()
    form, origin = left[0], f"form {left[0]}, page {at.page + 1}"
    query = [("fields", FIELDS), ("limit", PAGE_SIZE), *_since(at.since, overlap)]
    found = edge(access, calling, f"{form}/leads", query, CAPABILITY, at.after)
    records, bad = told_apart(
        found.bodies, lambda body: _record(access, forms, body, origin, form), suspect, f"{origin}, row"
    )
    moments = [record.effective_at for record in records if record.effective_at]
    newest = max((moment for moment in (at.newest, *moments) if moment), default=None)
    on: dict[str, Any] = {
        "newest": newest,
        "after": found.after,
        "page": at.page + 1,
        "read": at.read + len(found.bodies),
    }
    if not found.after:
        on |= {"left": left[1:], "page": 0, "done": at.done + 1, "read": 0}
    return Page(records=records, suspects=bad, cursor=""), at.model_copy(update=on)


def _since(since: datetime | None, overlap: timedelta) -> list[tuple[str, str]]:
    if since is None:
        return []
    narrowed = {"field": "time_created", "operator": "GREATER_THAN", "value": int((since - overlap).timestamp())}
    return [("filtering", json.dumps([narrowed], separators=(",", ":")))]


def _forms(access: Access, calling: Line) -> tuple[Form, ...]:
    """The page's forms, or those of them that the connection selects."""
    named = access.connection.select.get("forms", "").replace(",", " ").split()
    url, query = (
        client.resource(access, f"{client.page(access)}/leadgen_forms"),
        [("fields", FORM_FIELDS), ("limit", PAGE_SIZE)],
    )

    def fetch(after: str) -> Forms:
        return calling.read_as(Forms, get(url, [*query, *([("after", after)] if after else [])]), CAPABILITY)

    pages = walk(fetch, "", lambda page: page.paging.token if page.paging else None, access.where(CAPABILITY))
    return tuple(form for page, _ in pages for form in page.data if form.id and (not named or form.id in named))


def _record(
    access: Access, forms: Mapping[str, Form], body: bytes, origin: str, listed_by: str = ""
) -> RawRecord | None:
    """A lead with what is told beside it. `listed_by`: the form whose list showed it, where the lead itself names none."""
    try:
        row = msgspec.json.decode(body, type=_Row)
    except msgspec.MsgspecError:
        return None
    if not said(row.id):
        return None
    form = said(row.form_id) or listed_by
    return RawRecord(
        connection_id=access.connection.connection_id,
        stream="leads",
        vendor_id=said(row.id),
        body=beside(body, "told", _told(row, form, forms.get(form))),
        origin=origin,
        effective_at=counted(row.created_time),
    )


def _told(row: _Row, form_id: str, form: Form | None) -> dict[str, Any]:
    """The answers by name, and each box: ticked or not, and the words that stood beside it (C4)."""
    asked = [each for each in _listed(row.field_data) if isinstance(each, dict)]
    answers = {str(each.get("name", "")).casefold(): _joined(each.get("values")) for each in asked}
    boxes = _boxes(form)
    shown = [each for each in _listed(row.custom_disclaimer_responses) if isinstance(each, dict)]
    ticked = {str(each.get("checkbox_key", "")): each.get("is_checked") for each in shown}
    return {
        "answers": answers,
        "boxes": {key: _said(value, boxes.get(key)) for key, value in ticked.items()},
        "words": {key: boxes[key].text for key in ticked if key in boxes},
        "form": form_id,
        "test": "yes" if any(value.startswith(_TEST) for value in answers.values()) else "",
    }


def _boxes(form: Form | None) -> dict[str, Checkbox]:
    legal = form.legal_content if form else None
    disclaimer = legal.custom_disclaimer if legal else None
    return {box.key: box for box in disclaimer.checkboxes if box.key} if disclaimer else {}


def _listed(written: object) -> list[Any]:
    """A list, also where an edge keeps it under `data`; nothing for anything else."""
    found = written.get("data") if isinstance(written, dict) else written
    return found if isinstance(found, list) else []


def _joined(values: object) -> str:
    several = values if isinstance(values, list) else [values]
    return ", ".join(str(value) for value in several if value is not None)


def _said(value: object, box: Checkbox | None) -> str:
    """A box that was ticked before anybody looked at it is no yes."""
    if str(value).casefold() not in _TICKED:
        return "no"
    return "preticked" if box and box.is_checked_by_default else "yes"


def by_id(access: Access, ids: Sequence[str]) -> tuple[RawRecord, ...]:
    """These leads, with the words of their forms; what is gone, or of a form that is not ours, is left out."""
    if not ids:
        return ()
    calling = client.line(access)
    forms = {form.id: form for form in _forms(access, calling)}
    read = partial(_one, access, calling, forms)
    return tuple(record for each in dict.fromkeys(ids) if each.isdecimal() and (record := read(each)))


def _one(access: Access, calling: Line, forms: Mapping[str, Form], lead: str) -> RawRecord | None:
    try:
        answer = calling.read(get(client.resource(access, lead), [("fields", FIELDS)]), CAPABILITY)
    except Refused as refused:
        if refused.reason is RefusalReason.NOT_FOUND:
            return None
        raise
    record = _record(access, forms, answer.body, "by id")
    selecting = bool(access.connection.select.get("forms"))
    return record if record and (not selecting or _form_of(answer.body) in forms) else None


def _form_of(body: bytes) -> str:
    try:
        return said(msgspec.json.decode(body, type=_Row).form_id)
    except msgspec.MsgspecError:
        return ""
