"""C2 by construction: a template that could say more than its channel may does not load."""

import hashlib

import pytest

from canonical.ids import ContentHash
from canonical.practice import Channel
from canonical.problems import SettingsError
from canonical.templates import TemplateSource
from pipelines.messages.segments import fix_for, measure
from pipelines.messages.templates import load_templates


def source(text: str, channel: Channel = Channel.SMS) -> TemplateSource:
    """A template file that holds `text`."""
    digest = ContentHash(hashlib.sha256(text.encode()).hexdigest())
    return TemplateSource(name="t", channel=channel, language="en", path="t.sms.liquid", text=text, hash=digest)


@pytest.mark.parametrize(
    "text, line, says",
    [
        ("Hi,\n{{ visit.service }}", 2, "class treatment; sms is cleared for contact, neutral"),
        ("{{ provider.name }}", 1, "class treatment"),
        ("{{ lead.phone }}", 1, "class staff"),
        ("{{ visit }}", 1, "'visit' is not a value"),
        ("{{ visit[first_name] }}", 1, "is not a value"),
        ("{{ visit['service'] }}", 1, "class treatment"),
        ("{% assign a = visit %}{{ a.service }}", 1, "the tag 'assign' is not allowed"),
        ("{% for v in visit %}{{ v }}{% endfor %}", 1, "the tag 'for' is not allowed"),
        ("{% capture a %}{{ visit.service }}{% endcapture %}", 1, "the tag 'capture' is not allowed"),
        ("{% if visit.service %}x{% endif %}", 1, "class treatment"),
        ("{% if first_name == visit.service %}x{% endif %}", 1, "class treatment"),
        ("{{ first_name | append: visit.service }}", 1, "the filter 'append' is not allowed"),
        ("{% include 'x' %}", 1, "the tag 'include' is not allowed"),
        ("{{ nonsense }}", 1, "'nonsense' is not a value"),
        ("\n\n{% if first_name %}", 3, "not valid Liquid"),
        ("Reply C to cancel", 1, "revokes consent"),
        ("Text CANCEL to cancel your visit", 1, "revokes consent"),
        ("Reply with 'end' to stop", 1, "revokes consent"),
        ("Reply Y to confirm or C to move it", 1, "the reply 'C'"),
        ("Hi,\nplease answer with 'yes' or 'cancel'.", 2, "the reply 'cancel'"),
        ("Reply STOP if you cannot make your visit", 1, "the reply 'STOP'"),
        ("Responda CANCELAR para cambiar su cita", 1, "the reply 'CANCELAR'"),
        ("Responda SI para confirmar o BAJA para anular", 1, "the reply 'BAJA'"),
        ("Responda STOP para cancelar su cita", 1, "the reply 'STOP'"),
    ],
)
def test_a_template_that_could_say_too_much_does_not_load(text: str, line: int, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_templates([source(text)])
    assert says in str(caught.value)
    if "Liquid" not in says:
        assert str(caught.value).startswith(f"t.sms.liquid:{line}  ")


def test_secure_email_may_name_the_service_and_a_plain_mail_may_not() -> None:
    text = "Subject: Your visit\n\nAbout {{ visit.service }}"
    assert load_templates([source(text, Channel.SECURE_EMAIL)]).by_key
    with pytest.raises(SettingsError, match="cleared for contact, neutral"):
        load_templates([source(text, Channel.EMAIL)])


def test_a_mail_without_a_subject_does_not_load() -> None:
    with pytest.raises(SettingsError, match="begins with its subject"):
        load_templates([source("Hello", Channel.EMAIL)])


@pytest.mark.parametrize(
    "text",
    [
        "Reply STOP to stop.",
        "Reply STOP to opt out, HELP for help.",
        "Responda STOP para no recibir mas, HELP para ayuda.",
        "Text us by the end of the day.",
        "Just reply. To cancel, use the link.",
        "Reply with 1 (poor) to 10 (wonderful).",
    ],
)
def test_offering_stop_and_asking_for_an_answer_is_fine(text: str) -> None:
    assert load_templates([source(f"{{{{ practice.sms_name }}}}. {text}")]).by_key


def test_a_secure_mails_subject_says_no_more_than_a_plain_ones() -> None:
    """It shows on a locked screen, and in the notice of a portal."""
    with pytest.raises(SettingsError) as caught:
        load_templates([source("Subject: About {{ visit.service }}\n\nHello", Channel.SECURE_EMAIL)])
    assert "t.sms.liquid:1  'visit.service' is class treatment; the subject of secure_email is" in str(caught.value)


@pytest.mark.parametrize("subject", ["Re: your visit", "FWD: hello", "RV: su visita"])
def test_email_04_a_subject_that_looks_like_a_reply_does_not_load(subject: str) -> None:
    with pytest.raises(SettingsError, match="begins like a reply") as caught:
        load_templates([source(f"Subject: {subject}\n\nHello", Channel.EMAIL)])
    assert str(caught.value).startswith("t.sms.liquid:1  ")
    assert load_templates([source("Subject: Regarding Friday\n\nHello", Channel.EMAIL)]).by_key


def test_a_dear_character_is_named_with_its_fix() -> None:
    warnings = load_templates([source("We’re at {{ practice.sms_name }}")]).warnings
    assert [warning.message for warning in warnings] == [
        "'’' is not a GSM-7 character and makes every segment 70 characters; write '''."
    ]


def test_a_long_text_warns_at_its_worst_case() -> None:
    warnings = load_templates([source("x" * 300 + "{{ practice.name }}")]).warnings
    assert "3 segments at its longest" in warnings[0].message


def test_r51_the_line_that_says_how_to_stop_is_measured_too() -> None:
    """Any of a practice's texts may be the first one a phone gets (TCPA-17)."""
    assert load_templates([source("x" * 306)]).warnings[0].message.startswith("3 segments at its longest (341 units")
    assert load_templates([source("x" * 270)]).warnings == ()
    assert load_templates([source("x" * 280 + " STOP, HELP")]).warnings == ()


@pytest.mark.parametrize(
    "text, encoding, segments",
    [
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("á" * 70, "UCS-2", 1),
        ("á" * 71, "UCS-2", 2),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
    ],
)
def test_segments_are_counted_as_carriers_count(text: str, encoding: str, segments: int) -> None:
    measured = measure(text)
    assert (measured.encoding, measured.segments) == (encoding, segments)


def test_accents_that_gsm_lacks_lose_only_the_accent() -> None:
    assert [fix_for(c) for c in "áíóú—…"] == ["a", "i", "o", "u", "-", "..."]
