"""Looks at a finished text: identifiers nobody declared, and words that sell."""

import json

import pytest

from canonical.practice import Channel
from pipelines.messages.lexicon import Lexicon
from pipelines.messages.templates import load_templates, rendered
from pipelines.messages.variables import VARIABLES, neutral_values
from pipelines.policy.identifiers import identifiers_in
from pipelines.policy.promotion import sells
from settings.installation import SHIPPED
from settings.practice import load_practice
from tests.shared_data import shared


@pytest.mark.parametrize(
    "text, found",
    [
        ("Call (212) 555-0142", "a phone number"),
        ("Call 212.555.0142 now", "a phone number"),
        ("Call +12125550142.", "a phone number"),
        ("Write to ana@example.com", "an e-mail address"),
        ("See https://example.com/x", "a web address"),
        ("See example.com/botox", "a web address"),
        ("SSN 078-05-1120", "a social security number"),
        ("born 4/12/1986", "a date"),
        ("born 1986-04-12", "a date"),
        ("on April 12", "a date"),
        ("el 12 de abril", "a date"),
        ("MRN 448812", "a record number"),
        ("chart #44881", "a record number"),
        ("number 93712345678", "a record number"),
        ("123 Main Street", "a street address"),
        ("NY 10001", "a zip code"),
        ("only $99", "a price"),
        ("for 99 dollars", "a price"),
        ("from 10.0.0.12", "an IP address"),
    ],
)
def test_an_identifier_is_found_and_named_without_its_value(text: str, found: str) -> None:
    assert found in identifiers_in(text, ())
    assert not any(part in " ".join(identifiers_in(text, ())) for part in ("555", "example", "1986", "448"))


@pytest.mark.parametrize(
    "text",
    [
        "Hi Ana, see you at Lumen at 10:30 AM EST.", "We are open 9-5.", "Reply STOP to stop, HELP for help.", "You may arrive 15 minutes early.",
        "Suite 400, second floor", "See you in May", "Score us from 1 to 10", "We marched on", "Dr. Montgomery",
    ],
)  # fmt: skip
def test_an_ordinary_sentence_names_nothing(text: str) -> None:
    assert identifiers_in(text, ()) == ()


def test_what_a_slot_declares_is_no_finding_and_what_hides_in_a_name_is_one() -> None:
    values = {name: variable.worst for name, variable in VARIABLES.items()}
    text = f"Hi {{}}, {values['visit.when']}, {values['location.address']}. {values['links.manage']} or {values['location.phone']}"

    assert identifiers_in(text.format("Ana"), neutral_values(values)) == ()
    assert identifiers_in(text.format("Ana 646-555-0142"), neutral_values(values)) == ("a phone number",)
    assert "Maximiliana" not in neutral_values(values)
    assert values["visit.service"] not in neutral_values(values)


def test_no_shipped_text_says_more_than_the_minimum() -> None:
    """PHI-03 finds nothing in our own texts, whatever neutral values they are filled with."""
    lumen = load_practice(SHIPPED / "demo" / "lumen", SHIPPED)
    lexicon, values = Lexicon.of(lumen.lexicon), {name: variable.worst for name, variable in VARIABLES.items()}
    unsecured = [
        t for t in load_templates(lumen.messages).by_key.values() if t.source.channel in {Channel.SMS, Channel.EMAIL}
    ]
    texts = {
        t.source.path: f"{rendered(t.subject, values) if t.subject else ''} {rendered(t.body, values)}"
        for t in unsecured
    }

    said = {path: (identifiers_in(text, neutral_values(values)), lexicon.term_in(text)) for path, text in texts.items()}

    assert said
    assert {path: found for path, found in said.items() if found != ((), None)} == {}


def test_the_confirmations_of_the_vectors_sell_or_do_not() -> None:
    texts = json.loads(shared("policy", "test_vectors.json").read_text(encoding="utf-8"))["bounds"][
        "revocation_confirmation"
    ]
    assert {case["text"]: sells(case["text"]) for case in texts} == {
        case["text"]: "promotional" in case["expect"] for case in texts
    }


@pytest.mark.parametrize(
    "text",
    [
        "Before you go: 10 percent!", "You are unsubscribed. We miss you", "Come back any time for a free gift", "Te extrañamos", "Un descuento para usted",
        "Save $20", "Change your mind? Book now", "OFFER inside", "ｆｒｅｅ consult",
    ],
)  # fmt: skip
def test_a_word_that_sells_is_found(text: str) -> None:
    assert sells(text)


@pytest.mark.parametrize(
    "text",
    [
        "Lumen: you will get no more texts from us.", "You are unsubscribed from Lumen. Questions? Call us at (212) 555-0101.",
        "Usted no recibirá más mensajes de Lumen.", "If you meant your appointment, please call us.",
    ],
)  # fmt: skip
def test_a_plain_confirmation_sells_nothing(text: str) -> None:
    assert not sells(text)
