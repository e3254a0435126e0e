"""Rows become the facts that policy may ask: each known, or said to be unknown."""

from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from canonical.actions import Action, Purpose, SubjectKind
from canonical.agreements import Agreement
from canonical.people import ContactKind, PersonFlag
from canonical.plan import Anchor
from canonical.practice import THREADS, Channel
from canonical.visits import CompletionGrade
from pipelines.outbox.history import sent_facts
from pipelines.outbox.pushes import push_facts
from pipelines.outbox.route import Way
from pipelines.outbox.selling import campaign_facts, mailing_facts, profile_facts, screening_facts
from pipelines.outbox.surroundings import Surroundings
from pipelines.outbox.texts import Said
from pipelines.outbox.workbench import Workbench
from pipelines.policy.facts import (
    NOTHING,
    UNKNOWN,
    Facts,
    Freshness,
    Guardian,
    Invitation,
    Ledger,
    Occasion,
    Permission,
    Programme,
    Recipient,
    Route,
    Row,
    Text,
    Thread,
    Unknown,
)
from pipelines.policy.places import states_of_phone, zones_of_phone, zones_of_state

_AFTER_THE_VISIT = ("5", "6")
_SAME_DAY = timedelta(hours=24)
"""Two inquiries of one phone that came no further apart hear one answer (R4)."""
_TRIGGER_ROWS = ("1", "7", "2.1", "2.5", "2.6", "2.7", "2.8", "4.4", "6.4")


def facts_for(
    action: Action,
    around: Surroundings,
    bench: Workbench,
    *,
    way: Way | None,
    said: Said | None,
    ledger: Ledger,
    now: datetime,
) -> Facts:
    """The facts of one action at one instant."""
    practice, permission = bench.config.practice, _permission(action, around, bench, now)
    return Facts(
        demo=practice.demo,
        practice_name=practice.name,
        practice_state=practice.state,
        today=now.astimezone(bench.zone).date(),
        route=_route(way, bench),
        recipient=_recipient(action, around, bench),
        permission=permission,
        freshness=_freshness(action, around, bench),
        text=said.text if said else Text(),
        occasion=_occasion(action, around, bench),
        row=_row(action, around, bench),
        ledger=ledger,
        programme=_programme(action, around),
        pauses=tuple(pause for pause in around.pauses),
        approved=around.approved.get(action.action_id, {}),
        subject_linked=_is_linked(action, around),
        thread=_thread(action, around),
        campaign=campaign_facts(action, practice),
        screening=screening_facts(action, permission, bench.config.policy.number_screening, now, bench.zone),
        profile=profile_facts(action, practice),
        mailing=mailing_facts(action, way, practice),
        guardian=_guardian(action, around),
        invitation=_invitation(action, around, bench),
        sent=sent_facts(action, around.history, _form(action, around), now, bench.zone),
        surge=around.history.surge,
        push=push_facts(action, way, bench),
    )


def _route(way: Way | None, bench: Workbench) -> Route:
    if way is None:
        return Route(vendor=NOTHING, product=NOTHING, agreement=None)
    vendor = way.connection.vendor
    agreement: Agreement | None = bench.config.agreements.find(vendor, way.product)
    latency = bench.config.policy.vendor_max_latency.get(vendor)
    return Route(
        vendor=vendor,
        product=way.product,
        agreement=agreement,
        sender=way.sender,
        **({"max_latency": latency} if latency else {}),
    )


