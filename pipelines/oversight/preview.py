"""What would be said, as it would be said: the first twenty of many, for whoever must say yes (R44, R50)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from canonical.actions import Action
from ledger.action_rows import action_of
from ledger.session import Session
from pipelines.messages.compose import TemplateMissing
from pipelines.outbox.surroundings import Surroundings, read_surroundings
from pipelines.outbox.texts import speaks, text_for
from pipelines.outbox.workbench import Workbench

SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """One message that has not been sent."""

    action_id: str
    row: str
    channel: str
    person_id: str
    contact: str
    """In full; whoever shows it hides what need not be seen."""
    due_at: datetime
    body: str
    segments: int


def preview(session: Session, action_ids: Sequence[str], bench: Workbench, now: datetime) -> list[Preview]:
    """The first of some open actions, rendered; what has left the open table is left out."""
    rows = session.rows("open_actions_by_id", ids=list(action_ids)) if action_ids else []
    first = sorted(rows, key=lambda row: (row["due_at"], row["action_id"]))[:SHOWN]
    return rendered(session, [action_of(row, session.practice_id) for row in first], bench, now)


def rendered(session: Session, actions: Sequence[Action], bench: Workbench, now: datetime) -> list[Preview]:
    """Some actions with their texts, whether or not the ledger has them."""
    around = read_surroundings(session, actions, now, bench.zone)
    return [_rendered(action, around, bench) for action in actions]


def _rendered(action: Action, around: Surroundings, bench: Workbench) -> Preview:
    body, segments = "", 0
    if speaks(action):
        try:
            said = text_for([action], around, bench)
        except TemplateMissing as missing:
            body = str(missing)
        else:
            body, segments = said.body, said.segments
    contact = around.contacts.get(str(action.contact_point_id), {})
    return Preview(
        action_id=action.action_id,
        row=action.row,
        channel=action.channel.value,
        person_id=str(action.person_id or ""),
        contact=str(contact.get("value") or ""),
        due_at=action.due_at,
        body=body,
        segments=segments,
    )
