"""Tokens: refresh tokens that die with their use, and sub-accounts behind an agency."""

import json
import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from canonical.problems import NeedsOperator, TryLater
from connectors.kit import registry
from emulators.gohighlevel import Place
from tests.connectors.gohighlevel.subaccount import LOCATION, OTHER, SubAccount, opened

FRESH = {"access_token": "", "expires_at": 0}


def connect(highlevel: SubAccount, *, agency: bool = False) -> None:
    """What `glowline connect` does after somebody said yes: the code is exchanged, the tokens are stored."""
    tokens = highlevel.vendor.tokens
    highlevel.vendor.do("code", code="yes", agency=agency)
    client = {"client_id": tokens.client_id, "client_secret": tokens.client_secret}
    granted = tokens.granted(client | {"grant_type": "authorization_code", "code": "yes"})
    kept = {"locationId": granted.get("locationId", ""), "companyId": granted["companyId"]}
    entry = FRESH | {"refresh_token": granted["refresh_token"], "kept": {n: v for n, v in kept.items() if v}}
    highlevel.store.write("gohighlevel/lumen", SecretStr(json.dumps(entry)))
    highlevel.secret = client
    highlevel.settings |= {"token_url": f"{highlevel.vendor.url}/oauth/token"}


def test_a_refresh_token_is_used_once_and_the_next_one_is_stored_first(highlevel: SubAccount) -> None:
    connect(highlevel)
    highlevel.ana()
    for _ in range(3):
        assert len(highlevel.pull("contacts")) == 1
        highlevel.vendor.do("expire_tokens")
    entry = highlevel.store.read("gohighlevel/lumen")
    assert entry
    assert json.loads(entry.get_secret_value())["refresh_token"] in highlevel.vendor.tokens.refresh
    assert len(highlevel.vendor.tokens.refresh) == 1


def test_many_threads_refresh_once(highlevel: SubAccount) -> None:
    connect(highlevel)
    highlevel.ana()
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(highlevel.pull("contacts")))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 6
    asked = [entry for entry in highlevel.vendor.journal.entries() if entry.path == "/oauth/token"]
    assert len(asked) == 1


def test_the_sub_account_is_known_from_the_tokens_where_the_settings_do_not_name_it(highlevel: SubAccount) -> None:
    connect(highlevel)
    highlevel.ana()
    highlevel.settings |= {"location": ""}
    assert len(highlevel.pull("contacts")) == 1


def test_an_agencys_token_buys_one_for_each_sub_account(tmp_path: Path) -> None:
    company = Place(LOCATION).company
    with opened(tmp_path, Place(LOCATION), Place(OTHER)) as highlevel:
        connect(highlevel, agency=True)
        highlevel.settings |= {"agency": company}
        highlevel.contact(firstName="Ana", phone="+12125550142")
        highlevel.vendor.do("contact", location=OTHER, firstName="Dee", phone="+12125550149")
        assert b"Ana" in highlevel.pull("contacts")[0].body
        highlevel.settings |= {"location": OTHER}
        assert b"Dee" in highlevel.pull("contacts")[0].body
        highlevel.vendor.do("expire_tokens")
        assert b"Dee" in highlevel.pull("contacts")[0].body
        bought = [entry for entry in highlevel.vendor.journal.entries() if entry.path == "/oauth/locationToken"]
        assert len([entry for entry in bought if entry.status == 201]) == 3


def test_a_sub_account_that_takes_no_token_is_asked_twice_and_somebody_is_told(highlevel: SubAccount) -> None:
    connect(highlevel, agency=True)
    highlevel.settings |= {"agency": Place(LOCATION).company}
    highlevel.vendor.fail("status", status=401, path="/contacts", times=None)
    with pytest.raises(NeedsOperator):
        highlevel.pull("contacts")
    bought = [entry for entry in highlevel.vendor.journal.entries() if entry.path == "/oauth/locationToken"]
    assert len(bought) == 2


def test_an_agency_that_may_not_have_the_sub_account_needs_an_operator(highlevel: SubAccount) -> None:
    connect(highlevel, agency=True)
    highlevel.settings |= {"agency": Place(LOCATION).company}
    highlevel.vendor.fail("status", status=403, path="/oauth/locationToken", times=None)
    with pytest.raises(NeedsOperator, match="no token for this sub-account"):
        highlevel.pull("contacts")
    highlevel.vendor.faults.clear()
    highlevel.vendor.fail("status", status=503, path="/oauth/locationToken", times=None)
    with pytest.raises(TryLater):
        highlevel.pull("contacts")


def test_somebody_whom_nobody_connected_is_told_how(highlevel: SubAccount) -> None:
    highlevel.secret = {"client_id": "x", "client_secret": "y"}
    with pytest.raises(NeedsOperator) as problem:
        highlevel.pull("contacts")
    assert "connect" in problem.value.next_step


def test_a_token_of_another_sub_account_is_named_as_such(tmp_path: Path) -> None:
    with opened(tmp_path, Place(LOCATION), Place(OTHER)) as highlevel:
        highlevel.settings = {"location": OTHER}
        with pytest.raises(NeedsOperator, match="another sub-account"):
            highlevel.pull("contacts")


def verified(highlevel: SubAccount) -> registry.Verified:
    return registry.verifier(highlevel.connection, highlevel.tools())()


def test_a_good_token_is_proved_and_a_full_calendar_is_told(highlevel: SubAccount) -> None:
    found = verified(highlevel)
    assert found.facts["location"] == LOCATION
    assert found.facts["time_zone"] == "America/New_York"
    assert len(found.warnings) == 1


@pytest.mark.parametrize(
    "scope",
    [
        "locations.readonly",
        "calendars.readonly",
        "contacts.readonly",
        "conversations/message.readonly",
        "forms.readonly",
        "opportunities.readonly",
    ],
)
def test_the_scope_that_is_missing_is_named(highlevel: SubAccount, scope: str) -> None:
    scopes = set(registry.manifest("gohighlevel").auth.scopes) - {scope}
    highlevel.vendor.do("private_token", token="pit-narrow", scopes=sorted(scopes))
    highlevel.secret = {"token": "pit-narrow"}
    with pytest.raises(NeedsOperator) as problem:
        verified(highlevel)
    assert scope in str(problem.value)
