"""Appointments, the people in them, clients and forms: whole windows of days, because Acuity does not say what changed."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from canonical.problems import RefusalReason, Refused
from canonical.raw import Page, RawRecord, Suspect
from connectors.acuity import client
from connectors.acuity.rows import FORMS, OF_THE_APPOINTMENT, Row, added, answers, row_of, rows_of, unidentified
from connectors.acuity.windows import Calendars, Cursor
from connectors.kit.access import Access
from connectors.kit.exchange import get
from connectors.kit.registry import Again, Pull

APPOINTMENTS: Final = "appointments"
GIVEN: Final = "datetimeCreated"
CONSENTS: Final = "consent_fields"
"""The setting that names questions of a form: `sms=1234, marketing=1235, email=1236, photo=1237`."""
KNOWN_CONSENTS: Final = frozenset({"sms", "marketing", "email", "photo"})

Make = Callable[[Access, Row, str], RawRecord | None]
"""A record out of a row, or None where the row holds none of that stream."""


def appointment(access: Access, row: Row, origin: str) -> RawRecord | None:
    """The row itself, less what somebody answered on a form."""
    body = row.without(FORMS) if row.forms else row.body
    full = added(body, client_key=row.client_key, label=row.label)
    return row.record(access, APPOINTMENTS, row.text("id"), full, origin)


def guest(access: Access, row: Row, origin: str) -> RawRecord | None:
    """The person an appointment names, and when it was made: that is when they gave their phone (R33).

    Not everybody in a calendar is on the list of clients with the same phone.
    """
    body = added(row.without(FORMS | OF_THE_APPOINTMENT - {GIVEN}), client_key=row.client_key)
    return row.record(access, "guests", row.client_key, body, origin) if row.client_key else None


def intake(access: Access, row: Row, origin: str) -> RawRecord | None:
    """Whether an appointment's forms were filled in, and what was agreed to on them; no other answer."""
    if not row.forms:
        return None
    told = dict(answers(row))
    agreed = {f"consent_{name}": told.get(field, "") for name, field in consent_fields(access)}
    body = added(
        row.without(FORMS | OF_THE_APPOINTMENT - {"id", GIVEN}),
        client_key=row.client_key,
        form_ids=[form.get("id") for form in row.forms],
        answered="yes" if any(told.values()) else "no",
        **agreed,
    )
    return row.record(access, "intakes", row.text("id"), body, origin)


def consent_fields(access: Access) -> tuple[tuple[str, str], ...]:
    """Which question of the practice's forms asks for which consent, as its settings say."""
    pairs = (part.partition("=") for part in access.setting(CONSENTS).replace(",", " ").split())
    return tuple((name, field) for name, _, field in pairs if name in KNOWN_CONSENTS and field)


OUT_OF_A_ROW: Final[dict[str, Make]] = {APPOINTMENTS: appointment, "guests": guest, "intakes": intake}


def windows(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """All appointments from days ago to months ahead, window by window. The last page is `complete`."""
    begun = Cursor.model_validate_json(cursor) if cursor else Cursor()
    # Answers are asked for only where somebody wants to know whether there are any.
    more = () if stream == "intakes" else (("excludeForms", "true"),)
    seen: set[str] = set()
    for window, at, done in Calendars(access, f"pull.{stream}", more).windows(begun, now):
        records, suspects = _made(access, stream, window.rows, f"days from {window.since}", seen)
        if records or suspects or window.suspects or done:
            yield Page(
                records=records,
                suspects=(*window.suspects, *suspects),
                cursor=at.model_dump_json(),
                complete=done,
                share=window.share,
            )


def _made(
    access: Access, stream: str, rows: Sequence[Row], origin: str, seen: set[str]
) -> tuple[tuple[RawRecord, ...], tuple[Suspect, ...]]:
    """The records of some rows. One that was seen in this pass already (moved meanwhile, or the same person) is not repeated."""
    records: dict[str, RawRecord] = {}
    suspects: list[Suspect] = []
    for row in rows:
        if not row.text("id").isdecimal():
            suspects.append(unidentified(row, origin))
            continue
        record = OUT_OF_A_ROW[stream](access, row, origin) if _is_ours(access, row) else None
        if record and record.vendor_id not in seen:
            seen.add(record.vendor_id)
            records[record.vendor_id] = record
    return tuple(records.values()), tuple(suspects)


def _is_ours(access: Access, row: Row) -> bool:
    wanted = client.named_calendars(access)
    return not wanted or row.text("calendarID") in wanted


def clients(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """The whole list in one answer: it has no pages. On a shared account it says of nobody whose client it is."""
    del now
    begun = Cursor.model_validate_json(cursor) if cursor else Cursor()
    where = access.where(f"pull.{stream}")
    answer = client.line(access).read(get(client.resource(access, "/clients")), f"pull.{stream}")
    rows, suspects = rows_of(answer.body, where, stream)
    found = {
        row.client_key: row.record(
            access, stream, row.client_key, added(row.body, client_key=row.client_key), f"client {at}"
        )
        for at, row in enumerate(rows, 1)
        if row.client_key
    }
    nobody = tuple(unidentified(row, stream) for row in rows if not row.client_key)
    yield Page(
        records=tuple(found.values()),
        suspects=(*suspects, *nobody),
        cursor=begun.ended().model_dump_json(),
        complete=True,
    )


def by_id(access: Access, stream: str, ids: Sequence[str], now: datetime) -> tuple[RawRecord, ...]:
    """These appointments as they are now, and whoever and whatever else is in them of the streams this connection reads."""
    del now
    found: list[RawRecord] = []
    for each in ids:
        row = _appointment(access, stream, each)
        if row is not None and _is_ours(access, row):
            wanted = [name for name in OUT_OF_A_ROW if name == stream or name in access.connection.streams]
            made = (OUT_OF_A_ROW[name](access, row, f"appointment {each}") for name in wanted)
            found += [record for record in made if record]
    return tuple(found)


def _appointment(access: Access, stream: str, appointment_id: str) -> Row | None:
    if not appointment_id.isdecimal():
        return None
    request = get(client.resource(access, f"/appointments/{appointment_id}"))
    try:
        answer = client.line(access).read(request, f"pull.{stream}")
    except Refused as refused:
        if refused.reason is RefusalReason.NOT_FOUND:
            return None
        raise
    row = row_of(answer.body)
    return row if row and row.text("id") == appointment_id else None


STREAMS: Final[dict[str, Pull]] = {APPOINTMENTS: windows, "guests": windows, "intakes": windows, "clients": clients}
BY_ID: Final[dict[str, Again]] = {APPOINTMENTS: by_id}
