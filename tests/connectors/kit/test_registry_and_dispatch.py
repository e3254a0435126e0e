"""Connectors are found by their folders, and one road leads out."""

import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from canonical.actions import Command, SendSms, WriteOptOut
from canonical.delivery import Claimed, Found, LookupResult, SendResult
from canonical.ids import ActionId, AttemptId, ConnectionId, PracticeId
from canonical.practice import Connection
from canonical.problems import (
    Ambiguous,
    ConnectorProblem,
    NeedsOperator,
    NetworkWhileLedgerOpen,
    NotOffered,
    ProtocolBroken,
    RefusalReason,
    Refused,
    TryLater,
)
from connectors.kit import dispatch, registry
from connectors.kit.access import Access, Tools
from connectors.kit.exchange import Answer, Request
from connectors.kit.secrets import Secrets
from tests.connectors.contract.subject import CLOCK, NOW

CONNECTION = Connection(connection_id=ConnectionId("twilio"), vendor="twilio", account="lumen")


class Nowhere:
    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        raise AssertionError("nothing may be asked here")


TOOLS = Tools(CLOCK, Secrets({}), Nowhere(), None, lambda _: None)


def claimed(**changes: object) -> Claimed:
    text = SendSms(to=SecretStr("+12125550142"), sender="+12125550100", body=SecretStr("Hi Ana"))
    command = Command(connection_id=ConnectionId("twilio"), vendor="twilio", product="sms", payload=text)
    fields: dict[str, object] = {
        "practice_id": PracticeId("lumen"),
        "attempt_id": AttemptId("at-1"),
        "action_id": ActionId("a-1"),
        "command": command,
        "claimed_at": NOW - timedelta(minutes=5),
        "lease_until": NOW + timedelta(seconds=30),
    }
    return Claimed.model_validate(fields | changes)


def context(*, holds: bool = True) -> dispatch.SendContext:
    return dispatch.SendContext(CONNECTION, TOOLS, lambda _: holds)


