"""Rate budgets of vendor accounts, shared by all processes of a machine, and what vendors say about them or do not."""

import contextlib
import fcntl
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Lock
from typing import Protocol

from pyrate_limiter import Rate as Budgeted
from pyrate_limiter import RateItem, SQLiteBucket

from connectors.kit.holding import Hold, HoldFile
from connectors.kit.manifest import Limit, ResetForm
from connectors.kit.underway import LONGEST_MS, MARGIN_MS, ByArrival, Underway

TOO_MANY = 429
BROKEN = 500
"""An answer below this says that somebody is there."""
_LONG = timedelta(hours=1)
"""From here on a window is so long that the longest request on its way is added to it, and none is watched."""
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=2)
_LONGEST_ASKED = timedelta(hours=24)
_DOWN_FOR = timedelta(minutes=1)
"""How long one read's vain insistence speaks for all others. A vendor that is back is noticed by the first that asks."""

Pause = Callable[[float], object]
"""Waits that many seconds of machine time. May return early when the process is to stop."""


class Budget(Protocol):
    """One account's right to make requests."""

    def take(self, patience: timedelta) -> timedelta | None:
        """Wait for the right to make one request, at most `patience`; then None. Else how long it would still take."""

    def hear(self, status: int, headers: Mapping[str, str]) -> None:
        """Learn from an answer, with which the request has ended. Header names are in lower case."""

    def ended(self) -> None:
        """Learn that this thread's request has ended without such an answer. One that nobody ends is taken to be on its way."""

    def found_down(self) -> None:
        """Learn that a read insisted in vain."""

    def is_down(self) -> bool:
        """Whether one did within the last minute, and nobody has had an answer since: then insisting is a waste."""


