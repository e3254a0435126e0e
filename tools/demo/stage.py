"""The demo's stage: vendors, an installation, the door, and the two programs that carry time forward."""

import csv
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import requests  # noqa: TID251 - the demo is outside; it knocks at the door like anybody

from tools.demo.calendar import BESIDE
from tools.demo.processes import PATIENCE, ROOT, DemoFailed, Programs, Vendor, ask, environment, wait_for

DESK = "+12125550110"
PORT = 8641
HEALTH = f"http://127.0.0.1:{PORT}/health"
A_LOOK = 1.1
"""Seconds after which every program has seen a turned clock."""
SHARED = ROOT.parent / "shared" / "data" / "medscheduler"
SHIPPED = ROOT / "practices" / "demo" / "lumen" / "data"
WEBFORM_SECRET = "an-invented-secret-that-only-the-form-knows"  # noqa: S105 - invented


@dataclass
class Stage:
    """Everything that runs, and the way to talk to it."""

    folder: Path
    programs: Programs
    twilio: Vendor
    hubspot: Vendor
    smtp: Vendor
    along: "subprocess.Popen[str] | None" = None
    days: "subprocess.Popen[str] | None" = None
    door_is_open: bool = False
    told: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    """What the installation's settings refer to, as environment variables."""

    @property
    def drop(self) -> Path:
        """The drop folder of the booking tool."""
        return self.folder / "drop"

    @property
    def home(self) -> Path:
        """The installation."""
        return self.folder / "home"

    def phones(self) -> dict[str, str]:
        """Whom the export says to call where, by patient."""
        with (self.drop / "contacts.csv").open(encoding="utf-8") as file:
            return {
                row["patient_id"]: "+1" + "".join(filter(str.isdigit, row["phone"]))
                for row in csv.DictReader(file)
                if row["phone"]
            }

    def turn(self, now: datetime) -> dict[str, Any]:
        """Turn every clock and run the hub at that instant."""
        self._until_answered()
        self._clocks(now)
        return self._along(now.astimezone(UTC).isoformat())

    def _along(self, line: str) -> dict[str, Any]:
        if self.along is None:
            self.along = self.programs.start("along", "console.cli.along")
        return ask(self.along, line)

    def close_day(self, now: datetime) -> dict[str, Any]:
        """One real Dagster run ends the day."""
        self._turn_only(now)
        return ask(self.get_ready(), json.dumps({"job": "day", "tags": {"day": f"{now:%Y-%m-%d}"}}))

    def get_ready(self) -> "subprocess.Popen[str]":
        """The program that runs Dagster. It takes seconds to start and can do so while others work."""
        if self.days is None:
            self.days = self.programs.start("dagster", "orchestration.day_runner")
        return self.days

    def set_clocks(self, now: datetime) -> None:
        """Turn everybody's clock, and wait until the door, which looks once a second, has seen it."""
        self._turn_only(now)
        Event().wait(A_LOOK)

    def _turn_only(self, now: datetime) -> None:
        self._until_answered()
        self._clocks(now)
        self._along(f"turn {now.astimezone(UTC).isoformat()}")

    def _until_answered(self) -> None:
        """Hours do not leap over somebody who has just written: the door hears them out first."""
        self.twilio.do("settle")
        pause = Event()
        for _ in range(int(PATIENCE / 0.02) if self.door_is_open else 0):
            if requests.get(HEALTH, timeout=PATIENCE).json()["at_ease"]:
                return
            pause.wait(0.02)

    def build_door(self) -> None:
        """Start the receiver, which takes a second while others work."""
        self.programs.start("door", "receiver")

    def open_door(self) -> None:
        """Wait until the receiver says that it is well."""
        pause = Event()
        for _ in range(int(PATIENCE / 0.1)):
            try:
                if requests.get(HEALTH, timeout=PATIENCE).ok:
                    self.door_is_open = True
                    return
            except requests.ConnectionError:
                pause.wait(0.1)
        message = "the door did not open: see .demo/logs/door.log"
        raise DemoFailed(message)

    def _clocks(self, now: datetime) -> None:
        for vendor in (self.twilio, self.hubspot, self.smtp):
            vendor.do("clock", now=now.astimezone(UTC).isoformat())


