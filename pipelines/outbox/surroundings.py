"""Everything the ledger knows around some actions, read at once, so that deciding fifty costs little more than one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from canonical.actions import Action, Purpose, SubjectKind
from canonical.consent import Consent, ConsentCategory, ConsentKind, Suppression, SuppressionScope
from canonical.inquiries import InquiryRecord
from canonical.pauses import Pause, PauseScope
from canonical.practice import THREADS, Channel
from ledger.approvals import approved_rules
from ledger.links import Links
from ledger.session import Session
from pipelines.outbox.history import History, read_history
from pipelines.outbox.payment_links import NO_LINKS, read_links

Row = dict[str, Any]


@dataclass(frozen=True)
class Surroundings:
    """Rows by id. A missing id is a fact too: nobody has recorded it."""

    contacts: dict[str, Row]
    persons: dict[str, Row]
    sharers: dict[str, Row]
    consents: dict[str, tuple[Consent, ...]]
    suppressions: dict[str, tuple[tuple[Suppression, str | None], ...]]
    """With the person they are limited to, if any (R26)."""
    visits: dict[str, Row]
    inquiries: dict[str, Row]
    reads: dict[tuple[str, str], datetime | None]
    heard: dict[str, Row]
    answered: dict[tuple[str, str, str], int]
    answered_on: dict[str, tuple[datetime, ...]] = field(default_factory=dict)
    """When inquiries came that a contact point has lately heard an answer to, whoever of its people had asked (R4)."""
    last_words: dict[str, datetime] = field(default_factory=dict)
    """When somebody last wrote in a thread, by contact point (META-01)."""
    pauses: tuple[Pause, ...] = ()
    approved: dict[str, dict[str, str]] = field(default_factory=dict)
    """By action: the rules a person has answered with yes, each with who (R50)."""
    lead_records: dict[str, InquiryRecord] = field(default_factory=dict)
    """What the person wrote, by inquiry: for staff inside covered tools only."""
    tasks: dict[str, Row] = field(default_factory=dict)
    reply_texts: dict[str, Row] = field(default_factory=dict)
    """What somebody wrote back and what it answers, by the task that asks for an answer: for staff inside covered tools only."""
    vendor_ids: dict[tuple[str, str], str] = field(default_factory=dict)
    """A person's id in a connection's vendor, by (person, connection)."""
    history: History = field(default_factory=History)
    """What was said before (R39, R48, R54)."""
    links: Links = NO_LINKS
    """By visit: where its deposit is paid, and since when such a link is being made (row 2.4)."""
    confirmed: dict[tuple[str, int], Row] = field(default_factory=dict)
    """The appointments that a yes is about, by reply and number: connection and vendor's id (row 3.6)."""
    reviews: dict[str, Row] = field(default_factory=dict)
    """The reviews that wait for an answer, by the task that asks for it: connection and vendor's id (row 7.4)."""

    def held_in(self, action: Action) -> str:
        """The connection that holds what an action is about: a confirmed appointment, a review; empty where there is none."""
        held = self.confirmed.get((action.subject_id, action.occurrence)) or self.reviews.get(action.subject_id, {})
        return str(held.get("connection_id", ""))

    def heard_at(self, action: Action) -> datetime | None:
        """When whoever an action goes to last wrote in their thread, as far as we know (META-01)."""
        asked = self.inquiries.get(action.subject_id, {}).get("received_at")
        heard = [at for at in (asked, self.last_words.get(str(action.contact_point_id))) if at]
        return max(heard, default=None)


def read_surroundings(session: Session, actions: Sequence[Action], now: datetime, zone: ZoneInfo) -> Surroundings:
    """Read what deciding `actions` needs. `zone` is the practice's: its hours are those of a surge."""
    contacts = sorted({str(a.contact_point_id) for a in actions if a.contact_point_id})
    persons = sorted({str(a.person_id) for a in actions if a.person_id})
    subjects = sorted({a.subject_id for a in actions})
    inquiries = _by(session.rows("outbox_inquiries", inquiries=subjects), "inquiry_id")
    return Surroundings(
        contacts=_by(session.rows("outbox_contact_points", contact_points=contacts), "contact_point_id"),
        persons=_by(session.rows("outbox_persons", persons=persons), "person_id"),
        sharers=_by(session.rows("outbox_sharers", contact_points=contacts), "contact_point_id"),
        consents=_consents(session.rows("outbox_consents", contact_points=contacts)),
        suppressions=_suppressions(session.rows("outbox_suppressions", contact_points=contacts)),
        visits=_by(session.rows("outbox_visits", visits=subjects), "visit_id"),
        inquiries=inquiries,
        reads={(r["connection_id"], r["stream"]): r["complete_read_at"] for r in session.rows("stream_reads")},
        heard=_by(session.rows("heard_before", contact_points=contacts), "contact_point_id"),
        answered={
            (r["subject_id"], r["channel"], r["event_at"]): r["sent"]
            for r in session.rows("answers_to", subjects=subjects)
        },
        answered_on=_answered_on(session, actions, now),
        pauses=tuple(_pause(row) for row in session.rows("pauses_in_force", now=now)),
        approved=approved_rules(session, (a.action_id for a in actions)),
        history=read_history(session, actions, inquiries, now, zone),
        links=read_links(session, actions),
        last_words=_last_words(session, actions),
        reviews=_reviews(session, actions),
        **_for_staff(session, actions),
    )


