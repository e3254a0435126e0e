"""What can be known about a winter from outside: the vendor's list and journal, the booking tool, and who is on a call list."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant until another; `until` is not in it."""

    since: datetime
    until: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Place:
    """A location as patients know it."""

    name: str
    zone: ZoneInfo
    sender: str

    def wall(self, at: datetime) -> datetime:
        """Its wall clock."""
        return at.astimezone(self.zone).replace(tzinfo=None)

    def instant(self, wall: datetime) -> datetime:
        """When its wall clock shows that."""
        return wall.replace(tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Text:
    """A text that the vendor accepted from us."""

    at: datetime
    phone: str
    sender: str
    body: str
    kind: str
    """Which text it is, by its words; empty = one that nobody knows."""
    named: tuple[str, ...] = ()
    """The times it names, as `11-13 10:00` on the place's wall."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to send that reached the vendor, taken or not."""

    at: datetime
    phone: str
    accepted: bool = True


@dataclass(slots=True)
class Patient:
    """A person as the booking tool has them, with what they agreed to."""

    number: str
    name: str
    phone: str
    """Their own."""
    reached_at: str
    """Where texts about them go: their own phone, a guardian's, or none."""
    consent: bool = True
    feedback: bool = False
    written: bool = False
    minor: bool = False
    spanish: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What the booking tool says of a visit from an instant on."""

    at: datetime
    start: datetime | None
    """The place's wall clock; None = cancelled."""


@dataclass(slots=True)
class Story:
    """A visit with everything that became of it: moved, cancelled, and booked again within a day (R12)."""

    patient: Patient
    place: Place
    states: list[State]
    numbers: list[str]
    """The appointments it took."""
    by_patient: bool = False
    held: list[Span] = field(default_factory=list)
    """While its notices wait for somebody's yes (R17, R38)."""

    def state(self, at: datetime) -> State | None:
        """What the booking tool said then; None before it was booked."""
        return next((one for one in reversed(self.states) if one.at <= at), None)

    def start(self, at: datetime) -> datetime | None:
        """When it was to begin, as known then; None = it was not to take place."""
        state = self.state(at)
        return self.place.instant(state.start) if state and state.start else None

    def times(self) -> frozenset[str]:
        """Every time it ever had."""
        return frozenset(key_of(one.start) for one in self.states if one.start)


def key_of(wall: datetime) -> str:
    """A time as a text names it: no text says the year."""
    return f"{wall:%m-%d %H:%M}"


@dataclass
class Record:
    """A winter so far."""

    now: datetime
    patients: dict[str, Patient] = field(default_factory=dict)
    stories: list[Story] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    by_phone: dict[str, list[Text]] = field(default_factory=lambda: defaultdict(list))
    """The same texts."""
    asked: list[Asked] = field(default_factory=list)
    runs: list[datetime] = field(default_factory=list)
    stopped: dict[str, datetime] = field(default_factory=dict)
    """Phones that said stop, or that a tool says have."""
    flagged: dict[str, datetime] = field(default_factory=dict)
    """Patients who died, or whom the practice has dismissed."""
    talks: dict[str, list[Span]] = field(default_factory=dict)
    """While somebody of the practice has to answer a phone (R20)."""
    heard: dict[str, list[datetime]] = field(default_factory=dict)
    """When a phone wrote to us."""
    down: list[Span] = field(default_factory=list)
    """While the vendor is gone."""
    unsigned: list[Span] = field(default_factory=list)
    """While its agreement is out of force."""
    paused: list[Span] = field(default_factory=list)
    calls: dict[str, list[datetime]] = field(default_factory=dict)
    """By appointment: when somebody was asked to call about it."""

    def add(self, text: Text) -> None:
        """One more text has arrived."""
        self.texts.append(text)
        self.by_phone[text.phone].append(text)

    def story_of(self, text: Text, key: str) -> Story | None:
        """The visit a time in a text belongs to."""
        return next(
            (one for one in self.stories if one.patient.reached_at == text.phone and key in one.times()),
            None,
        )

    def said_about(self, story: Story) -> list[Text]:
        """Everything that was said about a visit, oldest first."""
        keys = story.times()
        return [text for text in self.by_phone[story.patient.reached_at] if keys & set(text.named)]

    def on_a_list(self, story: Story, since: datetime, until: datetime) -> bool:
        """Whether somebody was asked, in that time, to call about a visit."""
        return any(since <= at <= until for number in story.numbers for at in self.calls.get(number, ()))

    def neighbours(self) -> list[tuple[Text, Text]]:
        """Every text with the next one to the same phone."""
        return [pair for texts in self.by_phone.values() for pair in pairwise(texts)]


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that must not be."""

    rule: str
    at: datetime
    what: str

    def __str__(self) -> str:
        return f"{self.rule} at {self.at:%Y-%m-%d %H:%M}Z: {self.what}"
