"""The last screen: every number read from the ledger or from the vendors' own journals, and held against each other."""

import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from tools.demo.calendar import HERE, Calendar
from tools.demo.processes import ROOT, DemoFailed
from tools.demo.stage import Stage
from tools.demo.weeks import Weeks

PRACTICE = "lumen"
_RULES = {
    "TCPA-02": "no consent",
    "UNK-01": "no phone or address",
    "TCPA-02+UNK-01": "no phone or address",
    "TCPA-13": "opted out",
    "BAA-01": "no tool for encrypted mail",
    "BAA-02": "agreement expired",
    "BAA-02+TCPA-02": "agreement expired",
    "TCPA-06": "daylight",
    "TCPA-07": "daylight",
    "FRESH-01": "facts too old",
    "MINOR-01": "a minor without a guardian's phone",
    "MINOR-01+UNK-01": "a minor without a guardian's phone",
}
_SPANISH_DAYS = {"lun": "Mon", "mar": "Tue", "mie": "Wed", "jue": "Thu", "vie": "Fri", "sab": "Sat", "dom": "Sun"}
_SPANISH_MONTHS = {"nov": "Nov", "dic": "Dec"}
_SPANISH_TIME = re.compile(r"\b(lun|mar|mie|jue|vie|sab|dom) (\d+) (nov|dic) a las ((?:[\d:]+(?: [AP]M)?(?:, | y )?)+)")


def last_screen(stage: Stage, weeks: Weeks, began: float) -> str:
    """Seven lines and three commands. `began`: of the demo (`time.monotonic`). Raises DemoFailed when two sources disagree."""
    texts = [t for t in stage.twilio.see("messages")["messages"] if t["direction"] == "outbound-api"]
    with ThreadPoolExecutor(
        2
    ) as desks:  # two programs at a time: each of them is a new process that imports everything
        proved, asked = desks.submit(_proof, stage), desks.submit(_why, stage, texts)
        totals = stage.programs.glowline("practices", "totals", PRACTICE)
        aside, proof, (action, why) = _set_aside(stage), proved.result(), asked.result()
    lines = [
        f"\nThree weeks at Lumen Aesthetics, from 1 to 21 November, in {time.monotonic() - began:.0f} seconds\n",
        f"In      {_read(totals, 'medscheduler_appointments'):,} appointments, and of a spoiled copy {aside} rows set aside with their line numbers · {_read(totals, 'new_leads')} leads{_answered(stage)}",
        f"Out     {_out(stage, totals)}",
        f"Held    {_held(totals)}",
        f"Truth   {_truth(weeks, texts, stage)}",
        f"Also    {_also(stage, texts)}",
        f"Doubt   {_doubt(stage, totals)}",
        f"Why     {why} (glowline explain {action})",
        f"Proof   {proof} · everything is accounted for ({_equation(totals['flow'])})",
        "",
        "Next    export GLOWLINE_HOME=.demo/home",
        f"        .venv/bin/glowline explain {action} · .venv/bin/glowline practices show {PRACTICE} · make dev",
    ]
    return "\n".join(lines)


def _read(totals: dict[str, Any], stream: str) -> int:
    return sum(row["records"] for row in totals["read"] if row["stream"] == stream)


def _set_aside(stage: Stage) -> int:
    found = sum(row["marks"] for row in stage.programs.glowline("quarantine", "list", PRACTICE))
    if found != stage.told["spoiled"]:
        message = f"{stage.told['spoiled']} rows were spoiled and {found} were set aside"
        raise DemoFailed(message)
    return int(found)


def _answered(stage: Stage) -> str:
    took = stage.told.get("answered_in")
    return f" · 1 web inquiry at 23:00, answered in {took:.1f} s" if took else ""


