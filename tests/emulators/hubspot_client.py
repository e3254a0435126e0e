"""The few HubSpot calls the tests make, and the portals they make them on."""

from collections.abc import Iterator

import pytest
import urllib3

from emulators.hubspot import HubSpotEmulator, Portal, Token
from emulators.kit.exchange import Json
from emulators.kit.running import running

LUMEN, AURORA, READER = "key-lumen", "key-aurora", "key-reader"
MAIN_CONTACT = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}]


class HubSpotClient:
    """HTTP with a bearer token; answers are parsed."""

    def __init__(self, web: urllib3.PoolManager, hubspot: HubSpotEmulator, token: str = LUMEN) -> None:
        self.web = web
        self.hubspot = hubspot
        self.token = token

    def call(self, method: str, path: str, body: Json = None) -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.web.request(method, self.hubspot.url + path, json=body, headers=headers)

    def get(self, path: str) -> Json:
        return self.call("GET", path).json()

    def post(self, path: str, body: Json) -> Json:
        return self.call("POST", path, body).json()

    def contact(self, email: str = "ana@example.com", **properties: str) -> str:
        made = self.post("/crm/v3/objects/contacts", {"properties": {"email": email} | properties})
        return str(made["id"])

    def search(self, *filters: Json, kind: str = "contacts", **more: Json) -> Json:
        groups = [{"filters": list(filters)}] if filters else []
        return self.post(f"/crm/v3/objects/{kind}/search", {"filterGroups": groups} | more)


@pytest.fixture
def hubspot() -> Iterator[HubSpotEmulator]:
    reader = Token(READER, scopes=frozenset({"crm.objects.contacts.read"}))
    portal = Portal(143553, search_limit=None, burst_limit=None).open_to(LUMEN, AURORA, reader)
    with running(HubSpotEmulator(portal)) as emulator:
        yield emulator


@pytest.fixture
def crm(web: urllib3.PoolManager, hubspot: HubSpotEmulator) -> HubSpotClient:
    return HubSpotClient(web, hubspot)
