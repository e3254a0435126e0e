"""The worker behind the door: it takes what lies in the spool, and carries each practice that got something through every stage.

One thread sorts, a few carry. Reports on our own messages come by the dozen and hurry nobody: they are taken with the next
pulse. It also looks every few seconds for what must not wait for the next tick: notices whose settle window is over (R9),
answers that a vendor asked us to try later, confirmations of opt-outs; a practice whose tick has just begun is looked after by
that. Whatever it does not get to, the periodic lane does: the spool is swept, and every stage goes on from where the ledger
says it is.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from canonical.ids import Prefix, RunId, derived_id
from pipelines.accept.spool import Spool
from pipelines.tick.doorway import HubRooms, take_in, tidy, try_homeless
from pipelines.tick.hub import Hub
from pipelines.tick.rereading import read_again
from pipelines.tick.sequence import carry, something_waits
from receiver.queue import Errand, Queue

WAKE_EVERY: Final = 5.0
"""Seconds of machine time."""
INTRODUCE_EVERY: Final = 60.0
"""Seconds after which settings are looked at again for accounts that came or went."""
TIDY_EVERY: Final = 3600.0
LANES: Final = 3
"""Practices carried at a time: one whose vendor is slow holds up nobody else."""
LONGEST_ASIDE: Final = 60.0
"""Seconds of machine time after which reports are looked for, whoever may be at work."""
LONGEST_PATIENCE: Final = 300.0
"""Seconds of machine time after which a practice that failed is tried again at the latest."""

log = logging.getLogger(__name__)


@dataclass
class _Trouble:
    """How often in a row a practice failed, and until when it is left alone."""

    times: int = 0
    until: float = 0.0


@dataclass
class Every:
    """Something that is due at once, and again whenever so many seconds of machine time have passed."""

    seconds: float
    _next: float = field(default=float("-inf"))

    def due(self) -> bool:
        """Whether it is; then it is not for a while."""
        if self.left() > 0:
            return False
        self._next = monotonic() + self.seconds
        return True

    def left(self) -> float:
        """Seconds until it is due."""
        return max(0.0, self._next - monotonic())


@dataclass
class Worker:
    """Carries what arrives. `start` it once; `stop` returns when the lanes have finished what they were at."""

    hub: Hub
    spool: Spool
    wake_every: float = WAKE_EVERY
    lanes: int = LANES
    queue: Queue = field(default_factory=Queue)
    _nudged: threading.Event = field(default_factory=threading.Event, repr=False)
    _stopping: threading.Event = field(default_factory=threading.Event, repr=False)
    _threads: list[threading.Thread] = field(default_factory=list, repr=False)
    _trouble: dict[str, _Trouble] = field(default_factory=dict, repr=False)
    _runs: int = 0
    _sorting: bool = False
    last_look: float = 0.0
    """When the sorter last looked into the spool (`time.monotonic`)."""

    def start(self) -> None:
        """Begin. What lies in the spool from before is taken first."""
        self._sorting = True
        bodies = [("door-sorter", self._sort), *((f"door-lane-{n}", self._lane) for n in range(self.lanes))]
        self._threads = [threading.Thread(target=body, name=name, daemon=True) for name, body in bodies]
        for thread in self._threads:
            thread.start()

    def nudge(self) -> None:
        """Something is in the spool."""
        self._nudged.set()

    def stop(self) -> None:
        """End: nothing new is begun."""
        self._stopping.set()
        self._nudged.set()
        self.queue.close()
        for thread in self._threads:
            thread.join()

    @property
    def at_rest(self) -> bool:
        """Whether nothing that has arrived waits to be carried."""
        busy = self._nudged.is_set() or self._sorting or set(self.spool.names()) - self.spool.stuck
        return not busy and self.queue.idle

    @property
    def at_ease(self) -> bool:
        """Whether nobody who has spoken waits; reports on our own messages may still lie there."""
        return not (self._nudged.is_set() or self._sorting or self.spool.speech()) and self.queue.idle

    @property
    def alive(self) -> bool:
        """Whether all threads run."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def _sort(self) -> None:
        pulse, roll_call, housework = Every(self.wake_every), Every(INTRODUCE_EVERY), Every(TIDY_EVERY)
        while not self._stopping.is_set():
            self._sorting = True
            self._nudged.clear()
            beat = pulse.due()
            if self.spool.speech() or (beat and self._reports_are_ours()):
                self._look()
            if roll_call.due():
                self._each_practice(self._introduced)
            if beat:
                self._each_practice(self._waits)
            if housework.due():
                self._tidy()
            self._sorting = False
            self._nudged.wait(pulse.left())

    def _look(self) -> None:
        """The spool into the ledgers; every practice that got something gets a turn."""
        self.last_look = monotonic()
        try:
            drained = take_in(self.hub, self.spool, self._run_id("door"))
        except (
            Exception
        ) as error:  # the installation's ledger is out of reach: files stay, and the next look tries again
            log.warning("door: the spool could not be emptied (%s)", type(error).__name__)
            return
        for practice in sorted(drained.practices):
            hints = [hint for hint in drained.hints if hint.owner.practice_id == practice]
            self.queue.put(practice, hints, whole=practice in drained.spoken)

    def _tidy(self) -> None:
        try:
            tidy(self.hub, self.spool)
        except Exception as error:  # it is tried again in an hour, and nothing depends on it
            log.warning("door: could not tidy up (%s)", type(error).__name__)

    def _each_practice(self, waits: Callable[[str], bool]) -> None:
        """A turn for every practice of which that is true."""
        for practice in self.hub.practices():
            if self._stopping.is_set() or self._left_alone(practice):
                continue
            try:
                wanted = practice in self._trouble or waits(practice)
            except Exception as error:  # one practice's broken settings or ledger stop no other's notice
                self._failed(practice, "pulse", error)
                continue
            if wanted:
                self.queue.put(practice)

    def _reports_are_ours(self) -> bool:
        """Whether nobody else takes them along just now; they wait a minute at most."""
        waited = monotonic() - self.last_look
        return waited > LONGEST_ASIDE or not any(map(self._is_ticked, self.hub.practices()))

    def _is_ticked(self, practice: str) -> bool:
        """Whether a tick has just begun there: it takes the reports along and does what a pulse would do, undisturbed."""
        return self.hub.store(practice).ticking.is_under_way()

    def _waits(self, practice: str) -> bool:
        return not self._is_ticked(practice) and something_waits(
            self.hub.store(practice), self.hub.clock.business_now()
        )

    def _introduced(self, practice: str) -> bool:
        """Let the installation know its accounts as they are now; whether it has landed something that nobody understood.

        A process that was killed leaves such a thing, and so does a sync.
        """
        opened = self.hub.open(practice)
        if HubRooms(self.hub).declare(opened) and try_homeless(self.hub, self.spool):
            self.nudge()
        with opened.store.reading() as session:
            return opened.ear.unheard(session)

    def _lane(self) -> None:
        while not self._stopping.is_set():
            errand = self.queue.take(self.wake_every)
            if errand is None:
                continue
            try:
                self._carry(errand)
            except (
                Exception
            ) as error:  # one event's trouble must not end the lane; the raw row stays and is carried again
                self._failed(errand.practice, "lane", error)
            finally:
                self.queue.done(errand.practice)

    def _carry(self, errand: Errand) -> None:
        practice, run = self.hub.open(errand.practice), self._run_id(errand.practice)
        _, later = read_again(practice, errand.hints, run) if errand.hints else (None, ())
        if later:
            log.info("door: %s: %d hints wait for the next sync", errand.practice, len(later))
        carry(practice, run, whole=errand.whole)
        self._trouble.pop(errand.practice, None)

    def _failed(self, practice: str, where: str, error: Exception) -> None:
        """Left alone for a while, twice as long each time. The periodic lane goes on meanwhile and reports what is wrong."""
        trouble = self._trouble.setdefault(practice, _Trouble())
        trouble.times += 1
        trouble.until = monotonic() + min(self.wake_every * 2**trouble.times, LONGEST_PATIENCE)
        log.warning("door: %s: the %s failed (%s)", practice, where, type(error).__name__)

    def _left_alone(self, practice: str) -> bool:
        trouble = self._trouble.get(practice)
        return trouble is not None and monotonic() < trouble.until

    def _run_id(self, name: str) -> RunId:
        self._runs += 1
        at = self.hub.clock.machine_now().isoformat()
        return RunId(derived_id(Prefix.RUN, name, "door", at, str(self._runs)))
