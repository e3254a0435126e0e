"""A plain HTTP client that is nobody's SDK, and a place for webhooks to arrive."""

from collections.abc import Iterator

import pytest
import urllib3
from pytest_httpserver import HTTPServer

from emulators.kit.exchange import Json
from emulators.kit.running import running
from emulators.twilio import Account, Sender, TwilioEmulator
from tests.emulators.hubspot_client import crm, hubspot

__all__ = ["crm", "hubspot"]

CLINIC, OTHER_CLINIC, PATIENT, FRIEND = "+12125550100", "+12125550101", "+12125550142", "+12125550143"


@pytest.fixture
def web() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=5) as pool:
        yield pool


@pytest.fixture
def hooks(httpserver: HTTPServer) -> HTTPServer:
    httpserver.expect_request("/in").respond_with_data("", status=204)
    httpserver.expect_request("/status").respond_with_data("", status=204)
    return httpserver


def arrived(server: HTTPServer) -> list[dict[str, str]]:
    """The forms that reached the webhook server, in order."""
    return [request.form.to_dict() for request, _ in server.log]


class TwilioClient:
    """The few calls the tests make."""

    def __init__(self, web: urllib3.PoolManager, twilio: TwilioEmulator) -> None:
        self.web = web
        self.twilio = twilio
        self.account = next(iter(twilio.accounts.values()))
        self.root = f"{twilio.url}/2010-04-01/Accounts/{self.account.sid}"
        self.headers = urllib3.make_headers(basic_auth=f"{self.account.sid}:{self.account.auth_token}")

    def send(self, **form: str) -> urllib3.BaseHTTPResponse:
        fields = {"To": PATIENT, "From": CLINIC, "Body": "See you tomorrow."} | form
        return self.web.request(
            "POST", f"{self.root}/Messages.json", fields=fields, encode_multipart=False, headers=self.headers
        )

    def get(self, path: str, **query: str) -> Json:
        uri = path if path.startswith("/2010") else f"/2010-04-01/Accounts/{self.account.sid}{path}"
        return self.web.request("GET", f"{self.twilio.url}{uri}", fields=query, headers=self.headers).json()

    def post(self, path: str, **form: str) -> urllib3.BaseHTTPResponse:
        return self.web.request("POST", f"{self.root}{path}", fields=form, encode_multipart=False, headers=self.headers)


@pytest.fixture
def twilio() -> Iterator[TwilioEmulator]:
    account = Account(api_keys={"SKkey": "secret"}).add(Sender(CLINIC), Sender(OTHER_CLINIC))
    with running(TwilioEmulator(account)) as emulator:
        yield emulator


@pytest.fixture
def client(web: urllib3.PoolManager, twilio: TwilioEmulator) -> TwilioClient:
    return TwilioClient(web, twilio)
