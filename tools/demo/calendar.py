"""The booking tool of the demo: a calendar that lives on, and exports itself as the CSV its practice gets."""

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

Row = dict[str, str]
HERE = ZoneInfo("America/New_York")
LONGEST = timedelta(minutes=30)
SPOILS = (
    ("appointment_date", "not a date"),
    ("appointment_time", "25:99:00"),
    ("appointment_id", ""),
    ("appointment_id", "9.37E+12"),
    ("appointment_date", "2026-13-45"),
    ("appointment_time", "noon"),
    ("appointment_date", ""),
    ("appointment_time", ""),
    ("appointment_id", "1.2E+05"),
)
"""One bad field each: what the spoiled copy holds."""


@dataclass
class Change:
    """What happened to a visit, and what is true since."""

    visit: str
    what: str
    at: datetime
    was: datetime
    """When it would have begun until then."""


@dataclass
class Calendar:
    """Appointments by id, in the tool's own columns."""

    rows: dict[str, Row]
    columns: list[str]
    changes: list[Change] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path) -> "Calendar":
        """The export a practice begins with."""
        with file.open(encoding="utf-8", newline="") as source:
            reader = csv.DictReader(source)
            return cls({row["appointment_id"]: row for row in reader}, list(reader.fieldnames or ()))

    def start(self, visit: str) -> datetime:
        """When a visit begins."""
        row = self.rows[visit]
        return datetime.fromisoformat(f"{row['appointment_date']}T{row['appointment_time']}").replace(tzinfo=HERE)

    def ahead(self, now: datetime, days: int = 14) -> list[str]:
        """Visits still expected from the day after tomorrow on within so many days, soonest first.

        Nothing changes later than that: a notice waits until its visit has settled (R9), and the demo may look once a day only.
        """
        live = (visit for visit, row in self.rows.items() if row["status"] == "scheduled")
        first, last = now + timedelta(days=2), now + timedelta(days=days)
        near = [visit for visit in live if first < self.start(visit) < last]
        return sorted(near, key=self.start)

    def expects(self, day: date) -> bool:
        """Whether somebody is to come that day."""
        return any(
            row["status"] == "scheduled" and row["appointment_date"] == day.isoformat() for row in self.rows.values()
        )

    def book(self, patient: str, day: date, clock: str, now: datetime) -> str:
        """A new visit."""
        visit = f"9{len(self.rows):05d}"
        row = dict.fromkeys(self.columns, "") | {
            "appointment_id": visit,
            "patient_id": patient,
            "scheduling_date": now.astimezone(HERE).date().isoformat(),
            "appointment_date": day.isoformat(),
            "appointment_time": clock,
            "status": "scheduled",
        }
        self.rows[visit] = row
        self.changes.append(Change(visit, "booked", now, self.start(visit)))
        return visit

    def move(self, visit: str, to: datetime, now: datetime) -> None:
        """A visit at another time."""
        self.changes.append(Change(visit, "moved", now, self.start(visit)))
        self.rows[visit] |= {"appointment_date": f"{to:%Y-%m-%d}", "appointment_time": f"{to:%H:%M:%S}"}

    def cancel(self, visit: str, now: datetime) -> None:
        """A visit that does not take place."""
        self.rows[visit]["status"] = "cancelled"
        self.changes.append(Change(visit, "cancelled", now, self.start(visit)))

    def pass_by(self, now: datetime) -> None:
        """What lies behind us took place."""
        for visit, row in self.rows.items():
            if row["status"] == "scheduled" and self.start(visit) + LONGEST < now:
                row["status"] = "attended"

    def export(self, drop: Path, now: datetime) -> None:
        """The file as the tool writes it, dated now; an export that says the same is not written."""
        _write(drop / "medscheduler_appointments.csv", self.columns, self.rows.values(), now)

    def spoil(self, drop: Path, now: datetime) -> int:
        """A copy somebody had open in a spreadsheet, older than the real export; returns how many rows are bad."""
        rows = [dict(row) for row in list(self.rows.values())[: 4 * len(SPOILS)]]
        for at, (column, bad) in enumerate(SPOILS):
            rows[4 * at] |= {"appointment_id": f"S{at:05d}"} | {column: bad}
        _write(drop / "medscheduler_appointments-from-a-spreadsheet.csv", self.columns, rows, now - timedelta(hours=1))
        return len(SPOILS)


SESSIONS = ["appointment_id", "patient_id", "start", "status", "service", "booked_at", "booked_by"]
PAYMENTS = ["payment_id", "patient_id", "appointment_id", "amount", "status", "deposit", "paid_at"]
BESIDE = {"appointments": SESSIONS, "payments": PAYMENTS}
"""Small exports of the tool beside its calendar, by name, with their columns."""


def write_beside(drop: Path, name: str, rows: list[Row], now: datetime) -> None:
    """One of them as it stands, dated now."""
    _write(drop / f"{name}.csv", BESIDE[name], rows, now)


def _write(file: Path, columns: list[str], rows: Iterable[Row], now: datetime) -> None:
    part = file.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.utime(part, (now.timestamp(),) * 2)
    part.rename(file)
