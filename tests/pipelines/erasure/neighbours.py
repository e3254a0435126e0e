"""A lead and a patient who share a phone, in every table that holds something of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from canonical.ids import PersonId
from canonical.tasks import Task, TaskKind
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import open_tasks, task_id

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
PHONE, SHARED = "+13055550142", "+13055550100"
Rows = dict[str, list[dict[str, Any]]]


def move_in(store: Store) -> None:
    """Zebulon has asked and written, on a phone of his own and on one he shares with Other, who was here."""
    with store.writing(business_now=NOW) as session:
        live(session, "lead", "Zebulon", "contact", "inquiry", "reply")
        live(session, "patient", "Other", "contact", "inquiry", "reply", "visit")
        _insert(session, _PHONES | _VISIT)


_PHONES: Rows = {
    "contact_points": [
        {"contact_point_id": point, "kind": "phone", "value": value}
        for point, value in (("cp-own", PHONE), ("cp-shared", SHARED))
    ],
    "person_contacts": [
        {"person_id": person, "contact_point_id": point, "rank": 0, "ended": False}
        for person, point in (("p-lead", "cp-own"), ("p-lead", "cp-shared"), ("p-patient", "cp-shared"))
    ],
}
_VISIT: Rows = {
    "visit_versions": [
        {"visit_id": "v-1", "ordinal": 1, "person_id": "p-patient", "record_id": "rec-patient-visit", "status": "booked", "start_at": NOW - timedelta(days=13)}
    ]
}  # fmt: skip


def live(session: Session, who: str, name: str, *records: str) -> None:
    """Somebody with vendor records, an inquiry, a reply, an offer and a reminder."""
    person: dict[str, Any] = {"person_id": f"p-{who}"}
    rows: Rows = {
        "persons": [person | {"first_name": name, "is_patient": False}],
        "raw": [_raw(who, name, record) for record in records],
        "person_links": [person | {"record_id": f"rec-{who}-contact", "undone": False}],
        "inquiries": [person | {"inquiry_id": f"q-{who}", "record_id": f"rec-{who}-inquiry", "received_at": NOW}],
        "replies": [person | {"reply_id": f"re-{who}", "record_id": f"rec-{who}-reply", "received_at": NOW}],
        "open_actions": [
            person | {"action_id": f"a-{who}", "state": "planned", "facts": "{}", "subject_id": f"v-{who}"}
        ],
        "attempts": [
            person | {"attempt_id": f"at-{who}", "action_id": f"a-{who}-treatment", "connection_id": "twilio"}
        ],
    }
    _insert(session, rows)
    for purpose in ("marketing", "treatment"):
        action = f"a-{who}-{purpose}"
        message = {
            "message_id": f"m-{who}-{purpose}",
            "carrier": action,
            "body": f"Hi {name}: {purpose}",
            "rendered_at": NOW,
        }
        _insert(
            session,
            {
                "messages": [person | message],
                "closed_actions": [person | {"action_id": action, "purpose": purpose, "state": "sent"}],
            },
        )


def _raw(who: str, name: str, record: str) -> dict[str, Any]:
    ids = {"raw_id": f"r-{who}-{record}", "record_id": f"rec-{who}-{record}", "vendor_id": f"{who}-1"}
    hashes = {"content_hash": f"{who}{record}", "change_hash": f"{who}{record}"}
    return ids | hashes | {"connection_id": "crm", "stream": record, "body": f"{name} {record}".encode()}


def _insert(session: Session, rows: Rows) -> None:
    for table, some in rows.items():
        session.insert(table, some)


def ask(store: Store, person: str) -> str:
    """The person has written that they want to be forgotten: the id of the task that says so."""
    with store.writing(business_now=NOW) as session:
        wanted = task_id(session.practice_id, TaskKind.DELETION, "re-1")
        task = Task(
            task_id=wanted,
            kind=TaskKind.DELETION,
            subject_id="re-1",
            person_id=PersonId(person),
            title="Somebody asks that their data be deleted",
            due_at=NOW,
            expires_at=NOW + timedelta(days=7),
            opened_at=NOW - timedelta(days=2),
        )
        open_tasks(session, [task])
    return wanted
