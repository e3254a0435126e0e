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


def test_offering_stop_is_fine() -> None:
    assert load_templates([source("{{ practice.sms_name }}. Reply STOP to stop.")]).by_key


def test_a_dear_character_is_named_with_its_fix() -> None:
    warnings = load_templates([source("We’re at {{ practice.sms_name }}")]).warnings
    assert [warning.message for warning in warnings] == [
        "'’' is not a GSM-7 character and makes every segment 70 characters; write '''."
    ]


def test_a_long_text_warns_at_its_worst_case() -> None:
    warnings = load_templates([source("x" * 300 + "{{ practice.name }}")]).warnings
    assert "3 segments at its longest" in warnings[0].message


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
