"""How Salesforce slows us down and shuts us out: a 403 for the limit, tokens that end without a date, orgs that are others."""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from canonical.clock import FixedClock
from canonical.problems import NeedsOperator, TryLater
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.limits import Budgets
from connectors.kit.registry import Verified
from connectors.kit.secrets import Secrets
from connectors.salesforce.client import OVER_LIMIT
from emulators.salesforce import Org
from tests.connectors.salesforce.org import ENTRY, KEY, Crm, ids, opened


def test_a_403_for_the_days_calls_holds_the_whole_account_and_is_not_asked_against(crm: Crm, tmp_path: Path) -> None:
    crm.pull("contacts")
    crm.salesforce.do("org", daily_limit=crm.salesforce.org.used)
    waited: list[float] = []
    budgets = Budgets(tmp_path / "budgets", lambda: crm.now, waited.append)
    client = crm.salesforce.org.client
    secret = json.dumps({"client_id": client[0], "client_secret": client[1]})
    tools = Tools(
        FixedClock(crm.now), Secrets({"SALESFORCE": secret}, crm.store), crm.transport, budgets, waited.append
    )
    for _ in range(5):
        with pytest.raises(TryLater) as problem:
            list(registry.puller(crm.connection(), tools).pull("contacts", None, now=crm.now))
        assert problem.value.after is not None
        assert timedelta(minutes=14) < problem.value.after <= timedelta(minutes=15)
    budgets.close()
    refused = [entry for entry in crm.salesforce.journal.entries() if entry.status == 403]
    assert len(refused) == 1
    assert waited == []


def test_too_many_calls_at_once_is_sat_out(crm: Crm) -> None:
    [ana] = crm.make("Contact", LastName="Ruiz")
    told = f"{OVER_LIMIT}: ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    crm.salesforce.fail("status", status=403, text=told, path="query", times=2)
    assert ids(crm.pull("contacts")) == [ana]
    assert all(5 < seconds < 7 for seconds in crm.rested)
    crm.salesforce.fail("status", status=403, path="query", times=1)
    with pytest.raises(TryLater) as problem:
        crm.pull("contacts")
    assert problem.value.where.vendor_code == OVER_LIMIT


def test_a_403_for_anything_else_needs_an_operator(crm: Crm) -> None:
    crm.salesforce.fail("status", status=403, text="API_CURRENTLY_DISABLED", path="query", times=1)
    with pytest.raises(NeedsOperator) as problem:
        crm.pull("contacts")
    assert "api" in problem.value.next_step