def _out(stage: Stage, totals: dict[str, Any]) -> str:
    """What the ledger says was sent must be what the vendors' journals say they accepted."""
    sent: Counter[str] = Counter()
    for row in totals["attempts"]:
        if row["outcome"] == "sent":
            sent[row["vendor"]] += row["attempts"]
    unknown = sum(
        row["attempts"]
        for row in totals["attempts"]
        if row["outcome"] in {"ambiguous", "abandoned"} and row["vendor"] == "twilio"
    )
    texts = len(stage.twilio.see("journal", accepted="true", action="send", vendor="twilio")["entries"])
    mails = len(stage.smtp.see("journal", accepted="true", action="send", vendor="smtp")["entries"])
    if not sent["twilio"] <= texts <= sent["twilio"] + unknown or mails != sent["smtp"]:
        message = f"the ledger says {sent['twilio']} texts (and {unknown} unknown) and {sent['smtp']} mails, the vendors say {texts} and {mails}"
        raise DemoFailed(message)
    return f"{sent['twilio']} texts, {sent['smtp']} mails, {sent['hubspot']} entries in the CRM; the vendors' own journals count the same"


def _held(totals: dict[str, Any]) -> str:
    by_state: dict[str, Counter[str]] = {"blocked": Counter(), "delayed": Counter()}
    for row in totals["reasons"]:
        if row["state"] in by_state:
            by_state[row["state"]][_RULES.get(row["reason"], row["reason"])] += row["actions"]
    blocked = by_state["blocked"]
    cancelled = sum(row["actions"] for row in totals["reasons"] if row["state"] == "cancelled")
    told = ", ".join(f"{reason} {number}" for reason, number in blocked.most_common(4))
    waited = by_state["delayed"]["daylight"]
    parts = [
        f"{sum(blocked.values())} blocked: {told}",
        *([f"{waited} waited for daylight"] if waited else []),
        f"{cancelled} cancelled because the facts changed",
    ]
    return " · ".join(parts)


def _truth(weeks: Weeks, texts: list[dict[str, Any]], stage: Stage) -> str:
    """Of everything a phone was told about a visit that changed, the last must be true; only who said STOP is told nothing."""
    phones, calendar = stage.phones(), weeks.calendar
    heard: dict[str, list[str]] = defaultdict(list)
    for text in sorted(texts, key=_written_at):
        heard[text["to"]].append(text["body"])
    named = 0
    for visit in {change.visit for change in calendar.changes}:
        phone = phones.get(calendar.rows[visit]["patient_id"], "")
        if phone != stage.told.get("stopped"):
            others = [
                one for one, row in calendar.rows.items() if phones.get(row["patient_id"]) == phone and one != visit
            ]
            named += must_be_true(visit, calendar, heard[phone], {said(calendar.start(one)) for one in others})
    what = Counter(change.what for change in calendar.changes)
    return f"{what['moved']} moves, {what['cancelled']} cancellations, {what['booked']} bookings: {named} of these visits were written about, and the last text about each is true"


def _also(stage: Stage, texts: list[dict[str, Any]]) -> str:
    """What else the vendors took: a deposit in Spanish, families, review links, a red flag. Raises DemoFailed where one is missing."""
    bodies = [text["body"] for text in texts]
    scenes = {
        "text in Spanish": sum(body.startswith(("Hola", "Le esperamos")) or " cita" in body for body in bodies),
        "text to a family about several visits": sum(len(times_in(body)) > 1 for body in bodies),
        "deposit asked for and paid": sum("go.example/d/" in body for body in bodies),
        "review link, to everybody who agreed to be asked": sum("go.example/r/" in body for body in bodies),
        "red flag": sum(
            "911" in body and text["to"] == stage.told.get("flagged") for text, body in zip(texts, bodies, strict=True)
        ),
    }
    absent = [what for what, number in scenes.items() if not number]
    if absent:
        message = f"nothing left for the scene: {', '.join(absent)}"
        raise DemoFailed(message)
    return " · ".join(f"{number} {what if number == 1 else _plural(what)}" for what, number in scenes.items())


def _plural(what: str) -> str:
    noun, *rest = what.split(" ", 1)
    return (
        " ".join((f"{noun}s" if noun in {"text", "deposit"} else noun, *rest))
        .replace("link,", "links,")
        .replace("flag", "flags")
    )


def must_be_true(visit: str, calendar: Calendar, heard: list[str], elsewhere: set[str]) -> bool:
    """Whether anything was said about a visit. Raises DemoFailed when the last of it is not true.

    `elsewhere`: times of other visits of the same phone, which say nothing about this one.
    """
    starts = {said(change.was) for change in calendar.changes if change.visit == visit} | {said(calendar.start(visit))}
    about = [body for body in heard if (times_in(body) & starts) - elsewhere]
    if not about:
        return False
    cancelled, last = calendar.rows[visit]["status"] == "cancelled", about[-1]
    if not _says_cancelled(last) if cancelled else said(calendar.start(visit)) not in times_in(last):
        message = f"visit {visit} is {'cancelled' if cancelled else 'at ' + said(calendar.start(visit))}, and the last text about it is: {last}"
        raise DemoFailed(message)
    return True


