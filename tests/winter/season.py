"""A winter from 25 October to 20 March: happenings and runs in the order of the clock, and a judgement every day."""

import heapq
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from itertools import count
from random import Random
from typing import Any

from canonical.tasks import TaskKind
from ledger.approvals import undecided
from pipelines.oversight.approvals import approve
from tests.winter.desk import Desk
from tests.winter.facts import Asked, Breach, Record, Span, Text
from tests.winter.judge import judge
from tests.winter.manners import sums_close
from tests.winter.people import move_in
from tests.winter.practice import DOWNTOWN, GO_LIVE, Practice
from tests.winter.reading import LOGISTICS, kind_of, times_in

LAST_DAY = date(2027, 3, 20)
DAILY, BEFORE_VISITS, ON_THE_DAY, ON_THE_EVE = "11:05", "17:05", "08:05", "19:35"
"""New York's wall: at these times everything runs if something is due, on every day, up to two days ahead of visits, on their
day, and on the evening before (R29). 11:05 is after eight in Phoenix the whole winter.
"""
LONGEST_REST = timedelta(days=5)
NIGHTS = (date(2026, 11, 1), date(2027, 3, 14))
AT_NIGHT = ("00:35", "01:35", "02:35", "03:35", "06:35")
"""In the two nights in which New York's clocks are turned everything runs all the same."""
SOON, A_MOMENT = timedelta(minutes=6), timedelta(minutes=1)
CALLED = frozenset({TaskKind.CALL_LIST, TaskKind.OPTED_OUT, TaskKind.GUARDIAN, TaskKind.NOT_PROVED, TaskKind.STALE})
"""Tasks by which somebody learns that a person must be called."""
BY_PHONE = frozenset({TaskKind.OPTED_OUT})
"""They are about everybody on a phone (R2)."""
Happening = Callable[["Season"], None]


