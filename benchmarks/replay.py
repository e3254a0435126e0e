"""What it costs to decide: a year of a practice of 5,000 patients, replayed through plan and policy without sending.

    python -m benchmarks.replay                  seven or eight minutes
    python -m benchmarks.replay --profile        and which of our functions the time went into
    python -m benchmarks.replay 500              fewer patients, and as much less of everything else

An invented year, always the same: visits that are booked, moved, cancelled, missed and kept, questions from the website,
people who say stop. Everything from the shipped journeys, with every row switched on, through the shipped policy to the text
as it would leave; only the ledger and the vendors are a memory. Planning is asked about whoever has news or something due, as
at a tick; whatever is due is decided, and decided again with what would share its message, as at a claim.

A decision is one action asked of every rule. What counts is the ratio to an empty loop of the same length in the same run.
"""

import cProfile
import heapq
import pstats
import resource
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from time import process_time

from rich.console import Console
from rich.table import Table

from benchmarks.invented_practice import LIVE_FROM, SCHEDULE, bench_of, people
from benchmarks.invented_year import DAYS, Happening, Size, happenings
from benchmarks.replay_facts import Known
from benchmarks.replay_memory import Memory
from canonical.actions import Action, ActionState
from canonical.owed import Candidates, Subject
from pipelines.lifecycle.bundles import Bundle, bundle
from pipelines.lifecycle.desired import Desired, desired
from pipelines.lifecycle.diff import diff
from pipelines.lifecycle.reasons import Why
from pipelines.lifecycle.together import SAME_MINUTE
from pipelines.outbox.decide import Decided, decide_bundle
from pipelines.outbox.history import History
from pipelines.outbox.surroundings import Surroundings
from pipelines.outbox.workbench import Workbench
from pipelines.policy.card import cards
from pipelines.policy.facts import Ledger, Surge
from pipelines.policy.rules.caps import CANARY
from pipelines.tick.planning import HORIZON

S = ActionState
SEED = 20261102
A_TICK = timedelta(minutes=5)
LAST = LIVE_FROM + timedelta(days=DAYS)
OURS = ("canonical/", "pipelines/", "connectors/", "settings/")
SHOWN = 10
FORESEEN = timedelta(hours=12)
"""What was planned so long before it was due, nobody is surprised by."""
_LEDGER = Ledger()