def said(start: datetime) -> str:
    """A time as a text names it."""
    return f"{start:%a, %b} {start.day} at {start.hour % 12 or 12}:{start:%M} {start:%p}"


def _says_cancelled(body: str) -> bool:
    return "cancelled" in body or "cancelada" in body


def _in_english(body: str) -> str:
    """Spanish days and times as English texts write them."""

    def english(found: re.Match[str]) -> str:
        day, number, month, times = found.groups()
        return f"{_SPANISH_DAYS[day]}, {_SPANISH_MONTHS[month]} {number} at {times.replace(' y ', ' and ')}"

    return _SPANISH_TIME.sub(english, body)


def times_in(body: str) -> set[str]:
    """Every time a text names, each with its day: `Mon, Nov 2 at 9:20 and 9:40 AM` names two."""
    found, body = set(), _in_english(body)
    for day, times in re.findall(r"(\w{3}, \w{3} \d+) at ((?:\d+:\d\d(?: [AP]M)?(?:, | and )?)+)", body):
        half = ""
        for clock, own_half in reversed(re.findall(r"(\d+:\d\d)(?: ([AP]M))?", times)):
            half = own_half or half
            found.add(f"{day} at {clock} {half}")
    return found


def _written_at(text: dict[str, Any]) -> datetime:
    return datetime.strptime(text["date_created"], "%a, %d %b %Y %H:%M:%S %z")


def _doubt(stage: Stage, totals: dict[str, Any]) -> str:
    """What was cut off, and what became of it; the vendor's journal must hold no attempt twice."""
    became = {row["outcome"]: row["attempts"] for row in totals["doubts"]}
    entries = stage.twilio.see("journal", accepted="true", action="send", vendor="twilio")["entries"]
    twice = [reference for reference, times in Counter(entry["reference"] for entry in entries).items() if times > 1]
    if twice:
        message = f"the vendor accepted {len(twice)} attempts twice"
        raise DemoFailed(message)
    told = {
        "sent": "had arrived",
        "abandoned": "could not be proved and is on the desk's list",
        "ambiguous": "still being looked up",
        "not_sent": "was proved not sent",
    }
    said = "; ".join(f"{number} {told.get(outcome, outcome)}" for outcome, number in became.items())
    return f"{sum(became.values())} sends whose answer never came: {said or 'none'}; none was sent twice"


def _why(stage: Stage, texts: list[dict[str, Any]]) -> tuple[str, str]:
    one = next(t for t in texts if "see you at" in t["body"] and t["status"] == "delivered")
    told = stage.programs.glowline("explain", one["sid"])
    action = told["story"]["action"]
    at = datetime.fromisoformat(action["due_at"]).astimezone(HERE)
    return action[
        "action_id"
    ], f"a text went out on {at:%d %b} because a visit was 24 hours away and nothing forbade it"


def _proof(stage: Stage) -> str:
    stage.programs.glowline("run", "checkpoint", PRACTICE)
    found = stage.programs.glowline("audit", "verify", PRACTICE)[PRACTICE]
    bundle = stage.folder / "audit-bundle"
    stage.programs.glowline("audit", "export", PRACTICE, str(bundle))
    second = subprocess.run(
        [sys.executable, "tools/verify_audit.py", str(bundle)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if not found["ok"] or second.returncode:
        message = f"the audit: {found['summary']} {second.stdout.strip()}"
        raise DemoFailed(message)
    return f"audit of {found['entries']:,} entries verified by two programs against {found['checkpoints']} checkpoints"


def _equation(flow: dict[str, int]) -> str:
    owed = flow["planned"] + flow["revived"]
    left = {
        name: number for name, number in flow.items() if name not in {"open_before", "planned", "revived"} and number
    }
    if owed != sum(left.values()):
        message = f"{owed} were planned and {sum(left.values())} are accounted for"
        raise DemoFailed(message)
    return f"{owed:,} planned = " + " + ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in left.items())
