"""One practice, all stages in order. What fails names its stage; what was written before it stands."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from canonical.ids import Prefix, RunId, content_hash, derived_id
from canonical.practice import Practice
from canonical.problems import GlowlineError
from canonical.progress import at_work
from ledger.actions import Flow
from ledger.configuration import remember
from ledger.progress import reached
from ledger.store import Store
from ledger.webhooks import pulse
from pipelines.elsewhere import (
    note_calls,
    note_interests,
    note_scores,
    obey_tags,
    watch_drift,
    watch_foreign,
    watch_minors,
    watch_missed,
)
from pipelines.elsewhere.desk import obey_as_said
from pipelines.normalize import normalize
from pipelines.outbox.decide import decide_due
from pipelines.outbox.deliver import deliver
from pipelines.outbox.invitations import watch_invitations
from pipelines.outbox.reconcile import reconcile
from pipelines.oversight.approvals import ask_for_approval
from pipelines.oversight.canaries import watch_canaries
from pipelines.oversight.catching_up import catch_up_once
from pipelines.oversight.closures import hold_closed_days
from pipelines.oversight.expiries import notice_expiries
from pipelines.oversight.late_truths import find_late_truths
from pipelines.oversight.mass_changes import hold_mass_changes
from pipelines.oversight.surges import hold_surges
from pipelines.oversight.untold import watch_untold
from pipelines.paperwork.stage import update_paperwork
from pipelines.receipts import take_receipts
from pipelines.replies.unanswered import watch_replies
from pipelines.reputation.stage import update_reviews
from pipelines.resolve.stage import resolve
from pipelines.tick.conservation import close, opening, terms
from pipelines.tick.copies import watch_opt_outs
from pipelines.tick.hub import PracticeHub
from pipelines.tick.planning import STAGE as PLANNED
from pipelines.tick.planning import plan_owed
from pipelines.visits.stage import update_inquiries, update_visits

Counts = Mapping[str, Any]
Stage = tuple[str, Callable[[], Any]]
OUTBOX = "outbox"
PERIODIC = frozenset({"spool", "opt_outs", "watch", "reconcile", "untold", "late_truths", "expiries"})
"""Stages the fast lane leaves out: it is woken by the spool, and looking up what is in doubt may take minutes."""
DECIDING = frozenset(
    {"lifecycle", "policy", OUTBOX, "mass_changes", "closed_days", "approvals", "canaries", "catching_up", "surges"}
)
REPORTING = frozenset({"configuration", "normalize", "receipts"})
"""Stages that a report on one of our own messages goes through."""
FEW = 20
"""What the fast lane sends at most before it listens to others again; the most urgent goes first."""


class StageFailed(GlowlineError):
    """A stage of one practice's run failed. The message names stage and reason and quotes nothing."""

    def __init__(self, practice: str, stage: str, cause: GlowlineError) -> None:
        """Keep which stage it was and what to do next."""
        super().__init__(f"{practice}, stage {stage}: {cause}", next_step=cause.next_step)
        self.stage = stage


@dataclass
class TickReport:
    """What one run over one practice came to: counts and ids only, so that anyone may see it."""

    practice: str
    run_id: str
    at: datetime
    stages: dict[str, Any] = field(default_factory=dict)
    flow: Flow | None = None
    open_before: int = 0

    @property
    def conservation(self) -> dict[str, int]:
        """The terms of the equation."""
        return terms(self.flow, self.open_before) if self.flow else {}


def run_id(practice: str, kind: str, at: datetime, nonce: str = "") -> RunId:
    """The id of a run."""
    return RunId(derived_id(Prefix.RUN, practice, kind, at.isoformat(), nonce))


def tick(practice: PracticeHub, run: str, *, send: bool = True) -> TickReport:
    """Run every stage of one practice once. With `send=False` nothing is claimed: a backfill (decisions are still made).

    Raises:
        StageFailed: a stage failed; the ones before it are done and stay done.
        ConservationBroken: the run's sums do not close.
    """
    now = practice.hub.clock.business_now()
    stages = _stages(practice, now, RunId(run))
    wanted = [(name, stage) for name, stage in stages.items() if send or name != OUTBOX]
    with practice.store.ticking.under_way():
        return _run(practice, run, now, wanted)


def carry(practice: PracticeHub, run: str, *, whole: bool = True) -> TickReport:
    """The fast lane: what came through the door goes through every stage at once, past everything that waits.

    The same stages in the same order; only what is periodic is left to `tick`: looking doubt up, and mapping what polls landed.
    A call that only reports what became of a message asks for no decision; where nothing else came, `whole=False` leaves out
    what has nothing to read in a report. Raises as `tick` does.
    """
    now = practice.hub.clock.business_now()
    fast = {
        "normalize": lambda: practice.ear.understand(RunId(run)) + practice.ear.understand_reports(RunId(run)),
        OUTBOX: lambda: deliver(practice.outbox, run, most=FEW),
    }
    stages = {name: fast.get(name, stage) for name, stage in _stages(practice, now, RunId(run)).items()}
    if not whole:
        stages = {name: stage for name, stage in stages.items() if name in REPORTING | DECIDING}
    return _run(practice, run, now, _while_something_waits(practice, now, stages))


