"""What each tool's submission becomes, and what of it is kept as evidence."""

import json
from datetime import timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from connectors.kit import registry
from connectors.kit.webhooks import Event, Incoming, Meaning
from connectors.webform import webhook
from connectors.webform.tools import TOOLS, tool_of
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Mapped, Surroundings
from mappings.wire import read
from tests.connectors.contract.subject import NOW
from tests.connectors.webform.wire import HOOK, SUBJECT, posted

HERE = Surroundings(default_zone=ZoneInfo("America/New_York"))
WORDS = "Lumen may text me about my visits at this number."


def event(incoming: Incoming) -> Event:
    [found] = webhook.parse(incoming)
    return found


def mapped(found: Event) -> Mapped:
    fields = read(found.format.text, found.body)
    registry.require_known_shape("webform", found.stream, fields)
    return Catalogue().mapping("webform", found.stream).apply(fields, HERE, Notes())


def consents(inquiry: Mapped) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", inquiry.body["consents"])


def called(name: str) -> Incoming:
    assert SUBJECT.hooks is not None
    return next(call.incoming for call in SUBJECT.hooks.calls if call.name.startswith(name))


def form(**fields: str) -> Incoming:
    return posted({"settings": {"tool": "html", "proof": "path"}, "form": fields})


EXPECTED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("a plain form, signed", {"given_name": "Ana", "phone": "+12125550142", "location": "Soho", "campaign": "autumn"}),
    ("a plain form that sends JSON", {"full_name": "Ben Okafor", "phone": "+12125550143", "email": "ben@example.com"}),
    ("Typeform, with", {"given_name": "Carla", "phone": "+12125550144", "message": "After 5, please."}),
    ("Jotform", {"given_name": "Dev", "family_name": "Shah", "phone": "+12125550145", "message": "Grüße"}),
    ("Elementor", {"full_name": "Eve Lund", "phone": "+12125550146"}),
    ("Gravity", {"given_name": "Finn", "phone": "+12125550147", "asked_for": "Something between the lines"}),
    ("Contact Form 7", {"full_name": "Gus Hale", "phone": "+12125550148", "message": "Is there parking?"}),
    ("a form whose connection names no tool", {"full_name": "Hal Ito", "phone": "+12125550149"}),
)


@pytest.mark.parametrize("name,wanted", EXPECTED, ids=[name for name, _ in EXPECTED])
def test_a_submission_becomes_an_inquiry(name: str, wanted: dict[str, Any]) -> None:
    found = event(called(name))
    inquiry = mapped(found)
    assert {field: inquiry.body[field] for field in wanted} == wanted
    assert inquiry.body["source"] == "web_form"
    assert inquiry.vendor_id == found.vendor_id
    assert inquiry.body["received_at"] == (
        "2026-11-12T13:58:31Z" if found.stream == "typeform" else "2026-11-12T14:00:00Z"
    )


@pytest.mark.parametrize(
    "name", ["a plain form, signed", "Typeform, with", "Jotform", "Elementor", "Gravity", "Contact Form 7"]
)
def test_a_ticked_box_is_kept_with_its_words(name: str) -> None:
    [consent, *others] = consents(mapped(event(called(name))))
    assert (consent["category"], consent["kind"], consent["source"]) == ("informational", "express", "web form")
    assert consent["wording"].startswith("Lumen may text me about my visits at this number.")
    assert consent["given_at"]
    assert others == [], "a box that was left empty is no consent"


def test_a_consent_without_a_phone_is_none() -> None:
    inquiry = mapped(event(form(email="ana@example.com", sms_consent="on", sms_consent_text=WORDS)))
    assert inquiry.body["consents"] == []


@pytest.mark.parametrize("word", ["no", "off", "0", "", "maybe later"])
def test_a_box_that_does_not_say_yes_is_no_consent(word: str) -> None:
    inquiry = mapped(event(form(phone="2125550142", sms_consent=word, sms_consent_text=WORDS)))
    assert inquiry.body["consents"] == []


def test_three_boxes_are_three_consents() -> None:
    ticked = dict.fromkeys(("sms_consent", "marketing_consent", "newsletter_consent"), "on")
    inquiry = mapped(event(form(phone="2125550142", email="ana@example.com", **ticked)))
    found = [(one["category"], one["contact"]) for one in consents(inquiry)]
    assert found == [
        ("informational", "+12125550142"),
        ("marketing", "+12125550142"),
        ("newsletter", "ana@example.com"),
    ]


def test_what_only_a_robot_fills_is_passed_on() -> None:
    assert mapped(event(called("a robot"))).body["honeypot"] == "http://spam.example"


def test_a_number_nobody_can_have_is_left_out_and_the_inquiry_stays() -> None:
    inquiry = mapped(event(form(name="Ana", phone="12", email="not a mail")))
    assert (inquiry.body["phone"], inquiry.body["email"], inquiry.body["full_name"]) == ("", "", "Ana")


