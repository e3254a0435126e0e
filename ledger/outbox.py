"""Verdicts, messages, attempts and outcomes, as rows. What they mean is the outbox's business."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from canonical.actions import Action, Answer, Command, Message, Verdict
from canonical.ids import ActionId, AttemptId, PersonId
from ledger.lists import listed
from ledger.session import Session


def record_verdicts(session: Session, verdicts: Sequence[Verdict]) -> None:
    """Keep verdicts with every rule's answer. Rules that did not apply are kept by name only: they are the most."""
    session.insert("verdicts", [_verdict_row(verdict) for verdict in verdicts])


def _verdict_row(verdict: Verdict) -> dict[str, object]:
    return verdict.model_dump(mode="python", exclude={"answers"}) | {
        "outcome": verdict.outcome.value,
        "answers": f"[{','.join(map(_written, verdict.answers))}]",
    }


@lru_cache(maxsize=1024)
def _written(answer: Answer) -> str:
    """As JSON. Most answers of a verdict are the same few: a rule's plain yes, or its silence."""
    return json.dumps(answer.model_dump(mode="json", exclude_defaults=True), separators=(",", ":"), sort_keys=True)


def record_messages(session: Session, messages: Sequence[tuple[Message, PersonId | None]], now: datetime) -> None:
    """Keep rendered texts, each with the person it is for. Subject and body are erasable; the audit holds neither."""
    session.insert("messages", [_message_row(message, person_id, now) for message, person_id in messages])


def _message_row(message: Message, person_id: PersonId | None, now: datetime) -> dict[str, object]:
    row = message.model_dump(mode="python", exclude={"subject", "body", "carries", "rewrites"})
    return row | {
        "channel": message.channel.value,
        "subject": message.subject.get_secret_value(),
        "body": message.body.get_secret_value(),
        "carries": ",".join(message.carries),
        "rewrites": ",".join(message.rewrites),
        "person_id": person_id,
        "rendered_at": now,
    }


@dataclass(frozen=True, slots=True)
class Ticket:
    """An attempt as the ledger holds it. `pipelines.outbox.deliver` makes a licence to send of it once it is committed."""

    attempt_id: AttemptId
    action_id: ActionId
    command: Command
    claimed_at: datetime
    lease_until: datetime
    """Machine time."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A ticket with what it was taken for."""

    ticket: Ticket
    action: Action
    message_id: str | None
    verdict_id: str

    @property
    def shared(self) -> dict[str, object]:
        """What the attempt and its open row both hold."""
        return {
            "attempt_id": self.ticket.attempt_id,
            "action_id": self.ticket.action_id,
            "connection_id": self.ticket.command.connection_id,
            "vendor": self.ticket.command.vendor,
            "lease_until": self.ticket.lease_until,
        }

    @property
    def row(self) -> dict[str, object]:
        """The attempt."""
        command = self.ticket.command
        return self.shared | {
            "message_id": self.message_id,
            "product": command.product,
            "command": command.payload.kind,
            "contact_point_id": self.action.contact_point_id,
            "person_id": self.action.person_id,
            "claimed_at": self.ticket.claimed_at,
            "verdict_id": self.verdict_id,
        }


def record_claims(session: Session, claims: Sequence[Claim]) -> None:
    """Keep the attempts, and keep them open until their outcomes are known."""
    session.insert("attempts", [claim.row for claim in claims])
    session.insert("open_attempts", [claim.shared for claim in claims])


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
    if outcome.outcome != "ambiguous":
        record_known(session, [(outcome, now)])
        return
    session.insert("attempt_outcomes", [_outcome_row(outcome, now)])
    session.run("mark_ambiguous", attempt_id=outcome.attempt_id, now=now)


def record_known(session: Session, outcomes: Sequence[tuple[OutcomeRow, datetime]]) -> None:
    """Append outcomes that end the doubt, each with its time, and close their attempts."""
    session.insert("attempt_outcomes", [_outcome_row(outcome, at) for outcome, at in outcomes])
    session.run("close_attempts", attempts=listed(outcome.attempt_id for outcome, _ in outcomes))


def _outcome_row(outcome: OutcomeRow, now: datetime) -> dict[str, object]:
    return {
        "attempt_id": outcome.attempt_id,
        "outcome": outcome.outcome,
        "how": outcome.how,
        "vendor_id": outcome.vendor_id,
        "code": outcome.code,
        "reason": outcome.reason,
        "happened_at": now,
    }


def held_claims(session: Session, attempts: Sequence[str]) -> frozenset[str]:
    """Which of these attempts are claimed here and have no outcome yet: without that, nothing may be sent."""
    return frozenset(row["attempt_id"] for row in session.rows("held_attempts", attempts=listed(attempts)))