def set_up(folder: Path) -> Stage:
    """Start the vendors and found the installation. Whatever an earlier demo left is thrown away."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("logs", "drop", "vendors", "dagster"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(ROOT / "practices" / "demo", folder / "home", ignore=shutil.ignore_patterns("data"))
    stage = start_vendors(folder)
    _prepare(stage)
    return stage


def start_vendors(folder: Path) -> Stage:
    """Start the vendors, with accounts that are as new as their process."""
    ports = folder / "ports.json"
    ports.unlink(missing_ok=True)
    programs = Programs(environment(), folder / "logs")
    programs.start(
        "vendors",
        "emulators",
        "--port-file",
        str(ports),
        "--state",
        str(folder / "vendors"),
        "--only",
        "twilio,hubspot,smtp",
    )
    about = wait_for(ports)
    settings = _settings(folder, about)
    programs.environment |= settings
    twilio, hubspot, smtp = (Vendor(about[name]["control"], name) for name in ("twilio", "hubspot", "smtp"))
    stage = Stage(folder, programs, twilio, hubspot, smtp, settings=settings)
    _furnish_accounts(stage)
    return stage


def _settings(folder: Path, about: Any) -> dict[str, str]:  # noqa: ANN401 - the port file
    twilio, hubspot, smtp = (about[name] for name in ("twilio", "hubspot", "smtp"))
    account, portal = twilio["accounts"][0], hubspot["portals"][0]
    user, password = next(iter(smtp["users"].items()))
    return {
        "GLOWLINE_HOME": str(folder / "home"),
        "DAGSTER_HOME": str(folder / "dagster"),
        "GLOWLINE_DEMO_DROP": str(folder / "drop"),
        "GLOWLINE_DEMO_TWILIO": json.dumps({"account_sid": account["sid"], "auth_token": account["auth_token"]}),
        "GLOWLINE_DEMO_TWILIO_URL": twilio["url"],
        "GLOWLINE_DEMO_HUBSPOT": json.dumps({"token": portal["tokens"][0], "client_secret": portal["client_secret"]}),
        "GLOWLINE_DEMO_HUBSPOT_URL": hubspot["url"],
        "GLOWLINE_DEMO_WEBFORM": json.dumps({"secret": WEBFORM_SECRET}),
        "GLOWLINE_DEMO_SMTP": json.dumps({"user": user, "password": password}),
        "GLOWLINE_DEMO_SMTP_PORT": str(smtp["port"]),
        "GLOWLINE_DEMO_SMTP_CA": smtp["ca"],
    }


def _furnish_accounts(stage: Stage) -> None:
    """Numbers and properties that a real account would have."""
    stage.twilio.do("numbers", phone_number=DESK, sms_url=f"http://127.0.0.1:{PORT}/hooks/twilio/lumen/twilio")
    for kind in ("contacts", "tasks", "communications", "notes"):
        stage.hubspot.do("property", type=kind, name="glowline_id", unique=True)
    stage.hubspot.do("property", type="contacts", name="glowline_source")


def _prepare(stage: Stage) -> None:
    """The files of the booking tool, and where the door is."""
    source = SHARED if (SHARED / "appointments.csv").is_file() else SHIPPED
    shutil.copy(source / "patients.csv", stage.drop / "medscheduler_patients.csv")
    shutil.copy(SHIPPED / "contacts.csv", stage.drop / "contacts.csv")
    stage.told["source"] = source
    installation = stage.home / "installation.yaml"
    installation.write_text(
        installation.read_text() + f"receiver: {{public_url: 'http://127.0.0.1:{PORT}', port: {PORT}}}\n"
    )


def date_files(stage: Stage, now: datetime) -> None:
    """Forms and money are exported once a day; the calendar itself every few hours."""
    for name in BESIDE:
        os.utime(stage.drop / f"{name}.csv", (now.timestamp(),) * 2)