def test_the_form_itself_is_kept_byte_for_byte() -> None:
    for name in ("a plain form, signed", "a plain form that sends JSON", "Typeform, with", "Gravity"):
        incoming = called(name)
        kept = event(incoming).body
        assert incoming.body.rstrip(b"} ") in kept


def test_a_button_pressed_twice_is_one_and_next_week_is_another() -> None:
    once = form(name="Ana", phone="2125550142", _nonce="1")
    twice = form(name="ana ", phone="2125550142", _nonce="2")
    assert event(once).vendor_id == event(twice).vendor_id
    for later in (timedelta(minutes=1), timedelta(days=7)):
        other = once.model_copy(update={"received_at": NOW + later})
        assert event(other).vendor_id != event(once).vendor_id
    assert event(form(name="Ana", phone="2125550143")).vendor_id != event(once).vendor_id


def test_a_tools_own_id_makes_a_late_repetition_the_same_record() -> None:
    for name in ("Typeform, with", "Jotform", "Gravity", "a plain form that sends JSON"):
        first = called(name)
        late = first.model_copy(update={"received_at": NOW + timedelta(hours=5)})
        assert event(late).vendor_id == event(first).vendor_id
        volatile = Catalogue().mapping("webform", event(first).stream).volatile
        assert "glowline_received_at" in volatile


def test_typeforms_first_phone_counts_where_nobody_named_the_question() -> None:
    answers = [
        {"type": "phone_number", "phone_number": "+12125550142", "field": {"id": "q2", "type": "phone_number"}},
        {"type": "choices", "choices": {"labels": ["A", "B"]}, "field": {"id": "q3", "ref": "service"}},
        {"type": "choice", "choice": {"other": "Soho"}, "field": {"id": "q4", "ref": "location"}},
    ]
    response = {
        "token": "t1",
        "submitted_at": "2026-11-12T13:58:31Z",
        "answers": answers,
        "definition": {"fields": None},
    }
    call = {"event_id": "e", "event_type": "form_response", "form_response": response}
    inquiry = mapped(event(posted({"settings": {"tool": "typeform"}, "json": call})))
    assert (inquiry.body["phone"], inquiry.body["asked_for"], inquiry.body["location"]) == (
        "+12125550142",
        "A, B",
        "Soho",
    )


def test_an_uploaded_file_stays_with_the_tool() -> None:
    boundary = "x"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="submissionID"\r\n\r\n1\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n\x00\x01secret\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="rawRequest"\r\n\r\n{{"q1_email":"ana@example.com"}}\r\n--{boundary}--\r\n'
    ).encode()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    found = event(Incoming(url=HOOK, headers=headers, body=body, settings={"tool": "jotform"}, received_at=NOW))
    assert b"secret" not in found.body
    assert mapped(found).body["email"] == "ana@example.com"


URLENCODED = "application/x-www-form-urlencoded"
CARELESS: tuple[tuple[str, str, bytes, dict[str, Any]], ...] = (
    ("ends in &", URLENCODED, b"name=Ana&phone=2125550142&", {}),
    ("has an empty pair", URLENCODED, b"name=Ana&&phone=2125550142", {}),
    ("has a bare name", URLENCODED, b"name=Ana&phone=2125550142&newsletter", {}),
    ("Latin-1, raw", URLENCODED, b"name=Jos\xe9&phone=2125550142", {"full_name": "José"}),
    ("Latin-1, escaped", URLENCODED, b"name=Jos%E9&phone=2125550142", {"full_name": "José"}),
    ("a name twice", URLENCODED, b"name=Ana&phone=2125550142&service=A&service=B", {"asked_for": "A, B"}),
    ("a name twice, the same", URLENCODED, b"name=Ana&phone=2125550142&phone=2125550142", {}),
    ("JSON with a mark", "application/json", b'\xef\xbb\xbf{"name": "Ana", "phone": "2125550142"}', {}),
    (
        "JSON in UTF-16",
        "application/json",
        '{"name": "José", "phone": "2125550142"}'.encode("utf-16"),
        {"full_name": "José"},
    ),
    ("JSON with NaN", "application/json", b'{"name": "Ana", "phone": "2125550142", "age": NaN}', {}),
    (
        "JSON with half a letter",
        "application/json",
        b'{"name": "Ana", "phone": "2125550142", "message": "\\ud83d"}',
        {},
    ),
    ("JSON with lists", "application/json", b'{"name": ["Ana"], "phone": ["2125550142"]}', {}),
    (
        "JSON with a list of ticks",
        "application/json",
        b'{"name": "Ana", "phone": "2125550142", "service": ["A", "B"]}',
        {"asked_for": "A, B"},
    ),
)


@pytest.mark.parametrize("kind,body,more", [case[1:] for case in CARELESS], ids=[case[0] for case in CARELESS])
def test_a_form_written_carelessly_is_an_inquiry_all_the_same(kind: str, body: bytes, more: dict[str, Any]) -> None:
    found = event(
        Incoming(url=HOOK, headers={"content-type": kind}, body=body, settings={"tool": "html"}, received_at=NOW)
    )
    inquiry = mapped(found)
    assert (found.meaning, found.stream) == (Meaning.KNOWN, "html")
    wanted = {"full_name": "Ana", "phone": "+12125550142"} | more
    assert {name: inquiry.body[name] for name in wanted} == wanted


