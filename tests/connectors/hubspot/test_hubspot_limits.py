"""How HubSpot slows us down, and that we ask for no more than it allows."""

import json
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from canonical.clock import FixedClock
from canonical.problems import NeedsOperator, TryLater
from connectors.hubspot.client import code_of, pause_of
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.exchange import Answer
from connectors.kit.limits import Budgets
from connectors.kit.manifest import Limit
from connectors.kit.registry import Verified
from connectors.kit.secrets import Secrets
from tests.connectors.hubspot.portal import LUMEN, Crm, ids, opened

RECORDED = {
    "status": "error",
    "message": "You have reached your secondly limit.",
    "correlationId": "19dab6f7-78b0-42b0-9ee1-a45d27c9c4da",
    "category": "RATE_LIMITS",
}
"""As grouparoo met it 69 times in 2022-02."""


def documented(policy: str) -> dict[str, str]:
    return {
        "status": "error",
        "message": f"You have reached your {policy.lower()} limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": "c033cdaa-2c40-4a64-ae48-b4cec88dad24",
        "policyName": policy,
    }


@pytest.mark.parametrize(
    "status,body,seconds",
    [
        (429, RECORDED, 1),
        (429, documented("SECONDLY"), 1),
        (429, documented("TEN_SECONDLY_ROLLING"), 10),
        (429, documented("DAILY"), 3600),
        (429, {}, None),
        (423, {}, 2),
        (477, {}, None),
        (500, {}, None),
    ],
)
def test_the_pause_is_read_from_either_body(status: int, body: dict[str, str], seconds: int | None) -> None:
    pause = pause_of(Answer(status, {}, json.dumps(body).encode()))
    assert pause == (timedelta(seconds=seconds) if seconds else None)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"<html>", b'{"errors": "x"}', b'{"errors": [1], "message": null}', b"\xff"]
)
def test_an_error_nobody_documents_has_no_code_and_breaks_nothing(body: bytes) -> None:
    assert code_of(Answer(400, {}, body)) == ""
    assert pause_of(Answer(429, {}, body)) is None


def test_a_scope_that_is_not_ours_is_not_repeated() -> None:
    detail = {"context": {"requiredGranularScopes": ["something a stranger wrote"]}}
    body = {"category": "MISSING_SCOPES", "errors": [detail]}
    assert code_of(Answer(403, {}, json.dumps(body).encode())) == "MISSING_SCOPES"


@pytest.mark.parametrize("policy,seconds", [("DAILY", 3600), ("TEN_SECONDLY_ROLLING", 10)])
def test_a_documented_limit_is_passed_on_with_its_pause(crm: Crm, policy: str, seconds: int) -> None:
    crm.hubspot.fail("status", status=429, text=policy, times=None)
    with pytest.raises(TryLater) as problem:
        crm.pull("contacts")
    assert problem.value.after == timedelta(seconds=seconds)


def test_a_short_pause_is_sat_out_and_a_days_is_not(crm: Crm) -> None:
    crm.make("contacts", firstname="Ana")
    crm.hubspot.fail("status", status=429, times=2)
    assert len(crm.pull("contacts")) == 1
    crm.hubspot.fail("status", status=429, text="DAILY", times=1)
    before = len(crm.hubspot.journal.entries())
    with pytest.raises(TryLater):
        crm.pull("contacts")
    assert len(crm.hubspot.journal.entries()) == before + 1


def test_a_locked_record_and_a_moving_account_are_tried_later(crm: Crm) -> None:
    for status, wait in ((423, timedelta(seconds=2)), (477, timedelta(seconds=30))):
        crm.hubspot.fail("status", status=status, retry_after="30" if status == 477 else None, times=None)
        with pytest.raises(TryLater) as problem:
            crm.pull("contacts")
        assert problem.value.after == wait
        crm.hubspot.faults.clear()


