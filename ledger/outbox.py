"""Verdicts, messages, attempts and outcomes, as rows. What they mean is the outbox's business."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from canonical.actions import Action, Command, Message, Verdict
from canonical.ids import ActionId, AttemptId, PersonId
from ledger.session import Session


def record_verdicts(session: Session, verdicts: Sequence[Verdict]) -> None:
    """Keep verdicts with every rule's answer. Rules that did not apply are kept by name only: they are the most."""
    session.insert("verdicts", [_verdict_row(verdict) for verdict in verdicts])


def _verdict_row(verdict: Verdict) -> dict[str, object]:
    answers = [answer.model_dump(mode="json", exclude_defaults=True) for answer in verdict.answers]
    return verdict.model_dump(mode="python", exclude={"answers"}) | {
        "outcome": verdict.outcome.value,
        "answers": json.dumps(answers, separators=(",", ":"), sort_keys=True),
    }


def record_message(session: Session, message: Message, person_id: PersonId | None, now: datetime) -> None:
    """Keep the rendered text under its id. Subject and body are erasable; the audit holds neither."""
    row = message.model_dump(mode="python", exclude={"subject", "body", "carries", "rewrites"})
    session.insert(
        "messages",
        [
            row
            | {
                "channel": message.channel.value,
                "subject": message.subject.get_secret_value(),
                "body": message.body.get_secret_value(),
                "carries": ",".join(message.carries),
                "rewrites": ",".join(message.rewrites),
                "person_id": person_id,
                "rendered_at": now,
            }
        ],
    )


@dataclass(frozen=True, slots=True)
class Ticket:
    """An attempt as the ledger holds it. `pipelines.outbox.deliver` makes a licence to send of it once it is committed."""

    attempt_id: AttemptId
    action_id: ActionId
    command: Command
    claimed_at: datetime
    lease_until: datetime
    """Machine time."""


def record_claim(session: Session, ticket: Ticket, action: Action, message_id: str | None, verdict_id: str) -> None:
    """Keep the attempt, and keep it open until its outcome is known."""
    command = ticket.command
    shared = {
        "attempt_id": ticket.attempt_id,
        "action_id": ticket.action_id,
        "connection_id": command.connection_id,
        "vendor": command.vendor,
        "lease_until": ticket.lease_until,
    }
    session.insert(
        "attempts",
        [
            shared
            | {
                "message_id": message_id,
                "product": command.product,
                "command": command.payload.kind,
                "contact_point_id": action.contact_point_id,
                "person_id": action.person_id,
                "claimed_at": ticket.claimed_at,
                "verdict_id": verdict_id,
            }
        ],
    )
    session.insert("open_attempts", [shared])


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What became of an attempt."""

    attempt_id: str
    outcome: str
    how: str
    """answer, lease, look_up, callback, person."""
    vendor_id: str = ""
    code: str = ""
    reason: str = ""


def record_outcome(session: Session, outcome: OutcomeRow, now: datetime) -> None:
    """Append the outcome; an ambiguous attempt stays open, any other is closed."""
    session.insert(
        "attempt_outcomes",
        [
            {
                "attempt_id": outcome.attempt_id,
                "outcome": outcome.outcome,
                "how": outcome.how,
                "vendor_id": outcome.vendor_id,
                "code": outcome.code,
                "reason": outcome.reason,
                "happened_at": now,
            }
        ],
    )
    if outcome.outcome == "ambiguous":
        session.run("mark_ambiguous", attempt_id=outcome.attempt_id, now=now)
    else:
        session.run("close_attempt", attempt_id=outcome.attempt_id)


def holds_claim(session: Session, attempt_id: str) -> bool:
    """Whether the attempt is claimed here and has no outcome yet: without that, nothing may be sent."""
    return session.one("held_attempt", attempt_id=attempt_id) is not None