class Vendor:
    """Stands in for `connectors.twilio.push`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent = 0
        self.written = True
        self.act: SendResult | Exception = SendResult(vendor_id="SM1")
        self.found: LookupResult = LookupResult(found=Found.ABSENT)
        module = SimpleNamespace(
            COMMANDS={"send_sms": self.send, "write_opt_out": self.send}, LOOK_UPS={"send_sms": self.look_up}
        )
        monkeypatch.setattr(dispatch, "_push", lambda _: module)

    def send(self, access: Access, claim: Claimed) -> SendResult:
        self.sent += 1
        access.trace.written = self.written
        if isinstance(self.act, Exception):
            raise self.act
        return self.act

    def look_up(self, access: Access, claim: Claimed) -> LookupResult:
        return self.found


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Vendor:
    return Vendor(monkeypatch)


def outcome(claim: Claimed) -> ConnectorProblem:
    with pytest.raises(ConnectorProblem) as problem:
        dispatch.send(claim, context())
    return problem.value


def test_every_folder_with_a_manifest_is_a_connector() -> None:
    assert "twilio" in registry.vendors()
    assert "kit" not in registry.vendors()
    with pytest.raises(NotOffered, match="no such connector"):
        registry.manifest("../../etc")


def test_reading_every_manifest_loads_no_vendor() -> None:
    script = (
        "import sys; from connectors.kit import registry; "
        "[registry.manifest(v) for v in registry.vendors()]; "
        "assert not [m for m in sys.modules if m.startswith('connectors.') and not m.startswith('connectors.kit')]"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_registry_gives_no_push() -> None:
    assert not [name for name in vars(registry) if "push" in name.lower() or "send" in name.lower()]


def test_a_stream_that_is_not_offered_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(NotOffered):
        list(registry.puller(CONNECTION, TOOLS).pull("calls", None, now=NOW))


def test_a_claim_is_sent_once(vendor: Vendor) -> None:
    assert dispatch.send(claimed(), context()).vendor_id == "SM1"
    assert vendor.sent == 1


@pytest.mark.parametrize(
    "claim,held",
    [
        (claimed(), False),
        (claimed(lease_until=NOW), True),
        (claimed(command=claimed().command.model_copy(update={"connection_id": ConnectionId("other")})), True),
    ],
    ids=["not held", "lease over", "another connection"],
)
def test_what_is_not_claimed_is_not_sent(vendor: Vendor, claim: Claimed, held: bool) -> None:
    with pytest.raises(dispatch.NotClaimed):
        dispatch.send(claim, context(holds=held))
    assert vendor.sent == 0


def test_a_defect_after_the_request_is_ambiguous_and_before_it_nothing_left(vendor: Vendor) -> None:
    vendor.act = KeyError("+12125550142")
    assert isinstance(outcome(claimed()), Ambiguous)
    vendor.written = False
    before = outcome(claimed())
    assert isinstance(before, ProtocolBroken)
    assert "KeyError" in str(before)
    assert "+1212" not in f"{before!r}{before.__cause__!r}{before.__context__!r}"


def test_a_broken_answer_to_a_once_is_ambiguous(vendor: Vendor) -> None:
    vendor.act = ProtocolBroken(Access(CONNECTION, registry.manifest("twilio"), TOOLS).where("push"), "odd.")
    assert isinstance(outcome(claimed()), Ambiguous)
    vendor.written = False
    assert isinstance(outcome(claimed()), ProtocolBroken)


def test_a_defect_in_a_repeatable_command_is_tried_later(vendor: Vendor) -> None:
    vendor.act = KeyError("x")
    asked = WriteOptOut(contact=SecretStr("+12125550142"), channel="sms", at=NOW)  # type: ignore[arg-type]  # pydantic reads the word
    command = claimed().command.model_copy(update={"payload": asked})
    assert isinstance(outcome(claimed(command=command)), TryLater)


def test_a_vendors_own_word_passes_unchanged(vendor: Vendor) -> None:
    where = Access(CONNECTION, registry.manifest("twilio"), TOOLS).where("push")
    for word in (
        TryLater(where, "busy."),
        NeedsOperator(where, "key."),
        Refused(where, RefusalReason.OPTED_OUT, "opted out."),
        Ambiguous(where, "silence."),
    ):
        vendor.act = word
        assert outcome(claimed()) is word


def test_the_ledgers_guard_is_never_swallowed(vendor: Vendor) -> None:
    vendor.act = NetworkWhileLedgerOpen("a ledger is open")
    with pytest.raises(NetworkWhileLedgerOpen):
        dispatch.send(claimed(), context())


def test_absence_is_an_answer_only_where_it_proves_something_and_has_settled(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dispatch.look_up(claimed(), context()).found is Found.UNKNOWN
    described = registry.manifest("twilio")
    proving = described.commands["send_sms"].model_copy(update={"absence_is_proof": True})
    changed = described.model_copy(update={"commands": {**described.commands, "send_sms": proving}})
    monkeypatch.setattr(dispatch, "manifest", lambda _: changed)
    assert dispatch.look_up(claimed(), context()).found is Found.ABSENT
    assert dispatch.look_up(claimed(claimed_at=NOW - timedelta(minutes=1)), context()).found is Found.UNKNOWN
    vendor.found = LookupResult(found=Found.SENT, vendor_id="SM1")
    assert dispatch.look_up(claimed(claimed_at=NOW), context()).found is Found.SENT


def test_a_command_without_a_lookup_stays_unknown(vendor: Vendor) -> None:
    asked = WriteOptOut(contact=SecretStr("+12125550142"), channel="sms", at=NOW)  # type: ignore[arg-type]  # pydantic reads the word
    command = claimed().command.model_copy(update={"payload": asked})
    assert dispatch.look_up(claimed(command=command), context()).found is Found.UNKNOWN
