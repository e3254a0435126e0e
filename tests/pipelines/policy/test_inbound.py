"""What comes in: replies and their suppressions, opt-outs on their way to other tools, webhooks nobody should believe."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from canonical.actions import Answer, Outcome, Purpose
from canonical.consent import SuppressionScope
from canonical.conversations import ReplyIntent
from canonical.practice import Channel
from pipelines.policy.asking import HEARD, answer_of
from pipelines.policy.rules.copies import OptOutCopies, ceiling, copied_everywhere
from pipelines.policy.rules.deliveries import Delivery, believed, only_a_hint
from pipelines.policy.rules.inbound import Heard, Inbound, hear
from tests.pipelines.policy.world import changed

AT = datetime(2026, 11, 17, 4, 30, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


def inbound(text: str, **updates: object) -> Inbound:
    """A text that came in."""
    return changed(Inbound(text=SecretStr(text), channel=Channel.SMS, at=AT), **updates)


def answer(heard: Heard, rule: str) -> Answer:
    """What one rule said."""
    return next(a for a in heard.answers if a.rule == rule)


# --- TCPA-10, TCPA-11, TCPA-16 ----------------------------------------------------------------------------------


def test_tcpa_10_fires_on_a_word_of_the_law_and_says_when_and_which() -> None:
    heard = hear(inbound("S T O P"))

    assert answer(heard, "TCPA-10").outcome is Outcome.BLOCK
    assert (
        answer(heard, "TCPA-10").reason == "Recipient revoked consent on 2026-11-17T04:30:00.000Z by replying 'stop'."
    )
    assert (heard.intent, heard.scope, heard.provisional) == (ReplyIntent.STOP, SuppressionScope.ALL, False)


def test_tcpa_10_is_quiet_about_other_words_and_about_no_words_at_all() -> None:
    assert answer(hear(inbound("see you then")), "TCPA-10") == Answer(rule="TCPA-10", outcome=Outcome.ALLOW)
    assert answer(hear(inbound("leave me alone")), "TCPA-10").outcome is Outcome.ALLOW
    assert hear(inbound("")).scope is None


def test_tcpa_11_revokes_on_plain_words_and_holds_on_words_that_may_mean_it() -> None:
    plain, doubtful = hear(inbound("leave me alone")), hear(inbound("cancel thursday"))

    assert answer(plain, "TCPA-11").outcome is Outcome.BLOCK
    assert answer(plain, "TCPA-11").reason == "The person asked in plain words not to be written to any more."
    assert (plain.scope, plain.provisional) == (SuppressionScope.ALL, False)
    assert answer(doubtful, "TCPA-11").outcome is Outcome.NEED_APPROVAL
    assert answer(doubtful, "TCPA-11").reason == "Message looks like an opt-out; sends held until reviewed."
    assert (doubtful.intent, doubtful.scope, doubtful.provisional) == (
        ReplyIntent.STOP_LIKELY,
        SuppressionScope.ALL,
        True,
    )


def test_tcpa_11_is_quiet_about_everything_else() -> None:
    assert answer(hear(inbound("thank you!")), "TCPA-11").outcome is Outcome.ALLOW
    assert answer(hear(inbound("STOP")), "TCPA-11").outcome is Outcome.ALLOW, "TCPA-10's case"
    assert hear(inbound("thank you!")).intent is None


def test_tcpa_11_holds_what_staff_flagged_and_knows_nothing_better() -> None:
    flagged = hear(inbound("pls take care of this", flagged=True, channel="staff_note"))

    assert (answer(flagged, "TCPA-11").outcome, flagged.provisional) == (Outcome.NEED_APPROVAL, True)
    assert not hear(inbound("STOP", flagged=True)).provisional, "a flag never makes a plain revocation a doubtful one"


def test_tcpa_16_stops_everything_whichever_message_was_answered() -> None:
    for purpose in (None, *Purpose):
        heard = hear(inbound("STOP", answers=purpose))
        assert (answer(heard, "TCPA-16").reason, heard.scope) == ("Opt-out scope: all.", SuppressionScope.ALL)


def test_tcpa_16_narrows_only_when_the_person_chose_to() -> None:
    heard = hear(inbound("STOP", clarified=SuppressionScope.MARKETING))

    assert (answer(heard, "TCPA-16").reason, heard.scope) == ("Opt-out scope: marketing.", SuppressionScope.MARKETING)


def test_tcpa_16_has_nothing_to_say_without_a_revocation() -> None:
    assert answer(hear(inbound("omw")), "TCPA-16").outcome is Outcome.NOT_APPLICABLE


def test_a_wrong_number_ends_one_person_on_one_phone() -> None:
    heard = hear(inbound("you have the wrong person"))

    assert (heard.intent, heard.scope, heard.provisional) == (
        ReplyIntent.WRONG_NUMBER,
        SuppressionScope.PERSON_ON_PHONE,
        False,
    )


@pytest.mark.parametrize("text, intent", [("HELP", ReplyIntent.HELP), ("START", ReplyIntent.START)])
def test_help_and_start_suppress_nobody(text: str, intent: ReplyIntent) -> None:
    heard = hear(inbound(text))

    assert (heard.intent, heard.scope) == (intent, None)


def test_the_vendors_own_stop_is_one_whatever_we_read() -> None:
    heard = hear(inbound("ARRET", vendor_says="STOP"))

    assert (heard.scope, answer(heard, "TCPA-10").outcome) == (SuppressionScope.ALL, Outcome.BLOCK)
    assert hear(inbound("ARRET", vendor_says="HELP")).scope is None


def test_what_was_heard_shows_nothing_of_the_text() -> None:
    text = "stop texting me, my chart number is 4471182"
    assert "4471182" not in repr(inbound(text)) + repr(hear(inbound(text)))


# --- TCPA-14 ----------------------------------------------------------------------------------------------------

STOPPED = OptOutCopies(revoked_at=AT, acknowledged={"hubspot": None, "twilio": AT})


@pytest.mark.parametrize(
    "copies, later, outcome, reason",
    [
        (STOPPED, timedelta(hours=1), Outcome.ALLOW, ""),
        (STOPPED, timedelta(hours=1, seconds=1), Outcome.NEED_APPROVAL, "Opt-out not yet confirmed by hubspot."),
        (STOPPED, timedelta(days=14), Outcome.NEED_APPROVAL, "Opt-out not yet confirmed by hubspot."),
        (STOPPED, timedelta(days=15), Outcome.NEED_APPROVAL, "Opt-out not yet confirmed by hubspot."),
        (STOPPED, timedelta(days=15, hours=1), Outcome.BLOCK, "Opt-out not yet confirmed by hubspot."),
        (STOPPED, timedelta(days=20), Outcome.BLOCK, "Opt-out not yet confirmed by hubspot."),
        (OptOutCopies(revoked_at=AT, acknowledged={"hubspot": AT}), timedelta(days=20), Outcome.ALLOW, ""),
        (OptOutCopies(revoked_at=AT), timedelta(days=20), Outcome.ALLOW, ""),
    ],
    ids=[
        "within the hour",
        "after the hour",
        "within ten business days",
        "on the tenth",
        "on the eleventh",
        "after them",
        "all confirmed",
        "no other tool",
    ],
)
def test_tcpa_14_an_opt_out_that_a_tool_has_not_confirmed(
    copies: OptOutCopies, later: timedelta, outcome: Outcome, reason: str
) -> None:
    said = answer_of("TCPA-14", copied_everywhere(copies, AT + later, NEW_YORK))

    assert (said.outcome, said.reason) == (outcome, reason)


def test_ten_business_days_skip_weekends_and_thanksgiving() -> None:
    assert ceiling(date(2026, 11, 16)) == date(2026, 12, 1)
    assert ceiling(date(2026, 6, 1)) == date(2026, 6, 15)
    assert ceiling(date(2026, 12, 24)) == date(2027, 1, 11)


# --- SEC-02, SEC-03 ---------------------------------------------------------------------------------------------

SIGNED = Delivery(vendor="twilio", signs=True, doubt="", seen_before=False)
UNSIGNED = Delivery(vendor="birdeye", signs=False, behind_secret=True, reread=True)


@pytest.mark.parametrize(
    "delivery, outcome, why",
    [
        (SIGNED, Outcome.ALLOW, ""),
        (changed(SIGNED, doubt="missing"), Outcome.BLOCK, "missing"),
        (changed(SIGNED, doubt="mismatch"), Outcome.BLOCK, "mismatch"),
        (changed(SIGNED, doubt="stale"), Outcome.BLOCK, "stale"),
        (changed(SIGNED, seen_before=True), Outcome.BLOCK, "seen before"),
        (changed(SIGNED, doubt=None), Outcome.BLOCK, "not checked"),
        (changed(SIGNED, seen_before=None), Outcome.BLOCK, "not checked for repetition"),
        (UNSIGNED, Outcome.NOT_APPLICABLE, ""),
    ],
    ids=[
        "good",
        "unsigned",
        "forged",
        "old",
        "replayed",
        "unknown signature",
        "unknown repetition",
        "vendor that never signs",
    ],
)
def test_sec_02_a_webhook_is_believed_only_when_everything_was_proved(
    delivery: Delivery, outcome: Outcome, why: str
) -> None:
    said = answer_of("SEC-02", believed(delivery))

    assert said.outcome is outcome
    assert said.reason == (f"Webhook from twilio failed verification: {why}." if why else "")


@pytest.mark.parametrize(
    "delivery, outcome",
    [
        (UNSIGNED, Outcome.ALLOW),
        (changed(UNSIGNED, reread=False), Outcome.BLOCK),
        (changed(UNSIGNED, behind_secret=False), Outcome.BLOCK),
        (Delivery(vendor="birdeye", signs=False), Outcome.BLOCK),
        (SIGNED, Outcome.NOT_APPLICABLE),
    ],
    ids=["secret path and read again", "acted on as it came", "open address", "nothing known", "a vendor that signs"],
)
def test_sec_03_an_unsigned_webhook_is_a_hint(delivery: Delivery, outcome: Outcome) -> None:
    said = answer_of("SEC-03", only_a_hint(delivery))

    assert said.outcome is outcome
    assert said.reason == ("Unsigned webhook used only as a hint." if outcome is Outcome.BLOCK else "")


_HERE = {"TCPA-10", "TCPA-11", "TCPA-14", "TCPA-16", "SEC-02", "SEC-03"}
_NEXT_DOOR = {
    "test_configured.py": {"TCPA-03", "TCPA-12", "REV-01", "REV-02", "REV-08", "REV-10"},
    "test_collecting.py": {"CALL-01", "TRI-01", "MHMD-01", "PHI-04"},
    "test_erasing.py": {"DEL-01", "DEL-02", "DEL-03", "DEL-04", "RET-01"},
}


def test_every_rule_of_what_comes_in_is_tried_here_or_next_door() -> None:
    assert set(HEARD) == _HERE.union(*_NEXT_DOOR.values())
    for name, rules in _NEXT_DOOR.items():
        text = Path(__file__).with_name(name).read_text()
        assert {rule for rule in rules if f"def test_{rule.lower().replace('-', '_')}_" not in text} == set(), name