@dataclass
class Replay:
    """One practice on its way through the year."""

    bench: Workbench
    known: Known
    memory: Memory = field(default_factory=Memory)
    wakes: list[tuple[datetime, int]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def run(self, told: Sequence[Happening]) -> None:
        """Tick whenever somebody has news or something due, until the year is over."""
        at = 0
        while at < len(told) or self.wakes:
            soon = [one.at for one in told[at : at + 1]] + [when for when, _ in self.wakes[:1]]
            now = _tick_after(min(soon))
            if now >= LAST:
                return
            awake = set()
            while self.wakes and self.wakes[0][0] <= now:
                awake.add(heapq.heappop(self.wakes)[1])
            while at < len(told) and told[at].at <= now:
                told[at].tell(self.known, told[at].at)
                awake.add(told[at].household)
                at += 1
            self.tick(sorted(awake), now)

    def tick(self, awake: Sequence[int], now: datetime) -> None:
        """Plan for these households, decide what is due of them, and let go what may go."""
        subjects = [name for household in awake for name in self.known.in_play(household, now)]
        wanted = self._plan(subjects, now)
        due = self.memory.due(subjects, now)
        around = self._around(now, self._surge(due))
        for action in due:
            decided = self._decide([action], around, now, at_send=False)[0]
            self.memory.move(action, decided.state, decided.verdict.until)
        around = self._around(now, Surge())
        for message in bundle(self.memory.cleared(subjects), self.bench.config.journeys):
            self._claim(message, around, now)
        self._wake(awake, subjects, wanted, now)
        self.counts["ticks"] += 1

    def _plan(self, subjects: Iterable[str], now: datetime) -> Desired:
        config, found = self.bench.config, self._candidates(subjects)
        began = process_time()
        wanted = desired(found, config.journeys, config.practice, now, now + HORIZON)
        changes = diff(wanted, found)
        self.seconds["plan"] += process_time() - began
        self.counts["steps judged"] += len(wanted.owed) + len(wanted.withheld)
        self.counts["changes"] += len(changes)
        self.memory.apply(changes, now)
        return wanted

    def _candidates(self, subjects: Iterable[str]) -> Candidates:
        facts = {name: self.known.facts[name] for name in sorted(subjects)}
        return Candidates(
            tuple(
                Subject(one, self.known.people.get(one.person_id or ""), *self.memory.of(name))
                for name, one in facts.items()
            )
        )

    def _surge(self, due: Sequence[Action]) -> Surge:
        """How much is due at once beside what anybody could expect, as the outbox counts it."""
        people = [action for action in due if action.contact_point_id]
        sudden = [a for a in people if self.memory.planned_at[a.action_id] > a.due_at - FORESEEN]
        forecast = max(len(people) - len(sudden), CANARY)
        reached, everybody = len({action.person_id for action in sudden}), len(self.known.people)
        return Surge(tick_count=len(people), forecast=forecast, reached=reached, active_patients=everybody)

    def _around(self, now: datetime, surge: Surge) -> Surroundings:
        known, memory = self.known, self.memory
        return Surroundings(
            contacts=known.contacts,
            persons=known.persons,
            sharers=known.sharers,
            consents=known.consents,
            suppressions=known.suppressions,
            visits=known.rows,
            inquiries=known.rows,
            reads={SCHEDULE: now - timedelta(minutes=3)},
            heard=memory.heard,
            answered=memory.answered,
            lead_records=known.records,
            history=History(memory.said, {}, memory.invited, {}, surge),
        )

    def _decide(
        self, actions: Sequence[Action], around: Surroundings, now: datetime, *, at_send: bool
    ) -> list[Decided]:
        began = process_time()
        decided = decide_bundle(actions, around, self.bench, ledger=_LEDGER, now=now, at_send=at_send)
        self.seconds["policy"] += process_time() - began
        self.counts["decisions"] += len(decided)
        self.outcomes.update(one.verdict.outcome.value for one in decided)
        return decided

    def _claim(self, message: Bundle, around: Surroundings, now: datetime) -> None:
        """As the outbox: what may no longer go leaves the message, and the rest is asked anew."""
        members = list(message.spoken)
        while members:
            decided = self._decide(members, around, now, at_send=True)
            held = [one for one in decided if one.state is not S.CLEARED]
            for one in held:
                self.memory.move(one.action, one.state, one.verdict.until)
            if not held:
                return self._send(members, message, now)
            members = [one.action for one in decided if one.state is S.CLEARED]
        return None

    def _send(self, members: Sequence[Action], message: Bundle, now: datetime) -> None:
        for action in message.waiting:
            self.memory.move(action, S.DELAYED, now + SAME_MINUTE)
        self.memory.send(members[0], (*members[1:], *message.covered), now)
        for action in members:
            self.rows[action.row] += 1
            if action.person_id and action.row == "6.1":
                self.known.heard(action.person_id, surveyed_at=now)
            if action.person_id and action.row == "6.2":
                self.known.heard(action.person_id, invited_at=now)
                self.memory.invite(action.person_id, action.subject_id, now)

    def _wake(self, awake: Iterable[int], subjects: Sequence[str], wanted: Desired, now: datetime) -> None:
        """When something of theirs falls due, expires, or comes into reach of the plan."""
        times: dict[int, list[datetime]] = {household: [] for household in awake}
        for name in subjects:
            times[self.known.household[name]] += self.memory.next_of([name], now)
        for (name, _), answer in wanted.withheld.items():
            if answer.why is Why.NOT_YET and answer.due_at:
                times[self.known.household[name]].append(max(answer.due_at - HORIZON, now) + A_TICK)
        for household, found in times.items():
            if found:
                heapq.heappush(self.wakes, (min(found), household))


def _tick_after(at: datetime) -> datetime:
    """The first tick that is not before it."""
    late = (at - LIVE_FROM) % A_TICK
    return at if not late else at - late + A_TICK


def _empty_loop(length: int) -> float:
    """Seconds that a loop around nothing takes, the best of several."""
    rounds = []
    for _ in range(5):
        began = process_time()
        for _ in range(length):
            pass
        rounds.append(process_time() - began)
    return min(rounds)


def _replayed(size: Size, profile: cProfile.Profile | None) -> tuple[Replay, float]:
    random = Random(SEED)
    everybody = list(people(size.patients, random))
    told = happenings(size, everybody, random)
    with tempfile.TemporaryDirectory() as home:
        replay = Replay(bench_of(Path(home)), Known(everybody))
    if profile:
        profile.enable()
    began = process_time()
    replay.run(told)
    taken = process_time() - began
    if profile:
        profile.disable()
    return replay, taken


def _print(replay: Replay, size: Size, taken: float, before: int) -> None:
    console, counts = Console(), replay.counts
    decisions, empty = counts["decisions"], _empty_loop(counts["decisions"])
    title = f"{size.patients:,} patients, {size.visits:,} visits, {size.inquiries:,} inquiries, {len(cards())} rules"
    table = Table("", "", title=title)
    for name, value in (
        ("ticks with anything to do", f"{counts['ticks']:,}"),
        ("steps judged by the plan", f"{counts['steps judged']:,} in {replay.seconds['plan']:.1f} s"),
        ("decisions of the policy", f"{decisions:,} in {replay.seconds['policy']:.1f} s"),
        ("messages and tasks that would have left", f"{replay.memory.left['sent']:,}, of {len(replay.rows)} rows"),
        ("how they were decided", ", ".join(f"{name} {n:,}" for name, n in replay.outcomes.most_common())),
        ("the whole year, processor time", f"{taken:.1f} s"),
        ("decisions a second, planning included", f"{decisions / taken:,.0f}"),
        ("an empty loop as long", f"{empty * 1e6 / decisions:.3f} µs a turn"),
        ("ratio", f"a decision costs {taken / empty:,.0f} turns"),
        ("peak memory", f"{_peak():,} MB, {before:,} before the year began"),
    ):
        table.add_row(name, value)
    console.print(table)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _print_profile(profile: cProfile.Profile) -> None:
    """The most expensive of our own functions, what they call included."""
    found = pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]  # documented only as printed
    ours = [(what, cost) for what, cost in found if any(f"/{folder}" in what[0] for folder in OURS)]
    table = Table(
        "function", "calls", "own s", "with what it calls, s", title="where the time goes (profiled, so slower)"
    )
    for (file, line, name), (_, calls, own, cumulative, _) in sorted(ours, key=lambda one: -one[1][3])[:SHOWN]:
        place = next(file[file.rindex(f"/{folder}") + 1 :] for folder in OURS if f"/{folder}" in file)
        table.add_row(f"{place}:{line} {name}", f"{calls:,}", f"{own:.1f}", f"{cumulative:.1f}")
    Console().print(table)


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print; the exit code only says that it ran."""
    numbers = [int(one) for one in arguments if one.isdigit()]
    patients = numbers[0] if numbers else Size.patients
    size = Size(patients, 3 * patients, patients * 3 // 5)
    profile = cProfile.Profile(process_time) if "--profile" in arguments else None
    before = _peak()
    replay, taken = _replayed(size, profile)
    _print(replay, size, taken, before)
    if profile:
        _print_profile(profile)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
