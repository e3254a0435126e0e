"""The studio that is shipped as an example, with pretend vendors at its other ends."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typing_extensions import override

from canonical.clock import rfc3339
from emulators.kit.emulator import Emulator
from emulators.kit.running import running
from emulators.paubox import PauboxEmulator
from emulators.square import SquareEmulator
from emulators.square.merchant import Merchant
from emulators.twilio import Account, Sender, TwilioEmulator
from tests.connectors.wire.server import FakeWire, Reply, Seen
from tests.practices.example import BOOKED, Example, placed
from tests.proofs.town import GO_LIVE, TownClock, local

ANA, BEN, STUDIO = "+12125550142", "+12125550143", "+12125550160"
MAIL, DESK = "ana@example.com", "desk@juniper.example"
PAGE, INSTAGRAM, FORM = "200300400500", "17841400000000001", "600700800"
SYSTEM_TOKEN, PAGE_TOKEN, GOOGLE_TOKEN = (
    "an-invented-system-token",
    "an-invented-page-token",
    "an-invented-google-token",
)
CARLA = "9911223344556677"
"""What Instagram calls her towards the practice."""
PLACE = "accounts/700/locations/701"
WORDS = "Juniper may text me about my request at this number."


def answered(body: object, status: int = 200) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(body).encode())


@dataclass
class Ads:
    """A page with one lead form, as Graph shows it."""

    leads: list[dict[str, Any]] = field(default_factory=list)
    threads: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By person: the lines on Instagram, newest first."""
    said: list[dict[str, Any]] = field(default_factory=list)
    """What was sent by its interface."""

    def fill(self, at: str, *, phone: str, name: str, ticked: bool) -> None:
        """Somebody fills the form in and sends it."""
        asked = {"full_name": name, "phone_number": phone}
        self.leads.append(
            {
                "id": str(440000 + len(self.leads)),
                "created_time": local(at).strftime("%Y-%m-%dT%H:%M:%S%z"),
                "form_id": FORM,
                "field_data": [{"name": key, "values": [value]} for key, value in asked.items()],
                "campaign_name": "Autumn",
                "platform": "ig",
                "custom_disclaimer_responses": [{"checkbox_key": "sms_consent", "is_checked": "1" if ticked else ""}],
            }
        )

    def write(self, at: str, text: str, *, person: str = CARLA, by: str = CARLA) -> None:
        """Somebody writes a line in the thread with a person."""
        lines = self.threads.setdefault(person, [])
        moment = local(at).strftime("%Y-%m-%dT%H:%M:%S%z")
        lines.insert(0, {"id": f"m{len(lines)}", "created_time": moment, "from": {"id": by}, "message": text})

    def _shown(self) -> list[dict[str, Any]]:
        return [
            {
                "id": f"t-{person}",
                "updated_time": lines[0]["created_time"],
                "participants": {"data": [{"id": person, "username": "carla.d"}, {"id": INSTAGRAM}]},
                "messages": {"data": lines},
            }
            for person, lines in self.threads.items()
        ]

    def _takes(self, seen: Seen) -> Reply:
        told = json.loads(seen.body)
        self.said.append(told)
        return answered({"recipient_id": told["recipient"]["id"], "message_id": f"sent-{len(self.said)}"})

    def answer(self, seen: Seen) -> Reply:
        """To a system user the page's own token, to the page its forms and what came in by them."""
        token = seen.headers.get("authorization", "").removeprefix("Bearer ")
        path = seen.path.removeprefix("/v26.0/")
        if (path, token) == (PAGE, SYSTEM_TOKEN):
            return answered({"access_token": PAGE_TOKEN, "id": PAGE})
        box = {"key": "sms_consent", "text": WORDS, "is_checked_by_default": False}
        form = {"id": FORM, "name": "Visit", "legal_content": {"custom_disclaimer": {"checkboxes": [box]}}}
        shown = {f"{PAGE}/leadgen_forms": [form], f"{FORM}/leads": self.leads}
        shown |= {f"{PAGE}/conversations": self._shown() if seen.query.get("platform") == "instagram" else []}
        if token == PAGE_TOKEN and seen.method == "GET" and path in shown:
            return answered({"data": shown[path]})
        if token == PAGE_TOKEN and (seen.method, path) == ("POST", f"{PAGE}/messages"):
            return self._takes(seen)
        return answered({"error": {"code": 190, "type": "OAuthException", "message": "no"}}, 401)


