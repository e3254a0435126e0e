"""The pretend mail server, met by the standard library's client."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import pytest
import urllib3

from emulators.kit.running import running
from emulators.smtp import SmtpEmulator
from emulators.smtp.certificates import Certificate
from emulators.smtp.emulator import USERS
from emulators.smtp.mailbox import Mailbox

USER, PASSWORD = next(iter(USERS.items()))
PATIENT = "ana@example.com"


@pytest.fixture
def smtp() -> Iterator[SmtpEmulator]:
    with running(SmtpEmulator()) as emulator:
        yield emulator


def letter(message_id: str = "<att_1@clinic.example>", to: str = PATIENT) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"], message["Message-ID"] = "Grüße", USER, to, message_id
    message.set_content("Your visit is tomorrow.")
    message.add_alternative("<p>Your visit is tomorrow.</p>", subtype="html")
    return message


@contextmanager
def signed_in(emulator: SmtpEmulator, password: str = PASSWORD) -> Iterator[smtplib.SMTP]:
    client = smtplib.SMTP("127.0.0.1", emulator.port, timeout=5)
    try:
        client.starttls(context=ssl.create_default_context(cafile=emulator.ca_file))
        client.login(USER, password)
        yield client
    finally:
        client.close()


def test_a_letter_is_accepted_over_verified_tls_and_read_back(smtp: SmtpEmulator, web: urllib3.PoolManager) -> None:
    with signed_in(smtp) as client:
        assert client.send_message(letter()) == {}
    (mail,) = web.request("GET", f"{smtp.control_url}/_emulator/smtp/messages?to={PATIENT}").json()["messages"]
    assert (mail["subject"], mail["user"], mail["secure"]) == ("Grüße", USER, True)
    assert mail["text"].strip() == "Your visit is tomorrow."
    assert [entry.recipient for entry in smtp.journal.accepted(reference="<att_1@clinic.example>")] == [PATIENT]


def test_letters_are_on_disk(smtp: SmtpEmulator) -> None:
    with signed_in(smtp) as client:
        client.send_message(letter())
    assert Mailbox(smtp.state / "smtp-messages").mails == smtp.mailbox.mails
    assert len(smtp.mailbox.mails) == 1


def test_the_port_wants_starttls_and_a_password(smtp: SmtpEmulator) -> None:
    with smtplib.SMTP("127.0.0.1", smtp.port, timeout=5) as plain:
        with pytest.raises(smtplib.SMTPSenderRefused, match="Must issue a STARTTLS"):
            plain.sendmail(USER, [PATIENT], "x")
        plain.starttls(context=ssl.create_default_context(cafile=smtp.ca_file))
        with pytest.raises(smtplib.SMTPSenderRefused, match="Authentication required"):
            plain.sendmail(USER, [PATIENT], "x")
    with pytest.raises(smtplib.SMTPAuthenticationError), signed_in(smtp, "wrong"):
        pass
    assert smtp.journal.accepted() == []


def test_an_unknown_authority_is_refused_by_a_careful_client(smtp: SmtpEmulator) -> None:
    with smtplib.SMTP("127.0.0.1", smtp.port, timeout=5) as client, pytest.raises(ssl.SSLCertVerificationError):
        client.starttls(context=ssl.create_default_context())


@pytest.mark.parametrize("certificate", ["wrong_host", "other_ca", "expired"])
def test_a_bad_certificate_is_refused_by_a_careful_client(certificate: Certificate, smtp: SmtpEmulator) -> None:
    smtp.do("settings", certificate=certificate)
    with pytest.raises(ssl.SSLCertVerificationError), signed_in(smtp):
        pass
    smtp.do("settings", certificate="good")
    with signed_in(smtp):
        pass


def test_a_server_may_offer_no_tls_at_all(smtp: SmtpEmulator) -> None:
    smtp.do("settings", tls="none")
    with smtplib.SMTP("127.0.0.1", smtp.port, timeout=5) as client:
        with pytest.raises(smtplib.SMTPNotSupportedError):
            client.starttls()
        client.send_message(letter())
    assert [mail.secure for mail in smtp.mailbox.mails] == [False]


def test_tls_from_the_first_byte() -> None:
    with running(SmtpEmulator(tls="implicit")) as smtp:
        trusting = ssl.create_default_context(cafile=smtp.ca_file)
        with smtplib.SMTP_SSL("127.0.0.1", smtp.port, context=trusting, timeout=5) as client:
            client.login(USER, PASSWORD)
            client.send_message(letter())
        assert len(smtp.journal.accepted()) == 1
        with pytest.raises(ValueError, match="another emulator"):
            smtp.do("settings", tls="none")


@pytest.mark.parametrize("status", [421, 450, 554])
@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "BODY"])
def test_a_reply_at_every_stage(stage: str, status: int, smtp: SmtpEmulator) -> None:
    smtp.fail("status", method=stage, status=status, text="4.7.1 ordered", times=2)  # EHLO is followed by HELO
    with pytest.raises((smtplib.SMTPException, ConnectionError)), signed_in(smtp) as client:
        client.send_message(letter())
    assert smtp.journal.accepted() == []
    assert smtp.journal.entries(fault="status")[0].status == status


def test_one_of_two_recipients_can_be_refused(smtp: SmtpEmulator) -> None:
    smtp.do("reject", to="gone@example.com")
    with signed_in(smtp) as client:
        refused = client.send_message(letter(to=f"{PATIENT}, gone@example.com"))
    assert refused == {"gone@example.com": (550, b"5.1.1 No such user here")}
    sent = smtp.journal.entries(action="send")
    assert [(each.recipient, each.accepted) for each in sent] == [("gone@example.com", False), (PATIENT, True)]


@pytest.mark.parametrize("kind", ["drop", "reset"])
def test_the_connection_can_die_after_the_letter_was_taken(kind: str, smtp: SmtpEmulator) -> None:
    smtp.fail(kind, method="BODY", accept=True)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)), signed_in(smtp) as client:
        client.send_message(letter())
    (entry,) = smtp.journal.accepted(reference="<att_1@clinic.example>")
    assert (entry.status, entry.fault) == (None, kind)
    assert len(smtp.mailbox.mails) == 1


def test_the_connection_can_die_before_the_letter_was_taken(smtp: SmtpEmulator) -> None:
    smtp.fail("reset", method="BODY")
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)), signed_in(smtp) as client:
        client.send_message(letter())
    assert smtp.journal.accepted() == []
    assert smtp.mailbox.mails == []


def test_a_temporary_error_may_hide_an_accepted_letter(smtp: SmtpEmulator) -> None:
    smtp.fail("status", method="BODY", status=451, accept=True)
    with pytest.raises(smtplib.SMTPDataError, match="451"), signed_in(smtp) as client:
        client.send_message(letter())
    assert len(smtp.journal.accepted()) == 1


def test_the_greeting_may_never_come(smtp: SmtpEmulator) -> None:
    smtp.fail("hang", method="CONNECT")
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        smtplib.SMTP("127.0.0.1", smtp.port, timeout=0.2)
    with signed_in(smtp) as client:
        client.send_message(letter())


def test_outages(smtp: SmtpEmulator) -> None:
    smtp.begin_outage("refuse")
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", smtp.port, timeout=5)
    smtp.begin_outage("hang")
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        smtplib.SMTP("127.0.0.1", smtp.port, timeout=0.2)
    smtp.begin_outage("status")
    with pytest.raises(smtplib.SMTPConnectError, match="421"):
        smtplib.SMTP("127.0.0.1", smtp.port, timeout=5)
    smtp.end_outage()
    with signed_in(smtp) as client:
        client.send_message(letter())
    assert len(smtp.journal.accepted()) == 1


def test_reset_empties_the_mailbox(smtp: SmtpEmulator, web: urllib3.PoolManager) -> None:
    with signed_in(smtp) as client:
        client.send_message(letter())
    web.request("POST", f"{smtp.control_url}/_emulator/reset")
    assert smtp.do("messages") == {"messages": []}
    assert len(smtp.journal.accepted()) == 1
