"""The forms people write, as pydantic types that turn into canonical nouns."""

import re
from datetime import time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from canonical.actions import Labels
from canonical.clock import Instant
from canonical.conversations import ReplyIntent
from canonical.durations import Duration, parse_duration
from canonical.plan import Anchor, Need, OnMoved, OnPast, Step, StopOn, Timing
from canonical.policy import ReviewMode
from canonical.practice import Channel, ServiceKind
from canonical.tasks import TaskKind
from canonical.visits import CompletionGrade

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RESEND = re.compile(r"resend(?:\(min_shift:\s*([^)]+)\))?")


class Sheet(BaseModel):
    """A written form: unknown keys refused, values never quoted back."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)


class When(Sheet):
    """`{anchor: visit.start, offset: -24h}`, or one of the times that need more than an offset.

    `morning_of: "08:00"`; `promised: 0`, relative to the promised call; `instruction: true`, as long before as the service's
    instructions need; `rebook: true`, as long after as the service says; `deposit_deadline: true`, when money is due.
    """

    anchor: Anchor
    offset: Duration = timedelta(0)
    morning_of: time | None = None
    promised: Duration | None = None
    instruction: bool = False
    rebook: bool = False
    deposit_deadline: bool = False
    settle: Duration = timedelta(0)
    settle_staff: Duration | None = None


class Expiry(Sheet):
    """`{from: visit.start, offset: 0}`; plain `-60min` means relative to the step's own anchor."""

    since: Anchor | None = Field(default=None, alias="from")
    offset: Duration


def _expiry(written: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
    return written if isinstance(written, dict) else {"offset": written}


class StepSheet(Sheet):
    """A journey step as a person edits it."""

    when: When
    on_past: OnPast = OnPast.SKIP
    grace: Duration = timedelta(hours=2)
    late_booking: Duration = timedelta(hours=2)
    reach: Duration = timedelta(days=7)
    expires_at: Annotated[Expiry, BeforeValidator(_expiry)]
    on_moved: str = "nothing"
    max_age: Duration = timedelta(minutes=60)
    channels: tuple[Channel, ...] = Field(min_length=1)
    labels: Labels
    template: str
    command: str = "send"
    kinds: tuple[ServiceKind, ...] = ()
    stop: tuple[StopOn, ...] = ()
    names_time: bool = False
    priority: int = 50
    bundles: bool = True
    absorbs: tuple[str, ...] = ()
    folds: tuple[str, ...] = ()
    not_under: Duration = timedelta(0)
    where_reachable: bool = False
    where_offered: bool = False
    urgent: bool = False
    needs: tuple[Need, ...] = ()
    modes: tuple[ReviewMode, ...] = ()
    min_grade: CompletionGrade = CompletionGrade.NONE
    when_open: bool | None = None
    intents: tuple[ReplyIntent, ...] = ()
    tasks: tuple[TaskKind, ...] = ()

    def step(self, key: str, owner: str, live_from: Instant | None) -> Step:
        """The canonical step. Raises ValueError for an `on_moved` that is neither nothing nor resend(…)."""
        moved, shift = _on_moved(self.on_moved)
        return Step(
            key=key,
            row=key.split("-", 1)[0],
            owner=owner,
            live_from=live_from,
            anchor=self.when.anchor,
            timing=_timing(self.when),
            offset=self.when.offset if self.when.promised is None else self.when.promised,
            settle=self.when.settle,
            settle_staff=self.when.settle if self.when.settle_staff is None else self.when.settle_staff,
            at=self.when.morning_of,
            expires=self.expires_at.offset,
            expires_from=self.expires_at.since,
            on_moved=moved,
            min_shift=shift,
            **self.model_dump(exclude={"when", "expires_at", "on_moved"}),
        )


def _timing(when: When) -> Timing:
    if when.morning_of:
        return Timing.MORNING_OF
    if when.instruction or when.rebook:
        return Timing.INSTRUCTION if when.instruction else Timing.REBOOK
    if when.deposit_deadline:
        return Timing.DEPOSIT_DEADLINE
    return Timing.OFFSET if when.promised is None else Timing.PROMISE


def _on_moved(written: str) -> tuple[OnMoved, timedelta]:
    if written == "nothing":
        return OnMoved.NOTHING, timedelta(0)
    match = _RESEND.fullmatch(written.strip())
    if match is None:
        message = "on_moved is `nothing`, `resend` or `resend(min_shift: 2h)`"
        raise ValueError(message)
    return OnMoved.RESEND, parse_duration(match[1]) if match[1] else timedelta(0)


def parse_hours(written: dict[str, Any]) -> dict[int, tuple[tuple[time, time], ...]]:
    """`{mon-fri: 09:00-18:00, sat: "10:00-12:00, 13:00-15:00"}` by weekday, Monday = 0. Raises ValueError."""
    days: dict[int, tuple[tuple[time, time], ...]] = {}
    for names, windows in written.items():
        for day in _weekdays(str(names)):
            days[day] = tuple(_window(part) for part in str(windows).split(","))
    return days


def _weekdays(names: str) -> range:
    first, _, last = names.partition("-")
    if first not in _DAYS or (last and last not in _DAYS):
        message = f"'{names}' is not a weekday or a range of them; write mon, or mon-fri"
        raise ValueError(message)
    return range(_DAYS.index(first), _DAYS.index(last or first) + 1)


def _window(part: str) -> tuple[time, time]:
    opens, _, closes = part.strip().partition("-")
    try:
        window = time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
    except ValueError:
        message = f"'{part.strip()}' is not a time window; write for example 09:00-18:00"
        raise ValueError(message) from None
    if window[0] >= window[1]:
        message = f"'{part.strip()}' closes before it opens"
        raise ValueError(message)
    return window
