"""The corpus: what people text, and that nothing that means stop and no alarm is missed (R20, R22, R24, R34)."""

import sys

import pytest

from canonical.conversations import ReplyIntent
from pipelines.replies.reference import PAGE, confusion
from tests.pipelines.replies.corpus import corpus, misread, read, thread
from tests.pipelines.replies.reference import current, results

HOLDS = {ReplyIntent.STOP, ReplyIntent.STOP_LIKELY}


def test_r22_every_phrase_is_read_as_it_must_be() -> None:
    found = results()
    for expected, row in confusion(found).items():
        found_as = ", ".join(f"{intent.value} {count}" for intent, count in row.most_common())
        sys.stdout.write(f"{expected:>14}  {found_as}\n")
    wrong = misread(corpus())
    assert [(phrase.text, phrase.given, phrase.expect, intent.value) for phrase, intent in wrong] == []


def test_row_7_2_nothing_that_means_stop_is_missed_whatever_stood_before_it() -> None:
    stops = [one for one in corpus() if one.expect == ReplyIntent.STOP]
    assert len(stops) >= 80
    assert sum(one.language == "es" for one in stops) >= 25
    for given in ("", "visit", "visit_today", "survey", "inquiry", "offers_confirm"):
        missed = [one.text for one in stops if read(one.after(given)).permission.scope is None]
        assert missed == [], given


def test_row_7_3_no_alarm_is_missed_whatever_stood_before_it() -> None:
    alarms = [one for one in corpus() if one.expect == ReplyIntent.RED_FLAG]
    for given in ("", "visit", "visit_today", "survey", "inquiry", "offers_confirm"):
        missed = [one.text for one in alarms if not read(one.after(given)).alarms]
        assert missed == [], given


def test_row_7_2_a_stop_behind_our_own_footer_and_in_front_of_a_phones_is_one() -> None:
    for text in (
        "Stop\n\nSent from my iPhone",
        "stop\n> Reply STOP to stop, HELP for help",
        "STOP\n-----Original Message-----\nhi",
    ):
        phrase = corpus()[0].saying(text)
        assert read(phrase).intent is ReplyIntent.STOP


@pytest.mark.parametrize(
    "text", ["Ok!\n> See you tomorrow. If you have trouble breathing call 911", "Liked “In an emergency call 911”"]
)
def test_row_7_3_what_we_said_ourselves_and_they_quote_is_no_alarm(text: str) -> None:
    assert not read(corpus()[0].saying(text)).alarms


def test_r22_the_corpus_is_large_and_in_two_languages() -> None:
    assert len(corpus()) >= 300
    assert sum(one.language == "es" for one in corpus()) >= 80
    assert {one.expect for one in corpus()} == {intent.value for intent in ReplyIntent} - {ReplyIntent.STOP_LIKELY}


def test_r28_spanish_is_known_where_it_is_clear() -> None:
    spanish = [one for one in corpus() if one.language == "es" and len(one.text.split()) > 3]
    known = sum(read(one).language == "es" for one in spanish)
    assert known / len(spanish) > 0.7, (known, len(spanish))
    assert [one.text for one in corpus() if one.language == "en" and read(one).language] == []


def test_r22_what_is_not_known_is_read_by_a_person() -> None:
    assert read(corpus()[0].saying("blorp the fnord at seventeen")).intent is ReplyIntent.HUMAN


def test_r22_an_unknown_conversation_is_no_conversation() -> None:
    with pytest.raises(KeyError):
        thread("somewhere")


def test_the_committed_reference_is_the_one_the_corpus_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == current(), "run: python -m tests.pipelines.replies.reference"