def test_five_searches_a_second_are_never_exceeded_by_two_threads(tmp_path: Path) -> None:
    with opened(search_limit=5) as crm:
        made = crm.make("contacts", count=1200, firstname="Ana")
        pausing = threading.Event()
        budgets = Budgets(tmp_path, crm.machine_now, pausing.wait)
        tools = Tools(FixedClock(crm.now), Secrets({LUMEN: LUMEN}), crm.transport, budgets, pausing.wait)
        found: dict[str, list[str]] = {}

        def pull(stream: str) -> None:
            pages = registry.puller(crm.connection(), tools).pull(stream, None, now=crm.now)
            found[stream] = [record.vendor_id for page in pages for record in page.records]

        begun = time.monotonic()
        threads = [threading.Thread(target=pull, args=(stream,)) for stream in ("contacts", "tasks")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        budgets.close()
        assert sorted(found["contacts"]) == sorted(made)
        assert [entry for entry in crm.hubspot.journal.entries() if entry.status == 429] == []
        assert time.monotonic() - begun > 1


def test_the_manifests_limit_is_what_the_search_allows() -> None:
    [limit] = registry.manifest("hubspot").limits
    assert isinstance(limit, Limit)
    assert (limit.rate.requests, limit.rate.window) == (5, timedelta(seconds=1))


def proved(crm: Crm) -> Verified:
    return registry.verifier(crm.connection(), crm.tools())()


def test_a_key_that_may_not_write_is_found_out_before_it_has_to(crm: Crm) -> None:
    may = ["crm.objects.contacts.read", "crm.objects.leads.read", "crm.objects.appointments.read"]
    crm.hubspot.do("token", token=LUMEN, scopes=[*may, "crm.schemas.contacts.read"])
    with pytest.raises(NeedsOperator, match=r"crm\.objects\.contacts\.write"):
        proved(crm)


def test_a_scope_of_an_object_that_is_not_read_is_not_asked_for(crm: Crm) -> None:
    may = ["crm.objects.contacts.read", "crm.objects.contacts.write", "crm.schemas.contacts.read"]
    may += ["communication_preferences.read_write"]
    crm.hubspot.do("token", token=LUMEN, scopes=may)
    fewer = crm.connection().model_copy(update={"streams": ("contacts", "tasks")})
    assert registry.verifier(fewer, crm.tools())().warnings == ()


def test_a_credential_whose_scopes_hubspot_does_not_tell_is_proved_as_far_as_that_goes(crm: Crm) -> None:
    crm.hubspot.do("token", token=LUMEN, kind="oauth")
    found = proved(crm)
    assert "objects" in found.proved
    assert len(found.warnings) == 1


def test_another_portal_than_the_settings_say_is_refused(crm: Crm) -> None:
    crm.settings["portal"] = "999"
    with pytest.raises(NeedsOperator, match="143553"):
        proved(crm)


def test_a_missing_property_and_one_without_unique_values_are_named(crm: Crm) -> None:
    crm.settings["key_property"] = "practice_key"
    with pytest.raises(NeedsOperator, match="practice_key"):
        proved(crm)
    for kind in ("contacts", "tasks", "communications", "notes"):
        crm.hubspot.do("property", type=kind, name="practice_key", unique=False)
    with pytest.raises(NeedsOperator, match="unique"):
        proved(crm)


def test_a_version_nobody_knows_is_refused_before_anything_is_asked(crm: Crm) -> None:
    crm.settings["api_version"] = "v9"
    with pytest.raises(NeedsOperator) as problem:
        crm.pull("contacts")
    assert "2026-09" in problem.value.next_step
    assert crm.hubspot.journal.entries() == []


def test_an_object_that_is_not_activated_is_named_before_it_is_missed(crm: Crm) -> None:
    crm.hubspot.do("portal", switch_off=["appointments"])
    with pytest.raises(NeedsOperator) as problem:
        proved(crm)
    assert "streams" in problem.value.next_step
    assert ids(crm.pull("contacts")) == []