@dataclass
class Profile:
    """A place on Google, and what is said about it in public."""

    now: Callable[[], datetime]
    reviews: list[dict[str, Any]] = field(default_factory=list)

    def write(self, at: str, text: str, *, author: str, stars: str = "FIVE") -> dict[str, Any]:
        """Somebody writes a review; newest first."""
        number, moment = f"r{len(self.reviews)}", rfc3339(local(at))
        review = {"name": f"{PLACE}/reviews/{number}", "reviewId": number, "reviewer": {"displayName": author}}
        review |= {"starRating": stars, "comment": text, "createTime": moment, "updateTime": moment}
        self.reviews.insert(0, review)
        return review

    def answer(self, seen: Seen) -> Reply:
        """The list of reviews, and an answer under one of them."""
        known = seen.headers.get("authorization") == f"Bearer {GOOGLE_TOKEN}"
        if known and (seen.method, seen.path) == ("GET", f"/v4/{PLACE}/reviews"):
            return answered({"reviews": self.reviews, "totalReviewCount": len(self.reviews)} if self.reviews else {})
        named = {f"/v4/{review['name']}/reply": review for review in self.reviews}
        if known and seen.method == "PUT" and seen.path in named:
            told = {"comment": json.loads(seen.body)["comment"], "updateTime": rfc3339(self.now())}
            named[seen.path] |= {"reviewReply": told, "updateTime": told["updateTime"]}
            return answered(told)
        return answered({"error": {"status": "PERMISSION_DENIED"}}, 403)


@dataclass(kw_only=True)
class Studio(Example):
    """The practice and what is at its other ends."""

    name = "studio"
    square: SquareEmulator
    twilio: TwilioEmulator
    paubox: PauboxEmulator
    ads: Ads
    profile: Profile
    meta: FakeWire
    google: FakeWire

    @property
    @override
    def vendors(self) -> tuple[Emulator, ...]:
        return (self.square, self.twilio, self.paubox)

    def ana(self) -> str:
        """Ana, as Square keeps her."""
        who = {"given_name": "Ana", "family_name": "Ruiz", "phone_number": ANA, "email_address": MAIL}
        return str(self.square.do("customer", **who)["id"])

    def book(self, start: str = "2026-11-20 10:00", service: str = "SVISIT") -> str:
        """Ana books on the booking page, and the settle window passes."""
        self.turn(BOOKED[0])
        visit = self.square.do("book", customer_id=self.ana(), start_at=local(start).isoformat(), service=service)
        self.run_at(*BOOKED)
        return str(visit["id"])

    def texts(self, phone: str = ANA) -> list[str]:
        """What Twilio took for that phone, oldest first."""
        found = self.twilio.do("messages", to=phone)["messages"]
        return [str(one["body"]) for one in found if one["direction"] == "outbound-api"]

    def desk(self) -> list[str]:
        """What the desk was told by mail, oldest first."""
        told = [one for one in self.paubox.do("messages")["messages"] if DESK in json.dumps(one["data"])]
        return [str(one["text"]) for one in told]

    def link(self) -> dict[str, Any]:
        """The one link there is."""
        [link] = self.square.do("links")["links"]
        return dict(link)

    def pay(self) -> None:
        """The deposit is paid by it."""
        self.square.do("pay", link=self.link()["id"])

    def says(self, text: str, phone: str = ANA) -> None:
        """They answer."""
        self.twilio.do("inbound", from_=phone, to=STUDIO, body=text)


def secrets(merchant: Merchant, account: Account, mail_key: str) -> dict[str, str]:
    """What opens each account."""
    return {
        "SQUARE": merchant.token,
        "TWILIO": json.dumps({"account_sid": account.sid, "auth_token": account.auth_token}),
        "PAUBOX": json.dumps({"api_key": mail_key}),
        "META": SYSTEM_TOKEN,
        "GOOGLE": json.dumps({"client_id": "an-invented-client", "client_secret": "an-invented-secret"}),
    }


@contextmanager
def opened_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """The example practice on the morning of go-live, 2026-11-01 08:00 in New York."""
    account, merchant = Account().add(Sender(STUDIO)), Merchant(services={"SVISIT": 30, "SSESSION": 60})
    clock = TownClock(GO_LIVE)
    ads, profile = Ads(), Profile(clock.business_now)
    with (
        running(SquareEmulator(merchant, state=tmp_path / "square")) as square,
        running(TwilioEmulator(account, state=tmp_path / "twilio")) as twilio,
        running(PauboxEmulator(domains=("juniper.example",), state=tmp_path / "paubox")) as paubox,
        FakeWire(ads.answer).running() as meta,
        FakeWire(profile.answer).running() as google,
    ):
        urls = {"SQUARE": square.url, "TWILIO": twilio.url, "META": meta.url, "GOOGLE": google.url}
        urls |= {"PAUBOX": f"{paubox.url}/v1/email"}
        for name, url in urls.items():
            monkeypatch.setenv(f"STUDIO_{name}_URL", url)
        monkeypatch.setenv("STUDIO_GOOGLE_TOKENS", f"{google.url}/token")
        for name, value in secrets(merchant, account, paubox.key).items():
            monkeypatch.setenv(f"STUDIO_{name}", value)
        made = Studio(
            home=placed(tmp_path, "studio"),
            clock=clock,
            square=square,
            twilio=twilio,
            paubox=paubox,
            ads=ads,
            profile=profile,
            meta=meta,
            google=google,
        )
        made.found()
        connected(made)
        yield made


def connected(studio: Studio) -> None:
    """Somebody has connected the profile: its tokens are in the sealed store."""
    store = studio.hub.tools.secrets.store
    assert store is not None
    tokens = {"access_token": GOOGLE_TOKEN, "refresh_token": "r", "expires_at": 4102444800.0, "kept": {}}
    store.write("google_business_profile/juniper-google", SecretStr(json.dumps(tokens)))
