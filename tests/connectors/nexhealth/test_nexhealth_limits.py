"""The key and its token, what NexHealth allows a second, and what `glowline check` can prove."""

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from canonical.problems import NeedsOperator, TryLater
from connectors.kit import registry
from connectors.kit.limits import Budgets
from connectors.kit.registry import Verified
from tests.connectors.nexhealth.office import DOWNTOWN, Office, opened


def proved(office: Office) -> Verified:
    return registry.verifier(office.connection(), office.tools())()


def exchanges_of_the_key(office: Office) -> int:
    return len(office.wire.to("/authenticates"))


def test_the_key_is_exchanged_once_and_stands_in_no_other_request(office: Office) -> None:
    office.pull("patients")
    office.pull("appointments")
    proved(office)
    assert exchanges_of_the_key(office) == 1
    others = [request for request, _ in office.wire.exchanges if "/authenticates" not in request.url]
    assert {request.headers["authorization"][:7] for request in others} == {"Bearer "}


def test_a_token_that_ended_early_is_replaced_and_the_pass_goes_on(office: Office) -> None:
    patient = office.patient()
    office.pull("patients")
    office.nexhealth.tokens.clear()
    office.cursors.clear()
    assert [record.vendor_id for record in office.pull("patients")] == [patient]
    assert exchanges_of_the_key(office) == 2


def test_a_key_that_is_refused_and_one_that_cannot_be_asked_are_told_apart(office: Office) -> None:
    office.nexhealth.fail("status", status=503, path="/authenticates", times=None)
    with pytest.raises(TryLater):
        office.pull("patients")
    office.nexhealth.faults.clear()
    office.secret["api_key"] = "another"
    with pytest.raises(NeedsOperator) as refused:
        office.pull("patients")
    assert "another" not in str(refused.value)


def test_two_threads_never_ask_for_appointments_faster_than_ten_a_second(tmp_path: Path) -> None:
    with opened(tmp_path, rate=10, places=(DOWNTOWN,)) as office:
        for hour in range(4):
            office.book(office.patient(phone=f"212555014{hour}"), f"2026-11-16T{14 + hour}:00:00Z")
        pausing = threading.Event()
        office.budgets = Budgets(tmp_path / "budgets", office.machine_now, pausing.wait)
        office.pull("patients")  # the key is exchanged by now

        def ask() -> None:
            for _ in range(8):
                office.again("appointments", ["1822", "1823"])

        begun = time.monotonic()
        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        office.budgets.close()
        answered = [answer.status for request, answer in office.wire.exchanges if "/appointments/" in request.url]
        assert answered == [200] * 32
        assert time.monotonic() - begun > 2


def test_a_storm_of_429_is_sat_out_and_nothing_is_lost(office: Office) -> None:
    number = office.book(office.patient(), "2026-11-16T14:00:00Z")
    office.nexhealth.fail("status", status=429, path="^/appointments", times=3)
    assert [record.vendor_id for record in office.pull("appointments")] == [number]
    office.nexhealth.fail("status", status=429, path="^/appointments", times=None, retry_after="120")
    with pytest.raises(TryLater) as later:
        office.pull("appointments")
    assert later.value.after == timedelta(seconds=120)


def test_the_manifest_counts_appointments_and_slots_apart() -> None:
    apart = {limit.paths: limit.rate for limit in registry.manifest("nexhealth").limits if limit.paths}
    assert apart[("/appointments", "/available_slots")].requests == 10
    assert apart[("/patients", "/appointments")].requests == 1000


def test_a_good_office_is_proved_and_its_silence_is_told(office: Office) -> None:
    found = proved(office)
    assert found.proved == ("credentials", "institution", "locations", "sync", "webhook")
    assert found.facts["locations"] == "2"
    [deaf] = found.warnings
    assert "appointment_updated" in deaf
    office.nexhealth.do("endpoint", url="http://127.0.0.1:9/x", secret="an-invented-endpoint-secret")
    assert proved(office).warnings == ()


def test_an_endpoint_that_hears_too_little_is_named(office: Office) -> None:
    office.nexhealth.do("endpoint", url="http://127.0.0.1:9/x", secret="s", events=["patient_created"])
    [warning] = proved(office).warnings
    assert "patient_updated" in warning
    assert "patient_created" not in warning
    office.secret.pop("webhook_secret")
    [warning] = proved(office).warnings
    assert "webhook_secret" in warning


def test_a_health_record_that_takes_nothing_any_more_is_told(office: Office) -> None:
    office.nexhealth.do("settings", writes="failed")
    assert any("cannot write" in warning for warning in proved(office).warnings)


def test_a_foreign_location_and_a_foreign_institution_need_an_operator(office: Office) -> None:
    office.locations = {"101": "downtown", "999": "elsewhere"}
    with pytest.raises(NeedsOperator, match="999"):
        proved(office)
    office.settings["subdomain"] = "aurora"
    with pytest.raises(NeedsOperator) as refused:
        proved(office)
    assert "subdomain" in refused.value.next_step


def test_an_institution_that_refuses_every_token_is_given_one_new_one_and_then_somebody_is_asked(
    office: Office,
) -> None:
    office.nexhealth.fail("status", status=401, method="GET", path="/patients", times=50)
    with pytest.raises(NeedsOperator):
        office.pull("patients")
    assert len(office.wire.to("/authenticates")) == 2
    assert len(office.wire.to("/patients")) == 2
