"""A mail's bytes: what was meant is read back, and nobody can add a header, a recipient or an end."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from canonical.actions import SendEmail
from canonical.ids import AttemptId
from canonical.problems import RefusalReason, Refused, Where
from connectors.smtp.letter import Letter, letter
from tests.connectors.smtp.wire import MAIL, PATIENT, TEXT

WHERE = Where("smtp", "push.send_email", "at-1")
AT = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
BREAKS = ("\r\nBcc: x@example.com", "\n.\r\n", "\rX", "a\x00b", "a\u2028b", "\x85")


def written(**changed: object) -> Letter:
    return letter(MAIL.model_copy(update=changed), AttemptId("at-1"), AT, WHERE)


def undoubled(content: bytes) -> bytes:
    return b"\r\n".join(line.removeprefix(b".") if line.startswith(b"..") else line for line in content.split(b"\r\n"))


def test_what_was_meant_is_read_back() -> None:
    text, name, line = "Grüße, Ana 🙂\n.\n..two\n.three", "Café Lumen", "Ihr Termin – Donnerstag"
    made = written(body=SecretStr(text), sender_name=name, subject=SecretStr(line))
    read = message_from_bytes(undoubled(made.content), policy=default)
    body = read.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").strip() == text
    assert body.get_content_type() == "text/plain"
    assert body.get_content_charset() == "utf-8"
    assert (read["Subject"], read["Message-ID"]) == (line, "<at-1@clinic.example>")
    assert read["From"].addresses[0].display_name == name
    assert read["Date"].datetime == AT
    assert read["Auto-Submitted"] == "auto-generated"


def test_every_line_ends_as_mail_wants_it_and_none_is_too_long() -> None:
    made = written(body=SecretStr("x" * 5000 + "\n\ry\rz\n"), subject=SecretStr("Ä" * 300))
    assert b"\n" not in made.content.replace(b"\r\n", b"")
    assert b"\r" not in made.content.replace(b"\r\n", b"")
    assert max(map(len, made.content.split(b"\r\n"))) <= 998
    assert made.content.endswith(b"\r\n")
    assert made.content.isascii()


@given(st.text(max_size=400))
def test_no_text_ends_the_mail(text: str) -> None:
    content = written(body=SecretStr(text)).content
    assert b"\r\n.\r\n" not in b"\r\n" + content
    assert all(line.startswith(b"..") for line in content.split(b"\r\n") if line.startswith(b"."))


@pytest.mark.parametrize("extra", BREAKS)
@pytest.mark.parametrize("place", ["subject", "sender_name"])
def test_a_line_break_in_a_header_is_refused(place: str, extra: str) -> None:
    value: object = SecretStr(f"Hello{extra}") if place == "subject" else f"Lumen{extra}"
    with pytest.raises(Refused) as problem:
        written(**{place: value})
    assert problem.value.reason is RefusalReason.INVALID


@pytest.mark.parametrize(
    "address",
    [
        "ana@example.com\r\nRCPT TO:<b@example.com>",
        "ana@example.com> SIZE=1",
        "ana@example.com, ben@example.com",
        "Ana <ana@example.com>",
        "ana@localhost",
        "ana",
        "",
        "anä@example.com",
        "ana@exämple.com",
        "a" * 250 + "@example.com",
        '"a b"@example.com',
    ],
)
def test_what_is_no_plain_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(Refused) as problem:
        written(to=SecretStr(address))
    assert problem.value.reason is RefusalReason.BAD_ADDRESS
    assert "ana" not in str(problem.value)
    with pytest.raises(Refused) as problem:
        written(sender=address)
    assert problem.value.reason is RefusalReason.SENDER_NOT_ALLOWED


@pytest.mark.parametrize("address", ["o'neil+x@sub.example.co.uk", "a_b-c.d@example.com", "x@xn--exmple-cua.com"])
def test_unusual_addresses_are_addresses(address: str) -> None:
    made = written(to=SecretStr(address))
    assert made.recipient == address


def headers(made: Letter) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in message_from_bytes(made.content, policy=default).items()}


def test_a_way_out_of_the_list_stands_there_only_where_one_was_given() -> None:
    assert not [name for name in headers(written(unsubscribe="")) if name.startswith("list-")]
    link = headers(written(unsubscribe="https://mail.example.com/stop/abc"))
    assert link["list-unsubscribe"] == "<https://mail.example.com/stop/abc>"
    assert link["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    mail = headers(written(unsubscribe="mailto:stop@clinic.example?subject=stop"))
    assert mail["list-unsubscribe"] == "<mailto:stop@clinic.example?subject=stop>"
    assert "list-unsubscribe-post" not in mail


@pytest.mark.parametrize(
    "link", ["http://x.example/1", "https://x.example/>, <https://y", "https://x\r\nBcc: a", "stop", "https://ä"]
)
def test_a_way_out_that_could_be_anything_else_is_refused(link: str) -> None:
    with pytest.raises(Refused):
        written(unsubscribe=link)


def test_a_letter_does_not_show_what_is_in_it() -> None:
    assert PATIENT not in repr(written())
    assert TEXT not in repr(written())
    assert isinstance(MAIL, SendEmail)
