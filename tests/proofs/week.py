"""One week of a practice in which anything may happen: the rules by which hypothesis plays it, and what must hold.

Only the vendor's list and journal are believed about what left, only the booking tool's calendar about what is true.
"""

import re
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import yaml
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from emulators.kit.running import running
from emulators.twilio.account import Account, Sender
from emulators.twilio.emulator import TwilioEmulator
from tests.proofs.town import NEW_YORK, SENDER, Town, founded, local
from tests.receiver.folder import write

NAMES = {"Ana Reyes": "+12125550142", "Bea Quill": "+12125550143", "Cleo Moss": "+12125550144"}
SILENT = "Dora Finch"
"""Never agreed to anything."""
SLOTS = [
    f"2026-11-{day} {hour:02}:{minute:02}" for day in (12, 13, 14) for hour, minute in ((10, 0), (11, 30), (16, 0))
]
EVENING, MORNING = 17, 10
"""Between these hours every row may speak, so that nothing is untrue for the night's sake."""
POLICY = {"review_invites": {"mode": "everyone"}, "caps": {"logistics_per_day": 100}}
"""The cap is another proof's: here everybody must hear every change."""
THEN = st.sampled_from([0, 0, 1, 20, 90])
"""Minutes until everything runs; after none, the next thing happens first."""
STOPS = ("STOP", "please stop texting me")


@dataclass
class Somebody:
    """What is true of one phone."""

    name: str
    phone: str
    patient: str
    visit: str | None = None
    before: str | None = None
    """Where the visit was before it was moved."""
    twin: str | None = None
    """A second record of the same person."""
    stopped_at: int | None = None
    """The journal's number when they said STOP."""
    read: list[str] = field(default_factory=list)
    """Texts judged so far."""