def test_a_session_that_ended_is_renewed_once_by_whoever_comes_first(crm: Crm) -> None:
    made = crm.make("Contact", count=3, LastName="Ruiz")
    crm.pull("contacts")
    crm.salesforce.do("expire")
    before = len(crm.asked())
    found: dict[str, list[str]] = {}

    def pull(name: str) -> None:
        pages = registry.puller(crm.connection(), crm.tools()).pull("contacts", None, now=crm.now)
        found[name] = [record.vendor_id for page in pages for record in page.records]

    threads = [threading.Thread(target=pull, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(found["one"]), sorted(found["two"])) == (sorted(made), sorted(made))
    assert len([path for path in crm.asked()[before:] if path.endswith("/token")]) == 1


def test_a_session_that_ends_in_the_middle_of_a_bulk_job_is_renewed_and_the_job_goes_on(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.salesforce.bulk.BULK_ABOVE", 5)
    monkeypatch.setattr("connectors.salesforce.asking.BULK_PAGE", 3)
    crm.salesforce.do("org", page_size=4)
    made = crm.make("Contact", count=20, LastName="Ruiz")
    found: list[str] = []
    for page in registry.puller(crm.connection(), crm.tools()).pull("contacts", None, now=crm.now):
        found += ids(page.records)
        crm.salesforce.do("expire")
    assert sorted(found) == sorted(made)
    asked = [each for each in crm.salesforce.journal.entries(method="POST", status=200) if each.path.endswith("/query")]
    assert len(asked) == 1


def test_a_refresh_token_that_rotates_is_kept_before_it_is_used(crm: Crm) -> None:
    crm.salesforce.do("org", rotating=True)
    first = crm.salesforce.org.refresh_token
    for _ in range(3):
        crm.pull("contacts")
        crm.salesforce.do("expire")
    assert crm.salesforce.org.refresh_token != first
    kept = crm.store.read(ENTRY)
    assert kept is not None
    told = json.loads(kept.get_secret_value())
    assert told["refresh_token"] == crm.salesforce.org.refresh_token
    assert told["kept"]["instance_url"] == crm.salesforce.url


def test_a_refresh_token_that_was_revoked_needs_an_operator(crm: Crm) -> None:
    crm.salesforce.do("org", refresh_token="another")
    with pytest.raises(NeedsOperator) as problem:
        crm.pull("contacts")
    assert "glowline" in problem.value.next_step


def test_an_account_that_nobody_connected_says_how(crm: Crm) -> None:
    kept = {"access_token": "", "refresh_token": crm.salesforce.org.refresh_token}
    crm.store.write(ENTRY, SecretStr(json.dumps(kept)))
    with pytest.raises(NeedsOperator) as problem:
        crm.pull("contacts")
    assert "glowline connect" in problem.value.next_step
    assert crm.asked() == []


def test_a_version_that_is_none_is_refused_before_anything_is_asked(crm: Crm) -> None:
    crm.settings["api_version"] = "latest"
    with pytest.raises(NeedsOperator, match="api_version"):
        crm.pull("contacts")
    assert crm.asked() == []


def proved(crm: Crm) -> Verified:
    return registry.verifier(crm.connection(), crm.tools())()


def test_a_connected_org_is_proved_with_its_figures(crm: Crm) -> None:
    found = proved(crm)
    assert found.warnings == ()
    assert (found.facts["organization"], found.facts["time_zone"]) == (
        crm.salesforce.org.organization_id,
        "America/New_York",
    )
    assert int(found.facts["calls_a_day"]) == 100_000
    assert crm.salesforce.journal.entries(action="write") == []


def test_another_org_than_the_settings_say_is_refused(crm: Crm) -> None:
    crm.settings["organization"] = crm.salesforce.org.organization_id[:15]
    assert proved(crm).proved
    crm.settings["organization"] = "00D000000000001AAA"
    with pytest.raises(NeedsOperator, match="organization"):
        proved(crm)


def test_a_key_field_that_is_missing_or_no_external_id_is_named(crm: Crm) -> None:
    crm.salesforce.do("field", type="Task", name=KEY, external_id=False)
    with pytest.raises(NeedsOperator, match="Task"):
        proved(crm)
    crm.settings["key_field"] = ""
    assert proved(crm).proved


def test_a_hidden_opt_out_is_worth_a_word_and_a_hidden_stamp_is_a_problem(crm: Crm) -> None:
    crm.salesforce.do("hide", fields=["Contact.HasOptedOutOfEmail"])
    [warning] = proved(crm).warnings
    assert "Contact.HasOptedOutOfEmail" in warning
    crm.salesforce.do("hide", fields=["Contact.SystemModstamp"])
    with pytest.raises(NeedsOperator, match="SystemModstamp"):
        proved(crm)


def test_an_object_the_org_lacks_is_named_before_it_is_missed(crm: Crm) -> None:
    del crm.salesforce.org.objects["ServiceAppointment"]
    with pytest.raises(NeedsOperator, match="ServiceAppointment"):
        proved(crm)


def test_a_day_that_is_nearly_used_up_is_worth_a_word(tmp_path: Path) -> None:
    with opened(tmp_path, Org(daily_limit=1000, used=950)) as crm:
        assert any("calls of the day" in warning for warning in proved(crm).warnings)