class Unlimited:
    """A budget for what has none: loopback vendors in tests, vendors without a limit."""

    def take(self, patience: timedelta) -> timedelta | None:
        """At once."""
        del patience
        return None

    def hear(self, status: int, headers: Mapping[str, str]) -> None:
        """Nothing to learn."""

    def ended(self) -> None:
        """Nothing to learn."""

    def found_down(self) -> None:
        """Nothing to learn."""

    def is_down(self) -> bool:
        """Never: what has no budget shares nothing."""
        return False


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The pause a vendor asks for in Retry-After (seconds or an HTTP date); None when it names none we can read."""
    written = headers.get("retry-after", "").strip()
    if written.isdigit():
        return min(timedelta(seconds=int(written)), _LONGEST_ASKED)
    with contextlib.suppress(ValueError):
        moment = parsedate_to_datetime(written)
        return min(max(moment - now, timedelta()), _LONGEST_ASKED) if moment.tzinfo else None
    return None


class SharedBudget:
    """A budget in a SQLite file under a file lock, so that every process of this machine draws from the same one.

    A thread has one request at a time: its answer, its end or its next `take` ends the one before, and a slow one counts from then.
    One thread per process and account takes, the others queue behind it, or a process with many threads would starve
    the rest. Processes queue in the kernel (flock), in the order they came. Nobody sleeps while holding that lock.
    """

    def __init__(self, path: Path, limits: tuple[Limit, ...], clock: Callable[[], datetime], pause: Pause) -> None:
        """`path` names the account's files, without a suffix. `clock` is machine time (UTC)."""
        self._limits = limits
        self._clock = clock
        self._pause = pause
        self._thread = Lock()
        self._turn = path.with_name(f"{path.name}.turn")
        self._hold = HoldFile(path.with_name(f"{path.name}.hold"))
        self._bucket: SQLiteBucket | None = None
        self._algorithm = ByArrival()
        watched = max((_ms(limit.rate.window) for limit in limits if limit.rate.window < _LONG), default=0)
        self._underway = Underway(path.with_name(f"{path.name}.underway"), watched + MARGIN_MS)
        if limits:
            rates = _rates(limits)
            # Its lock is filelock's, pinned at 3.20.0 (4.2 crashes). It polls, so processes queue at `_turn` before it.
            self._bucket = SQLiteBucket.init_from_file(
                rates, "taken", f"{path}.sqlite", use_file_lock=True, algorithm=self._algorithm
            )

    def take(self, patience: timedelta) -> timedelta | None:
        """See `Budget`."""
        give_up = self._now() + _ms(patience)
        if not self._thread.acquire(timeout=patience.total_seconds()):
            return patience
        try:
            while wait := self._wait():
                if self._now() + wait > give_up:
                    return timedelta(milliseconds=wait)
                self._pause(wait / 1000)
        finally:
            self._thread.release()
        return None

    def hear(self, status: int, headers: Mapping[str, str]) -> None:
        """See `Budget`. A 429 holds the whole account: every process, until the vendor's word or a growing pause."""
        if status == TOO_MANY:
            asked = retry_after(headers, self._clock())
            with self._locked():
                before = self._hold.read()
                pause = asked or min(_FIRST_PAUSE * 2 ** min(before.strikes, 10), _LONGEST_PAUSE)
                self._hold.write(Hold(max(before.until, self._now() + _ms(pause)), before.strikes + 1))
                self._underway.ended(self._now())
            return
        spent = self._spent(headers)
        with self._locked():
            self._underway.ended(self._now())
            before = self._hold.read()
            down = before.down_until if status >= BROKEN else 0
            if spent is not None or before.strikes or before.down_until != down:
                until = max(before.until, self._now() + _ms(spent)) if spent else before.until
                self._hold.write(Hold(until, down_until=down))

    def ended(self) -> None:
        """See `Budget`."""
        with self._locked():
            self._underway.ended(self._now())

    def found_down(self) -> None:
        """See `Budget`. Who says "too many" is not down."""
        with self._locked():
            before = self._hold.read()
            if not before.strikes:
                self._hold.write(replace(before, down_until=self._now() + _ms(_DOWN_FOR)))

    def is_down(self) -> bool:
        """See `Budget`."""
        return self._hold.read().down_until > self._now()

    def close(self) -> None:
        """Give the files back."""
        self._underway.close()
        if self._bucket is not None:
            self._bucket.close()  # type: ignore[no-untyped-call]  # the library left its annotation out

    def _wait(self) -> int:
        """Milliseconds until a request may be made; 0 when it was just taken from the budget."""
        with self._locked():
            now = self._now()
            held = self._hold.read().until - now
            if held > 0:
                return held
            if self._bucket is None:
                return 0
            self._algorithm.know(self._underway.ended(now), now)
            self._bucket.leak(now)
            item = RateItem("request", now)
            if self._bucket.put(item):
                self._underway.begun(now)
                return 0
            return max(int(self._bucket.waiting(item)), 1)  # type: ignore[arg-type]  # not awaitable for SQLite

    def _spent(self, headers: Mapping[str, str]) -> timedelta | None:
        """How long to hold because the vendor says that nothing is left of its window."""
        waits = [
            _until_reset(headers[limit.reset], limit.reset_in, self._clock())
            for limit in self._limits
            if limit.remaining and limit.reset in headers and headers.get(limit.remaining, "").strip() == "0"
        ]
        return max(waits, default=None)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with self._turn.open("ab") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def _now(self) -> int:
        return int(self._clock().timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Nested:
    """Budgets that one request draws from together: some paths have one of their own inside the account's."""

    budgets: tuple[Budget, ...]
    """The narrowest last: nothing is waited for between its word and the request."""

    def take(self, patience: timedelta) -> timedelta | None:
        """See `Budget`. A right taken from the account is lost where a narrow budget then says wait."""
        waits = (budget.take(patience) for budget in self.budgets)
        found = next((wait for wait in waits if wait is not None), None)
        if found is not None:
            self.ended()
        return found

    def hear(self, status: int, headers: Mapping[str, str]) -> None:
        """See `Budget`. A 429 does not say whose limit it was: it holds them all."""
        for budget in self.budgets:
            budget.hear(status, headers)

    def ended(self) -> None:
        """See `Budget`."""
        for budget in self.budgets:
            budget.ended()

    def found_down(self) -> None:
        """See `Budget`."""
        for budget in self.budgets:
            budget.found_down()

    def is_down(self) -> bool:
        """See `Budget`."""
        return any(budget.is_down() for budget in self.budgets)


def _rates(limits: tuple[Limit, ...]) -> list[Budgeted]:
    return [Budgeted(limit.rate.requests, _ms(limit.rate.window) + _margin(limit)) for limit in limits]


def _margin(limit: Limit) -> int:
    return MARGIN_MS if limit.rate.window < _LONG else LONGEST_MS


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _until_reset(written: str, form: ResetForm, now: datetime) -> timedelta:
    try:
        number = float(written)
    except ValueError:
        return _FIRST_PAUSE
    if form is ResetForm.EPOCH:
        number -= now.timestamp()
    span = timedelta(milliseconds=number) if form is ResetForm.MILLISECONDS else timedelta(seconds=number)
    return min(max(span, timedelta()), _LONGEST_ASKED)


class Budgets:
    """All budgets of this machine, one folder. Safe to use from any thread."""

    def __init__(self, folder: Path, clock: Callable[[], datetime], pause: Pause) -> None:
        """`clock` is machine time; `pause` waits."""
        self._folder = folder
        self._clock = clock
        self._pause = pause
        self._open: dict[str, SharedBudget] = {}
        self._lock = Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def of(self, vendor: str, account: str, limits: tuple[Limit, ...]) -> "SharedBudget":
        """The account's budget. The file's name does not show the account's."""
        return self._opened(vendor, account, tuple(limit for limit in limits if not limit.paths))

    def narrower(self, vendor: str, account: str, limits: tuple[Limit, ...], path: str) -> tuple["SharedBudget", ...]:
        """The budgets of the limits that count only some paths, that one among them."""
        apart = [limit for limit in limits if limit.paths and path.startswith(limit.paths)]
        return tuple(self._opened(vendor, f"{account} {' '.join(limit.paths)}", (limit,)) for limit in apart)

    def _opened(self, vendor: str, account: str, limits: tuple[Limit, ...]) -> "SharedBudget":
        name = f"{vendor}-{hashlib.sha256(account.encode()).hexdigest()[:16]}"
        with self._lock:
            if name not in self._open:
                self._open[name] = SharedBudget(self._folder / name, limits, self._clock, self._pause)
            return self._open[name]

    def close(self) -> None:
        """Give all files back."""
        with self._lock:
            for budget in self._open.values():
                budget.close()
            self._open.clear()
