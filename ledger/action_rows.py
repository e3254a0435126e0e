"""Actions as rows of the open and closed tables, and what is remembered of them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from canonical.actions import Action, ActionState, HipaaClass, Labels, Purpose, SubjectKind, TcpaClass
from canonical.delivery import LEFT_THE_HOUSE
from canonical.ids import ActionId, ContactPointId, ContentHash, LocationId, PersonId, PracticeId
from canonical.practice import Channel

Row = dict[str, Any]

DECIDED = ("not_before", "message_id", "verdict_id", "attempt_id", "absorbed_by", "claimed_at")
"""Columns that later stages fill. They are emptied when an action is decided anew."""

TOLD_STATES = LEFT_THE_HOUSE | {ActionState.ABANDONED}
"""States in which the person has, or may have, read the message."""

ASKING = frozenset({"6.1", "6.2", "6.3"})
"""Rows that ask somebody for something, and are rationed per person (R54)."""


def written_facts(facts: Mapping[str, str]) -> str:
    """One written form, so that equal facts are equal text."""
    return json.dumps(dict(facts), sort_keys=True, separators=(",", ":"))


def planned_row(action: Action, now: datetime) -> Row:
    """The row of an action that is owed and not yet decided."""
    return attributes(action) | {
        "action_id": action.action_id,
        "step": action.step,
        "row": action.row,
        "subject_kind": action.subject_kind.value,
        "subject_id": action.subject_id,
        "occurrence": action.occurrence,
        "state": ActionState.PLANNED.value,
        "planned_at": now,
        "updated_at": now,
        **dict.fromkeys(DECIDED),
    }


def attributes(action: Action) -> Row:
    """The columns that may change until the claim."""
    return {
        "person_id": action.person_id,
        "contact_point_id": action.contact_point_id,
        "location_id": action.location_id,
        "channel": action.channel.value,
        "command": action.command,
        "purpose": action.labels.purpose.value,
        "hipaa": action.labels.hipaa.value,
        "tcpa": action.labels.tcpa.value,
        "template": action.template,
        "due_at": action.due_at,
        "expires_at": action.expires_at,
        "anchor_at": action.anchor_at,
        "urgent": action.urgent,
        "priority": action.priority,
        "journeys": action.journeys,
        "facts": written_facts(action.facts),
        "fact_seq": int(action.facts.get("seq", "0")),
    }


def action_of(row: Row, practice_id: str) -> Action:
    """The action a row of the open or the closed table describes."""
    return Action(
        action_id=ActionId(row["action_id"]),
        practice_id=PracticeId(practice_id),
        step=row["step"],
        row=row["row"],
        subject_kind=SubjectKind(row["subject_kind"]),
        subject_id=row["subject_id"],
        occurrence=row["occurrence"],
        person_id=PersonId(row["person_id"]) if row["person_id"] else None,
        contact_point_id=ContactPointId(row["contact_point_id"]) if row["contact_point_id"] else None,
        location_id=LocationId(row["location_id"]) if row["location_id"] else None,
        channel=Channel(row["channel"]),
        command=row["command"],
        labels=Labels(purpose=Purpose(row["purpose"]), hipaa=HipaaClass(row["hipaa"]), tcpa=TcpaClass(row["tcpa"])),
        template=row["template"],
        due_at=row["due_at"],
        expires_at=row["expires_at"],
        anchor_at=row["anchor_at"],
        state=ActionState(row["state"]),
        urgent=row["urgent"],
        priority=row["priority"],
        journeys=ContentHash(row["journeys"]),
        facts=json.loads(row["facts"]),
    )


def remembered_row(row: Row, now: datetime) -> Row:
    """What planning must still know of an action that left the open table."""
    facts = json.loads(row["facts"])
    return {
        "subject_id": row["subject_id"],
        "action_id": row["action_id"],
        "step": row["step"],
        "occurrence": row["occurrence"],
        "state": row["state"],
        "anchor_at": row["anchor_at"],
        "tells": facts.get("tells", ""),
        "told_at": row["claimed_at"] if ActionState(row["state"]) in TOLD_STATES else None,
        "location_id": row["location_id"],
        "provider_id": facts.get("provider"),
        "absorbed_by": row["absorbed_by"],
        "carrier_state": None,
        "closed_at": now,
    }


def asked_rows(left: Sequence[Row]) -> list[Row]:
    """Of actions that left the house: what they asked of a person, so that nobody asks again too soon (R54)."""
    return [
        {name: row[name] for name in ("person_id", "action_id", "row")}
        | {"visit_id": row["subject_id"], "asked_at": row["claimed_at"]}
        for row in left
        if row["row"] in ASKING and row["person_id"] and ActionState(row["state"]) in TOLD_STATES
    ]


def carried_row(remembered: Row, carrier: Row, now: datetime) -> Row:
    """What is remembered of an absorbed action when its carrier left the house, or did not and lets go of it.

    Let go of, it belongs to no message: it is told by none, whatever becomes of the carrier later.
    """
    told = ActionState(carrier["state"]) in TOLD_STATES
    settled = told or ActionState(carrier["state"]) in {ActionState.REFUSED, ActionState.DROPPED}
    kept = {name: value for name, value in remembered.items() if name != "seq"}
    return kept | {
        "absorbed_by": remembered["absorbed_by"] if settled else None,
        "carrier_state": carrier["state"],
        "told_at": carrier["claimed_at"] if told else None,
        "closed_at": now,
    }
