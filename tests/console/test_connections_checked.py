"""`glowline check` says per connection what is proved, what is not, and what to do about each."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from canonical.ids import ConnectionId
from canonical.practice import Connection
from connectors.kit import registry
from connectors.kit.registry import Verified, manifest
from console.cli.connections_checked import connections
from console.cli.findings import Finding
from mappings.catalogue import Catalogue
from tests.console.conftest import Lived
from tests.console.said import glowline, told
from tests.proofs.town import SENDER

TWILIO = "connection twilio (twilio)"
ADDRESS = "https://door.example/hooks/hubspot/lumen/crm"


def changed(lived: Lived, name: str, old: str, new: str) -> None:
    file = lived.home / "lumen" / name
    text = file.read_text()
    assert old in text, text
    file.write_text(text.replace(old, new))


def of_twilio(lived: Lived) -> dict[str, dict[str, object]]:
    """The findings about that connection, by what each begins with."""
    said = glowline("check", "lumen", "--json", home=lived.home)
    return {str(one["says"])[:20]: one for one in said.data if one["what"] == TWILIO}


def test_each_trouble_of_a_connection_is_a_line_with_its_fix(copied: Lived) -> None:
    found = of_twilio(copied)
    assert len(found) == 3
    proved, deaf, mode = found.values()
    assert str(proved["says"]).startswith("proved: credentials, account, numbers · numbers: 1 · type: Full")
    assert (proved["good"], deaf["good"], mode["good"]) == (True, False, False)
    assert "replies to the number ending 0110 go nowhere" in str(deaf["says"])
    assert "webhook" in str(deaf["next_step"])
    assert "nobody says that the project is designated" in str(mode["says"])
    assert "hipaa_mode: designated" in str(mode["next_step"])
    assert glowline("check", "lumen", home=copied.home).code == 0


def test_what_was_mended_is_green(copied: Lived) -> None:
    copied.vendor.do("numbers", phone_number=SENDER, sms_url="https://door.example/hooks/twilio/lumen/twilio")
    changed(copied, "connections.yaml", "base_url:", "hipaa_mode: designated\n    base_url:")
    found = list(of_twilio(copied).values())
    assert [one["good"] for one in found] == [True, True]
    assert "proved: credentials, account, numbers, webhook" in str(found[0]["says"])
    assert "the practice says designated; the account: not shown by the API" in str(found[1]["says"])


def test_a_secret_that_opens_nothing_must_be_mended(copied: Lived) -> None:
    secret = next(iter((copied.home / "secrets").glob("twilio")), None) or Path()
    secret.write_text('{"account_sid": "AC00000000000000000000000000000000", "auth_token": "another"}')
    said = glowline("check", "lumen", home=copied.home)
    assert said.code == 1
    assert f"✗ lumen  {TWILIO}: " in said.out
    assert "another" not in said.out


@pytest.mark.parametrize(
    "old,new,says",
    [
        ("registration: approved", "registration: none", "carriers may drop what it texts"),
        ("registered_uses:", "registered_uses: []  #", "nobody wrote down for what"),
    ],
    ids=["not approved", "for nothing"],
)
def test_a_number_that_may_text_nothing_is_said(copied: Lived, old: str, new: str, says: str) -> None:
    changed(copied, "senders.yaml", old, new)
    [one] = [each for each in _all(copied) if each["what"] == f"sender {SENDER} of connection twilio"]
    assert says in str(one["says"])
    assert (one["good"], one["only_warns"]) == (False, True)
    assert "senders.yaml" in str(one["next_step"])


def _all(lived: Lived) -> list[dict[str, object]]:
    found: list[dict[str, object]] = glowline("check", "lumen", "--offline", "--json", home=lived.home).data
    return found


def test_offline_asks_no_vendor(lived: Lived) -> None:
    seen = len(lived.vendor.journal.entries())
    assert not [
        one for one in told("check", "lumen", "--offline", home=lived.home) if "connection twilio (" in one["what"]
    ]
    assert len(lived.vendor.journal.entries()) == seen


def said_of(verified: Verified, monkeypatch: pytest.MonkeyPatch, vendor: str = "hubspot") -> list[Finding]:
    """What is said of a connection whose vendor answers that."""
    monkeypatch.setattr(registry, "verifier", lambda *_: lambda: verified)
    crm = Connection(connection_id=ConnectionId("crm"), vendor=vendor, account="a")
    installation = SimpleNamespace(receiver=SimpleNamespace(public_url="https://door.example/"))
    one = SimpleNamespace(
        practice_id="lumen",
        config=SimpleNamespace(practice=SimpleNamespace(connections=(crm,))),
        catalogue=Catalogue(),
        hub=SimpleNamespace(tools=None, installation=installation),
    )
    return connections(one)


def test_scopes_and_calls_that_a_vendor_does_not_show_are_said_with_what_to_compare(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proved, scopes, calls = said_of(Verified(proved=("credentials",)), monkeypatch)
    assert proved.good
    assert "crm.objects.contacts.write" in scopes.says
    assert all(scope in scopes.says for scope in manifest("hubspot").auth.scopes)
    assert "connectors/hubspot/README.md" in scopes.next_step
    assert ADDRESS in calls.next_step
    assert (scopes.only_warns, calls.only_warns) == (True, True)


def test_what_is_proved_or_said_by_the_vendor_itself_is_not_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    [only] = said_of(Verified(proved=("credentials", "scopes", "webhook")), monkeypatch)
    assert only.good
    warned = Verified(
        proved=("credentials",), warnings=("A scope is missing. Add it.", "The webhook is off. Switch it on.")
    )
    first, scope, webhook = said_of(warned, monkeypatch)
    assert first.good
    assert (scope.says, scope.next_step) == ("A scope is missing", "Add it.")
    assert (webhook.says, webhook.next_step) == ("The webhook is off", "Switch it on.")


def test_a_mode_that_the_vendor_itself_speaks_of_is_not_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    proved = ("credentials", "webhook")
    _, mode = said_of(Verified(proved=proved, facts={"hipaa_mode": "off"}), monkeypatch, "twilio")
    assert mode.says.endswith("the account: off")
    warned = Verified(proved=proved, warnings=("The account is not in HIPAA mode. Switch it on.",))
    _, told_once = said_of(warned, monkeypatch, "twilio")
    assert (told_once.says, told_once.next_step) == ("The account is not in HIPAA mode", "Switch it on.")