def _recipient(action: Action, around: Surroundings, bench: Workbench) -> Recipient:
    contact = around.contacts.get(str(action.contact_point_id), {})
    person = around.persons.get(str(action.person_id), {})
    zone, source = _zone(action, person, bench)
    phone = str(contact.get("value", "")) if contact.get("kind") == ContactKind.PHONE else ""
    return Recipient(
        contact_point_id=str(action.contact_point_id or ""),
        kind=ContactKind(contact["kind"]) if contact else None,
        brand=bench.config.practice.brand,
        zone=zone,
        zone_source=source,
        address_state=person.get("address_state") or UNKNOWN,
        location_state=place.state if (place := bench.config.practice.location(action.location_id)) else UNKNOWN,
        area_code_states=states_of_phone(phone) if phone else UNKNOWN,
        area_code_zones=zones_of_phone(phone) if phone else (),
        textable=UNKNOWN if contact.get("textable") is None else bool(contact["textable"]),
        line_type=contact.get("line_type") or UNKNOWN,
        in_north_america=not phone or phone.startswith("+1"),
        flags=_flags(person),
        flagged_on=person["flagged_at"].astimezone(bench.zone).date() if person.get("flagged_at") else None,
    )


def _flags(person: dict[str, Any]) -> tuple[PersonFlag, ...]:
    return tuple(PersonFlag(flag) for flag in str(person.get("flags") or "").split(",") if flag)


def _is_linked(action: Action, around: Surroundings) -> bool:
    """Whether what leaves says anything about a patient (BAA-01).

    An answer in the thread of somebody who is no patient here goes back to where they wrote, and META-03 keeps everything out
    of it that is not the practice's own. Of a patient, that we write at all says something. A review is nobody's we know
    (M4), and its answer says nothing about anybody (REV-06).
    """
    if action.channel is Channel.REVIEW_REPLY:
        return False
    person = around.persons.get(str(action.person_id))
    return action.channel not in THREADS or person is None or bool(person["is_patient"])


def _thread(action: Action, around: Surroundings) -> Thread:
    """The conversation a direct message goes into. What we say there is a fixed text that no person sends (META-02, AI-02)."""
    if action.channel not in THREADS:
        return Thread()
    answered = bool(around.heard.get(str(action.contact_point_id), {}).get("ever", 0))
    return Thread(last_inbound_at=around.heard_at(action), first_message=not answered, actor="automation")


def _guardian(action: Action, around: Surroundings) -> Guardian:
    person = around.persons.get(str(action.person_id), {})
    return Guardian(birth_date=person.get("birth_date"), contact_point_id=person.get("guardian_contact_point_id") or "")


def _invitation(action: Action, around: Surroundings, bench: Workbench) -> Invitation:
    """Who is asked for a review, and what happened before. Nothing of it knows the score (REV-05)."""
    if action.labels.purpose is not Purpose.REVIEW_REQUEST:
        return Invitation()
    practice, person = bench.config.practice, str(action.person_id)
    visit, contact = around.visits.get(action.subject_id), around.contacts.get(str(action.contact_point_id), {})
    flags = _flags(around.persons.get(person, {}))
    works_here = PersonFlag.STAFF in flags or contact.get("value") in (*practice.staff_phones, *practice.on_call)
    others = [
        row["invited_at"] for row in around.history.invited.get(person, ()) if row["visit_id"] != action.subject_id
    ]
    return Invitation(
        relationship="staff" if works_here else "",
        last_invited_at=max(others, default=None),
        visit_finished=UNKNOWN if visit is None else visit["completion"] != CompletionGrade.NONE,
        complaint_since=around.history.complaints.get(person),
    )


def _form(action: Action, around: Surroundings) -> str:
    """The form somebody asked through."""
    return str(around.inquiries.get(action.subject_id, {}).get("connection_id") or "")


def _zone(
    action: Action, person: dict[str, Any], bench: Workbench
) -> tuple[str | Unknown, Literal["address", "location", ""]]:
    """Patient address, else the appointment's location, else unknown: no location at all (R31).

    Of an address often only the state is known. One that has the location's zone too says nothing against it.
    """
    if person.get("zone"):
        return str(person["zone"]), "address"
    place = bench.config.practice.location(action.location_id)
    zones = zones_of_state(str(person.get("address_state") or ""))
    if zones and (place is None or place.zone not in zones):
        return zones[0], "address"
    return (place.zone, "location") if place else (UNKNOWN, "")