class Happenings(RuleBasedStateMachine):
    """One week of a practice."""

    silent_row = ""
    """A row that nobody owns in this practice: the controls need one, to see the proof fail."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        account = Account().add(Sender(SENDER))
        twilio = self.stack.enter_context(running(TwilioEmulator(account, state=folder / "vendor")))
        self.town: Town = self.stack.enter_context(founded(folder, twilio, account))
        write(self.town.home / "lumen" / "policy.yaml", POLICY)
        if self.silent_row:
            rows = self.town.home / "lumen" / "rows.yaml"
            write(
                rows,
                {row: said for row, said in yaml.safe_load(rows.read_text()).items() if str(row) != self.silent_row},
            )
        self.people = {name: Somebody(name, phone, "") for name, phone in NAMES.items()}
        self.out = self.was_out = False
        self.unread_stop = False
        self.pending = False
        """Whether the calendar says something that nothing has run over yet."""

    @initialize(slots=st.permutations(SLOTS[3:6]))
    def begin(self, slots: list[str]) -> None:
        """Two are booked since long, and whoever comes early on the 13th has been reminded; everybody is known."""
        for one, start in zip(self.people.values(), slots, strict=False):
            one.patient = self.town.person(one.name, one.phone, born="1988-04-02")
            if one.name != "Cleo Moss":
                one.visit = self.town.book(one.patient, start)
        self.town.book(self.town.person(SILENT, "+12125550145", consent=False), SLOTS[3])
        self.run(local("2026-11-11 12:01"))

    def run(self, at: datetime) -> None:
        """Everything runs; what left by then was true when it left. A change is looked at as soon as ticks would, not hours later."""
        soon = [self.now + timedelta(minutes=after) for after in (1, 15)] if self.pending else []
        self.pending = False
        for moment in [*soon, at]:
            if moment <= at:
                self._run(moment)

    def _run(self, at: datetime) -> None:
        self.unread_stop = False
        self.town.run(at)
        for one in self.people.values():
            texts = self.town.texts(one.phone)
            for text in texts[len(one.read) :]:
                assert self.is_true(one, text), f"untrue when it was sent: {text}"
                assert not one.read or one.read[-1] != text, f"said twice: {text}"
                one.read.append(text)

    def is_true(self, one: Somebody, text: str) -> bool:
        """A text names the time of the visit, or says of a time that is not the visit's that it is off."""
        true = self.time_of(one)
        if "cancelled at" in text:
            return true is None or true not in text
        return true is not None and true in text

    def time_of(self, one: Somebody) -> str | None:
        """How our texts write the time that the calendar has now; None when nothing stands there."""
        row = self.town.calendar.get(one.visit or "")
        if row is None or row["status"] != "booked":
            return None
        start = datetime.fromisoformat(row["start"])
        return f"{start:%a, %b} {start.day} at {start.hour % 12 or 12}:{start:%M %p}"

    @property
    def now(self) -> datetime:
        """New York's wall clock."""
        return self.town.clock.business.astimezone(NEW_YORK)

    def later(self, **by: float) -> datetime:
        """An instant within speaking hours, on the next morning if it must be."""
        then = self.now + timedelta(**by)
        if then.hour >= EVENING:
            then += timedelta(days=1)
        at_night = then.hour >= EVENING or then.hour < MORNING
        return then.replace(hour=MORNING, minute=1) if at_night else then

    def standing(self, name: str) -> Somebody | None:
        """Somebody whose visit stands and begins in an hour at the earliest."""
        one = self.people[name]
        if self.time_of(one) is None:
            return None
        start = datetime.fromisoformat(self.town.calendar[str(one.visit)]["start"]).replace(tzinfo=NEW_YORK)
        return one if start > self.now + timedelta(hours=4) else None

    def is_free(self, slot: str) -> bool:
        """Whether a slot lies far enough ahead to be booked, moved to and told."""
        return datetime.fromisoformat(slot).replace(tzinfo=NEW_YORK) > self.now + timedelta(hours=4)

    @rule(
        name=st.sampled_from(list(NAMES)),
        slot=st.sampled_from(SLOTS),
        by=st.sampled_from(["patient", "staff"]),
        then=THEN,
    )
    def book(self, name: str, slot: str, by: str, then: int) -> None:
        """Anew, or again after a cancellation."""
        one = self.people[name]
        if self.time_of(one) is None and self.is_free(slot):
            one.visit, one.before = self.town.book(one.patient, slot, booked=f"{self.now:%Y-%m-%d %H:%M}", by=by), None
            self.pending = True
        self.wait(then)

    @rule(name=st.sampled_from(list(NAMES)), slot=st.sampled_from(SLOTS), then=THEN)
    def move(self, name: str, slot: str, then: int) -> None:
        """To another time."""
        one = self.standing(name)
        if one and self.is_free(slot):
            one.before = self.town.calendar[str(one.visit)]["start"]
            self.town.move(str(one.visit), slot)
            self.pending = True
        self.wait(then)

    @rule(name=st.sampled_from(list(NAMES)), then=THEN)
    def move_back(self, name: str, then: int) -> None:
        """To where it was."""
        one = self.standing(name)
        if one and one.before and self.is_free(one.before):
            self.town.move(str(one.visit), one.before)
            self.pending = True
        self.wait(then)

    @rule(name=st.sampled_from(list(NAMES)), then=THEN)
    def cancel(self, name: str, then: int) -> None:
        """It is off."""
        one = self.standing(name)
        if one:
            self.town.cancel(str(one.visit))
            self.pending = True
        self.wait(then)

    @rule(name=st.sampled_from(list(NAMES)))
    def merge(self, name: str) -> None:
        """A second record of the same person appears, and has the visit."""
        one = self.people[name]
        if one.twin is None:
            one.twin = self.town.person(one.name, one.phone, born="1988-04-02")
        else:
            self.town.people[one.twin] |= {"full_name": one.name, "birth_date": "1988-04-02"}
        if one.visit:
            self.town.calendar[one.visit]["patient_id"] = one.twin

    @rule(name=st.sampled_from(list(NAMES)))
    def unmerge(self, name: str) -> None:
        """It was somebody else, who shares the phone; the visit is the first one's."""
        one = self.people[name]
        if one.twin:
            self.town.people[one.twin] |= {"full_name": "Gus Reyes", "birth_date": "2011-01-09"}
            if one.visit:
                self.town.calendar[one.visit]["patient_id"] = one.patient

    @rule(name=st.sampled_from(list(NAMES)), word=st.sampled_from(STOPS))
    @precondition(lambda self: not self.out)
    def stop(self, name: str, word: str) -> None:
        """From now on nothing may even be asked for. A vendor that is out delivers no STOP, so nobody could know of it."""
        one = self.people[name]
        if one.stopped_at is None:
            self.town.twilio.do("inbound", from_=one.phone, to=SENDER, body=word)
            one.stopped_at = self.town.twilio.journal.mark()
            self.unread_stop = True

    @rule(name=st.sampled_from(list(NAMES)), text=st.sampled_from(["Thanks!", "can I come 10 min late?", "👍"]))
    def reply(self, name: str, text: str) -> None:
        """Somebody answers."""
        self.town.twilio.do("inbound", from_=self.people[name].phone, to=SENDER, body=text)

    @rule(mode=st.sampled_from(["refuse", "status"]))
    @precondition(lambda self: not self.out)
    def outage_begins(self, mode: str) -> None:
        """Nobody answers, or only with errors. A STOP from before has been called in by then: here it is read, for want of a door."""
        if self.unread_stop:
            self._run(self.now + timedelta(minutes=1))
        self.town.twilio.begin_outage(mode)  # type: ignore[arg-type] # both are outages
        self.out = self.was_out = True

    @rule()
    @precondition(lambda self: self.out)
    def outage_ends(self) -> None:
        """They serve again."""
        self.town.twilio.end_outage()
        self.out = False

    @rule(minutes=st.sampled_from([20, 90, 240, 600]))
    def wait(self, minutes: int) -> None:
        """Time passes, and everything runs."""
        if minutes:
            self.run(self.later(minutes=minutes))

    @invariant()
    def nobody_hears_what_they_must_not(self) -> None:
        """Nothing is asked for after a STOP, and nothing ever without consent."""
        journal = self.town.twilio.journal
        for one in self.people.values():
            if one.stopped_at is not None:
                assert journal.entries(since=one.stopped_at, action="send", recipient=one.phone) == []
        assert journal.entries(action="send", recipient="+12125550145") == []

    def teardown(self) -> None:
        """When things have been quiet for a while, whoever was told a time has read the true one last."""
        try:
            if self.town.calendar:
                self.calm_down()
        finally:
            self.stack.close()

    def calm_down(self) -> None:
        """No outage, and time enough for every settle window and pause between two texts."""
        if self.out:
            self.outage_ends()
        for minutes in (1, 20, 40):
            self.run(self.later(minutes=minutes))
            self.nobody_hears_what_they_must_not()
        for one in self.people.values():
            judged = one.stopped_at is None and (self.time_of(one) is None or self.standing(one.name))
            if one.read and judged and not self.could_not_be_told(one) and not self.is_a_persons(one):
                assert self.is_true(one, one.read[-1]), f"read last, and no longer true: {one.read[-1]}"

    def could_not_be_told(self, one: Somebody) -> bool:
        """Whether the outage lasted until the time that was told, or nobody can say if the last text arrived: then a person has it."""
        if not self.was_out:
            return False
        found = re.search(r"(\w{3}, \w{3} \d+) at (\d+:\d\d [AP]M)", one.read[-1])
        assert found, one.read[-1]
        begins = datetime.strptime(f"2026 {found[1]} {found[2]}", "%Y %a, %b %d %I:%M %p").replace(tzinfo=NEW_YORK)
        return begins <= self.now or self.in_doubt(one)

    def is_a_persons(self, one: Somebody) -> bool:
        """Whether they asked for another time after the last change, and somebody must answer that: until then nothing is said (R20)."""
        points, rows = self.points_of(one), self.town.table
        people = {row["person_id"] for row in rows("current_person_contacts") if row["contact_point_id"] in points}
        visits = {row["visit_id"] for row in rows("current_visits") if row["person_id"] in people}
        held = {row["value"] for row in rows("current_pauses") if row["scope"] == "visit"}
        asked = [row for row in rows("current_tasks") if row["kind"] == "change_request" and row["closed_at"] is None]
        return bool(visits & held and asked)

    def points_of(self, one: Somebody) -> set[str]:
        """Their phone, as the ledger names it."""
        return {row["contact_point_id"] for row in self.town.table("contact_points") if row["value"] == one.phone}

    def in_doubt(self, one: Somebody) -> bool:
        """Whether the last attempt to write to them has no known outcome; it has an owner and a deadline."""
        points = self.points_of(one)
        theirs = [row for row in self.town.table("attempts") if row["contact_point_id"] in points]
        last = max(theirs, key=lambda row: row["seq"])["attempt_id"]
        outcomes = [row for row in self.town.table("attempt_outcomes") if row["attempt_id"] == last]
        return bool(outcomes) and max(outcomes, key=lambda row: row["seq"])["outcome"] in {"ambiguous", "abandoned"}
