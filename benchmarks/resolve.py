"""What it costs to know who is who and what is one visit: an import from nothing, and a tick before and after history doubles.

    python -m benchmarks.resolve

The import is 8,000 people, 30,000 visits and 900 leads with invented names. A tick is one new version of a person, of an
appointment and of an inquiry; its figure is processor time, the best of several, because other work on the machine only
ever adds.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter, process_time

from rich.console import Console
from rich.table import Table

from canonical.inquiries import InquiryRecord, InquirySource
from canonical.model import Noun
from canonical.people import PersonRecord
from canonical.visits import Appointment, AppointmentStatus
from ledger.keys import LedgerKey
from ledger.session import Session
from ledger.store import Store, create, embedded
from pipelines.resolve import resolve
from pipelines.visits.stage import update_inquiries, update_visits
from tests.pipelines.resolve.landed import NOW, Landing, practice

PEOPLE, VISITS, LEADS = 8_000, 30_000, 900
QUARTERS = 60_000
"""Quarters of an hour in a history: a year and nine months."""
TICKS = 25
ALLOWED = 1.2
"""How much longer a tick may take when there is twice the history."""
KEY = LedgerKey(b"benchmark" + bytes(23))
GIVEN = (
    "Ana",
    "Liz",
    "Maria",
    "Rose",
    "Emma",
    "Jo",
    "Kim",
    "Lena",
    "Mia",
    "Nora",
    "Olga",
    "Pia",
    "Rita",
    "Sara",
    "Tess",
    "Uma",
)
FAMILY = (
    "Adler",
    "Berg",
    "Cruz",
    "Diaz",
    "Eng",
    "Fox",
    "Garcia",
    "Hall",
    "Ito",
    "Kim",
    "Lopez",
    "Moss",
    "Novak",
    "Ortiz",
)


@dataclass
class Measured:
    """A store whose writing sessions are timed."""

    store: Store
    landing: Landing
    holds: list[float] = field(default_factory=list)
    landed: int = 0
    """Histories."""

    @contextmanager
    def writing(self, **how: object) -> Iterator[Session]:
        """The store's own, with a watch."""
        with Store.writing(self.store, **how) as session:  # type: ignore[arg-type]  # the watched store stands in for itself
            began = perf_counter()
            yield session
        self.holds.append(perf_counter() - began)

    def run(self) -> dict[str, float]:
        """Seconds of each stage."""
        house, seconds = practice(), {}
        stages = {
            "resolve": lambda: resolve(self.store, house, (), NOW, "run"),
            "visits": lambda: update_visits(self.store, house, NOW, "run"),
            "inquiries": lambda: update_inquiries(self.store, house, NOW, "run"),
        }
        for name, stage in stages.items():
            began = perf_counter()
            stage()
            seconds[name] = perf_counter() - began
        return seconds

    def land(self, dice: random.Random) -> None:
        """A history: a version of every person, and as many visits and leads again, before those that are here."""
        self.landed += 1
        people = range(PEOPLE)
        self._put([_person(n, dice) for n in people])
        back = (self.landed - 1) * QUARTERS * timedelta(minutes=15)
        visits = (_appointment(f"{self.landed}-{n}", dice.choice(people), dice) for n in range(VISITS))
        self._put([one.model_copy(update={"start": one.start - back}) for one in visits])
        self._put([_lead(f"{self.landed}-{n}", dice.choice(people), dice) for n in range(LEADS)])

    def _put(self, nouns: list[Noun]) -> None:
        for start in range(0, len(nouns), 5_000):
            self.landing.put("book", *nouns[start : start + 5_000])

    def tick(self, n: int, dice: random.Random) -> float:
        """Processor seconds of one run with one new version of each kind."""
        ahead = _appointment(f"t{n}", n, dice).model_copy(update={"start": NOW + timedelta(days=9), "booked_at": NOW})
        self._put([_person(PEOPLE + n, dice), ahead, _lead(f"t{n}", n, dice)])
        began = process_time()
        self.run()
        return process_time() - began


def _person(n: int, dice: random.Random) -> PersonRecord:
    """One in ten shares a phone with another."""
    return PersonRecord(
        vendor_id=str(n),
        given_name=dice.choice(GIVEN),
        family_name=dice.choice(FAMILY),
        birth_date=date(1950, 1, 1) + timedelta(days=dice.randrange(20_000)),
        phones=(f"+1212{2_000_000 + n * 9 // 10:07d}",),
        emails=(f"p{n}@example.com",),
        is_patient=True,
        created_at=NOW - timedelta(days=dice.randrange(700)),
    )


def _appointment(vendor_id: str, who: int, dice: random.Random) -> Appointment:
    start = NOW + timedelta(minutes=15 * dice.randrange(-QUARTERS, 3_000))
    done = AppointmentStatus.COMPLETED if start < NOW else AppointmentStatus.BOOKED
    return Appointment(
        vendor_id=vendor_id,
        person_vendor_id=str(who),
        start=start,
        status=AppointmentStatus.CANCELLED if dice.random() < 0.15 else done,  # noqa: PLR2004 - as in medscheduler
        service=dice.choice(("Botox", "Facial")),
        provider=dice.choice(("Ana Ruiz", "Bea Lund")),
        booked_at=start - timedelta(days=dice.randrange(1, 60)),
        updated_at=min(NOW, start - timedelta(hours=dice.randrange(1, 24))),
    )


def _lead(vendor_id: str, who: int, dice: random.Random) -> InquiryRecord:
    return InquiryRecord(
        vendor_id=vendor_id,
        source=InquirySource.WEB_FORM,
        full_name=f"{dice.choice(GIVEN)} {dice.choice(FAMILY)}",
        phone=f"+1212{2_000_000 + who * 9 // 10:07d}",
        received_at=NOW - timedelta(hours=dice.randrange(9_000)),
    )


def measured(folder: Path) -> Measured:
    """An empty ledger under watch."""
    path = folder / "ledger.duckdb"
    create(path, practice_id="lumen", key=KEY)
    store = embedded(path, "lumen", KEY)
    watch = Measured(store, Landing(store))
    store.writing = watch.writing  # type: ignore[assignment, method-assign]  # watched, not changed
    return watch


def main() -> int:
    """Measure, print, and fail where the demanded ratio is not kept."""
    console, dice = Console(), random.Random(20261101)
    with tempfile.TemporaryDirectory() as folder:
        watch = measured(Path(folder))
        watch.land(dice)
        watch.holds.clear()
        seconds = watch.run()
        longest = max(watch.holds)
        idle = min(sum(watch.run().values()) for _ in range(TICKS))
        once = min(watch.tick(n, dice) for n in range(TICKS))
        watch.land(dice)
        watch.run()
        twice = min(watch.tick(TICKS + n, dice) for n in range(TICKS))
    table = Table("", "seconds", title=f"{PEOPLE:,} people, {VISITS:,} visits, {LEADS:,} leads")
    for name, taken in seconds.items():
        table.add_row(f"import: {name}", f"{taken:.2f}")
    table.add_row("longest hold of the ledger", f"{longest:.3f}")
    table.add_row("a tick with nothing new", f"{idle:.4f}")
    table.add_row("a tick with one new version of each kind (processor)", f"{once:.4f}")
    table.add_row("the same with twice the history (processor)", f"{twice:.4f}")
    console.print(table)
    console.print(f"twice the history: {twice / once:.2f} x the tick, {ALLOWED} allowed")
    return int(twice / once > ALLOWED)


if __name__ == "__main__":
    raise SystemExit(main())