def _permission(action: Action, around: Surroundings, bench: Workbench, now: datetime) -> Permission:
    contact, brand = str(action.contact_point_id or ""), bench.config.practice.brand
    if not contact:
        return Permission(consents=(), suppressions=(), checked_at=now)
    suppressions = around.suppressions.get(contact, ())
    return Permission(
        consents=tuple(c for c in around.consents.get(contact, ()) if c.brand == brand),
        suppressions=tuple(s for s, person in suppressions if s.brand == brand and person in (None, action.person_id)),
        checked_at=now,
    )


def _freshness(action: Action, around: Surroundings, bench: Workbench) -> Freshness:
    step = bench.config.journeys.step(action.step)
    row = around.visits.get(action.subject_id) if action.subject_kind is SubjectKind.VISIT else None
    if row is None:
        return Freshness(max_age=step.max_age, read_at=UNKNOWN)
    stream = (row["connection_id"], row["stream"])
    by_webhook = str(row.get("origin") or "").startswith("webhook")
    return Freshness(
        stream=f"{stream[0]}/{stream[1]}",
        read_at=around.reads.get(stream),
        webhook_at=row.get("arrived_at") if by_webhook else None,
        max_age=bench.stream_max_age(*stream) or step.max_age,
    )


def _occasion(action: Action, around: Surroundings, bench: Workbench) -> Occasion:
    asked = action.labels.purpose in {Purpose.REQUESTED_REPLY, Purpose.OPT_OUT_CONFIRMATION}
    if not asked:
        scored = bench.config.journeys.step(action.step).anchor is Anchor.VISIT_SCORED
        return Occasion(answered_at=action.due_at if scored else None)
    inquiry = around.inquiries.get(action.subject_id, {})
    visit = around.visits.get(action.subject_id, {})
    said = action.facts.get("event_at", "")
    at = _instant(said) or inquiry.get("received_at") or visit.get("booked_at")
    sent = around.answered.get((action.subject_id, str(action.channel), said), 0)
    if action.anchor_at and action.anchor_at == inquiry.get("received_at"):
        heard = around.answered_on.get(str(action.contact_point_id), ())
        sent = max(sent, sum(abs(came - action.anchor_at) <= _SAME_DAY for came in heard))
    confirming = action.labels.purpose is Purpose.OPT_OUT_CONFIRMATION
    return Occasion(
        event_id=action.subject_id,
        event_at=at,
        replies_sent=0 if confirming else sent,
        confirmations_sent=sent if confirming else 0,
        revoked_at=at if confirming else None,
    )


def _instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _row(action: Action, around: Surroundings, bench: Workbench) -> Row:
    step = bench.config.journeys.step(action.step)
    trigger = action.row.startswith(_TRIGGER_ROWS)
    after = action.row.startswith(_AFTER_THE_VISIT) and not trigger
    visit = around.visits.get(action.subject_id, {})
    ended = visit.get("end_at") or visit.get("start_at")  # many tools do not say when a visit ends
    fact = around.inquiries.get(action.subject_id, {}).get("received_at") or _vendor_time(action, visit)
    return Row(
        owner=step.owner,
        live_from=step.live_from,
        trigger=trigger,
        after_visit=after,
        fact_at=ended if after else fact if trigger else action.due_at,
    )


def _vendor_time(action: Action, visit: dict[str, Any]) -> datetime | None:
    """When the vendor says the trigger happened: the booking for 2.5, the change for 2.7 and 2.8."""
    if action.facts.get("event_at"):
        return _instant(action.facts["event_at"])
    return visit.get("booked_at") if action.row == "2.5" else visit.get("changed_at")


def _programme(action: Action, around: Surroundings) -> Programme:
    heard = around.heard.get(str(action.contact_point_id), {})
    return Programme(first_message=not heard.get("ever", 0))


def local_time(facts: Facts, now: datetime) -> str:
    """The recipient's wall time with its zone, as an officer needs it; empty without a zone."""
    zone = facts.recipient.zone
    if isinstance(zone, Unknown):
        return ""
    return now.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z") + f" ({zone})"