def _while_something_waits(
    practice: PracticeHub, now: datetime, stages: Mapping[str, Callable[[], Any]]
) -> Iterator[Stage]:
    yield from ((name, stage) for name, stage in stages.items() if name not in PERIODIC | DECIDING)
    if something_waits(practice.store, now):
        yield from ((name, stage) for name, stage in stages.items() if name in DECIDING)


def something_waits(store: Store, now: datetime) -> bool:
    """Whether the fast lane has something to decide or to send: news nothing was planned for, or an answer that is due."""
    with store.reading() as session:
        return pulse(session, now, reached(session, PLANNED))


def _run(practice: PracticeHub, run: str, now: datetime, stages: Iterable[Stage]) -> TickReport:
    report = TickReport(practice.practice_id, run, now)
    began = opening(practice.store, now)
    report.open_before = began.open_before
    with practice.store.kept():
        for name, stage in stages:
            at_work(name)
            try:
                report.stages[name] = stage()
            except GlowlineError as problem:
                raise StageFailed(practice.practice_id, name, problem) from problem
        now = practice.hub.clock.business_now()
        report.flow = close(practice.store, began, now, run)
    return report


def _stages(practice: PracticeHub, now: datetime, run: RunId) -> dict[str, Callable[[], Any]]:
    """The sequence. Doubt is looked up and reports are read before anything new is decided."""
    store, config, outbox, zone = practice.store, practice.config, practice.outbox, practice.bench.zone
    return {
        "configuration": lambda: _remember_settings(practice, now),
        "spool": lambda: practice.ear.take_in(run),
        "normalize": lambda: normalize(store, config, now=now, run_id=run, catalogue=practice.catalogue),
        "resolve": lambda: resolve(store, config.practice, config.attestations, now, run, lexicon=config.lexicon),
        "visits": lambda: update_visits(store, config.practice, now, run),
        "inquiries": lambda: update_inquiries(store, config.practice, now, run),
        "paperwork": lambda: update_paperwork(store, config.practice, now, run, attestations=config.attestations),
        "reviews": lambda: update_reviews(store, config.practice, now, run),
        "replies": lambda: practice.ear.read_replies(run),
        "desk": lambda: _hear_the_desk(store, config.practice, now),
        "opt_outs": lambda: watch_opt_outs(practice, now),
        "watch": lambda: _watch(practice, now),
        "receipts": lambda: take_receipts(store, config.practice.brand, now, run),
        "reconcile": lambda: reconcile(outbox, run),
        "lifecycle": lambda: plan_owed(store, config, now, run),
        "mass_changes": lambda: hold_mass_changes(store, config.practice, now, run),
        "closed_days": lambda: hold_closed_days(store, config.practice, now, run),
        "policy": lambda: decide_due(store, practice.bench, ledger=outbox.ledger(), now=now, run_id=run),
        "approvals": lambda: ask_for_approval(store, zone, now, run),
        "canaries": lambda: watch_canaries(store, config.practice, now, run),
        "catching_up": lambda: catch_up_once(store, config.journeys, zone, now, run),
        "surges": lambda: hold_surges(store, zone, now, run),
        OUTBOX: lambda: deliver(outbox, run),
        "untold": lambda: watch_untold(store, config.practice, now),
        "late_truths": lambda: find_late_truths(store, config.agreements, config.source_hash("register"), zone, now),
        "expiries": lambda: notice_expiries(store, practice.bench, now),
    }


def _hear_the_desk(store: Store, practice: Practice, now: datetime) -> Counts:
    """What the staff say in other tools: control words as tags, interest, calls (R56, R60, row 2.1)."""
    return {
        "words": obey_tags(store, practice, obey_as_said, now),
        "interests": note_interests(store, practice, now),
        "calls": note_calls(store, now),
    }


def _watch(practice: PracticeHub, now: datetime) -> Counts:
    """Who waits too long, what other tools say that disagrees with us or should not be so (R16, R21, R34, R36, R40, row 6.4), and whom we invite (REV-10)."""
    store, settings = practice.store, practice.config.practice
    return {
        "unanswered": watch_replies(store, settings, now),
        "drift": watch_drift(store, settings, practice.catalogue, now),
        "minors": watch_minors(store, settings, now),
        "missed": watch_missed(store, settings, now),
        "scores": note_scores(store, settings, now),
        "foreign": watch_foreign(store, settings, practice.config.journeys, now),
        "invitations": watch_invitations(
            store, settings, practice.config.policy.review_invites, practice.bench.zone, now
        ),
    }


def _remember_settings(practice: PracticeHub, now: datetime) -> int:
    """Whatever may decide something in this run is kept by its hash, so that the decision can be replayed."""
    if practice.remembered:
        return 0
    with practice.store.writing(business_now=now) as session:
        for kind, body in practice.config.sources.items():
            remember(session, kind, practice.practice_id, content_hash(body.encode()), body, now)
        for source in practice.config.messages:
            name = f"{source.name}.{source.language}.{source.channel}"
            remember(session, "template", name, source.hash, source.text, now)
    practice.remembered.append(now)
    return len(practice.config.sources) + len(practice.config.messages)