@pytest.mark.parametrize("name", ["José".encode("cp1252"), "José".encode()], ids=["cp1252", "UTF-8"])
def test_parts_are_read_as_carelessly_as_fields(name: bytes) -> None:
    """A phone that is hidden and empty a second time, a box with its hidden no, letters of another encoding."""
    said = (
        (b"name", name),
        (b"phone", b"2125550142"),
        (b"phone", b""),
        (b"sms_consent", b"0"),
        (b"sms_consent", b"on"),
    )
    parts = [b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % pair for pair in said]
    headers = {"content-type": "multipart/form-data; boundary=x"}
    body = b"".join(parts) + b"--x--\r\n"
    found = event(Incoming(url=HOOK, headers=headers, body=body, settings={"tool": "html"}, received_at=NOW))
    inquiry = mapped(found)
    assert (inquiry.body["full_name"], inquiry.body["phone"]) == ("José", "+12125550142")
    assert [one["contact"] for one in consents(inquiry)] == ["+12125550142"]


def test_a_hidden_no_beside_a_ticked_box_is_a_yes() -> None:
    body = b"phone=2125550142&sms_consent=0&sms_consent=on&sms_consent_text=Words"
    found = event(
        Incoming(url=HOOK, headers={"content-type": URLENCODED}, body=body, settings={"tool": "html"}, received_at=NOW)
    )
    assert [one["contact"] for one in consents(mapped(found))] == ["+12125550142"]


@pytest.mark.parametrize("field", ["your-phone", "your-tel"])
def test_contact_form_7_names_its_phone_in_two_ways_and_sends_lists(field: str) -> None:
    call = {
        "your-name": "Gus",
        field: "2125550148",
        "sms_consent": ["on"],
        "sms_consent_text": WORDS,
        "your-service": ["A", "B"],
    }
    inquiry = mapped(event(posted({"settings": {"tool": "cf7"}, "json": call})))
    assert inquiry.body["phone"] == "+12125550148"
    assert [one["contact"] for one in consents(inquiry)] == ["+12125550148"]


@pytest.mark.parametrize(
    "kind,body",
    [
        ("application/json", b""),
        ("application/json", b"{"),
        ("application/json", b"[" * 100_000),
        ("application/json", b'"x"'),
        ("application/x-www-form-urlencoded", b"\xff="),
        ("application/x-www-form-urlencoded", b"a"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(501))),
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("", b"\x00\x01"),
    ],
)
def test_what_is_no_form_is_kept_for_somebody_to_look_at(kind: str, body: bytes) -> None:
    found = event(
        Incoming(url=HOOK, headers={"content-type": kind}, body=body, settings={"tool": "html"}, received_at=NOW)
    )
    assert (found.meaning, found.stream) == (Meaning.UNKNOWN, "unknown")
    assert found.vendor_id
    assert found.body


def test_every_tool_is_known_by_its_submissions_and_by_nothing_else() -> None:
    assert SUBJECT.hooks is not None
    known = [call for call in SUBJECT.hooks.calls if call.meaning is Meaning.KNOWN]
    assert {call.stream for call in known} == {tool.name for tool in TOOLS}
    for call in known:
        guessed = call.incoming.model_copy(update={"settings": {"proof": "path"}})
        assert event(guessed).stream == call.stream
    assert tool_of({"tool": "quill"}, {}) is None


def test_a_calls_origin_does_not_show_the_address_that_is_a_secret() -> None:
    secret = "an-invented-long-form-secret-1"
    incoming = form(name="Ana").model_copy(update={"url": f"{HOOK}/{secret}"})
    found = event(incoming)
    assert secret not in found.origin
    assert found.origin == "webhook /hooks/webform/lumen/site"
    assert secret not in repr(found)


def test_what_we_add_can_be_told_from_what_the_form_said() -> None:
    found = event(called("a plain form that sends JSON"))
    fields = json.loads(found.body)
    assert {name for name in fields if name.startswith("glowline_")} == {"glowline_key", "glowline_received_at"}


@pytest.mark.parametrize("token", [{"token": "e6260"}, {}])
def test_a_typeform_answer_of_older_shape_is_an_inquiry_that_came_when_it_came(token: dict[str, str]) -> None:
    answers = [
        {"type": "phone_number", "phone_number": "+12125550142", "field": {"id": "42471737", "type": "phone_number"}},
        {"type": "choice", "choice": {"label": "mornings"}, "field": None},
        None,
    ]
    response = {"submitted_at": "2017-02-21T05: 18: 14Z", "answers": answers, "definition": None, "hidden": None}
    found = event(posted({"settings": {}, "json": {"event_type": "form_response", "form_response": response | token}}))
    assert (found.stream, found.meaning) == ("typeform", Meaning.KNOWN)
    inquiry = mapped(found)
    assert inquiry.body["phone"] == "+12125550142"
    assert inquiry.body["received_at"] is not None
