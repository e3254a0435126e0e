"""One reminder on its way out in a ledger of its own, without a vendor: what the outbox does with answers and doubts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from canonical.actions import Action, ActionState, Command, CreateTask, Payload, SendSms, UpsertLead
from canonical.clock import Clock
from canonical.ids import ActionId, AttemptId, ConnectionId, ContactPointId
from canonical.owed import Change, ChangeKind
from canonical.problems import (
    Ambiguous,
    ConnectorProblem,
    NeedsOperator,
    NotOffered,
    ProtocolBroken,
    RefusalReason,
    Refused,
    TryLater,
    Where,
)
from ledger.actions import Move, apply_changes, transition
from ledger.outbox import Claim, Ticket, record_claims
from ledger.store import Store
from pipelines.outbox.deliver import Outbox
from pipelines.outbox.outcomes import Settling
from pipelines.policy.facts import Ledger
from tests.pipelines.policy.world import NOON, an_action

S = ActionState
PHONE = ContactPointId("cp-1")
ATTEMPT = AttemptId("at-1")
WHERE = Where("twilio", "push.send_sms", ATTEMPT, "20429")
MACHINE = datetime(2026, 1, 1, tzinfo=UTC)
PROBLEMS: tuple[tuple[ConnectorProblem, ActionState], ...] = (
    (TryLater(WHERE, "too many requests."), S.NOT_SENT),
    (NeedsOperator(WHERE, "the key was revoked.", next_step="Enter a new one."), S.NOT_SENT),
    (NotOffered(WHERE, "it does not do that."), S.NOT_SENT),
    (ProtocolBroken(WHERE, "our own code failed before anything left."), S.NOT_SENT),
    (Refused(WHERE, RefusalReason.CONTENT_REFUSED, "it refuses the text."), S.REFUSED),
    (Ambiguous(WHERE, "the answer was lost."), S.AMBIGUOUS),
)
"""Each of the six with the state it leads to."""


def refused(reason: RefusalReason) -> Refused:
    return Refused(WHERE, reason, "the vendor refused it.")


@dataclass
class Hand:
    """Business time and machine time, each where the test puts it."""

    now: datetime = NOON
    machine: datetime = MACHINE

    def business_now(self) -> datetime:
        return self.now

    def machine_now(self) -> datetime:
        return self.machine


def text() -> SendSms:
    return SendSms(to=SecretStr("+12125550142"), sender="+12125550110", body=SecretStr("See you at 10:00."))


def lead() -> UpsertLead:
    return UpsertLead(external_id="inq-1")


def task() -> CreateTask:
    return CreateTask(external_id="a-1", title="Call back", due_at=NOON)


@dataclass
class Desk:
    """A ledger with one claimed action."""

    store: Store
    hand: Hand = field(default_factory=Hand)

    @property
    def settling(self) -> Settling:
        return Settling(ATTEMPT, ActionId("a-1"), self.hand.now, "run-1")

    def outbox(self, bench: Any = None) -> Outbox:  # noqa: ANN401 - reconcile reads no settings
        clock: Clock = self.hand
        return Outbox(self.store, bench, None, clock, Ledger)  # type: ignore[arg-type] # no vendor is called

    def claim(self, payload: Payload | None = None, vendor: str = "twilio", **changes: object) -> Action:
        """Planned, cleared, claimed: as it stands while the vendor is spoken to."""
        action = an_action(**changes)
        command = Command(connection_id=ConnectionId(vendor), vendor=vendor, product="sms", payload=payload or text())
        ticket = Ticket(ATTEMPT, action.action_id, command, self.hand.now, self.hand.machine + timedelta(seconds=60))
        contact = {"contact_point_id": PHONE, "kind": "phone", "value": "+12125550142", "recorded_at": NOON}
        with self.store.writing(business_now=self.hand.now) as session:
            session.insert("contact_points", [contact])
            apply_changes(session, [Change(ChangeKind.PLAN, action, None, "owed")], self.hand.now, "run-1")
            record_claims(session, [Claim(ticket, action, None, "ve-1")])
            for state in (S.CLEARED, S.CLAIMED):
                transition(
                    session,
                    [Move(action.action_id, state, "test", {"attempt": ATTEMPT})],
                    now=self.hand.now,
                    run_id="run-1",
                )
        return action

    def attempt(self) -> Mapping[str, Any]:
        with self.store.reading() as session:
            return (session.one("attempt_by_id", attempt_id=ATTEMPT) or {}) | {"brand": "lumen"}

    @property
    def states(self) -> list[str]:
        """Every state the action was in, oldest first."""
        with self.store.reading() as session:
            return [row["after"] for row in session.rows("transitions_of_action", action_id="a-1")]

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """What became of the attempt and how we know, oldest first."""
        with self.store.reading() as session:
            rows = session.rows("attempt_outcomes_of", attempt_id=ATTEMPT)
        return [(row["outcome"], row["how"]) for row in rows]

    def rows(self, query: str, **values: object) -> list[dict[str, Any]]:
        with self.store.reading() as session:
            return session.rows(query, **values)

    def open_row(self) -> dict[str, Any]:
        (row,) = self.rows("open_actions_by_id", ids=["a-1"])
        return row