@dataclass
class Season:
    """One winter under way."""

    practice: Practice
    random: Random
    record: Record = field(default_factory=lambda: Record(GO_LIVE))
    desk: Desk = field(init=False)
    breaches: list[Breach] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    """What happened, for whoever has to understand a breach."""
    approves: bool = True
    """Whether somebody looks at what waits for a yes."""
    _ahead: list[tuple[datetime, int, Happening | None]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)
    _mark: int = 0
    _read: int = 0
    _judged: datetime = GO_LIVE

    def __post_init__(self) -> None:
        self.record.patients, homes = move_in(self.practice, self.random)
        self.desk = Desk(self.practice, self.record, homes, self.random)

    @property
    def now(self) -> datetime:
        """The practice's clock."""
        return self.practice.clock.business

    def plan(self, at: datetime, happening: Happening | None) -> None:
        """Let something happen then; None = a run."""
        heapq.heappush(self._ahead, (at.astimezone(UTC), next(self._order), happening))

    def soon(self) -> None:
        """A run as soon as things have settled."""
        self.plan(self.now + SOON, None)

    def note(self, what: str) -> None:
        """Something has happened."""
        self.log.append(f"{self.now:%Y-%m-%d %H:%M}Z {what}")

    def play(self, until: date = LAST_DAY) -> None:
        """From go-live to a day, which is in it."""
        self.run(GO_LIVE)
        day = DOWNTOWN.wall(GO_LIVE).date()
        while day <= until:
            for clock in self._clocks(day):
                happening = _always if clock in AT_NIGHT else _if_due
                self.plan(DOWNTOWN.instant(datetime.combine(day, time.fromisoformat(clock))), happening)
            self._live(DOWNTOWN.instant(datetime.combine(day, datetime.max.time())).astimezone(UTC))
            self.judge()
            day += timedelta(days=1)

    def _clocks(self, day: date) -> tuple[str, ...]:
        """When everything may run on a day, which depends on when patients come, those too who have not heard that it is off."""
        starts = (next(one.start for one in reversed(story.states) if one.start) for story in self.record.stories)
        ahead = {(start.date() - day).days for start in starts}
        more = ((BEFORE_VISITS, {0, 1, 2}), (ON_THE_DAY, {0}), (ON_THE_EVE, {1}))
        clocks = (DAILY, *(clock for clock, when in more if when & ahead))
        return clocks + (AT_NIGHT if day in NIGHTS else ())

    def _live(self, until: datetime) -> None:
        while self._ahead and self._ahead[0][0] <= until:
            at, _, happening = heapq.heappop(self._ahead)
            if at < self.now:
                continue
            if happening is None:
                self.run(at)
                continue
            self.practice.clock.business = at
            self.practice.twilio.turn_clock(at, frozen=True)
            happening(self)

    def run(self, at: datetime) -> None:
        """Everything runs, unless it just has."""
        if self.record.runs and self.record.runs[-1] >= at:
            return
        self.practice.unhurried()
        report = self.practice.run(at)
        self.record.runs.append(at)
        self.breaches += sums_close(report.conservation, at)
        self._look()
        self._office()

    def is_due(self) -> bool:
        """Whether something may be said now that could not at the last run."""
        last = self.record.runs[-1]
        if self.now - last >= LONGEST_REST:
            return True
        with self.practice.opened().store.reading() as session:
            due = (session.one("next_due", now=last) or {}).get("at")
        return due is not None and due <= self.now

    def _look(self) -> None:
        """What the vendor says has left."""
        twilio = self.practice.twilio
        fresh = twilio.journal.entries(since=self._mark, action="send")
        self._mark = twilio.journal.mark()
        self.record.asked += [Asked(datetime.fromisoformat(one.at), str(one.recipient), one.accepted) for one in fresh]
        if not fresh:
            return
        answer: Any = twilio.do("messages", direction="outbound-api")
        for message in answer["messages"][self._read :]:
            self.record.add(_text(message))
        self._read = len(answer["messages"])

    def _office(self) -> None:
        """Somebody says yes to what waits, where somebody looks; what is closed is moved instead (R38)."""
        with self.practice.opened().store.reading() as session:
            items = [one for one in undecided(session) if self._wanted(one.rule)]
        for item in items:
            with self.practice.opened().store.writing(business_now=self.now) as session:
                approve(session, item.approval_id, who="maria", now=self.now, count=len(item.action_ids))
            self.note(f"approved {item.rule}: {item.why}")
            self.soon()
            if "R17" in item.rule:
                for story in self.record.stories:
                    story.held = [Span(span.since, min(span.until, self.now + A_MOMENT)) for span in story.held]

    def _wanted(self, rule: str) -> bool:
        return ("R17" in rule and self.approves) or any(name in rule for name in ("R45", "R48", "SURGE-01"))

    def judge(self) -> None:
        """What must not be and is, of what happened since the last judgement."""
        self.record.now = self.record.runs[-1]
        self.record.calls = self._calls()
        known = {breach.what for breach in self.breaches}
        self.breaches += [breach for breach in judge(self.record, self._judged) if breach.what not in known]
        self._judged = self.record.now
        self.practice.kept.tidy()

    def _calls(self) -> dict[str, list[datetime]]:
        """By appointment: when somebody was asked to call. The ledger is asked nothing else."""
        numbers, people = defaultdict(set), defaultdict(set)
        visit_of = {row["visit_id"]: row["person_id"] for row in self.practice.table("visit_versions")}
        for row in self.practice.table("appointment_records"):
            numbers[row["visit_id"]].add(row["vendor_id"])
            people[visit_of.get(row["visit_id"])].add(row["vendor_id"])
        by_phone = defaultdict(set)
        for story in self.record.stories:
            by_phone[story.patient.reached_at].update(story.numbers)
        calls: dict[str, list[datetime]] = defaultdict(list)
        for row in self.practice.table("tasks"):
            about = numbers[row["subject_id"]] | (people[row["person_id"]] if row["kind"] != "call_list" else set())
            if row["kind"] in BY_PHONE:
                phones = {story.patient.reached_at for story in self.record.stories if about & set(story.numbers)}
                about = about.union(*(by_phone[phone] for phone in phones))
            for number in about if row["kind"] in CALLED else ():
                calls[number].append(row["opened_at"].astimezone(UTC))
        return calls


def _always(season: Season) -> None:
    season.run(season.now)


def _if_due(season: Season) -> None:
    if season.is_due():
        season.run(season.now)


def _text(message: dict[str, Any]) -> Text:
    body = str(message["body"])
    kind = kind_of(body)
    at = parsedate_to_datetime(message["date_created"]).astimezone(UTC)
    named = times_in(body) if kind in LOGISTICS else ()
    return Text(at, str(message["to"]), str(message["from"]), body, kind, named)
