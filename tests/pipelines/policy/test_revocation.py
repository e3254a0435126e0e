"""What people write back: the 54 vectors to the letter, both languages, and nothing that means stop is missed."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.conversations import ReplyIntent
from pipelines.policy.opt_out_words import PER_SE, PER_SE_SPANISH
from pipelines.policy.plain_words import plain, unquoted
from pipelines.policy.revocation import Kind, read
from tests.shared_data import SHARED

VECTORS = SHARED / "policy" / "test_vectors.json"
CASES = json.loads(VECTORS.read_text(encoding="utf-8"))["revocation"] if VECTORS.exists() else []

REVOKES = (
    "STOP STOP STOP", "stop please", "pls stop", "STOP NOW", "ok stop", "Hi, please stop. Thanks", "S-T-O-P", "s.t.o.p.", "STOOOOP",
    "5top", "$top", "u n s u b s c r i b e", "st op", "un-subscribe", "Opt me out", "opt-out please", "stop it", "stop this",
    "STOP TEXTING ME!!!", "stop.texting.me", "stop all", "Can you please stop", "Would you stop", "I said stop", "I told you to stop",
    "please do not text", "Do not contact us", "never call me again", "don't message me any more", "dont send me anything",
    "I'd like to stop receiving messages", "I do not want to receive these texts", "I don't want to get texts from you",
    "I no longer wish to receive messages", "no further messages please", "unsubscribe me", "I want to unsubscribe", "please unsubscribe",
    "take my number off your list", "Remove my number", "delete my number", "get me off this list", "remove me please",
    "I withdraw my consent", "I do not consent", "stop the spam", "Stop the reminders", "cease contacting me", "quit texting", "go away",
    "Wrong number, stop texting", "Cancel my appointment and stop texting me", "STOP\n\nSent from my iPhone", ">STOP",
    "On Mon, Nov 2, 2026 Lumen wrote:\n> Reply STOP\nplease stop emailing me", "why won't you stop texting me", "stop 🙏", "👍 STOP",
    "ALTO", "alto por favor", "Parar", "PARE", "CANCELAR", "BAJA", "no más mensajes", "No quiero más textos",
    "no me escriban más", "Ya no me manden mensajes", "Dejen de mandarme mensajes", "Paren de llamar", "quítenme de la lista",
    "dar de baja", "Ya no quiero recibir mensajes", "déjenme en paz", "revoco mi consentimiento", "no quiero que me llamen",
)  # fmt: skip
HELD = (
    "stopp", "sotp", "unsub", "I quit", "quit it", "I need to stop", "STOP 2", "STOP - Maria", "Stop. I never signed up", "end please",
    "How do I unsubscribe?", "Unsubscribed", "not interested", "no longer interested", "no thanks", "nope", "N", "remove", "no more",
    "don't text me before 9am", "dont call me, text me", "please don't call me at work", "stop the marketing texts", "stop texting me after 9pm",
    "will these texts stop", "why won't you stop", "take me off the schedule thursday", "remove me from the waitlist",
    "Can I cancel?", "I want to cancel", "cancel all", "I am going to sue you", "this is harassment", "FCC complaint filed", "fuck off", "🛑", "✋",
    "cancelar mi cita", "no más", "stop stop cancel", "opt out of the deposit?", "You don't stop", "they won't stop",
)  # fmt: skip
HARMLESS = (
    "Thanks!", "Yes", "Y", "C", "👍", "omw", "running late 10 min", "see you then", "Yes please", "No worries", "no problem", "No, 3pm works better",
    "Can you stop by my house", "On my way, stopping for gas", "I'll stop in tomorrow", "the bus stop is near", "stop and get coffee first",
    "when can I stop using the cream?", "should I stop taking ibuprofen", "will the redness stop?", "the itching stopped",
    "The swelling has finally stopped, thanks", "it won't stop hurting", "My dog ate it, it won't stop", "Does it stop bleeding soon?",
    "I quit my job", "I quit vaping last year", "the end of my treatment", "when does it end", "what time will the appointment end?",
    "my trip ends Tuesday", "I can't make it to the end", "at the end", "in the end I decided yes", "spend", "friend", "bend the rules",
    "cancelled flight, late", "what's your cancellation policy", "Hi this is Sue", "this isn't fair", "it isn't normal", "It is not working",
    "help me please my face is swollen", "more information about fillers", "When will the redness go away", "Who is this?",
    "opt in", "option 2", "no puedo parar de sonreír", "no quiero que me duela", "hasta el fin de semana", "Gracias, nos vemos",
    "", "   ", "?", "2pm", "10:30", "9/10", "1000", "$500?",
    "Liked “Lumen: see you Friday. Reply STOP to stop, HELP for help.”", 'Loved "Reply STOP to stop"', 'Reacted 👍 to "Reply STOP to stop"',
    "Laughed at “Reply STOP to stop, HELP for help.”", "Le gustó “Responda STOP para no recibir más”",
    "Thanks, see you!\nOn Mon, Nov 2, 2026 Lumen wrote:\n> Reply STOP to stop", "> Reply STOP to stop\nthanks",
    "See you\n-----Original Message-----\nReply STOP to stop",
)  # fmt: skip
WRONG = (
    "Wrong number", "sorry wrong person", "This isn't Maria", "No, this is not Maria Garcia.", "this isnt marias phone", "This is not my phone",
    "that's not her number but this isn't her phone", "no one here by that name", "nobody named Maria", "I don't know a Maria",
    "There's no Maria here", "número equivocado", "Se equivocó de número", "este no es el teléfono de María", "no conozco a María",
)  # fmt: skip
HELP = ("HELP", "Help!", "help please", "INFO", "AYUDA", "ayuda por favor", "ＨＥＬＰ")
START = ("START", "start please", "UNSTOP", "Yes, start", "iniciar")


@pytest.mark.skipif(not CASES, reason="../shared/policy is not beside this checkout")
@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["text"]))
def test_a_vector_is_read_as_it_says(case: dict[str, str]) -> None:
    assert read(case["text"]).kind.value == case["expect"]


def test_all_fifty_four_vectors_were_there() -> None:
    if not VECTORS.exists():
        pytest.skip("../shared/policy is not beside this checkout")
    assert len(CASES) == 54
    assert {case["expect"] for case in CASES} == {kind.value for kind in Kind}


@pytest.mark.parametrize(
    "text, kind",
    [
        (text, kind)
        for kind, texts in (
            (Kind.REVOKE, REVOKES), (Kind.HOLD, HELD), (Kind.NONE, HARMLESS), (Kind.WRONG_NUMBER, WRONG), (Kind.HELP, HELP), (Kind.START, START),
        )
        for text in texts
    ],
    ids=ascii,
)  # fmt: skip
def test_a_reply_is_read_as_a_person_would(text: str, kind: Kind) -> None:
    assert read(text).kind is kind


ORNAMENTS = st.text("!?.,;:-_*~'\"()[]… \n\t\u200b\u200d\u2060\ufeff", max_size=4)
WIDTHS = st.sampled_from(
    [str.upper, str.lower, str.title, lambda w: "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in w)]
)


@given(
    st.sampled_from([*PER_SE, *PER_SE_SPANISH]),
    ORNAMENTS,
    ORNAMENTS,
    WIDTHS,
    st.sampled_from(["", " ", ".", "\u200b", "-"]),
)
def test_a_word_that_revokes_by_law_revokes_however_it_is_typed(
    word: str, before: str, after: str, width: Callable[[str], str], between: str
) -> None:
    typed = before + between.join(width(word)) + after

    reading = read(typed)

    assert (reading.kind, reading.per_se) == (Kind.REVOKE, True)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_text_with_the_word_stop_in_it_is_never_overlooked_unless_a_known_phrase_explains_it(
    before: str, after: str
) -> None:
    """Whatever stands around STOP as a word of its own, nothing goes out on it unread."""
    own = unquoted(f"{before}\nunsubscribe\n{after}")

    if "unsubscribe" in plain(own).split():
        assert read(f"{before}\nunsubscribe\n{after}").kind in {Kind.REVOKE, Kind.HOLD, Kind.WRONG_NUMBER}


@given(st.text(max_size=300))
def test_anything_can_be_read_and_nothing_of_it_is_kept(text: str) -> None:
    reading = read(text)

    assert reading == read(text)
    assert len(reading.word) < 40


def test_cancel_by_itself_is_an_opt_out_that_may_mean_the_visit() -> None:
    assert (read("CANCEL").kind, read("CANCEL").may_mean_the_visit) == (Kind.REVOKE, True)
    assert (read("CANCELAR").kind, read("CANCELAR").may_mean_the_visit) == (Kind.REVOKE, True)
    assert (read("please cancel").kind, read("please cancel").may_mean_the_visit) == (Kind.HOLD, True)
    assert not read("STOP").may_mean_the_visit
    assert not read("end my membership").may_mean_the_visit


def test_each_kind_is_a_branch_of_the_intent_table_and_no_revocation_leaves_it_to_the_others() -> None:
    branches = {Kind(case): read(text).intent for case, text in (
        ("revoke_all_nonemergency", "STOP"), ("ambiguous_hold_and_human", "no"), ("wrong_number_suppress", "wrong number"), ("help", "HELP"),
        ("no_revocation", "omw"),
    )}  # fmt: skip

    assert branches == {
        Kind.REVOKE: ReplyIntent.STOP,
        Kind.HOLD: ReplyIntent.STOP_LIKELY,
        Kind.WRONG_NUMBER: ReplyIntent.WRONG_NUMBER,
        Kind.HELP: ReplyIntent.HELP,
        Kind.NONE: None,
    }


@pytest.mark.parametrize(
    "typed, words",
    [
        ("S T O P", "stop"),
        ("  Stop!!  ", "stop"),
        ("ST0P", "stop"),
        ("Ｓ\u200bＴＯＰ", "stop"),
        ("ЅТОР", "stop"),
        ("don't", "dont"),
        ("don’t", "dont"),
        ("no MÁS", "no mas"),
        ("at 2pm on the 1st", "at 2pm on the 1st"),
        ("I am a b c", "i am abc"),
        ("opt–out", "opt out"),
    ],
)
def test_a_text_comes_down_to_plain_words(typed: str, words: str) -> None:
    assert plain(typed) == words


@pytest.mark.parametrize(
    "text",
    [
        "no texts please", "no texting", "Enough already!", "that's enough texts", "f off", "I don't want these", "do not want",
        "I never signed up for this", "I didn't ask for this", "how do i get off this list", "get me off of here",
        "I will report you", "blocked", "I'm blocking you", "you're blocked", "no manden más mensajes", "no envien mas", "🖕",
    ],
)  # fmt: skip
def test_what_may_mean_stop_without_its_words_is_held(text: str) -> None:
    """R22: nothing that means stop may be missed; a person reads it, and nothing goes meanwhile."""
    assert read(text).kind is Kind.HOLD


@pytest.mark.parametrize(
    "text",
    [
        "is 2 syringes enough?", "I don't want to miss it", "I never got the form", "no problem", "I live one block away",
        "Thanks that's enough info", "I don't want it to hurt", "I'm not sure", "I'm not Available", "no me duele",
    ],
)  # fmt: skip
def test_what_only_sounds_like_it_holds_nothing(text: str) -> None:
    assert read(text).kind is Kind.NONE


@pytest.mark.parametrize("text", ["wrong #", "wrong num", "Ana doesn't have this number anymore"])
def test_a_number_that_changed_hands_is_nobodys(text: str) -> None:
    assert read(text).kind is Kind.WRONG_NUMBER


HELD_OR_STOPPED = [
    "Liked “Hi Ana, see you at 3”\nSTOP", 'Loved "the facial" but please STOP texting me', "Questioned “Are you coming?” STOP",
    "stoo", "stol", "stip", "sstop", "usubscribe", "dnt text me", "cease", "cease and desist", "discontinue texts", "halt", "terminate",
    "Please cease all communication", "kindly refrain from texting", "disable notifications", "turn off texts", "turn these off", "mute",
    "deactivate", "do not disturb", "DND", "I no longer wish to receive these", "don't send anymore", "no need to text me",
    "no need for these messages", "I'm done with you guys", "erase my number", "remove from list", "take my # off ur list", "Removeme",
    "unenroll me", "unregister me", "I take back my permission", "knock it off", "cut it out", "🤚", "👎", "🔇",
    "deja de escribirme", "deja de mandarme mensajes", "no deseo recibir mensajes", "no deseo más mensajes", "no vuelvan a escribir",
    "no llamen más", "no molesten", "no quiero nada", "bórrenme", "borrame", "elimíname", "quitame", "quitar mi numero",
    "sacar de la lista", "cancelen los mensajes", "detengan los mensajes", "no autorizo mensajes", "dejar de recibir",
    "déjenme tranquila", "retirar consentimiento", "fin", "terminar", "finalizar", "please don't stop the reminders",
]  # fmt: skip
ORDINARY = [
    "Liked “Hi Ana, reply STOP to stop, HELP for help”", "Reacted 👍 to “See you. Reply STOP to stop”", "Loved an image",
    "Para el viernes", "Para mañana por favor", "para cuando?", "puedo ir para las 3", "can I turn off the car and come in?",
    "I'm done with my workout, on my way", "see you at the bus stop near you? which exit", "my lip is done swelling",
    "Can I take off the mask after an hour?", "what should I remove before the facial", "I need a new list of prices",
    "I want to receive the invoice", "is there a number to call?", "No puedo llegar a las 3", "mi piel está muy seca",
    "cuánto cuesta el láser", "I quit smoking, is that ok?", "running late", "quiero confirmar mi cita", "gracias, nos vemos",
    "Do I keep the bandage on?", "the redness will not stop", "is parking free?",
]  # fmt: skip


@pytest.mark.parametrize("text", HELD_OR_STOPPED)
def test_no_wording_of_stop_is_taken_for_small_talk(text: str) -> None:
    """R22, R28, TCPA-11: held at least."""
    assert read(text).kind in {Kind.HOLD, Kind.REVOKE}


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_talk_of_visits_and_skin_holds_nothing(text: str) -> None:
    assert read(text).kind is Kind.NONE


@pytest.mark.parametrize("text", ["Don't stop texting me", "please don't stop the reminders"])
def test_asking_for_more_is_no_revocation_by_itself(text: str) -> None:
    assert read(text).kind is Kind.HOLD


@pytest.mark.parametrize(
    "text", ["It isn't Friday", "This is not Tuesday!", "No, it isn't Botox", "It is not Possible"]
)
def test_a_capital_alone_makes_no_name_of_a_day(text: str) -> None:
    assert read(text).kind is not Kind.WRONG_NUMBER


@pytest.mark.parametrize("text", ["This isn't Maria", "It is not June", "No, this is no longer Sunny Diaz"])
def test_somebody_who_is_another_says_so(text: str) -> None:
    assert read(text).kind is Kind.WRONG_NUMBER


@pytest.mark.parametrize("text", ["STOP wrong number", "wrong number stop", "wrong number, please stop"])
def test_a_stop_beside_a_wrong_number_stops_the_whole_phone(text: str) -> None:
    assert read(text).kind is Kind.REVOKE