def _answered_on(session: Session, actions: Sequence[Action], now: datetime) -> dict[str, tuple[datetime, ...]]:
    """Read only when somebody's inquiry is to be answered."""
    contacts = sorted(
        {
            str(a.contact_point_id)
            for a in actions
            if a.contact_point_id
            and a.subject_kind is SubjectKind.INQUIRY
            and a.labels.purpose is Purpose.REQUESTED_REPLY
        }
    )
    if not contacts:
        return {}
    since = now - timedelta(hours=48)  # an answer is sent within a day, and a question is the same within another
    found: dict[str, list[datetime]] = defaultdict(list)
    for row in session.rows("inquiries_answered_on", contact_points=contacts, since=since):
        if row["anchor_at"]:
            found[row["contact_point_id"]].append(row["anchor_at"])
    return {contact: tuple(times) for contact, times in found.items()}


def _last_words(session: Session, actions: Sequence[Action]) -> dict[str, datetime]:
    """Read only when something is to be said in a thread."""
    contacts = sorted({str(a.contact_point_id) for a in actions if a.contact_point_id and a.channel in THREADS})
    rows = session.rows("last_words", contact_points=contacts) if contacts else []
    return {row["contact_point_id"]: row["received_at"] for row in rows}


def _reviews(session: Session, actions: Sequence[Action]) -> dict[str, Row]:
    """Read only when a review is to be answered."""
    tasks = sorted({a.subject_id for a in actions if a.channel is Channel.REVIEW_REPLY})
    return _by(session.rows("outbox_reviews", tasks=tasks), "task_id") if tasks else {}


def _for_staff(session: Session, actions: Sequence[Action]) -> dict[str, Any]:
    """What tasks and leads are filled with; read only when there are any."""
    internal = [a for a in actions if a.labels.purpose is Purpose.INTERNAL]
    if not internal:
        return {}
    subjects = sorted({a.subject_id for a in internal})
    persons = sorted({str(a.person_id) for a in internal if a.person_id})
    records = session.rows("outbox_inquiry_records", inquiries=subjects)
    known = session.rows("outbox_vendor_ids", persons=persons)
    return {
        "lead_records": {row["inquiry_id"]: InquiryRecord.model_validate_json(row["body"]) for row in records},
        "tasks": _by(session.rows("outbox_tasks", tasks=subjects), "task_id"),
        "reply_texts": _by(session.rows("outbox_reply_texts", tasks=subjects), "task_id"),
        "vendor_ids": {(row["person_id"], row["connection_id"]): row["vendor_id"] for row in known},
        "confirmed": {(row["reply_id"], row["nth"]): row for row in session.rows("outbox_confirmed", replies=subjects)},
    }


def _by(rows: list[Row], key: str) -> dict[str, Row]:
    return {row[key]: row for row in rows}


def _consents(rows: list[Row]) -> dict[str, tuple[Consent, ...]]:
    found: dict[str, list[Consent]] = defaultdict(list)
    for row in rows:
        consent = Consent(**row | {"category": ConsentCategory(row["category"]), "kind": ConsentKind(row["kind"])})
        found[row["contact_point_id"]].append(consent)
    return {contact: tuple(consents) for contact, consents in found.items()}


def _suppressions(rows: list[Row]) -> dict[str, tuple[tuple[Suppression, str | None], ...]]:
    found: dict[str, list[tuple[Suppression, str | None]]] = defaultdict(list)
    for row in rows:
        person = row.pop("person_id")
        found[row["contact_point_id"]].append((Suppression(**row | {"scope": SuppressionScope(row["scope"])}), person))
    return {contact: tuple(suppressions) for contact, suppressions in found.items()}


def _pause(row: Row) -> Pause:
    return Pause(**row | {"scope": PauseScope(row["scope"])})
