"""Writes an appointments CSV of any length, in the shape of a medscheduler export: invented, and the same for the same seed.

python -m benchmarks.appointments_file 110000 appointments.csv
"""

import csv
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

HEADER = (
    "appointment_id",
    "slot_id",
    "scheduling_date",
    "appointment_date",
    "appointment_time",
    "scheduling_interval",
    "status",
    "check_in_time",
    "appointment_duration",
    "start_time",
    "end_time",
    "waiting_time",
    "patient_id",
    "sex",
    "age",
    "age_group",
)
STATUSES = ("attended", "did not attend", "cancelled", "scheduled", "unknown")
WEIGHTS = (76, 6, 16, 1.6, 0.4)
FIRST_DAY = date(2024, 1, 2)
SLOTS_A_DAY = 160
ATTENDED = "attended"


def write(path: Path, rows: int, seed: int = 20261126) -> None:
    """The file, with `rows` appointments of about four fifths as many people."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(_rows(rows, Random(seed)))


def _rows(rows: int, random: Random) -> Iterator[tuple[str, ...]]:
    people = max(rows * 4 // 5, 1)
    for number in range(1, rows + 1):
        day = FIRST_DAY + timedelta(days=number // SLOTS_A_DAY)
        ahead = random.randint(0, 30)
        minute = 9 * 60 + (number % SLOTS_A_DAY) // 6 * 20
        status = random.choices(STATUSES, WEIGHTS)[0]
        age = random.randint(16, 90)
        yield (
            f"{number:06d}",
            f"{number:06d}",
            (day - timedelta(days=ahead)).isoformat(),
            day.isoformat(),
            _clock(minute * 60),
            str(ahead),
            status,
            *_attended(minute * 60, random, attended=status == ATTENDED),
            f"{random.randint(1, people):06d}",
            random.choice(("Female", "Male")),
            str(age),
            f"{age // 5 * 5}-{age // 5 * 5 + 4}",
        )


def _attended(planned: int, random: Random, *, attended: bool) -> tuple[str, str, str, str, str]:
    if not attended:
        return "", "", "", "", ""
    arrived = planned - random.randint(0, 900)
    began = planned + random.randint(0, 1200)
    length = random.randint(300, 1500)
    return _clock(arrived), f"{length / 60:.1f}", _clock(began), _clock(began + length), f"{(began - arrived) / 60:.1f}"


def _clock(second: int) -> str:
    return (datetime(2024, 1, 1) + timedelta(seconds=second)).strftime("%H:%M:%S")  # noqa: DTZ001 - a clock on a wall


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
