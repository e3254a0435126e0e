"""What a mail host may have accepted, judged by what it says, and by what it does not."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from canonical.actions import SendEmail
from canonical.delivery import Found
from canonical.problems import Ambiguous, ConnectorProblem, NeedsOperator, RefusalReason, Refused, TryLater
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.limits import Budgets
from connectors.smtp.client import PROBLEMS, Stage
from emulators.kit.running import running
from emulators.smtp import SmtpEmulator
from tests.connectors.contract.subject import CLOCK
from tests.connectors.smtp.host import (
    ATTEMPT,
    GREETED,
    Step,
    connection,
    hang_up,
    look_up,
    scripted,
    send,
    tools,
    until_the_dot,
)
from tests.connectors.smtp.wire import MAIL, PATIENT, TEXT, USER


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SmtpEmulator]:
    with running(SmtpEmulator(state=tmp_path / "mail")) as emulator:
        yield emulator


def test_a_mail_arrives_over_starttls_with_our_attempt_in_its_id(host: SmtpEmulator) -> None:
    sent = send(connection(host.port, host.ca_file))
    [mail] = host.do("messages")["messages"]
    assert sent.vendor_id == mail["message_id"] == f"<{ATTEMPT}@clinic.example>"
    assert (mail["secure"], mail["user"], mail["text"].strip()) == (True, USER, TEXT)
    assert (mail["mail_from"], *mail["recipients"]) == (USER, PATIENT)
    assert len(host.journal.accepted(reference=sent.vendor_id)) == 1


def test_a_mail_arrives_over_implicit_tls(tmp_path: Path) -> None:
    with running(SmtpEmulator(state=tmp_path / "mail", tls="implicit")) as host:
        send(connection(host.port, host.ca_file, tls="implicit"))
        assert len(host.do("messages")["messages"]) == 1


@pytest.mark.parametrize("certificate", ["wrong_host", "other_ca", "expired"])
def test_neither_password_nor_mail_reaches_a_host_that_does_not_prove_itself(
    host: SmtpEmulator, certificate: str
) -> None:
    host.do("settings", certificate=certificate)
    with pytest.raises(NeedsOperator) as problem:
        send(connection(host.port, host.ca_file))
    assert "certificate" in problem.value.next_step
    assert host.journal.entries() == []


def test_neither_password_nor_mail_goes_where_tls_was_taken_out_of_the_greeting(tmp_path: Path) -> None:
    with running(SmtpEmulator(state=tmp_path / "mail", tls="none")) as host:
        with pytest.raises(NeedsOperator):
            send(connection(host.port, host.ca_file))
        assert host.journal.entries() == []
        assert host.do("messages")["messages"] == []


def test_insecure_is_no_setting_and_no_flag(host: SmtpEmulator) -> None:
    for tls in ("none", "optional", ""):
        with pytest.raises(NeedsOperator):
            send(connection(host.port, host.ca_file, tls=tls or "off"))
    host.do("settings", certificate="other_ca")
    with pytest.raises(NeedsOperator):
        send(connection(host.port, host.ca_file), MAIL.model_copy(update={"secure": False}))
    assert host.do("messages")["messages"] == []


@pytest.mark.parametrize(
    "name", ["smtp.gmail.com", "smtp.office365.com", "smtp.mail.yahoo.com", "smtp.mail.me.com", "GMX.net"]
)
def test_a_consumers_host_is_refused_before_it_is_called(name: str, tmp_path: Path) -> None:
    with pytest.raises(NeedsOperator, match="consumer"):
        send(connection(9, tmp_path, host=name))


@pytest.mark.parametrize("sender", ["clinic@gmail.com", "clinic@icloud.com", "clinic@mail.outlook.com"])
def test_a_consumers_sender_is_refused_whatever_the_host(host: SmtpEmulator, sender: str) -> None:
    with pytest.raises(NeedsOperator, match="consumer"):
        send(connection(host.port, host.ca_file), MAIL.model_copy(update={"sender": sender}))
    assert host.journal.entries() == []


def test_a_signed_agreement_opens_the_same_host(host: SmtpEmulator) -> None:
    mail = MAIL.model_copy(update={"sender": "clinic@gmail.com"})
    assert send(connection(host.port, host.ca_file, covered_by_baa="yes"), mail).vendor_id


@pytest.mark.parametrize("name", ["notgmail.com", "gmail.com.clinic.example", "mail.clinic.example"])
def test_a_host_that_only_sounds_like_one_is_not_refused_for_it(host: SmtpEmulator, name: str) -> None:
    assert send(connection(host.port, host.ca_file), MAIL.model_copy(update={"sender": f"office@{name}"})).vendor_id


def outcome(folder: Path, answers: Sequence[bytes | Step], mail: SendEmail = MAIL) -> ConnectorProblem | None:
    with scripted(folder, answers) as host:
        try:
            send(connection(host.port, host.trusts, tls="implicit", timeout="1"), mail)
        except ConnectorProblem as problem:
            return problem
    return None


GO_ON = b"354 go on\r\n"


@pytest.mark.parametrize(
    "reply,wanted",
    [
        (b"250 2.0.0 queued as 4711\r\n", None),
        (b"250 ok\r\n", None),
        (b"451 4.3.0 later\r\n", TryLater),
        (b"421 4.3.2 closing\r\n", TryLater),
        (b"552 5.3.4 too big\r\n", Refused),
        (b"554 5.7.1 spam\r\n", Refused),
        (b"354 go on\r\n", Ambiguous),
        (b"999 what\r\n", Ambiguous),
        (b"hello there\r\n", Ambiguous),
        (b"\r\n", Ambiguous),
        (b"250-half", Ambiguous),
        (b"2" * 9000 + b"\r\n", Ambiguous),
    ],
)
def test_the_reply_to_the_end_of_a_mail_decides(tmp_path: Path, reply: bytes, wanted: type | None) -> None:
    found = outcome(tmp_path, [*GREETED, GO_ON, until_the_dot(reply), hang_up])
    assert (type(found) if found else None) is wanted


def test_what_breaks_off_in_the_middle_of_a_mail_has_sent_nothing(tmp_path: Path) -> None:
    long = MAIL.model_copy(update={"body": SecretStr("Just a line.\n" * 1_000_000)})
    found = outcome(tmp_path, [*GREETED, GO_ON, hang_up], long)
    assert isinstance(found, TryLater)


@pytest.mark.parametrize("reply", [b"250 ok\r\n", b"220 ok\r\n", b"hello\r\n", b"503 5.5.1 bad\r\n"])
def test_only_go_on_lets_a_mail_begin(tmp_path: Path, reply: bytes) -> None:
    answers: list[bytes | Step] = [*GREETED, reply, until_the_dot(b"250 ok\r\n")]
    with scripted(tmp_path, answers) as host, pytest.raises((TryLater, Refused)):
        send(connection(host.port, host.trusts, tls="implicit", timeout="2"))
    assert not [line for line in host.heard if b"Subject" in line]


@pytest.mark.parametrize("at", range(5))
def test_a_host_that_goes_away_before_the_mail_has_taken_nothing(tmp_path: Path, at: int) -> None:
    assert isinstance(outcome(tmp_path, [*[*GREETED, GO_ON][:at], hang_up]), TryLater)


@pytest.mark.parametrize("greeting,wanted", [(b"421 busy\r\n", TryLater), (b"554 no mail here\r\n", NeedsOperator)])
def test_a_greeting_may_be_a_no(tmp_path: Path, greeting: bytes, wanted: type[ConnectorProblem]) -> None:
    with scripted(tmp_path, [], greeting) as host, pytest.raises(wanted):
        send(connection(host.port, host.trusts, tls="implicit", timeout="2"))


@pytest.mark.parametrize(
    "reply,reason",
    [
        (b"550 5.1.1 no such user\r\n", RefusalReason.BAD_ADDRESS),
        (b"550 no such user\r\n", RefusalReason.BAD_ADDRESS),
        (b"550 5.7.1 relaying denied\r\n", RefusalReason.SENDER_NOT_ALLOWED),
        (b"552 5.2.2 mailbox full\r\n", RefusalReason.OTHER),
    ],
)
def test_why_a_recipient_is_refused_is_told_in_our_words(tmp_path: Path, reply: bytes, reason: RefusalReason) -> None:
    found = outcome(tmp_path, [*GREETED[:3], reply])
    assert isinstance(found, Refused)
    assert found.reason is reason
    assert found.where.vendor_code.startswith("recipient 55")
    assert "user" not in str(found) + found.where.vendor_code


def test_a_password_is_tried_once(tmp_path: Path) -> None:
    with (
        scripted(tmp_path, [GREETED[0], b"535 5.7.8 no\r\n", b"235 oh well\r\n"]) as host,
        pytest.raises(NeedsOperator),
    ):
        send(connection(host.port, host.trusts, tls="implicit", timeout="2"))
    assert [line[:10] for line in host.heard if line.startswith(b"AUTH")] == [b"AUTH PLAIN"]


@pytest.mark.parametrize("offer", [b"250 host\r\n", b"250-host\r\n250 AUTH GSSAPI NTLM\r\n"])
def test_a_host_without_a_way_to_sign_in_needs_an_operator(tmp_path: Path, offer: bytes) -> None:
    found = outcome(tmp_path, [offer])
    assert isinstance(found, NeedsOperator)
    assert "sign in" in str(found)


def test_a_host_that_only_knows_login_is_signed_in_to(tmp_path: Path) -> None:
    asked = [b"250-host\r\n250 AUTH LOGIN\r\n", b"334 UGFzc3dvcmQ6\r\n", b"235 ok\r\n", *GREETED[2:], GO_ON]
    assert outcome(tmp_path, [*asked, until_the_dot(b"250 ok\r\n")]) is None


def test_nothing_is_looked_up(host: SmtpEmulator) -> None:
    assert look_up(connection(host.port, host.ca_file)).found is Found.UNKNOWN


def test_proving_the_host_sends_no_mail(host: SmtpEmulator) -> None:
    found = registry.verifier(connection(host.port, host.ca_file), tools())()
    assert set(found.proved) == {"host", "tls", "login"}
    assert host.journal.entries() == []


def test_a_connection_without_a_host_is_told_what_to_add(tmp_path: Path) -> None:
    with pytest.raises(NeedsOperator) as problem:
        send(connection(9, tmp_path, host=""))
    assert "host:" in problem.value.next_step


@pytest.mark.parametrize("wrong", [{"port": "smtp"}, {"timeout": "soon"}, {"timeout": "600"}])
def test_a_setting_that_is_no_number_needs_an_operator(tmp_path: Path, wrong: dict[str, str]) -> None:
    settings = {"host": "mail.clinic.example"} | wrong
    odd = connection(9, tmp_path).model_copy(update={"settings": settings})
    with pytest.raises(NeedsOperator):
        send(odd)


def test_the_mailboxs_budget_is_kept(host: SmtpEmulator, tmp_path: Path) -> None:
    still = datetime(2026, 11, 12, tzinfo=UTC)
    budgets = Budgets(tmp_path / "budgets", lambda: still, lambda _: None)
    limited = Tools(CLOCK, tools().secrets, tools().transport, budgets, lambda _: None)
    to = connection(host.port, host.ca_file)
    for _ in range(60):
        assert (
            budgets.of("smtp", to.account, registry.manifest("smtp").limits).take(CLOCK.business - CLOCK.business)
            is None
        )
    with pytest.raises(TryLater) as problem:
        send(to, using=limited)
    budgets.close()
    assert problem.value.after
    assert host.journal.entries() == []


def test_a_mail_that_is_delivered_is_no_longer_on_its_way(host: SmtpEmulator, tmp_path: Path) -> None:
    """It counts for the minute in which it left, and not until the next one leaves."""
    moving = [datetime(2026, 11, 12, tzinfo=UTC)]
    budgets = Budgets(tmp_path / "budgets", lambda: moving[0], lambda _: None)
    limited = Tools(CLOCK, tools().secrets, tools().transport, budgets, lambda _: None)
    to = connection(host.port, host.ca_file)
    send(to, using=limited)
    moving[0] += timedelta(seconds=61)
    budget = budgets.of("smtp", to.account, registry.manifest("smtp").limits)
    assert [budget.take(timedelta()) for _ in range(60)] == [None] * 60
    budgets.close()


def test_every_stage_has_a_meaning_for_a_permanent_no() -> None:
    assert {stage for stage, code in PROBLEMS if code == "5"} == set(Stage)
