"""`python -m tools.demo`: three weeks at Lumen Aesthetics, from the first morning to the last proof."""

import csv
import sys
import time
from datetime import datetime
from pathlib import Path

from tools.demo.calendar import BESIDE, Calendar, write_beside
from tools.demo.processes import DemoFailed
from tools.demo.screen import last_screen
from tools.demo.stage import SHIPPED, Stage, date_files, set_up
from tools.demo.story import Story
from tools.demo.weeks import CLOSING, DAYS, MORNING, Weeks, instant

FOLDER = Path(__file__).resolve().parents[2] / ".demo"


def say(text: str) -> None:
    """A line for whoever watches."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Play the weeks; 1 when something the demo shows is not so."""
    began = time.monotonic()
    say("Glowline demo: three weeks at a practice that does not exist, with vendors that do not either.")
    stage = set_up(FOLDER)
    try:
        weeks = _open(stage)
        _play(stage, weeks)
        say(last_screen(stage, weeks, began))
    except DemoFailed as failed:
        say(f"\nThe demo shows something that is not so: {failed}")
        return 1
    finally:
        stage.programs.stop()
    return 0


def _open(stage: Stage) -> Weeks:
    """The installation is founded at midnight of a night that has 25 hours, and everything there is is imported."""
    start = instant(0, MORNING).replace(hour=0)
    stage.get_ready()
    stage.programs.glowline("init")
    stage.build_door()
    calendar = Calendar.read(stage.told["source"] / "appointments.csv")
    calendar.export(stage.drop, start)
    stage.told["spoiled"] = calendar.spoil(stage.drop, start)
    for name in BESIDE:
        write_beside(stage.drop, name, [], start)
    date_files(stage, start)
    stage.told["imported"] = len(calendar.rows)
    answer = stage.turn(start)
    planned = answer["lumen"]["planned"]
    say(
        f"Imported {len(calendar.rows):,} appointments. From them {planned} messages about coming visits are planned, none about the past."
    )
    stage.open_door()
    reachable = _reachable()
    spanish = next(row["patient_id"] for row in reachable if row["language"] == "es")
    return Weeks(calendar, [row["patient_id"] for row in reachable[:400]], spanish)


def _reachable() -> list[dict[str, str]]:
    """Patients with a phone and a yes, the newest first: those who may book in these weeks."""
    with (SHIPPED / "contacts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        row
        for row in rows
        if row["phone"] and row["sms_consent"] and not row["sms_opt_out"] and not row["guardian_phone"]
    ]


def _play(stage: Stage, weeks: Weeks) -> None:
    """At most two looks a day: a run of the command before the first visit, a real Dagster run when the practice closes."""
    story = Story(stage, weeks)
    for day in range(DAYS):
        morning, closing = instant(day, MORNING), instant(day, CLOSING)
        weeks.morning(morning)
        story.happen(day, MORNING)
        weeks.calendar.export(stage.drop, morning)
        if story.looks_in_the_morning(day):
            stage.turn(morning)
        weeks.evening(closing)
        story.happen(day, CLOSING)
        weeks.calendar.export(stage.drop, closing)
        date_files(stage, closing)
        story.judge_the_run(day, stage.close_day(closing))
        story.after_closing(day)
        say(_line(stage, closing, story.headline(day)))


def _line(stage: Stage, now: datetime, headline: str) -> str:
    sent = len(stage.twilio.see("journal", accepted="true", action="send", vendor="twilio")["entries"])
    return f"  {now:%a %d %b}  {sent:>4} texts so far  {headline}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
