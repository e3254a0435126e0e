"""What happens besides booking: a STOP, a web inquiry at 23:00, leads, an outage, an agreement that runs out."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from typing import Any

import requests  # noqa: TID251 - the demo is outside; it posts the form like a website does

from tools.demo.calendar import write_beside
from tools.demo.processes import DemoFailed
from tools.demo.stage import DESK, PORT, WEBFORM_SECRET, Stage
from tools.demo.weeks import CLOSING, MORNING, Weeks, instant

STOPS, INQUIRES, OUTAGE, BACK, EXPIRED, RENEWED = 4, 1, 9, 11, 18, 20
DEPOSIT, PAID, FLAG = 5, 6, 7
ASKER = "(917) 555-0199"
SESSION = "S-1"
MOST_SECONDS = 30.0


@dataclass
class Story:
    """The scenes, by day and hour."""

    stage: Stage
    weeks: Weeks

    def happen(self, day: int, hour: clock) -> None:
        """Whatever this hour of this day brings."""
        scenes = {
            (0, CLOSING): self._leads,
            (STOPS, CLOSING): self._stop,
            (DEPOSIT, CLOSING): self._books_with_a_deposit,
            (PAID, CLOSING): self._pays,
            (FLAG, CLOSING): self._red_flag,
            (OUTAGE, MORNING): self._cut_off,
            (OUTAGE, CLOSING): self._outage,
            (BACK, CLOSING): self._back,
            (RENEWED, MORNING): self._renew,
        }
        scene = scenes.get((day, hour))
        if scene:
            scene()

    def looks_in_the_morning(self, day: int) -> bool:
        """Until Twilio is back, and again when the agreement is: in between, one look a day shows it all."""
        return (day <= BACK or day >= RENEWED) and self.weeks.calendar.expects(instant(day, MORNING).date())

    def after_closing(self, day: int) -> None:
        """The night's scene: somebody writes at 23:00."""
        if day == INQUIRES:
            self.stage.set_clocks(instant(day, clock(23)))
            self._inquiry()

    def judge_the_run(self, day: int, answer: Mapping[str, Any]) -> None:
        """A day's Dagster run is green, except while Twilio is down or a send is in doubt: then it must be red."""
        red, why = not answer.get("success"), "; ".join(map(str, answer.get("failed", [answer])))
        down = OUTAGE <= day < BACK
        if down and not red:
            message = f"Twilio was down on day {day + 1}, and the Dagster run did not say so"
            raise DemoFailed(message)
        if red and not OUTAGE <= day <= BACK:
            message = f"the Dagster run of day {day + 1} failed: {why}"
            raise DemoFailed(message)
        self.stage.told.setdefault("red", []).extend([day] if red else [])

    def headline(self, day: int) -> str:
        """What a newcomer should notice of the day."""
        return {
            0: "a night of 25 hours; three leads from HubSpot",
            STOPS: "somebody texts STOP",
            DEPOSIT: "somebody books in Spanish, with a deposit",
            FLAG: "somebody writes that something is wrong",
            OUTAGE: "Twilio fails: one text arrives unanswered, one is lost, then silence",
            BACK: "Twilio is back",
            EXPIRED: "the agreement with Twilio ran out last night",
            RENEWED: "it is renewed",
        }.get(day, "")

    def _leads(self) -> None:
        for at, name in enumerate(("Jo Marsh", "Sam Rivera", "Kit Doyle")):
            first, last = name.split()
            self.stage.hubspot.do(
                "create",
                type="contacts",
                properties={
                    "firstname": first,
                    "lastname": last,
                    "phone": f"(646) 555-018{at}",
                    "email": f"{first.lower()}@example.com",
                    "lifecyclestage": "lead",
                },
            )

    def _stop(self) -> None:
        texts = self.stage.twilio.see("messages")["messages"]
        needed = self.stage.phones().get(self.weeks.spanish_speaker)
        phone = next(
            text["to"]
            for text in texts
            if text["direction"] == "outbound-api" and text["status"] == "delivered" and text["to"] != needed
        )
        self.stage.told["stopped"] = phone
        self.stage.twilio.do("inbound", **{"from": phone, "to": DESK, "body": "STOP"})

    def _books_with_a_deposit(self) -> None:
        """A visit whose service wants a deposit, booked by somebody who speaks Spanish."""
        patient = self.weeks.spanish_speaker
        start, now = instant(DEPOSIT + 6, clock(12)), instant(DEPOSIT, CLOSING)
        row = {
            "appointment_id": SESSION,
            "patient_id": patient,
            "start": f"{start:%Y-%m-%d %H:%M}",
            "status": "booked",
            "service": "Session",
            "booked_at": f"{now - timedelta(minutes=10):%Y-%m-%d %H:%M}",
            "booked_by": "patient",
        }
        write_beside(self.stage.drop, "appointments", [row], now)

    def _pays(self) -> None:
        """The deposit comes in."""
        now = instant(PAID, CLOSING)
        row = {
            "payment_id": "D1",
            "patient_id": self.weeks.spanish_speaker,
            "appointment_id": SESSION,
            "amount": "50.00",
            "status": "paid",
            "deposit": "yes",
            "paid_at": f"{now - timedelta(hours=2):%Y-%m-%d %H:%M}",
        }
        write_beside(self.stage.drop, "payments", [row], now)

    def _red_flag(self) -> None:
        """Somebody who was texted lately writes what only a clinician may answer."""
        texts = self.stage.twilio.see("messages")["messages"]
        stopped = self.stage.told.get("stopped")
        phone = next(t["to"] for t in reversed(texts) if t["direction"] == "outbound-api" and t["to"] != stopped)
        self.stage.told["flagged"] = phone
        words = "my lip is turning white and it hurts a lot"
        self.stage.twilio.do("inbound", **{"from": phone, "to": DESK, "body": words})

    def _cut_off(self) -> None:
        self.stage.twilio.do("faults", kind="drop", method="POST", path="Messages", times=1)
        self.stage.twilio.do("faults", kind="reset", method="POST", path="Messages", times=1, skip=1)

    def _outage(self) -> None:
        self.stage.twilio.do("outage", mode="refuse")

    def _back(self) -> None:
        self.stage.twilio.do("outage", mode=None)

    def _renew(self) -> None:
        register = self.stage.home / "lumen" / "vendors.yaml"
        register.write_text(register.read_text().replace("expires_on: 2026-11-18", "expires_on: 2027-11-18"))

    def _inquiry(self) -> None:
        """Post the form, and wait for the text at the vendor: measured from the one to the other."""
        before = self._answers()
        body = json.dumps(
            {"name": "Nell Park", "phone": ASKER, "email": "nell@example.com", "message": "Do you have time next week?"}
        ).encode()
        stamp = str(int(datetime.now(UTC).timestamp()))  # noqa: TID251 - a real website's clock
        signature = hmac.new(WEBFORM_SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/json",
            "x-glowline-timestamp": stamp,
            "x-glowline-signature": f"sha256={signature}",
        }
        asked = time.monotonic()
        answer = requests.post(
            f"http://127.0.0.1:{PORT}/hooks/webform/lumen/website", data=body, headers=headers, timeout=MOST_SECONDS
        )
        if answer.status_code >= 300:  # noqa: PLR2004 - any 2xx is a yes
            message = f"the door answered {answer.status_code} to a web inquiry"
            raise DemoFailed(message)
        while self._answers() == before:
            if time.monotonic() - asked > MOST_SECONDS:
                message = f"the web inquiry was not answered within {MOST_SECONDS:.0f} seconds"
                raise DemoFailed(message)
        self.stage.told["answered_in"] = time.monotonic() - asked

    def _answers(self) -> int:
        phone = "+1" + "".join(filter(str.isdigit, ASKER))
        return sum(text["to"] == phone for text in self.stage.twilio.see("messages")["messages"])
